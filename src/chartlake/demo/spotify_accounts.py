"""Spotify's accounts service: consent and tokens, for two apps and one listener.

Nothing is remembered: codes and tokens carry what they stand for, under a seal that is
worth nothing anywhere else.  Errors are flat, as RFC 6749 has them.
"""

from __future__ import annotations

import re
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b, sha256
from json import dumps, loads
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qsl, urlencode

from chartlake.demo import CLIENT_SECRETS, LISTENER
from chartlake.demo.answers import TEXT, Answer, in_json

if TYPE_CHECKING:
    from chartlake.demo.answers import Asked

LIFETIME = 3600
"""Seconds for which an access token holds."""

REFRESHABLE = timedelta(days=183)
"""How long a listener's consent holds: six months since July 2026, and no refresh extends it."""

_CODE_LIFETIME = 600
_REDIRECT = re.compile(r"http://(127\.0\.0\.1|\[::1\])(:\d+)?(/.*)?|https://.*")

TokenKind = Literal["access", "refresh", "code"]


@dataclass(frozen=True, slots=True)
class Grant:
    """What a code or a token stands for.

    Attributes:
        kind: Which of them it is.
        app: The client id.
        until: The moment after which it is worth nothing, in seconds since 1970.
        user: Who consented; empty for an app on its own.
        scope: What the user consented to, separated by spaces.
        challenge: The PKCE challenge of a code, if any.
        redirect: Where a code was sent.
    """

    kind: TokenKind
    app: str
    until: float
    user: str = ""
    scope: str = ""
    challenge: str = ""
    redirect: str = ""


class Refused(Exception):
    """A request for tokens is refused."""

    def __init__(self, error: str, description: str) -> None:
        """Keep the two words of RFC 6749."""
        super().__init__(error)
        self.answer = in_json({"error": error, "error_description": description}, status=400)


class Accounts:
    """The service.

    Attributes:
        consents: What the listener says when asked.
    """

    def __init__(self) -> None:
        """Begin with a listener who consents."""
        self.consents = True

    def __call__(self, asked: Asked) -> Answer:
        """Answer ``GET /authorize`` and ``POST /api/token``."""
        if asked.method == "GET" and asked.path == "/authorize":
            return self._authorize(asked)
        if asked.method == "POST" and asked.path == "/api/token":
            try:
                return in_json(_tokens(asked))
            except Refused as refused:
                return refused.answer
        return Answer(status=404, content_type=TEXT)

    def _authorize(self, asked: Asked) -> Answer:
        query = asked.query
        redirect = query.get("redirect_uri", "")
        if query.get("client_id") not in CLIENT_SECRETS:
            return _told("INVALID_CLIENT: Invalid client")
        if not _REDIRECT.fullmatch(redirect):
            return _told("INVALID_CLIENT: Insecure redirect URI")
        if query.get("response_type") != "code" or query.get("code_challenge_method", "S256") != "S256":
            return _told("response_type must be code")
        granted = Grant(
            kind="code",
            app=query["client_id"],
            until=asked.now.timestamp() + _CODE_LIFETIME,
            user=LISTENER,
            scope=query.get("scope", ""),
            challenge=query.get("code_challenge", ""),
            redirect=redirect,
        )
        said = {"code": sealed(granted)} if self.consents else {"error": "access_denied"}
        if "state" in query:
            said["state"] = query["state"]
        return Answer(status=302, headers=(("Location", f"{redirect}?{urlencode(said)}"),), content_type=TEXT)


def sealed(grant: Grant) -> str:
    """A grant as a code or token."""
    text = urlsafe_b64encode(dumps(asdict(grant)).encode()).decode().rstrip("=")
    return f"demo-{grant.kind}-{text}-{_seal(text)}"


def opened(token: str, kind: TokenKind) -> Grant | None:
    """What a code or token stands for; None if it is none of ours, or not of that kind."""
    found = re.fullmatch(rf"demo-{kind}-([\w-]+)-([0-9a-f]{{24}})", token, re.ASCII)
    if found is None or _seal(found[1]) != found[2]:
        return None
    return Grant(**loads(urlsafe_b64decode(found[1] + "=" * (-len(found[1]) % 4))))


def _tokens(asked: Asked) -> dict[str, object]:
    form = dict(parse_qsl(asked.body.decode("utf-8", "replace"), keep_blank_values=True))
    app, has_secret = _app(asked, form)
    kind = form.get("grant_type")
    if kind == "client_credentials":
        if not has_secret:
            raise Refused("invalid_client", "Invalid client secret")
        return _access(Grant(kind="access", app=app, until=0), asked.now)
    if kind == "authorization_code":
        code = _code(form, app, asked.now, has_secret=has_secret)
        ends = (asked.now + REFRESHABLE).timestamp()
        refresh = replace(code, kind="refresh", until=ends, challenge="", redirect="")
        return {**_access(refresh, asked.now), "refresh_token": sealed(refresh), "scope": code.scope}
    if kind == "refresh_token":
        kept = opened(form.get("refresh_token", ""), "refresh")
        if kept is None or kept.app != app:
            raise Refused("invalid_grant", "Invalid refresh token")
        if asked.now.timestamp() > kept.until:
            raise Refused("invalid_grant", "Refresh token expired")
        return {**_access(kept, asked.now), "scope": kept.scope}
    raise Refused("unsupported_grant_type", "grant_type parameter is missing or not supported")


def _app(asked: Asked, form: dict[str, str]) -> tuple[str, bool]:
    """Which app asks, and whether it has shown its secret."""
    app, secret = form.get("client_id", ""), form.get("client_secret")
    scheme, _, given = asked.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            app, _, secret = b64decode(given, validate=True).decode().partition(":")
        except (NotBase64, UnicodeDecodeError) as error:
            raise Refused("invalid_client", "Invalid authorization header") from error
    if app not in CLIENT_SECRETS:
        raise Refused("invalid_client", "Invalid client")
    if secret not in (None, CLIENT_SECRETS[app]):
        raise Refused("invalid_client", "Invalid client secret")
    return app, secret is not None


def _code(form: dict[str, str], app: str, now: datetime, *, has_secret: bool) -> Grant:
    code = opened(form.get("code", ""), "code")
    if code is None or code.app != app:
        raise Refused("invalid_grant", "Invalid authorization code")
    if now.timestamp() > code.until:
        raise Refused("invalid_grant", "Authorization code expired")
    if form.get("redirect_uri") != code.redirect:
        raise Refused("invalid_grant", "Invalid redirect URI")
    hashed = urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
    if code.challenge and hashed != code.challenge:
        raise Refused("invalid_grant", "code_verifier was incorrect")
    if not code.challenge and not has_secret:
        raise Refused("invalid_client", "Invalid client secret")
    return code


def _access(grant: Grant, now: datetime) -> dict[str, object]:
    access = replace(grant, kind="access", until=now.timestamp() + LIFETIME)
    return {"access_token": sealed(access), "token_type": "Bearer", "expires_in": LIFETIME}


def _seal(text: str) -> str:
    return blake2b(text.encode(), key=b"the demo's own", digest_size=12).hexdigest()


def _told(text: str) -> Answer:
    return Answer(status=400, body=text.encode(), content_type=TEXT)
