"""The views' columns, types, keys and meaning, beside ``tables.py`` for the physical tables.

``python -m chartlake.dictionary docs/reference/tables.md`` writes both as a page.
"""

from __future__ import annotations

from dataclasses import replace

from chartlake.tables import (
    ALBUM_DATA,
    ARTIST_DATA,
    CHART_DATA,
    CREDIT_DATA,
    SONG_DATA,
    Column,
    Table,
)


def _kept(table: Table, names: str) -> tuple[Column, ...]:
    """Columns that a view hands on as they are."""
    return tuple(table.column(name) for name in names.split())


def _count(name: str, meaning: str) -> Column:
    return Column(name, "int", meaning, required=True)


def _observed(table: Table, facts: str) -> tuple[Column, ...]:
    """The columns of a dimension: source and id, the last known facts, when it was seen."""
    source, named = table.key[:2]
    return (
        *_kept(table, f"{source} {named} {facts}"),
        Column("first_seen", "timestamp", "captured_at of the first document that shows it", required=True),
        Column("last_seen", "timestamp", "captured_at of the last document that shows it", required=True),
    )


_CHART = _kept(CHART_DATA, "source chart_id chart_name region")
_CADENCE, _CHART_DATE = _kept(CHART_DATA, "cadence chart_date")
_SONG = Column("song_id", "string", "the song", required=True, refers="songs.song_id")
_RANKED = Column(
    "song_id",
    "string",
    "the song, or the album where a chart ranks albums",
    required=True,
    refers="songs.song_id",
)
_ALBUM = Column("album_id", "string", "the album", required=True, refers="albums.album_id")
_ARTIST = Column("artist_id", "string", "the artist", required=True, refers="artists.artist_id")
_PREVIOUS_DATE = Column(
    "previous_chart_date", "date", "the chart's latest recorded date before; null at its first"
)
_GAP_BEFORE = _count(
    "gap_before", "dates that the cadence expects since the previous snapshot, and nobody recorded"
)

