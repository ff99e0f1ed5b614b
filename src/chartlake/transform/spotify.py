"""Spotify playlists to readings: every shape that its Web API has sent from 2014 to 2026.

An entry wraps its track as ``track`` (until 2026), as ``item`` (since), or as both.  The
wrapper is taken off exactly once: a track carries booleans named ``track`` and ``episode``.
A removed track is null and keeps its place.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated

import msgspec

from chartlake.errors import Rejected
from chartlake.transform.reading import (
    MOST_ITEMS,
    Album,
    Artist,
    Entry,
    Header,
    Int32,
    Int64,
    Reading,
    Song,
    address,
    artist_of,
    expected,
    microseconds,
    moment_of,
    named_id,
    release_day,
    utc_day,
)

if TYPE_CHECKING:
    from datetime import datetime

_REMEMBERED = 20_000
"""Albums, artists and credits kept in memory while documents are read: more than a month of charts shows."""

_known_albums: dict[str | None, tuple[_Album, int, Album | None]] = {}
_known_credits: dict[
    str | None, tuple[list[_Named] | None, _Show | None, tuple[list[Artist], str | None]]
] = {}
_SITE = "https://open.spotify.com/"
_PLAYLIST_IN_ADDRESS = re.compile(r"/playlists/([A-Za-z0-9]+)")


class _Image(msgspec.Struct, frozen=True, gc=False):
    url: str | None = None


class _Named(msgspec.Struct, frozen=True, gc=False):
    id: str | None = None
    name: str | None = None


class _Isrc(msgspec.Struct, frozen=True, gc=False):
    isrc: str | None = None


class _Album(msgspec.Struct, frozen=True, gc=False):
    id: str | None = None
    name: str | None = None
    album_type: str | None = None
    release_date: str | None = None
    total_tracks: Int32 | None = None
    label: str | None = None
    images: list[_Image] | None = None
    artists: list[_Named] | None = None


class _Show(msgspec.Struct, frozen=True, gc=False):
    name: str | None = None
    publisher: str | None = None


class _Track(msgspec.Struct, frozen=True, gc=False):
    type: str | None = None
    id: str | None = None
    name: str | None = None
    uri: str | None = None
    is_local: bool | None = None
    duration_ms: Int64 | None = None
    explicit: bool | None = None
    popularity: Int64 | None = None
    track_number: Int32 | None = None
    external_ids: _Isrc | None = None
    album: _Album | None = None
    artists: list[_Named] | None = None
    show: _Show | None = None


class _Wrapper(msgspec.Struct, frozen=True, gc=False):
    added_at: str | None = None
    is_local: bool | None = None
    track: _Track | None = None
    item: _Track | None = None


_Wrappers = Annotated[list[_Wrapper | None], msgspec.Meta(max_length=MOST_ITEMS)]


class _Paging(msgspec.Struct, frozen=True):
    items: _Wrappers
    href: str | None = None
    total: Int32 | None = None
    offset: Int32 | None = None


class Page(msgspec.Struct, frozen=True):
    """One answer: a page of items, a whole playlist (old or new), or its description alone."""

    id: str | None = None
    name: str | None = None
    href: str | None = None
    snapshot_id: str | None = None
    total: Int32 | None = None
    offset: Int32 | None = None
    items: _Paging | _Wrappers | None = None
    tracks: _Paging | None = None

    def paging(self) -> _Paging | None:
        """The page of items in this answer, wherever it stands in it.

        The word ``items`` means three things: of a playlist of 2026 the paging object, of a
        paging object the list; a playlist until 2025 has ``tracks`` instead.
        """
        if isinstance(self.items, list):
            return _Paging(self.items, self.href, self.total, self.offset)
        return self.items if self.items is not None else self.tracks


def read(header: Header, pages: list[Page]) -> Reading:
    """The reading of one playlist.

    Raises:
        Rejected: No page holds items, or nothing says which playlist or when.
    """
    found = [paging for page in pages if (paging := page.paging()) is not None]
    if not found:
        raise Rejected("none of its pages holds playlist items", reason="shape")
    wrappers = [wrapper for paging in found for wrapper in paging.items]
    captured_at = header.captured_at or _newest(wrappers)
    if captured_at is None:
        raise Rejected("neither its file name nor its entries say when it was captured", reason="undated")
    year = captured_at.year
    return Reading(
        source="spotify",
        chart_id=header.chart_id or _playlist_id(pages, found),
        chart_name=header.chart_name or next((page.name for page in pages if page.name), None),
        region=header.region,
        cadence=header.cadence,
        captured_at=captured_at,
        chart_date=utc_day(header.scheduled_for or captured_at),
        entries=[_entry(place, wrapper, year) for place, wrapper in enumerate(wrappers, 1)],
        items=len(wrappers),
        # A bare document is what an older pipeline kept: its first page, and no more to be had.
        promised=None if header.bare else expected(_promised(found), size=header.size),
        repeats=True,
    )


def _promised(found: list[_Paging]) -> int | None:
    """How many items the playlist has; -1 where its pages do not follow upon one another."""
    expected_offset = 0
    for paging in found:
        if paging.offset is not None and paging.offset != expected_offset:
            return -1
        expected_offset += len(paging.items)
    totals = {paging.total for paging in found if paging.total is not None}
    return max(totals, default=None) if len(totals) <= 1 else -1


def _playlist_id(pages: list[Page], found: list[_Paging]) -> str:
    for text in (*(page.id for page in pages), *(page.href for page in pages), *(p.href for p in found)):
        if text and "/" not in text:
            return text
        if text and (in_address := _PLAYLIST_IN_ADDRESS.search(text)):
            return in_address[1]
    raise Rejected("neither id nor href says which playlist it is", reason="unnamed")


def _newest(wrappers: list[_Wrapper | None]) -> datetime | None:
    moments = [stamp for wrapper in wrappers if wrapper and (stamp := microseconds(wrapper.added_at))]
    return moment_of(max(moments)) if moments else None


def _entry(place: int, wrapper: _Wrapper | None, year: int) -> Entry:
    track = None if wrapper is None else wrapper.item or wrapper.track
    if wrapper is None or track is None or not (track.id or track.name):
        added = microseconds(wrapper.added_at) if wrapper else None
        return Entry(position=place, item_type="missing", added_at=added)
    title, (artists, display) = track.name or None, _credited(track)
    episode = track.type == "episode"
    local = wrapper.is_local or track.is_local
    return Entry(
        position=place,
        item_type="episode" if episode else "local" if local else "track",
        song=Song(
            song_id=track.id or named_id(title, display),
            name=title,
            artists=artists,
            album=None if track.album is None else _album(track.album, year),
            duration_ms=track.duration_ms,
            explicit=track.explicit,
            isrc=None if track.external_ids is None else track.external_ids.isrc or None,
            popularity=track.popularity,
            track_number=track.track_number or None,
            url=f"{_SITE}{'episode' if episode else 'track'}/{track.id}" if track.id else None,
        ),
        title=title,
        artist_display=display,
        added_at=microseconds(wrapper.added_at),
        popularity=track.popularity,
    )


def _credited(track: _Track) -> tuple[list[Artist], str | None]:
    """The artists and how they are shown; the same objects for the same answer, as of albums."""
    known = _known_credits.get(track.id)
    if known is not None and known[0] == track.artists and known[1] == track.show:
        return known[2]
    artists = _artists(track.artists)
    made = artists, _display(track, artists)
    if len(_known_credits) >= _REMEMBERED:
        _known_credits.clear()
    _known_credits[track.id] = (track.artists, track.show, made)
    return made


def _display(track: _Track, artists: list[Artist]) -> str | None:
    """The artists as Spotify shows them; of an episode its show."""
    if len(artists) == 1:
        return artists[0].name
    if not artists and track.show is not None:
        return track.show.name or track.show.publisher or None
    return ", ".join([artist.name for artist in artists if artist.name]) or None


def _album(album: _Album, year: int) -> Album | None:
    """The album; the same object for the same answer, for a chart shows few albums for many days."""
    known = _known_albums.get(album.id)
    if known is not None and known[0] == album and known[1] == year:
        return known[2]
    made = _made_album(album, year)
    if len(_known_albums) >= _REMEMBERED:
        _known_albums.clear()
    _known_albums[album.id] = (album, year, made)
    return made


def _made_album(album: _Album, year: int) -> Album | None:
    if not (album.id or album.name):
        return None
    artists = _artists(album.artists)
    day, precision = release_day(album.release_date, year)
    return Album(
        album_id=album.id or named_id(album.name, *(artist.name for artist in artists[:1])),
        name=album.name or None,
        album_type=album.album_type or None,
        release_date=day,
        release_date_precision=precision,
        total_tracks=album.total_tracks,
        label=album.label or None,
        url=f"{_SITE}album/{album.id}" if album.id else None,
        image_url=address(album.images[0].url) if album.images else None,
        artists=artists,
    )


def _artists(named: list[_Named] | None) -> list[Artist]:
    return [artist for one in named or () if (artist := _artist(one.id, one.name)) is not None]


@lru_cache(_REMEMBERED)
def _artist(artist_id: str | None, name: str | None) -> Artist | None:
    """The artist; the same object for the same answer."""
    return artist_of(artist_id, name, f"{_SITE}artist/{artist_id}" if artist_id else None)
