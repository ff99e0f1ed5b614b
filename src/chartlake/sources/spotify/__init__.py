"""Spotify: playlists, read with credentials of the person who records them.

An app has one of two flavours.  ``development`` is what every new app is: it shows the items
of a playlist to the owner and the collaborators alone, so somebody logs in once in 180 days
(`chartlake.sources.spotify.login`).  ``extended`` is an app with extended quota: it needs no
person, and if it was made before 27 November 2024 it reads Spotify's own charts too.

Spotify's developer terms forbid to keep its content indefinitely, so nothing is recorded
before chartlake.toml says for how long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from chartlake.errors import SettingsError
from chartlake.sources import Captured, Chart, Retention, Secrets
from chartlake.sources.passes import steady
from chartlake.sources.spotify.access import Access
from chartlake.sources.spotify.names import EDITORIAL, playlist_id
from chartlake.sources.spotify.playlist import Playlist

if TYPE_CHECKING:
    from chartlake.sources.http import Client

__all__ = ["Settings", "Source", "playlist_id", "requests_for"]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[spotify]`` of chartlake.toml.

    Attributes:
        flavour: What the app may do: ``development`` or ``extended``.
        client_id: The app's client id, which is no secret; else ``CHARTLAKE_SPOTIFY_CLIENT_ID``.
        api_url: Where the Web API answers.
        accounts_url: Where tokens are given out.
        market: A country in two capital letters: its catalogue decides what counts as available.
        retention_days: Days to keep what Spotify gave, or ``forever``; it must be said, and
            every run deletes what is older.
        login_file: Where the login of flavour ``development`` lies; else in the user's own folder
            for state, ``~/.local/state/chartlake/spotify.json``.
    """

    flavour: Literal["development", "extended"] = "development"
    client_id: str | None = None
    api_url: str = "https://api.spotify.com/v1"
    accounts_url: str = "https://accounts.spotify.com"
    market: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")] | None = None
    retention_days: Retention = None
    login_file: str | None = None


def requests_for(chart: Chart, settings: Settings) -> int:
    """Requests that a capture sends at the least: a token, a page, and what is described twice."""
    del chart, settings
    return 4


class Source:
    """Playlists of Spotify."""

    def __init__(self, settings: Settings, *, client: Client, secrets: Secrets) -> None:
        """Keep what is needed; an access token is fetched with the first capture, for all."""
        self._settings = settings
        self._client = client
        self._access = Access(settings, clock=client.clock, secrets=secrets)

    def accepts(self, chart: Chart) -> None:
        """Whether the playlist can be asked for with these settings.

        Raises:
            SettingsError: The id is none, nobody decided how long to keep it, or it is one of
                Spotify's own playlists and the app may not read those.
        """
        identity = playlist_id(chart.id)
        if chart.size is not None:
            raise SettingsError(
                f"a Spotify playlist is recorded whole; remove size from the chart {identity}"
            )
        if self._settings.retention_days is None:
            raise SettingsError(
                "Spotify's developer terms forbid to keep its content indefinitely, so decide for how long: "
                'write retention_days = 30 (or, if you may, "forever") under [spotify] in chartlake.toml'
            )
        if identity.startswith(EDITORIAL) and self._settings.flavour == "development":
            raise SettingsError(
                f"Spotify shows its own playlists, such as {identity}, only to apps made before "
                '27 November 2024 (flavour = "extended"); record a copy that you keep yourself, '
                "Deezer's 3155776842 or Apple's us-songs, or import files from charts.spotify.com"
            )

    def capture(self, chart: Chart) -> Captured:
        """Fetch the playlist: its description, then every page of its items.

        Raises:
            SettingsError: The playlist cannot be asked for.
            TryLater: Spotify asks to be left alone, or the playlist is being edited.
            CredentialsError: Credentials are missing, wrong or expired.
            SourceError: Spotify does not answer, or does not show the playlist.
        """
        self.accepts(chart)
        playlist = Playlist(
            playlist_id(chart.id), settings=self._settings, visit=self._client.visit(), access=self._access
        )
        found = steady(playlist.read, what=f"Spotify playlist {playlist.id}", clock=self._client.clock)
        return Captured(
            pages=found.pages,
            requests=playlist.visit.requests,
            received=playlist.visit.received,
            chart_name=playlist.name if chart.name is None else None,
            notes=self._access.notes(),
        )
