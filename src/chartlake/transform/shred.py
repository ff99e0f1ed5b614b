"""Readings to flat rows: the one place where nesting ends.

A document's dimensions are taken once each: one row per song, album and artist it shows,
whatever the number of positions.  Where one document shows a thing twice, its first
appearance (the better position) is taken.
"""

from __future__ import annotations

from array import array
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from chartlake.parquet import Repeated
from chartlake.tables import PUBLISHED
from chartlake.transform.reading import in_days, in_microseconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chartlake.tables import Table
    from chartlake.transform.reading import Album, Artist, Entry, Reading, Song

Columns = dict[str, "Sequence[Any] | Repeated"]

T = TypeVar("T")

_LISTED = {
    "chart_data": (
        "position item_type song_id title artist_display added_at streams popularity source_previous_position"
    ),
    "song_data": "song_id name duration_ms explicit isrc popularity track_number url",
    "album_data": "",
    "artist_data": "",
    "credit_data": "entity entity_id credit_position",
}
"""Columns that are held as lists, by table."""

_NUMBERED = {
    "album": "album_data",
    "artist": "artist_data",
    "song_album": "song_data",
    "song_artist": "song_data",
    "credit_artist": "credit_data",
}
"""Columns that are held as numbers of albums or artists: what they name, and their table."""

_ALBUM_COLUMNS = (
    "album_id", "name", "album_type", "release_date", "release_date_precision",
    "total_tracks", "label", "url", "image_url",
)  # fmt: skip
_OF_THE_SETTINGS = {"region", "cadence"}
_ARTIST_COLUMNS = ("artist_id", "name", "url")


class _Coded(Generic[T]):
    """Objects that come again and again: each is held once, and a row holds its number."""

    def __init__(self) -> None:
        # Numbers begin at 1, which stands for none at all.
        self.held: list[T | None] = [None, None]
        self._numbers: dict[int, int] = {id(None): 1}

    def numbers(self, objects: Iterable[T | None]) -> list[int]:
        """The number of each object."""
        known, hold = self._numbers.get, self._hold
        return [known(id(one)) or hold(one) for one in objects]

    def _hold(self, one: T | None) -> int:
        # Held for as long as its number is known, so that no other object gets its identity.
        number = self._numbers[id(one)] = len(self.held)
        self.held.append(one)
        return number

    def column(self, name: str, numbers: array[int]) -> Repeated:
        """An attribute of the objects as a column."""
        return Repeated([None if one is None else getattr(one, name) for one in self.held], numbers)


