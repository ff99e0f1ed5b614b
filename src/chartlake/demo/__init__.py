"""A small world of charts, and services that speak the providers' dialects over HTTP.

Everything here is invented: artists, songs, ids, listeners.  The services listen on
127.0.0.1 and answer from a simulated day, so that the whole pipeline can be run, and
tested, without an account, a network or a wait.
"""

from __future__ import annotations

from chartlake.demo.world import FIRST_DAY
from chartlake.sources import Chart

__all__ = [
    "CHARTS",
    "CLIENT_SECRETS",
    "DEVELOPMENT_APP",
    "EDITORIAL_PLAYLIST",
    "EXTENDED_APP",
    "FIRST_DAY",
    "LISTENER",
    "OWN_PLAYLIST",
    "SOMEBODY_ELSES_PLAYLIST",
    "WEEKS",
]

WEEKS = 12
"""How long the demo looks: the world itself goes on for longer."""

EDITORIAL_PLAYLIST = "37i9dQZEVXbMDoHDwVN2tF"
"""Spotify's Top 50 - Global: the chart that most older pipelines record."""

OWN_PLAYLIST = "0DemoMixtapeOfOneUser0"
"""A playlist of the demo's only user, `LISTENER`."""

SOMEBODY_ELSES_PLAYLIST = "0DemoPlaylistOfAnother"
"""A public playlist of somebody else."""

LISTENER = "demo-listener"
"""Spotify's id of the demo's only user."""

EXTENDED_APP = "demo-extended"
"""The client id of an app of the old kind: every playlist, every field, ``/tracks``."""

DEVELOPMENT_APP = "demo-development"
"""The client id of an app of 2026: its user's own playlists, fewer fields, ``/items``."""

CLIENT_SECRETS = {
    EXTENDED_APP: "not-a-secret-extended",
    DEVELOPMENT_APP: "not-a-secret-development",
}
"""What the demo's accounts service takes for secrets; worth nothing anywhere else."""

CHARTS = (
    Chart(source="spotify", id=EDITORIAL_PLAYLIST, name="Top 50 - Global", region="global"),
    Chart(source="spotify", id=OWN_PLAYLIST, name="Mixtape", cadence="weekly"),
    Chart(source="deezer", id="3155776842", name="Top Worldwide", region="global", size=100),
    Chart(source="apple", id="us-songs", name="Most played songs, USA", region="us", size=100),
    Chart(
        source="listenbrainz", id="week", name="Sitewide, week", region="global", cadence="weekly", size=100
    ),
)
"""What the demo records: the ``[[chart]]`` tables of its chartlake.toml.

Spotify's playlists are recorded whole, so they have no size.
"""