SNAPSHOTS = Table(
    "snapshots",
    "one recorded chart_date of one chart, and the document that counts for it",
    (
        *_CHART,
        _CADENCE,
        _CHART_DATE,
        _count("snapshot_number", "1 for the chart's first recorded date, 2 for the next"),
        _PREVIOUS_DATE,
        _GAP_BEFORE,
        _count("documents", "documents recorded for this date; the one here counts"),
        *_kept(CHART_DATA, "captured_at raw_hash transform_version"),
    ),
    ("source", "chart_id", "chart_date"),
    view=True,
)
CHART_ENTRIES = Table(
    "chart_entries",
    "one position of one chart on one chart_date, missing entries included",
    (
        *_CHART,
        _CADENCE,
        _CHART_DATE,
        *_kept(
            CHART_DATA,
            "position item_type song_id title artist_display added_at streams popularity"
            " source_previous_position captured_at raw_hash raw_key",
        ),
    ),
    ("source", "chart_id", "chart_date", "position"),
    view=True,
)
SONGS = Table(
    "songs",
    "one song of one source, as last known",
    _observed(SONG_DATA, "name artist_id album_id duration_ms explicit isrc popularity track_number url"),
    ("source", "song_id"),
    view=True,
)
ALBUMS = Table(
    "albums",
    "one album of one source, as last known",
    _observed(
        ALBUM_DATA,
        "name album_type release_date release_date_precision total_tracks label url image_url",
    ),
    ("source", "album_id"),
    view=True,
)
ARTISTS = Table(
    "artists",
    "one artist of one source, as last known",
    _observed(ARTIST_DATA, "name url"),
    ("source", "artist_id"),
    view=True,
)
SONG_ARTISTS = Table(
    "song_artists",
    "one artist credited on one song, in order",
    (*_kept(CREDIT_DATA, "source"), _SONG, *_kept(CREDIT_DATA, "credit_position artist_id artist_name")),
    ("source", "song_id", "credit_position"),
    view=True,
)
ALBUM_ARTISTS = Table(
    "album_artists",
    "one artist credited on one album, in order",
    (*_kept(CREDIT_DATA, "source"), _ALBUM, *_kept(CREDIT_DATA, "credit_position artist_id artist_name")),
    ("source", "album_id", "credit_position"),
    view=True,
)
CHART_HISTORY = Table(
    "chart_history",
    "one song on one chart on one chart_date; missing entries are left out",
    (
        *_CHART,
        _CHART_DATE,
        replace(
            CHART_DATA.column("position"),
            meaning="place in the chart, the better one of a song that is in it twice",
        ),
        _RANKED,
        *_kept(CHART_DATA, "item_type title artist_display"),
        Column("previous_position", "int", "position in the previous snapshot; null if it was not in it"),
        Column("move", "int", "previous_position less position: above 0 is up"),
        Column(
            "status",
            "string",
            "NEW (in no earlier snapshot), RE (not in the previous one), UP, DOWN or SAME",
            required=True,
        ),
        _count("peak_position", "best position up to and including this date"),
        _count("days_on_chart", "snapshots it was in, up to and including this date"),
        _count("days_at_peak", "snapshots at peak_position, up to and including this date"),
        _count("streak", "consecutive recorded snapshots with it that end here; 1 on entry and re-entry"),
        _GAP_BEFORE,
        _PREVIOUS_DATE,
        *_kept(CHART_DATA, "streams popularity"),
    ),
    ("source", "chart_id", "chart_date", "song_id"),
    view=True,
)
SONG_RUNS = Table(
    "song_runs",
    "one uninterrupted stay of a song on a chart",
    (
        *_CHART,
        _RANKED,
        _count("run_number", "1 for the song's first stay on the chart, 2 for the next"),
        Column("first_date", "date", "chart_date of its first snapshot", required=True),
        Column("last_date", "date", "chart_date of its last snapshot", required=True),
        _count("snapshots", "recorded snapshots of the stay"),
        _count("entry_position", "position in its first snapshot"),
        _count("best_position", "best position of the stay"),
        _count("last_position", "position in its last snapshot"),
        Column(
            "left_chart", "boolean", "whether the chart has a later snapshot, without the song", required=True
        ),
    ),
    ("source", "chart_id", "song_id", "run_number"),
    view=True,
)
ARTIST_DAYS = Table(
    "artist_days",
    "one artist on one chart on one chart_date",
    (
        *_CHART,
        _CHART_DATE,
        _ARTIST,
        Column("artist_name", "string", "name, as last known"),
        _count("entries", "entries that credit the artist, in whatever place"),
        _count("best_position", "best position of those"),
        Column(
            "share",
            "double",
            "entries as a part of all entries of the snapshot, above 0, up to 1",
            required=True,
        ),
    ),
    ("source", "chart_id", "chart_date", "artist_id"),
    view=True,
)
COVERAGE = Table(
    "coverage",
    "one chart_date that a chart has, or should have",
    (
        *_CHART,
        _CADENCE,
        replace(_CHART_DATE, meaning="day (UTC) that was recorded or that the cadence expects"),
        Column(
            "state", "string", "recorded, rejected, failed, deferred or missing (nobody tried)", required=True
        ),
        _count("snapshots", "documents recorded for the date"),
        _count("unchanged", "captures that found what was recorded already"),
        Column("is_gap", "boolean", "whether nothing is recorded for the date", required=True),
    ),
    ("source", "chart_id", "chart_date"),
    view=True,
)
SONGS_BY_ISRC = Table(
    "songs_by_isrc",
    "one song id under its recording code",
    (
        replace(
            SONG_DATA.column("isrc"),
            meaning="recording code in capitals, without hyphens and spaces",
            required=True,
        ),
        *_kept(SONG_DATA, "source"),
        _SONG,
        *_kept(SONG_DATA, "name"),
        _count(
            "ids_in_group", "ids of all sources with this code; above 1 it is one recording under several"
        ),
    ),
    ("isrc", "source", "song_id"),
    view=True,
)
CLASSIC_ALBUM = Table(
    "classic_album",
    "one Spotify album, in the columns of older pipelines",
    (_ALBUM, *_kept(ALBUM_DATA, "name release_date total_tracks url")),
    ("album_id",),
    view=True,
)
CLASSIC_ARTIST = Table(
    "classic_artist",
    "one Spotify artist, in the columns of older pipelines",
    (
        _ARTIST,
        replace(ARTIST_DATA.column("name"), name="artist_name"),
        replace(ARTIST_DATA.column("url"), name="external_url"),
    ),
    ("artist_id",),
    view=True,
)
CLASSIC_SONG = Table(
    "classic_song",
    "one Spotify song, in the columns of older pipelines",
    (
        _SONG,
        replace(SONG_DATA.column("name"), name="song_name"),
        *_kept(SONG_DATA, "duration_ms url popularity"),
        Column(
            "song_added", "date", "latest day (UTC) that an entry of it was put on its playlist, if known"
        ),
        *_kept(SONG_DATA, "album_id artist_id"),
    ),
    ("song_id",),
    view=True,
)

VIEWS = (
    SNAPSHOTS,
    CHART_ENTRIES,
    SONGS,
    ALBUMS,
    ARTISTS,
    SONG_ARTISTS,
    ALBUM_ARTISTS,
    CHART_HISTORY,
    SONG_RUNS,
    ARTIST_DAYS,
    COVERAGE,
    SONGS_BY_ISRC,
    CLASSIC_ALBUM,
    CLASSIC_ARTIST,
    CLASSIC_SONG,
)
"""The views in the order of their making, as in `chartlake.views`."""
