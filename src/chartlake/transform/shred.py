"""Readings to flat rows: the one place where nesting ends.

A document's dimensions are taken once each: one row per song, album and artist it shows,
whatever the number of positions.  Where one document shows a thing twice, its first
appearance (the better position) is taken.
"""

from __future__ import annotations

from array import array
from itertools import chain
from typing import TYPE_CHECKING, Any

from chartlake.parquet import Repeated
from chartlake.tables import PUBLISHED
from chartlake.transform.reading import in_days, in_microseconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chartlake.tables import Table
    from chartlake.transform.reading import Album, Artist, Entry, Reading, Song

Columns = dict[str, "Sequence[Any] | Repeated"]

_PER_ROW = {
    "chart_data": (
        "position item_type song_id title artist_display added_at streams popularity source_previous_position"
    ),
    "song_data": "song_id name artist_id album_id duration_ms explicit isrc popularity track_number url",
    "album_data": (
        "album_id name album_type release_date release_date_precision total_tracks label url image_url"
    ),
    "artist_data": "artist_id name url",
    "credit_data": "entity entity_id credit_position artist_id artist_name",
}


class Rows:
    """The rows of many documents, column by column, as they are written.

    What is the same for a whole document (its provenance, its chart) is held once for it.
    """

    def __init__(self, transform_version: int) -> None:
        """Begin with no row."""
        self._columns = {
            table: {name: list[Any]() for name in names.split()} for table, names in _PER_ROW.items()
        }
        self._documents: list[dict[str, Any]] = []
        self._document_of: dict[str, array[int]] = {table: array("i") for table in _PER_ROW}
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
        artists = _artists(songs, albums)
        for table, added in (
            ("chart_data", self._add_entries(entries)),
            ("song_data", self._add_songs(songs)),
            ("album_data", self._add_albums(albums)),
            ("artist_data", self._add_artists(artists)),
            ("credit_data", self._add_credits(songs, albums)),
        ):
            self._document_of[table].extend([here] * added)

    def columns(self, table: Table) -> Columns:
        """The columns of one table, ready to be written; the Parquet module says in what units."""
        owned = self._columns[table.name]
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
        to["artist_id"] += [song.artists[0].artist_id if song.artists else None for song in songs]
        to["album_id"] += [song.album.album_id if song.album else None for song in songs]
        to["duration_ms"] += [song.duration_ms for song in songs]
        to["explicit"] += [song.explicit for song in songs]
        to["isrc"] += [song.isrc for song in songs]
        to["popularity"] += [song.popularity for song in songs]
        to["track_number"] += [song.track_number for song in songs]
        to["url"] += [song.url for song in songs]
        return len(songs)

    def _add_albums(self, albums: list[Album]) -> int:
        to = self._columns["album_data"]
        to["album_id"] += [album.album_id for album in albums]
        to["name"] += [album.name for album in albums]
        to["album_type"] += [album.album_type for album in albums]
        to["release_date"] += [album.release_date for album in albums]
        to["release_date_precision"] += [album.release_date_precision for album in albums]
        to["total_tracks"] += [album.total_tracks for album in albums]
        to["label"] += [album.label for album in albums]
        to["url"] += [album.url for album in albums]
        to["image_url"] += [album.image_url for album in albums]
        return len(albums)

    def _add_artists(self, artists: list[Artist]) -> int:
        to = self._columns["artist_data"]
        to["artist_id"] += [artist.artist_id for artist in artists]
        to["name"] += [artist.name for artist in artists]
        to["url"] += [artist.url for artist in artists]
        return len(artists)

    def _add_credits(self, songs: list[Song], albums: list[Album]) -> int:
        credited = [
            ("song", song.song_id, place, artist)
            for song in songs
            for place, artist in enumerate(song.artists, 1)
        ] + [
            ("album", album.album_id, place, artist)
            for album in albums
            for place, artist in enumerate(album.artists, 1)
        ]
        to = self._columns["credit_data"]
        to["entity"] += [credit[0] for credit in credited]
        to["entity_id"] += [credit[1] for credit in credited]
        to["credit_position"] += [credit[2] for credit in credited]
        to["artist_id"] += [credit[3].artist_id for credit in credited]
        to["artist_name"] += [credit[3].name for credit in credited]
        return len(credited)


def _entry_id(entry: Entry) -> str | None:
    if entry.song is not None:
        return entry.song.song_id
    return entry.album.album_id if entry.album is not None else None


def _albums(entries: list[Entry], songs: list[Song]) -> list[Album]:
    shown = chain((song.album for song in songs), (entry.album for entry in reversed(entries)))
    return list({album.album_id: album for album in shown if album is not None}.values())


def _artists(songs: list[Song], albums: list[Album]) -> list[Artist]:
    shown: Iterable[Artist] = chain(
        *(album.artists for album in albums),
        *(song.artists for song in songs),
    )
    # An artist's id may stand beside a name that several share: then it has none there.
    return list({artist.artist_id: artist for artist in sorted(shown, key=_is_named)}.values())


def _is_named(artist: Artist) -> bool:
    return artist.name is not None


assert {table.name for table in PUBLISHED} == set(_PER_ROW)  # noqa: S101 - two spellings of one list
