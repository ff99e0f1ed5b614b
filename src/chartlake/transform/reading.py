"""What a document says, in the same words for every provider.

A provider's module turns its pages into these records; `chartlake.transform.shred` turns
the records into rows.  Here nesting is still allowed; behind it nothing is nested.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Literal

import msgspec
from blake3 import blake3

from chartlake.snapshot import plausible

ItemType = Literal["track", "episode", "local", "album", "missing"]

Int32 = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]
Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]

EARLIEST_RELEASE = 1860
"""The first sound recording that plays is of 1860; services send 0000 and 1900 for unknown."""

MOST_ITEMS = 100_000
"""Items in the longest list that is read: services end at 10,000, and 16 MiB of ``{}`` are 5 million."""

_EPOCH = date(1970, 1, 1).toordinal()
_RELEASE = re.compile(r"([0-9]{4})(?:-([0-9]{1,2}))?(?:-([0-9]{1,2}))?")
_A_DAY = timedelta(days=1)
_LONGEST_MOMENT = 40
_SECONDS_UNTIL_2200 = 7_258_118_400
_LONGEST_NAME = 4096


class Artist(msgspec.Struct, frozen=True, gc=False):
    """One artist as a document shows it."""

    artist_id: str
    name: str | None
    url: str | None = None


class Album(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One album as a document shows it; ``release_date`` in days since 1970-01-01."""

    album_id: str
    name: str | None
    album_type: str | None = None
    release_date: int | None = None
    release_date_precision: str | None = None
    total_tracks: int | None = None
    label: str | None = None
    url: str | None = None
    image_url: str | None = None
    artists: list[Artist] = []


class Song(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One song, episode or local file as a document shows it."""

    song_id: str
    name: str | None
    artists: list[Artist] = []
    album: Album | None = None
    duration_ms: int | None = None
    explicit: bool | None = None
    isrc: str | None = None
    popularity: int | None = None
    track_number: int | None = None
    url: str | None = None


class Entry(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One position; ``added_at`` in microseconds since 1970-01-01 UTC.

    A position whose item cannot be read is an entry of type ``missing``: ranks never shift.
    """

    position: int
    item_type: ItemType
    song: Song | None = None
    album: Album | None = None
    title: str | None = None
    artist_display: str | None = None
    added_at: int | None = None
    streams: int | None = None
    popularity: int | None = None
    source_previous_position: int | None = None


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One document understood.

    Attributes:
        source: The provider.
        chart_id: Its name of the chart.
        chart_name: What people call it, if known.
        region: Where it holds, if known.
        cadence: ``daily`` or ``weekly``.
        captured_at: When it was captured (UTC).
        chart_date: The day it stands for.
        entries: What stands at its positions.
        items: How many items the document held.
        promised: How many items the source says there are, if it says.
        repeats: Whether the source may hold one song twice.
    """

    source: str
    chart_id: str
    chart_name: str | None
    region: str | None
    cadence: str
    captured_at: datetime
    chart_date: date
    entries: list[Entry]
    items: int
    promised: int | None = None
    repeats: bool = False


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a document apart from its pages.

    Attributes:
        chart_id: The provider's name of the chart; None if a bare document must tell.
        chart_name: What people call it, if known.
        region: Where it holds, if known.
        cadence: ``daily`` or ``weekly``.
        captured_at: When it was captured (UTC); None if a bare document must tell.
        scheduled_for: The tick it was captured for (UTC), if any.
        size: How many positions were asked for; None is all.
        bare: Whether the document came without an envelope.
        file_name: The file name of a bare document, plain, without ending and hash.
    """

    chart_id: str | None = None
    chart_name: str | None = None
    region: str | None = None
    cadence: str = "daily"
    captured_at: datetime | None = None
    scheduled_for: datetime | None = None
    size: int | None = None
    bare: bool = False
    file_name: str = ""


def utc_day(moment: datetime) -> date:
    """The calendar day of a moment, in UTC."""
    return moment.astimezone(UTC).date()


def named_id(*parts: str | None) -> str:
    """The id of something that has none: ``name:`` and a hash of what it is called.

    The same every time, whatever the letter case, the spaces or the Unicode form.
    """
    # One character may become eighteen in NFKC: a name of 16 MiB must not become 300.
    folded = "\x1f".join(
        " ".join(unicodedata.normalize("NFKC", (part or "")[:_LONGEST_NAME]).casefold().split())
        for part in parts
    )
    return "name:" + blake3(folded.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def artist_of(artist_id: str | None, name: str | None, url: str | None = None) -> Artist | None:
    """An artist, with a made id if the source gives none; None if there is not even a name."""
    if artist_id:
        return Artist(artist_id, name or None, url)
    return Artist(named_id(name), name, url) if name else None


@lru_cache(maxsize=65536)
def release_day(text: str | None, captured_year: int) -> tuple[int | None, str | None]:
    """A release date as days since 1970-01-01, and its precision.

    ``YYYY``, ``YYYY-MM`` and ``YYYY-MM-DD`` are read, the missing parts as the first; a year
    before 1860 (``0000`` is common) or later than a year after the capture is unknown.
    """
    found = _RELEASE.fullmatch(text or "")
    if found is None or not EARLIEST_RELEASE <= int(found[1]) <= captured_year + 1:
        return None, None
    try:
        day = date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        return None, None
    return in_days(day), "day" if found[3] else "month" if found[2] else "year"


@lru_cache(maxsize=65536)
def microseconds(text: str | None) -> int | None:
    """An RFC 3339 moment as microseconds since 1970-01-01 UTC; None if unknown or unreadable.

    Services write the beginning of 1970 for a moment that they do not know.
    """
    if not text or len(text) > _LONGEST_MOMENT:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return in_microseconds(moment) or None if plausible(moment) else None


def in_microseconds(moment: datetime) -> int:
    """A moment as microseconds since 1970-01-01 UTC, without a rounding error."""
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86400 + since.seconds) * 1_000_000 + since.microseconds


def moment_of(stamp: int) -> datetime:
    """The moment (UTC) of so many microseconds since 1970-01-01."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=stamp)


def seconds(stamp: int | None) -> int | None:
    """Seconds since 1970 as microseconds; None if unknown or no moment of our times."""
    return stamp * 1_000_000 if stamp and 0 < stamp < _SECONDS_UNTIL_2200 else None


def captured(header: Header, *, made: datetime) -> datetime:
    """When a document was captured that says itself when it was made.

    A bare one states it by its file name, where that does; but such a name often states the
    day alone, or the time of some country, and nothing was captured before it was made.
    """
    stated = header.captured_at
    if stated is None or (header.bare and timedelta() < made - stated <= _A_DAY):
        return made
    return stated


def expected(total: int | None, *, size: int | None) -> int | None:
    """How many items a document must hold, where a list has ``total`` and ``size`` were asked for."""
    return total if total is None or size is None else min(total, size)


def in_days(day: date) -> int:
    """A day as days since 1970-01-01."""
    return day.toordinal() - _EPOCH


def address(text: str | None) -> str | None:
    """A web address as a document gives it; None if it is anything else, such as ``javascript:``."""
    return text if text and text.startswith(("https://", "http://")) else None
