"""One untouched document: what capture keeps and transform reads.

A captured snapshot is the provider's pages, byte for byte, inside an envelope that says
what was asked and when::

    {"chartlake": 1, "source": "deezer", "chart_id": "3155776842", …, "pages": [{…}]}

A page that is JSON stands in the envelope as it was received; a page that is not (a
chart file) stands there as one JSON string.  Compressed, a Top 50 of 218 KB is 14 KB.
"""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta
from typing import Annotated, Generic, TypeVar

import msgspec
from blake3 import blake3

from chartlake.errors import Rejected

if sys.version_info >= (3, 14):  # pragma: no cover - one of the two on each Python
    from compression import zstd
else:  # pragma: no cover
    from backports import zstd

FORMAT = 1
"""The version of the envelope; a reader refuses a later one."""

LARGEST = 16 * 1024 * 1024
"""Bytes of the largest document taken in, also after decompression: a Top 50 is 0.2 MB,
and a bomb of 1 MB unpacks to 1 GB (DESIGN: hostile input)."""

_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_LEVEL = 3

P = TypeVar("P")

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A moment that says its zone; one that does not would mean another on every machine."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One request that a capture made: the address without secrets, and the answer's status."""

    url: str
    status: int


class Envelope(msgspec.Struct, Generic[P], frozen=True, kw_only=True, omit_defaults=True):
    """A captured snapshot.

    Attributes:
        chartlake: The version of this format, 1.
        source: The provider, such as ``deezer``.
        chart_id: The provider's name of the chart.
        chart_name: What people call it, if known.
        region: Where it holds, such as ``global`` or ``us``, if known.
        cadence: ``daily`` or ``weekly``.
        size: How many positions were asked for; None is all there are.
        captured_at: When it was fetched (UTC); of an imported document, the moment that
            the document or its file name states.
        scheduled_for: The tick of the schedule it was fetched for (UTC), if any.
        imported_at: When it was imported (UTC), if it was.
        requests: The requests that were made for it, in order.
        pages: The answers, in order.
    """

    chartlake: int
    source: str
    chart_id: str
    chart_name: str | None = None
    region: str | None = None
    cadence: str
    size: int | None = None
    captured_at: Moment
    scheduled_for: Moment | None = None
    imported_at: Moment | None = None
    requests: list[Request] = []
    pages: list[P]


def page(body: bytes) -> msgspec.Raw:
    """One answer as a page: JSON as it is, anything else as a JSON string.

    Raises:
        ValueError: The body is neither JSON nor UTF-8 text.
    """
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return msgspec.Raw(msgspec.json.encode(body.decode("utf-8")))
    return msgspec.Raw(body.strip())


def sealed(envelope: Envelope[msgspec.Raw]) -> bytes:
    """The bytes of an envelope: the document that is hashed and kept.  Not compressed."""
    return msgspec.json.encode(envelope)


def digest(document: bytes) -> str:
    """The content hash of an uncompressed document: 64 hexadecimal digits of BLAKE3.

    BLAKE3 takes 27 µs for a document of 224 KB, SHA-256 108 µs, on one core.
    """
    return blake3(document).hexdigest()


def packed(document: bytes) -> bytes:
    """A document compressed for keeping."""
    return zstd.compress(document, _LEVEL)


def unpacked(stored: bytes) -> bytes:
    """A stored document, decompressed if it is compressed.

    Raises:
        Rejected: It is cut off, damaged, followed by something else, or larger than 16 MiB.
    """
    if not stored.startswith(_ZSTD_MAGIC):
        if len(stored) > LARGEST:
            raise _too_large()
        return stored
    unpacker = zstd.ZstdDecompressor()
    try:
        document = unpacker.decompress(stored, max_length=LARGEST + 1)
    except zstd.ZstdError as error:
        raise Rejected(f"it is not intact zstd data ({error})", reason="damaged") from error
    if len(document) > LARGEST:
        raise _too_large()
    if not unpacker.eof or unpacker.unused_data:
        raise Rejected("its zstd data are cut off or followed by others", reason="damaged")
    return document


_DAY = r"(?<!\d)(19[5-9]\d|2[01]\d\d)([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])"
_ANOTHER_DAY = r"\d{4}[-_.]?\d\d[-_.]?\d\d(?!\d)"
_HOUR, _SIXTY = r"([01]\d|2[0-3])", r"([0-5]\d)"
_FRACTION = r"(?:[._,](\d{1,9}))?"
_RUN_ON = rf"[Tt _-]?{_HOUR}{_SIXTY}(?:{_SIXTY}{_FRACTION})?"
_APART = rf"[Tt _-]{_HOUR}[:._-]{_SIXTY}(?:[:._-]{_SIXTY}{_FRACTION})?"
_ZONE = r"(?:[Zz]|([+-])(\d\d):?(\d\d)(?![-_.]?\d))?"
_STATED = re.compile(
    rf"{_DAY}(?:(?![Tt _-]?{_ANOTHER_DAY})(?:{_RUN_ON}|{_APART})(?!\d){_ZONE}|(?!\d))", re.ASCII
)
"""A day in a name, with or without a time.  Eight digits are a day only where nothing but a
time of four or six follows: seconds and milliseconds since 1970 are numbers."""

_COUNTER = re.compile(r"\s*\([0-9]+\)\s*$")
_RUNS = re.compile(r"[-_. ]{2,}")
_EARLIEST, _LATEST = 1950, 2200
_FARTHEST_ZONE = 14


def stated_moment(name: str) -> datetime | None:
    """The moment (UTC) that a plain file name states, or None.

    Older pipelines wrote ``spotify_raw_2023-07-14 10:20:30.123456.json``; chart files
    end in their date, and a range of dates stands for its last day.  A name that is part of
    a key is first made plain by `chartlake.layout.plain_name`.
    """
    moments = [moment for found in _STATED.finditer(name) if (moment := _moment(found))]
    return moments[-1] if moments else None


def stated_name(name: str) -> str:
    """What a plain file name states besides moments, such as ``regional-global-daily``; may be empty."""
    left = _STATED.sub(lambda found: "" if _moment(found) else found[0], name)
    return _RUNS.sub(lambda found: found[0][0], _COUNTER.sub("", left)).strip("-_. ")


def plausible(moment: datetime) -> bool:
    """Whether a moment can be one of a chart: from 1950 to 2199, far from the ends of the calendar."""
    return _EARLIEST <= moment.year < _LATEST


def _moment(found: re.Match[str]) -> datetime | None:
    year, _, month, day, *times = found.groups()
    run_on, apart, zone = times[:4], times[4:8], times[8:]
    hour, minute, second, fraction = run_on if run_on[0] else apart
    try:
        moment = datetime(
            int(year),
            int(month),
            int(day),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            int((fraction or "0")[:6].ljust(6, "0")),
            tzinfo=UTC,
        )
    except ValueError:
        return None
    return moment - _offset(*zone)


def _offset(sign: str | None, hours: str | None, minutes: str | None) -> timedelta:
    """How far a zone is east of UTC; -0001 is a counter, not a zone."""
    if not (sign and hours and minutes) or int(hours) > _FARTHEST_ZONE or int(minutes) % 15:
        return timedelta()
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return offset if sign == "+" else -offset


def _too_large() -> Rejected:
    return Rejected("it is larger than 16 MiB", reason="too-large")
