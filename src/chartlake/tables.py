"""The published tables: columns, types, keys and meaning.  Nothing else knows them.

The Parquet schema, the cache, the data dictionary, the checks and every export are
derived from here.  The six physical tables are observations, append-only and flat; the
views over them are what people ask (``views/*.sql``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Type = Literal["string", "int", "bigint", "double", "date", "timestamp", "boolean"]
"""``timestamp`` is UTC in microseconds without a zone, ``date`` a calendar day in UTC;
``double`` is computed in views and never stored."""

SQL_TYPES: dict[Type, str] = {
    "string": "VARCHAR",
    "int": "INTEGER",
    "bigint": "BIGINT",
    "double": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "boolean": "BOOLEAN",
}
"""Each type as DuckDB names it."""


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        name: Its name, the same on every engine.
        type: Its type.
        meaning: What it says, in one sentence without a full stop.
        required: False if a source may not give it: then it is null, for ever.
        refers: ``table.column`` that its values name, if any.
        unit: Its unit, such as ``ms``, if any.
    """

    name: str
    type: Type
    meaning: str
    required: bool = False
    refers: str | None = None
    unit: str | None = None


@dataclass(frozen=True)
class Table:
    """One physical table or view.

    Attributes:
        name: Its name; of a physical table also the folder under transformed_data.
        grain: What one row is.
        columns: Its columns in order.
        key: The columns that name a row.
        view: True if it is a view over physical tables.
    """

    name: str
    grain: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    view: bool = field(default=False)

    def column(self, name: str) -> Column:
        """The column of that name.

        Raises:
            KeyError: There is none.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name}.{name}")


_SOURCE = Column("source", "string", "provider the row comes from, such as deezer", required=True)
_PROVENANCE = (
    _SOURCE,
    Column("captured_at", "timestamp", "when the document was captured", required=True),
    Column("raw_hash", "string", "content hash of the raw document, BLAKE3", required=True),
    Column("transform_version", "int", "version of the transform that made it", required=True),
)
_CHART_ID = Column("chart_id", "string", "the provider's name of the chart", required=True)
_CHART = (
    _CHART_ID,
    Column("chart_name", "string", "what people call the chart"),
    Column("region", "string", "where the chart holds, such as global or us"),
    Column("cadence", "string", "daily or weekly", required=True),
)
_CHART_DATE = Column("chart_date", "date", "day (UTC) the chart stands for", required=True)
_POSITION = Column("position", "int", "place in the chart, 1 is the top", required=True)
_ITEM_TYPE = Column("item_type", "string", "track, episode, local, album or missing", required=True)
_TITLE = Column("title", "string", "title as the chart shows it")
_ARTIST_DISPLAY = Column("artist_display", "string", "artists as the chart shows them")
_STREAMS = Column("streams", "bigint", "plays that the source counted, if it says")
_POPULARITY = Column("popularity", "bigint", "the source's own popularity figure, if it says")
_SONG = Column("song_id", "string", "the source's id, or name:… if it has none", refers="songs.song_id")
_ARTIST = Column("artist_id", "string", "the artist", refers="artists.artist_id")
_ALBUM = Column("album_id", "string", "the album", refers="albums.album_id")
_URL = Column("url", "string", "page of it at the service, for people")

_SONG_FACTS = (
    Column("name", "string", "title"),
    Column("artist_id", "string", "the artist credited first", refers="artists.artist_id"),
    _ALBUM,
    Column("duration_ms", "bigint", "length", unit="ms"),
    Column("explicit", "boolean", "whether the source marks it explicit"),
    Column("isrc", "string", "international standard recording code, if the source says"),
    _POPULARITY,
    Column("track_number", "int", "place on its album"),
    _URL,
)
_ALBUM_FACTS = (
    Column("name", "string", "title"),
    Column("album_type", "string", "album, single, compilation, or as the source says"),
    Column("release_date", "date", "release day; the first day where only month or year is known"),
    Column("release_date_precision", "string", "year, month or day"),
    Column("total_tracks", "int", "number of tracks"),
    Column("label", "string", "record label, if the source says"),
    _URL,
    Column("image_url", "string", "cover picture at the service"),
)
_ARTIST_FACTS = (Column("name", "string", "name"), _URL)

CHART_DATA = Table(
    "chart_data",
    "one position in one snapshot",
    (
        *_CHART,
        _CHART_DATE,
        _POSITION,
        _ITEM_TYPE,
        _SONG,
        _TITLE,
        _ARTIST_DISPLAY,
        Column("added_at", "timestamp", "when the entry was put on the playlist, if known"),
        _STREAMS,
        _POPULARITY,
        Column("source_previous_position", "int", "previous position as the source prints it"),
        Column("raw_key", "string", "key of the raw document once processed", required=True),
        *_PROVENANCE,
    ),
    ("source", "chart_id", "chart_date", "captured_at", "raw_hash", "position"),
)
SONG_DATA = Table(
    "song_data",
    "one song as seen in one snapshot",
    (
        Column("song_id", "string", "the source's id, or name:… if it has none", required=True),
        *_SONG_FACTS,
        *_PROVENANCE,
    ),
    ("source", "song_id", "captured_at", "raw_hash"),
)
ALBUM_DATA = Table(
    "album_data",
    "one album as seen in one snapshot",
    (
        Column("album_id", "string", "the source's id, or name:… if it has none", required=True),
        *_ALBUM_FACTS,
        *_PROVENANCE,
    ),
    ("source", "album_id", "captured_at", "raw_hash"),
)
ARTIST_DATA = Table(
    "artist_data",
    "one artist as seen in one snapshot",
    (
        Column("artist_id", "string", "the source's id, or name:… if it has none", required=True),
        *_ARTIST_FACTS,
        *_PROVENANCE,
    ),
    ("source", "artist_id", "captured_at", "raw_hash"),
)
CREDIT_DATA = Table(
    "credit_data",
    "one artist credited on one song or album, in order",
    (
        Column("entity", "string", "song or album", required=True),
        Column("entity_id", "string", "the song or album", required=True),
        Column("credit_position", "int", "place among the credits, 1 is the first", required=True),
        Column("artist_id", "string", "the artist", required=True, refers="artists.artist_id"),
        Column("artist_name", "string", "the artist's name in this credit"),
        *_PROVENANCE,
    ),
    ("source", "entity", "entity_id", "captured_at", "raw_hash", "credit_position"),
)
RUN_DATA = Table(
    "run_data",
    "one chart in one run: the ledger",
    (
        Column("run_id", "string", "the run", required=True),
        Column("chart_id", "string", "the provider's name of the chart"),
        Column("scheduled_for", "timestamp", "tick of the schedule it ran for, if any"),
        Column("started_at", "timestamp", "when work on the chart began", required=True),
        Column("ended_at", "timestamp", "when it ended; null if nobody saw the end"),
        Column(
            "state",
            "string",
            "published, unchanged, rejected, failed, deferred or abandoned",
            required=True,
        ),
        Column("reason", "string", "why, or what was noticed"),
        Column("chart_date", "date", "latest day recorded by it, if any"),
        Column("items_in", "bigint", "items in the documents taken up", required=True),
        Column("rows_out", "bigint", "entries published", required=True),
        Column("rejects", "bigint", "items in rejected documents", required=True),
        Column("requests", "int", "requests sent to the service", required=True),
        Column("bytes", "bigint", "bytes received from it", required=True, unit="bytes"),
        _SOURCE,
        Column("captured_at", "timestamp", "when the run captured the chart, else started_at", required=True),
        Column("raw_hash", "string", "content hash of the document captured, if one"),
        Column("transform_version", "int", "version of the transform of that run", required=True),
    ),
    ("run_id", "source", "chart_id", "started_at"),
)

PHYSICAL = (CHART_DATA, SONG_DATA, ALBUM_DATA, ARTIST_DATA, CREDIT_DATA, RUN_DATA)
"""The tables that lie in transformed_data."""

PUBLISHED = (ARTIST_DATA, ALBUM_DATA, SONG_DATA, CREDIT_DATA, CHART_DATA)
"""The tables of a batch in the order they are written: an entry is never seen without its song."""
