"""chartlake.toml and credentials: are they there, do they fit, and who else can read them?"""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from chartlake.config import SECRETS, secret, secret_file
from chartlake.doctor import Check, fail, failed, ok, warn
from chartlake.errors import ChartlakeError, SettingsError
from chartlake.sources.spotify.names import EDITORIAL
from chartlake.sources.spotify.stored import days_left, read_login

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from typing import Any

    from chartlake.config import Settings
    from chartlake.sources import Source

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_FEW_DAYS = 30
_LOGIN = "run `chartlake login spotify`"


def settings_checks(settings: Settings, sources: Mapping[str, Source]) -> Iterator[Check]:
    """Whether every chart can be asked for, and nothing in the file is a secret."""
    where = str(settings.file) if settings.file else "no chartlake.toml"
    if not settings.charts:
        yield warn("settings", f"{where} names no chart; `chartlake init` writes one that does")
    for chart in settings.charts:
        try:
            sources[chart.source].accepts(chart)
        except SettingsError as error:
            yield failed("settings", error)
    if settings.file is None:
        return
    told = list(_literal_secrets(settings, settings.file))
    yield from told
    if not told:
        yield ok("settings", f"{where}, charts: {len(settings.charts)}; no secret stands in it")


def _literal_secrets(settings: Settings, file: Path) -> Iterator[Check]:
    """A secret of the environment that stands in the file too, and a webhook that is one by itself."""
    text = file.read_text(encoding="utf-8")
    for name in SECRETS:
        if name != "CHARTLAKE_SPOTIFY_CLIENT_ID" and (value := _known(name)) and value in text:
            yield fail("settings", f"{file} holds the value of {name}; take it out and change the secret")
    webhook = settings.notify.webhook
    if webhook and len(urlsplit(webhook).path.strip("/")) > _PLAIN_PATH:
        yield warn(
            "settings",
            "the webhook of [notify] looks like a secret; take it out of chartlake.toml, and set "
            "CHARTLAKE_NOTIFY_WEBHOOK instead",
        )


_PLAIN_PATH = 20
"""Characters of a webhook's path from which it is taken for one that lets its owner in."""


def _known(name: str) -> str | None:
    try:
        return secret(name)
    except SettingsError:
        return None


def credential_checks(settings: Settings, *, now: datetime) -> Iterator[Check]:
    """Whether the credentials are there that the charts need, for this user's eyes only."""
    for name in SECRETS:
        yield from _in_a_file(name)
    if any(chart.source == "spotify" for chart in settings.charts):
        spotify = settings.of("spotify")
        yield from _extended(spotify) if spotify.flavour == "extended" else _development(spotify, now=now)
        yield from _abilities(settings, spotify.flavour)


def _in_a_file(name: str) -> Iterator[Check]:
    path = secret_file(name)
    if path is None:
        return
    try:
        found = secret(name)
    except SettingsError as error:
        yield failed("credentials", error)
        return
    if not found:
        yield fail("credentials", f"the file that {name}_FILE names is empty; write the secret into it")
    elif _readable_by_others(path):
        yield warn("credentials", f"{path} may be read by others; run chmod 600 {path}")
    else:
        yield ok("credentials", f"{name} is in a file that nobody else can read")


def _extended(spotify: Any) -> Iterator[Check]:
    lacking = [
        name
        for name, value in (
            ("CHARTLAKE_SPOTIFY_CLIENT_ID", spotify.client_id or _known("CHARTLAKE_SPOTIFY_CLIENT_ID")),
            ("CHARTLAKE_SPOTIFY_CLIENT_SECRET", _known("CHARTLAKE_SPOTIFY_CLIENT_SECRET")),
        )
        if not value
    ]
    for name in lacking:
        yield fail("credentials", f"{name} is not set; set it in the environment, or its file in {name}_FILE")
    if not lacking:
        yield ok("credentials", "Spotify: client id and client secret are there")


def _development(spotify: Any, *, now: datetime) -> Iterator[Check]:
    if not (spotify.client_id or _known("CHARTLAKE_SPOTIFY_CLIENT_ID")):
        yield fail(
            "credentials", "Spotify's client_id is not set; write it under [spotify] in chartlake.toml"
        )
    if _known("CHARTLAKE_SPOTIFY_REFRESH_TOKEN"):
        yield ok("credentials", "Spotify: the login comes from CHARTLAKE_SPOTIFY_REFRESH_TOKEN")
        return
    path = Path(spotify.login_file).expanduser()
    try:
        login = read_login(path)
    except ChartlakeError as error:
        yield failed("credentials", error)
        return
    if login is None:
        yield fail("credentials", f"nobody has logged in to Spotify; {_LOGIN}")
        return
    if _readable_by_others(path):
        yield warn("credentials", f"{path} may be read by others; run chmod 600 {path}")
    left = days_left(login.authorized_at, now)
    if left == 0:
        yield fail("credentials", f"the Spotify login has ended; {_LOGIN}")
    elif left <= _FEW_DAYS:
        yield warn("credentials", f"the Spotify login ends in {left} days; {_LOGIN} before that")
    else:
        yield ok("credentials", f"Spotify: the login holds for {left} days")


def _abilities(settings: Settings, flavour: str) -> Iterator[Check]:
    """What the app can do and what it cannot; what contradicts a chart is told with the settings."""
    if flavour == "development":
        yield ok(
            "spotify",
            "an app in development mode reads playlists of which you are owner or collaborator, while its "
            f"owner has Premium; none of Spotify's own ({EDITORIAL}…), and no popularity or label",
        )
        return
    own = any(chart.source == "spotify" and chart.id.startswith(EDITORIAL) for chart in settings.charts)
    message = "an app with extended quota reads any public playlist"
    if own:
        yield warn(
            "spotify",
            f"{message}; Spotify's own ({EDITORIAL}…) only if it was made before 27 November 2024: if they "
            "are not found, record Deezer's 3155776842 or Apple's us-songs",
        )
    else:
        yield ok("spotify", message)


def _readable_by_others(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & _OTHERS)
    except OSError:
        return False
