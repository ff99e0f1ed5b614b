"""The body of an answer: whole or not at all, and never larger than what was agreed."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_GZIP = 31
"""zlib's name for: gzip, with a window of up to 32 KiB."""


class Damaged(Exception):
    """A body is cut off, or is not what its headers say."""


class TooLarge(Exception):
    """A body is larger than agreed."""


def whole(chunks: Iterable[bytes], *, encoding: str, largest: int) -> bytes:
    """A body, decompressed if it is gzip.

    A plain read would swallow 1 GB out of 1 MB, take half a gzip stream for a whole one,
    and drop a second one without a word.

    Args:
        chunks: What is received, piece by piece.
        encoding: The ``Content-Encoding`` that the answer states, or the empty text.
        largest: Bytes that are taken in at most, both as received and decompressed.

    Raises:
        Damaged: It is cut off, not gzip, followed by something else, or in another encoding.
        TooLarge: It is larger than ``largest``.
    """
    coding = encoding.strip().lower()
    if coding in {"", "identity"}:
        return b"".join(_bounded(chunks, largest))
    if coding in {"gzip", "x-gzip"}:
        return _unzipped(_bounded(chunks, largest), largest)
    raise Damaged("it comes in an encoding that was not asked for")


def _bounded(chunks: Iterable[bytes], largest: int) -> Iterable[bytes]:
    received = 0
    for chunk in chunks:
        received += len(chunk)
        if received > largest:
            raise TooLarge
        yield chunk


def _unzipped(chunks: Iterable[bytes], largest: int) -> bytes:
    unzip = zlib.decompressobj(_GZIP)
    parts: list[bytes] = []
    size = received = 0
    try:
        for chunk in chunks:
            received += len(chunk)
            parts.append(unzip.decompress(chunk, largest - size + 1))
            size += len(parts[-1])
            if size > largest:
                raise TooLarge
    except zlib.error as error:
        raise Damaged("it is not the gzip data that it says it is") from error
    if received and (not unzip.eof or unzip.unused_data):
        raise Damaged("its gzip data are cut off or followed by others")
    return b"".join(parts)
