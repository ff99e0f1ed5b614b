"""Access tokens of Spotify: fetched when needed, kept for the process, shown to nobody."""

from __future__ import annotations

import re
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from chartlake.errors import ChartlakeError, CredentialsError, SourceError
from chartlake.sources.spotify.stored import Login, days_left, read_login, write_login

if TYPE_CHECKING:
    from chartlake.sources import Secrets
    from chartlake.sources.http import Answer, Clock, Visit
    from chartlake.sources.spotify import Settings

CLIENT_ID = "CHARTLAKE_SPOTIFY_CLIENT_ID"
CLIENT_SECRET = "CHARTLAKE_SPOTIFY_CLIENT_SECRET"  # noqa: S105 - its name, not it
REFRESH_TOKEN = "CHARTLAKE_SPOTIFY_REFRESH_TOKEN"  # noqa: S105 - its name, not it

_LOGIN = "run `chartlake login spotify`"
_MARGIN = 60.0
"""Seconds before its end that a token is no longer used."""

_WARNED_FROM = 30
"""Days that a login still holds when it begins to be mentioned: day 150 of 180."""

_WRITABLE = re.compile(r"[!-~]{1,4096}")


class Grant(msgspec.Struct):
    """What the token endpoint gives."""

    access_token: str
    expires_in: int = 3600
    refresh_token: str | None = None

    def __repr__(self) -> str:
        """Without any token."""
        return "<Grant>"


class _Refusal(msgspec.Struct):
    error: str = ""


class Access:
    """The present access token of one app."""

    def __init__(self, settings: Settings, *, clock: Clock, secrets: Secrets) -> None:
        self._settings = settings
        self._clock = clock
        self._secrets = secrets
        self._token: str | None = None
        self._ends = 0.0
        self._login: Login | None = None
        self._renewed: str | None = None
        self._notes: list[str] = []

    def headers(self, visit: Visit) -> dict[str, str]:
        """The header that shows the token, which is fetched if there is none that holds.

        Raises:
            TryLater: Spotify asks to be left alone.
            CredentialsError: Credentials are missing, wrong or expired.
            SourceError: Spotify does not answer.
        """
        if self._token is None or self._clock.monotonic() >= self._ends:
            grant = self._granted(visit)
            self._token = grant.access_token
            self._ends = self._clock.monotonic() + max(grant.expires_in - _MARGIN, 0.0)
        return {"Authorization": f"Bearer {self._token}"}

    def drop(self) -> None:
        """Forget the token: it was refused."""
        self._token = None

    def remedy(self) -> str:
        """What to do about refused credentials, as the end of a sentence."""
        if self._settings.flavour == "extended":
            return f" in {CLIENT_ID} and {CLIENT_SECRET}"
        return f", or {_LOGIN}"

    def notes(self) -> list[str]:
        """What a person should know about the login."""
        notes = list(self._notes)
        if self._login is not None:
            left = days_left(self._login.authorized_at, self._clock.now())
            if left <= _WARNED_FROM:
                notes.append(f"the Spotify login ends in {left} days; {_LOGIN} before that")
        return notes

    def _granted(self, visit: Visit) -> Grant:
        client_id = required(CLIENT_ID, self._settings.client_id or self._secrets(CLIENT_ID))
        if self._settings.flavour == "extended":
            client_secret = required(CLIENT_SECRET, self._secrets(CLIENT_SECRET))
            both = b64encode(f"{client_id}:{client_secret}".encode()).decode()
            form = {"grant_type": "client_credentials"}
            return granted(visit, self._settings, form=form, headers={"Authorization": f"Basic {both}"})
        grant = granted(
            visit,
            self._settings,
            form={
                "grant_type": "refresh_token",
                "refresh_token": self._refresh_token(),
                "client_id": client_id,
            },
        )
        if grant.refresh_token:
            self._keep(grant.refresh_token)
        return grant

    def _refresh_token(self) -> str:
        if self._renewed is not None:
            return self._renewed
        if given := self._secrets(REFRESH_TOKEN):
            return required(REFRESH_TOKEN, given)
        file = self._settings.login_file
        self._login = read_login(Path(file).expanduser()) if file else None
        if self._login is None:
            raise CredentialsError(f"nobody has logged in to Spotify; {_LOGIN}, or set {REFRESH_TOKEN}")
        return required("the login", self._login.refresh_token)

    def _keep(self, refresh_token: str) -> None:
        """Keep a new refresh token in place of the old one; it ends when the old one would have."""
        self._renewed = refresh_token
        if self._login is None or self._settings.login_file is None:
            self._notes = [
                f"Spotify has replaced the refresh token of {REFRESH_TOKEN}; {_LOGIN} and store the new one"
            ]
            return
        self._login = Login(refresh_token=refresh_token, authorized_at=self._login.authorized_at)
        try:
            write_login(Path(self._settings.login_file).expanduser(), self._login)
        except CredentialsError as error:
            # The chart of today matters more; the person learns of it.
            self._notes = [f"Spotify has replaced the refresh token, and {error}"]


def granted(
    visit: Visit, settings: Settings, *, form: dict[str, str], headers: dict[str, str] | None = None
) -> Grant:
    """A token for what is shown.

    Raises:
        TryLater: Spotify asks to be left alone.
        CredentialsError: What was shown is wrong or no longer valid.
        SourceError: Spotify does not answer, or not with a token.
    """
    answer = visit.post(f"{settings.accounts_url.rstrip('/')}/api/token", form=form, headers=headers)
    if not answer.fine:
        raise _refused(answer, form["grant_type"])
    try:
        grant = msgspec.json.decode(answer.body, type=Grant)
    except msgspec.DecodeError:
        # Not chained: the text of the error may quote what holds a token.
        grant = None
    if grant is None or not _WRITABLE.fullmatch(grant.access_token):
        raise SourceError(
            "Spotify gives no token; check accounts_url under [spotify] and run again"
        ) from None
    return grant


def required(name: str, secret: str | None) -> str:
    """A secret that is there and can be sent.

    Raises:
        CredentialsError: It is missing, or holds what no such secret holds.
    """
    if not secret:
        raise CredentialsError(f"{name} is not set; set it in the environment, or its file in {name}_FILE")
    if not _WRITABLE.fullmatch(secret):
        raise CredentialsError(f"{name} holds spaces or line breaks; copy it again")
    return secret


def _refused(answer: Answer, shown: str) -> ChartlakeError:
    try:
        code = msgspec.json.decode(answer.body, type=_Refusal).error
    except (msgspec.DecodeError, RecursionError):
        code = ""
    if code == "invalid_grant" and shown == "authorization_code":
        return CredentialsError(f"Spotify did not accept what the browser brought back; {_LOGIN} again")
    if code == "invalid_grant":
        return CredentialsError(f"the Spotify login has ended (it holds for 180 days); {_LOGIN}")
    if code in {"invalid_client", "unauthorized_client"}:
        return CredentialsError(
            f'Spotify does not know the app; check {CLIENT_ID} and, for flavour = "extended", {CLIENT_SECRET}'
        )
    return SourceError(f"Spotify answered {answer.status} instead of a token; run again later")
