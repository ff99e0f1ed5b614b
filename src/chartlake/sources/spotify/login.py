"""Logging in to Spotify: a person agrees in the browser, once in 180 days.

Authorization code with PKCE (RFC 7636), so no client secret is needed; the browser comes
back to this machine (RFC 8252, 7.3).  In Spotify's dashboard the app names the redirect
``http://127.0.0.1/callback``, without a port: any port is then allowed.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256
from secrets import token_urlsafe
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from chartlake.errors import SettingsError, SourceError
from chartlake.sources.spotify.access import CLIENT_ID, granted, required
from chartlake.sources.spotify.callback import Callback
from chartlake.sources.spotify.stored import Login, write_login

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chartlake.sources import Secrets
    from chartlake.sources.http import Client
    from chartlake.sources.spotify import Settings

SCOPES = "playlist-read-private playlist-read-collaborative"
"""What a person is asked to allow: to read playlists, and nothing else."""

PATIENCE = 300.0
"""Seconds that a person has to agree."""


def login(
    settings: Settings,
    *,
    client: Client,
    secrets: Secrets,
    open_browser: Callable[[str], object],
    path: Path,
    patience: float = PATIENCE,
) -> Login:
    """Have a person agree in the browser, and store what Spotify gives for it.

    Args:
        settings: ``[spotify]`` of chartlake.toml.
        client: What requests go through.
        secrets: Where the client id comes from, if the settings do not say it.
        open_browser: Shows an address to the person.
        path: Where to store the login.
        patience: Seconds that the person has.

    Raises:
        SettingsError: The app's flavour needs no login.
        CredentialsError: The client id is missing or wrong, the person did not agree, or
            the login cannot be stored.
        TryLater: Spotify asks to be left alone.
        SourceError: Spotify does not answer, or gives no login.
    """
    if settings.flavour == "extended":
        raise SettingsError(
            "an app of flavour extended needs no login; "
            'if yours is in development mode, write flavour = "development" under [spotify]'
        )
    client_id = required(CLIENT_ID, settings.client_id or secrets(CLIENT_ID))
    verifier, state = token_urlsafe(64), token_urlsafe(32)
    with Callback(state) as callback:
        open_browser(
            _consent_address(
                settings, client_id, redirect=callback.address, state=state, challenge=_challenge(verifier)
            )
        )
        code = callback.code(within=patience)
    grant = granted(
        client.visit(),
        settings,
        form={
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": callback.address,
            "client_id": client_id,
            "code_verifier": verifier,
        },
    )
    if not grant.refresh_token:
        raise SourceError("Spotify gives no lasting login; run `chartlake login spotify` again")
    stored = Login(refresh_token=required("the login", grant.refresh_token), authorized_at=client.clock.now())
    write_login(path, stored)
    return stored


def _challenge(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636, 4.2)."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")


def _consent_address(settings: Settings, client_id: str, *, redirect: str, state: str, challenge: str) -> str:
    query = urlencode(
        {
            "client_id": client_id,
            "response_type": "code",
            "redirect_uri": redirect,
            "scope": SCOPES,
            "state": state,
            "code_challenge_method": "S256",
            "code_challenge": challenge,
        }
    )
    return f"{settings.accounts_url.rstrip('/')}/authorize?{query}"