class Rows:
    """The rows of many documents, column by column, as they are written.

    What is the same for a whole document (its provenance, its chart) is held once for it, and
    so is an album or artist that many documents show.
    """

    def __init__(self, transform_version: int) -> None:
        """Begin with no row."""
        self._columns: dict[str, dict[str, list[Any]]] = {
            table: {name: [] for name in names.split()} for table, names in _LISTED.items()
        }
        self._numbers = {name: array("i") for name in _NUMBERED}
        self._albums: _Coded[Album] = _Coded()
        self._artists: _Coded[Artist] = _Coded()
        self._documents: list[dict[str, Any]] = []
        self._document_of: dict[str, array[int]] = {table: array("i") for table in _LISTED}
        self._transform_version = transform_version

    def add(self, reading: Reading, *, raw_hash: str, raw_key: str) -> None:
        """Append the rows of one document."""
        here = len(self._documents)
        self._documents.append(
            {
                "chart_id": reading.chart_id,
                "chart_name": reading.chart_name,
                "region": reading.region,
                "cadence": reading.cadence,
                "chart_date": in_days(reading.chart_date),
                "raw_key": raw_key,
                "source": reading.source,
                "captured_at": in_microseconds(reading.captured_at),
                "raw_hash": raw_hash,
                "transform_version": self._transform_version,
            }
        )
        entries = reading.entries
        songs = list({entry.song.song_id: entry.song for entry in reversed(entries) if entry.song}.values())
        albums = _albums(entries, songs)
        for table, added in (
            ("chart_data", self._add_entries(entries)),
            ("song_data", self._add_songs(songs)),
            ("album_data", self._add_albums(albums)),
            ("artist_data", self._add_artists(_artists(songs, albums))),
            ("credit_data", self._add_credits(songs, albums)),
        ):
            self._document_of[table].extend(array("i", [here]) * added)

    def columns(self, table: Table) -> Columns:
        """The columns of one table, ready to be written; the Parquet module says in what units."""
        owned = {**self._columns[table.name], **self._numbered(table.name)}
        of = self._document_of[table.name]
        return {
            column.name: owned[column.name]
            if column.name in owned
            else Repeated([document[column.name] for document in self._documents], of)
            for column in table.columns
        }

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return len(self._document_of[table])

    def _numbered(self, table: str) -> Columns:
        """The columns of a table that are held as numbers of objects."""
        return {
            column: held.column(attribute, self._numbers[numbers])
            for numbers, held, columns in (
                ("album", self._albums, {name: name for name in _ALBUM_COLUMNS}),
                ("artist", self._artists, {name: name for name in _ARTIST_COLUMNS}),
                ("song_album", self._albums, {"album_id": "album_id"}),
                ("song_artist", self._artists, {"artist_id": "artist_id"}),
                ("credit_artist", self._artists, {"artist_id": "artist_id", "artist_name": "name"}),
            )
            if _NUMBERED[numbers] == table
            for column, attribute in columns.items()
        }

    def _add_entries(self, entries: list[Entry]) -> int:
        to = self._columns["chart_data"]
        to["position"] += [entry.position for entry in entries]
        to["item_type"] += [entry.item_type for entry in entries]
        to["song_id"] += [_entry_id(entry) for entry in entries]
        to["title"] += [entry.title for entry in entries]
        to["artist_display"] += [entry.artist_display for entry in entries]
        to["added_at"] += [entry.added_at for entry in entries]
        to["streams"] += [entry.streams for entry in entries]
        to["popularity"] += [entry.popularity for entry in entries]
        to["source_previous_position"] += [entry.source_previous_position for entry in entries]
        return len(entries)

    def _add_songs(self, songs: list[Song]) -> int:
        to = self._columns["song_data"]
        to["song_id"] += [song.song_id for song in songs]
        to["name"] += [song.name for song in songs]
        to["duration_ms"] += [song.duration_ms for song in songs]
        to["explicit"] += [song.explicit for song in songs]
        to["isrc"] += [song.isrc for song in songs]
        to["popularity"] += [song.popularity for song in songs]
        to["track_number"] += [song.track_number for song in songs]
        to["url"] += [song.url for song in songs]
        first = [song.artists[0] if song.artists else None for song in songs]
        self._numbers["song_artist"].extend(self._artists.numbers(first))
        self._numbers["song_album"].extend(self._albums.numbers([song.album for song in songs]))
        return len(songs)

    def _add_albums(self, albums: list[Album]) -> int:
        self._numbers["album"].extend(self._albums.numbers(albums))
        return len(albums)

    def _add_artists(self, artists: list[Artist]) -> int:
        self._numbers["artist"].extend(self._artists.numbers(artists))
        return len(artists)

    def _add_credits(self, songs: list[Song], albums: list[Album]) -> int:
        to = self._columns["credit_data"]
        credited = [song.artists for song in songs]
        credited += [album.artists for album in albums]
        counts = list(map(len, credited))
        of_songs, added = sum(counts[: len(songs)]), sum(counts)
        to["entity"] += ["song"] * of_songs + ["album"] * (added - of_songs)
        ids = [song.song_id for song in songs] + [album.album_id for album in albums]
        to["entity_id"] += chain.from_iterable(map(repeat, ids, counts))
        to["credit_position"] += chain.from_iterable([range(1, count + 1) for count in counts])
        self._numbers["credit_artist"].extend(self._artists.numbers(chain.from_iterable(credited)))
        return added


def filled(reading: Reading) -> frozenset[str]:
    """The columns that a document fills in at least one row, such as ``song_data.isrc``.

    Those that a chart's settings alone fill are left out: they tell nothing of the source.
    """
    rows = Rows(0)
    rows.add(reading, raw_hash="", raw_key="")
    return frozenset(
        f"{table.name}.{name}"
        for table in PUBLISHED
        for name, values in rows.columns(table).items()
        if name not in _OF_THE_SETTINGS and any(value is not None for value in values)
    )


def _entry_id(entry: Entry) -> str | None:
    if entry.song is not None:
        return entry.song.song_id
    return entry.album.album_id if entry.album is not None else None


def _albums(entries: list[Entry], songs: list[Song]) -> list[Album]:
    shown = chain((song.album for song in songs), (entry.album for entry in reversed(entries)))
    return list({album.album_id: album for album in shown if album is not None}.values())


def _artists(songs: list[Song], albums: list[Album]) -> list[Artist]:
    shown = [artist for album in albums for artist in album.artists]
    shown += [artist for song in songs for artist in song.artists]
    # An artist's id may stand beside a name that several share: then it has none there.
    if None in [artist.name for artist in shown]:
        shown.sort(key=_is_named)
    return list({artist.artist_id: artist for artist in shown}.values())


def _is_named(artist: Artist) -> bool:
    return artist.name is not None


assert {table.name for table in PUBLISHED} == set(_LISTED)  # noqa: S101 - two spellings of one list
