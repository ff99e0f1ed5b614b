"""Deezer playlists and charts to readings.

A playlist's tracks stand in the order of the list; ``/chart`` numbers its own.  ``rank`` is
popularity, from 0 to a million, and never the place.  Each track names one artist.  Ids,
lengths and ranks are numbers, in some old answers numbers written as text.
"""

from __future__ import annotations

import re
from typing import Annotated

import msgspec

from chartlake.errors import Rejected
from chartlake.snapshot import stated_name
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
    named_id,
    release_day,
    seconds,
    utc_day,
)

_SITE = "https://www.deezer.com/"
_LIST_IN_ADDRESS = re.compile(r"/(playlist|chart)/([0-9]{1,18})/tracks")
_MILLISECONDS = 1000

_Text = Annotated[str, msgspec.Meta(pattern=r"^-?[0-9]{1,18}$")]
_Number = Int64 | _Text
_Id = Int64 | str


class _Artist(msgspec.Struct, frozen=True, gc=False):
    id: _Id | None = None
    name: str | None = None


class _Album(msgspec.Struct, frozen=True, gc=False):
    id: _Id | None = None
    title: str | None = None
    release_date: str | None = None
    cover_xl: str | None = None
    cover_big: str | None = None
    cover_medium: str | None = None
    cover: str | None = None


class _Track(msgspec.Struct, frozen=True, gc=False):
    id: _Id | None = None
    title: str | None = None
    duration: _Number | None = None
    rank: _Number | None = None
    position: Int32 | None = None
    explicit_lyrics: bool | None = None
    isrc: str | None = None
    time_add: Int64 | None = None
    artist: _Artist | None = None
    album: _Album | None = None


_Tracks = Annotated[list[_Track | None], msgspec.Meta(max_length=MOST_ITEMS)]


class _Paging(msgspec.Struct, frozen=True):
    data: _Tracks | None = None


class Page(msgspec.Struct, frozen=True):
    """One answer: a page of tracks, or a whole playlist with its tracks inside."""

    id: _Id | None = None
    title: str | None = None
    total: Int32 | None = None
    next: str | None = None
    prev: str | None = None
    tracklist: str | None = None
    data: _Tracks | None = None
    tracks: _Paging | None = None


def read(header: Header, pages: list[Page]) -> Reading:
    """The reading of one playlist or chart.

    Raises:
        Rejected: No page holds tracks, or nothing says which list or when.
    """
    # A playlist repeats its first tracks inside: they count only where no page of tracks is.
    lists = [page.data for page in pages if page.data is not None] or [
        page.tracks.data for page in pages if page.tracks is not None and page.tracks.data is not None
    ]
    if not lists:
        raise Rejected("none of its pages holds tracks", reason="shape")
    if header.captured_at is None:
        raise Rejected(
            "its file name does not say when it was captured; name it like 3155776842-2026-01-31.json",
            reason="undated",
        )
    year = header.captured_at.year
    tracks = [track for one in lists for track in one]
    numbered = bool(tracks) and all(track is not None and track.position is not None for track in tracks)
    entries = [
        _entry(track.position if numbered and track and track.position is not None else place, track, year)
        for place, track in enumerate(tracks, 1)
    ]
    return Reading(
        source="deezer",
        chart_id=header.chart_id or _list_id(pages, header.file_name),
        chart_name=header.chart_name or next((page.title for page in pages if page.title), None),
        region=header.region,
        cadence=header.cadence,
        captured_at=header.captured_at,
        chart_date=utc_day(header.scheduled_for or header.captured_at),
        entries=sorted(entries, key=lambda entry: entry.position) if numbered else entries,
        items=len(tracks),
        # A bare document is what an older pipeline kept: its first page, and no more to be had.
        promised=None if header.bare else expected(_promised(pages, numbered=numbered), size=header.size),
        repeats=True,
    )


def _promised(pages: list[Page], *, numbered: bool) -> int | None:
    """How many tracks the list has; -1 where its pages say different things.

    The total of ``/chart``, whose tracks are numbered, is what that one answer holds.
    """
    stated = [
        (page.total, len(page.data)) for page in pages if page.data is not None and page.total is not None
    ]
    if numbered and all(total == held for total, held in stated):
        return sum(total for total, _ in stated) if stated else None
    totals = {total for total, _ in stated}
    return -1 if len(totals) > 1 else next(iter(totals), None)


def _list_id(pages: list[Page], file_name: str) -> str:
    for page in pages:
        if page.id:
            return str(page.id)
        for text in (page.next, page.prev):
            if text and (found := _LIST_IN_ADDRESS.search(text)):
                return found[2] if found[1] == "playlist" else f"chart-{found[2]}"
    if name := stated_name(file_name):
        return name
    raise Rejected(
        "neither it nor its file name says which list it is; name it like 3155776842-2026-01-31.json",
        reason="unnamed",
    )


def _entry(place: int, track: _Track | None, year: int) -> Entry:
    if track is None or not (track.id or track.title):
        return Entry(position=place, item_type="missing")
    artist = _artist(track.artist)
    name = artist.name if artist is not None else None
    song_id = str(track.id) if track.id else named_id(track.title, name)
    # An id below zero is a listener's own file, which the service does not have.
    local = song_id.startswith("-")
    popularity = _number(track.rank)
    return Entry(
        position=place,
        item_type="local" if local else "track",
        song=Song(
            song_id=song_id,
            name=track.title or None,
            artists=[artist] if artist is not None else [],
            album=_album(track.album, artist, year) if track.album is not None else None,
            duration_ms=_milliseconds(_number(track.duration)),
            explicit=track.explicit_lyrics,
            isrc=track.isrc or None,
            popularity=popularity,
            url=f"{_SITE}track/{song_id}" if track.id and not local else None,
        ),
        title=track.title or None,
        artist_display=name,
        added_at=seconds(track.time_add),
        popularity=popularity,
    )


def _album(album: _Album, artist: Artist | None, year: int) -> Album | None:
    """The album; whose it is, a track does not say: its artist may be a guest on it."""
    if not (album.id or album.title):
        return None
    day, precision = release_day(album.release_date, year)
    cover = album.cover_xl or album.cover_big or album.cover_medium or album.cover
    return Album(
        album_id=str(album.id) if album.id else named_id(album.title, artist.name if artist else None),
        name=album.title or None,
        release_date=day,
        release_date_precision=precision,
        url=f"{_SITE}album/{album.id}" if album.id else None,
        image_url=address(cover),
    )


def _artist(artist: _Artist | None) -> Artist | None:
    if artist is None:
        return None
    artist_id = str(artist.id) if artist.id else None
    return artist_of(artist_id, artist.name, f"{_SITE}artist/{artist_id}" if artist_id else None)


def _number(number: int | str | None) -> int | None:
    return int(number) if number is not None else None


def _milliseconds(length: int | None) -> int | None:
    """A length in seconds as milliseconds; 0 is what the service says of one that it does not know."""
    return length * _MILLISECONDS if length and abs(length) < 2**40 else None
