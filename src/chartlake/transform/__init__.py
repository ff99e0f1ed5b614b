"""From a raw document to what it says: pure, the same on every engine.

No clock, no network, no randomness: the same bytes under the same name give the same
reading, on a laptop, in a Lambda, in Spark, today and after a rebuild.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

import msgspec

from chartlake.errors import Rejected
from chartlake.layout import plain_name
from chartlake.snapshot import FORMAT, Envelope, plausible, stated_moment
from chartlake.transform import chartfile, spotify
from chartlake.transform.reading import Header

if TYPE_CHECKING:
    from chartlake.transform.reading import Reading

TRANSFORM_VERSION = 1
"""Raised whenever the same document would give other rows; the greatest wins in every view."""

PROVIDERS = ("spotify", "deezer", "apple", "listenbrainz", "chartfile")
"""The modules here, each with a ``Page`` and a ``read(header, pages)``."""

CADENCES = ("daily", "weekly")

PLUG_INS = "chartlake.transforms"
"""The group of entry points under which other packages offer transforms: name = module."""

_ENVELOPE_BEGINS = re.compile(rb'\s*\{"chartlake":1,"source":"([a-z][a-z0-9_]*)"')
_OBJECT_BEGINS = re.compile(rb"\s*\{")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_OFTEN = re.compile(rb'\s*\{"href": ?"https://api\.spotify\.com/v1/playlists/[^"]*", ?"items": ?\[')
_spotify_page = msgspec.json.Decoder(spotify.Page)
_ABSENT = msgspec.Raw()


class _Marks(msgspec.Struct, frozen=True):
    """The top-level keys that tell an envelope from a bare document, and whose it is."""

    chartlake: msgspec.Raw = _ABSENT
    source: msgspec.Raw = _ABSENT
    feed: msgspec.Raw = _ABSENT
    payload: msgspec.Raw = _ABSENT
    data: msgspec.Raw = _ABSENT
    items: msgspec.Raw = _ABSENT
    tracks: msgspec.Raw = _ABSENT


def understood(document: bytes, *, name: str) -> Reading:
    """What a raw document says.

    Args:
        document: Its bytes, uncompressed.
        name: Its file name, which may state when a bare document was captured.

    Raises:
        Rejected: It is not JSON, of no known shape, or says too little.
    """
    try:
        begins = _ENVELOPE_BEGINS.match(document)
        if begins is not None:
            return _enveloped(document, begins[1].decode())
        return _recognised(document.removeprefix(_BYTE_ORDER_MARK), plain_name(name))
    except msgspec.ValidationError as error:
        raise Rejected(f"it has not the shape of its source: {error}", reason="shape") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Rejected(f"it is not JSON: {error}", reason="malformed") from error
    except RecursionError as error:
        raise Rejected("it is nested too deeply", reason="malformed") from error


def in_envelope(document: bytes) -> bool:
    """Whether a document that was understood is a captured snapshot, and not a provider's own.

    Raises:
        msgspec.DecodeError: It is not JSON; only chart files are that.
    """
    return msgspec.json.decode(document.removeprefix(_BYTE_ORDER_MARK), type=_Marks).chartlake != _ABSENT


def _enveloped(document: bytes, source: str) -> Reading:
    provider = provider_module(source)
    envelope: Envelope[Any] = _decoder(source, provider).decode(document)
    if envelope.chartlake != FORMAT:
        raise Rejected(f"its format {envelope.chartlake} is not known here", reason="format")
    if envelope.cadence not in CADENCES:
        raise Rejected(f"its cadence {envelope.cadence!r} is neither daily nor weekly", reason="shape")
    for moment in (envelope.captured_at, envelope.scheduled_for):
        if moment is not None and not plausible(moment):
            raise Rejected(f"its year {moment.year} cannot be", reason="undated")
    header = Header(
        chart_id=envelope.chart_id,
        chart_name=envelope.chart_name,
        region=envelope.region,
        cadence=envelope.cadence,
        captured_at=envelope.captured_at,
        scheduled_for=envelope.scheduled_for,
        size=envelope.size,
    )
    reading: Reading = provider.read(header, envelope.pages)
    return reading


def provider_module(source: str) -> Any:
    """The module that reads a source's pages: one of ours, or what a plug-in offers.

    Raises:
        Rejected: Nothing here reads them.
    """
    if source in PROVIDERS:
        return import_module(f"chartlake.transform.{source}")
    from importlib.metadata import entry_points  # noqa: PLC0415 - only plug-ins need it, and it takes 10 ms

    for offered in entry_points(group=PLUG_INS, name=source):
        return offered.load()
    raise Rejected(
        f"its source {source!r} is not known here; install the plug-in that reads it, and retry",
        reason="source",
    )


_decoders: dict[str, Any] = {}


def _decoder(source: str, provider: Any) -> Any:
    if source not in _decoders:
        _decoders[source] = msgspec.json.Decoder(Envelope[provider.Page])
    return _decoders[source]


def _recognised(document: bytes, name: str) -> Reading:
    """An envelope spelled unlike ours, or a provider's document without one."""
    if not _OBJECT_BEGINS.match(document) and chartfile.recognises(document):
        header = Header(captured_at=stated_moment(name), bare=True, file_name=name)
        return chartfile.read(header, [document.decode("utf-8")])
    if _OFTEN.match(document):
        # What most buckets of older pipelines hold: worth the look, for it saves a pass.
        page = _spotify_page.decode(document)
        return spotify.read(Header(captured_at=stated_moment(name), bare=True, file_name=name), [page])
    marks = msgspec.json.decode(document, type=_Marks)
    if marks.chartlake != _ABSENT:
        source = msgspec.json.decode(marks.source, type=str) if marks.source != _ABSENT else ""
        return _enveloped(document, source)
    provider = import_module(f"chartlake.transform.{_provider(marks)}")
    page = msgspec.json.decode(document, type=provider.Page)
    header = Header(captured_at=stated_moment(name), bare=True, file_name=name)
    reading: Reading = provider.read(header, [page])
    return reading


def _provider(marks: _Marks) -> str:
    if marks.feed != _ABSENT:
        return "apple"
    if marks.payload != _ABSENT:
        return "listenbrainz"
    if marks.data != _ABSENT:
        return "deezer"
    if marks.items != _ABSENT:
        return "spotify"
    if marks.tracks != _ABSENT:
        # Both call the tracks of a playlist so; Deezer keeps them as data, Spotify as items.
        tracks = msgspec.json.decode(marks.tracks, type=_Marks)
        return "deezer" if tracks.data != _ABSENT else "spotify"
    raise Rejected("it is no document of a known source", reason="shape")
