"""Apple Music's "most played" feeds to readings.

The rank of an item is its place in the list.  A feed states when it was made and nothing of
lengths, ISRC or plays.  ``artistName`` joins all artists into one text, while ``artistId``
and ``artistUrl`` are those of the first.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, Literal
from urllib.parse import unquote

import msgspec

from chartlake.errors import Rejected
from chartlake.snapshot import plausible
from chartlake.transform.reading import (
    MOST_ITEMS,
    Album,
    Artist,
    Entry,
    Header,
    Reading,
    Song,
    address,
    artist_of,
    captured,
    named_id,
    release_day,
    utc_day,
)

Kind = Literal["songs", "albums"]

_KINDS: dict[str | None, Kind] = {"songs": "songs", "song": "songs", "albums": "albums", "album": "albums"}
_FILE = re.compile(r"/(songs|albums)\.json$")
_FEED = re.compile(r"/(?:apple-music|itunes-music|music)/([a-z][a-z-]*)/")
_USUAL_FEED = "most-played"
_ALBUM_OF_SONG = re.compile(r"/album/(?:[^/?]*/)?([0-9]{1,18})\?i=[0-9]")
_SLUG = re.compile(r"/artist/([^/?]+)/")
_JOINED = re.compile(r", | & ")
_MOMENT = re.compile(
    r"(?:[A-Za-z]{3}, )?([0-9]{1,2}) ([A-Z][a-z]{2}) ([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) "
    r"(?:GMT|UTC?|([+-])([0-9]{2})([0-9]{2}))"
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONGEST = 512


class _Item(msgspec.Struct, frozen=True, gc=False):
    id: str | None = None
    name: str | None = None
    kind: str | None = None
    artistName: str | None = None  # noqa: N815 - as the feed spells it
    artistId: str | None = None  # noqa: N815
    artistUrl: str | None = None  # noqa: N815
    releaseDate: str | None = None  # noqa: N815
    contentAdvisoryRating: str | None = None  # noqa: N815
    artworkUrl100: str | None = None  # noqa: N815
    url: str | None = None


class _Feed(msgspec.Struct, frozen=True):
    results: Annotated[list[_Item | None], msgspec.Meta(max_length=MOST_ITEMS)]
    updated: str | None = None
    country: str | None = None
    title: str | None = None
    id: str | None = None


class Page(msgspec.Struct, frozen=True):
    """One feed."""

    feed: _Feed


def read(header: Header, pages: list[Page]) -> Reading:
    """The reading of one feed.

    Raises:
        Rejected: It is not exactly one page, says not when it was made, or holds neither
            songs nor albums.
    """
    if len(pages) != 1:
        raise Rejected(f"a feed is one page, and it has {len(pages)}", reason="shape")
    feed = pages[0].feed
    updated = _moment(feed.updated)
    if updated is None:
        raise Rejected(f"its feed.updated {(feed.updated or '')[:40]!r} is no moment", reason="undated")
    kind = _kind(feed)
    captured_at = captured(header, made=updated)
    year = captured_at.year
    return Reading(
        source="apple",
        chart_id=header.chart_id or _chart_id(feed, kind),
        chart_name=header.chart_name or feed.title or None,
        region=header.region or ((feed.country or None) if header.bare else None),
        cadence=header.cadence,
        captured_at=captured_at,
        chart_date=utc_day(updated),
        entries=[_entry(place, item, kind, year) for place, item in enumerate(feed.results, 1)],
        items=len(feed.results),
    )


def _kind(feed: _Feed) -> Kind:
    if found := _FILE.search(feed.id or ""):
        return _KINDS[found[1]]
    for item in feed.results:
        if item is not None and item.kind in _KINDS:
            return _KINDS[item.kind]
    raise Rejected("it is a feed of neither songs nor albums", reason="shape")


def _chart_id(feed: _Feed, kind: Kind) -> str:
    """``us-songs`` for what is most played; other feeds are other charts: ``us-new-releases-albums``."""
    if not feed.country:
        raise Rejected("its feed does not say which country it is of", reason="unnamed")
    found = _FEED.search(feed.id or "")
    other = [found[1]] if found and found[1] != _USUAL_FEED else []
    return "-".join([feed.country, *other, kind])


def _entry(place: int, item: _Item | None, kind: Kind, year: int) -> Entry:
    if item is None or not (item.id or item.name) or (item.kind and _KINDS.get(item.kind) != kind):
        return Entry(position=place, item_type="missing")
    artist = _artist(item)
    whole_id = item.id or named_id(item.name, item.artistName)
    artists = [artist] if artist is not None else []
    if kind == "albums":
        day, precision = release_day(item.releaseDate, year)
        album = Album(
            album_id=whole_id,
            name=item.name or None,
            release_date=day,
            release_date_precision=precision,
            url=address(item.url),
            image_url=address(item.artworkUrl100),
            artists=artists,
        )
        song = None
    else:
        album = None
        song = Song(
            song_id=whole_id,
            name=item.name or None,
            artists=artists,
            album=_album_of_song(item),
            explicit=_explicit(item.contentAdvisoryRating),
            url=address(item.url),
        )
    return Entry(
        position=place,
        item_type="album" if album is not None else "track",
        song=song,
        album=album,
        title=item.name or None,
        artist_display=item.artistName or None,
    )


def _album_of_song(item: _Item) -> Album | None:
    """The album that a song's address names, with the picture, which is the album's.

    ``releaseDate`` is the song's, which may have come out before its album.
    """
    found = _ALBUM_OF_SONG.search(item.url or "")
    if found is None:
        return None
    return Album(album_id=found[1], name=None, image_url=address(item.artworkUrl100))


def _explicit(rating: str | None) -> bool | None:
    """True for what Apple spells ``Explict``; what is not marked is not stated."""
    return {"Explict": True, "Explicit": True, "Clean": False}.get(rating or "")


def _artist(item: _Item) -> Artist | None:
    if not item.artistId:
        return artist_of(None, item.artistName)
    return Artist(
        item.artistId, _first_name(item.artistName or "", item.artistUrl or ""), address(item.artistUrl)
    )


def _first_name(joined: str, url: str) -> str | None:
    """The first artist's own name: as much of the joined names as the address spells too.

    ``Lil Baby & Lil Durk`` with ``…/artist/lil-baby/1276656483`` begins with Lil Baby.  Where
    the address does not help, a name that may be several artists' is nobody's.
    """
    found = _SLUG.search(url)
    wanted = _letters(unquote(found[1])) if found else ""
    joined = joined[:_LONGEST]
    if wanted and _letters(joined) == wanted:
        return joined
    for joint in _JOINED.finditer(joined):
        if wanted and _letters(joined[: joint.start()]) == wanted:
            return joined[: joint.start()]
    return joined if joined and not _JOINED.search(joined) else None


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _moment(text: str | None) -> datetime | None:
    """``Wed, 27 Apr 2022 08:49:26 +0000`` (RFC 2822); feeds until 2021 wrote RFC 3339."""
    text = (text or "")[:_LONGEST]
    found = _MOMENT.fullmatch(text)
    try:
        moment = _spelled_out(found) if found else datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo is not None and plausible(moment) else None


def _spelled_out(found: re.Match[str]) -> datetime:
    day, month, year, hour, minute, second, sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    return datetime(
        int(year),
        _MONTHS.index(month) + 1,
        int(day),
        int(hour),
        int(minute),
        int(second),
        tzinfo=timezone(-offset if sign == "-" else offset),
    )
