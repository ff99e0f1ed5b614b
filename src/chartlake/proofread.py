"""Small JSON objects that tell whether they are still what was written.

A flipped bit in a text of digits gives another text of digits, which no decoder minds.  So what
nothing else could vouch for carries a hash of itself in front::

    {"seal":"0123456789abcdef","source":"deezer",…}
"""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec
from blake3 import blake3

T = TypeVar("T")

_SEALED = re.compile(rb'\{"seal":"([0-9a-f]{16})",')


def sealed(record: Any) -> bytes:
    """A record with at least one field as JSON, with its seal."""
    body = msgspec.json.encode(record)
    return b'{"seal":"' + _seal(body) + b'",' + body[1:]


def unsealed(data: bytes, *, type: type[T]) -> T:  # noqa: A002 - as msgspec calls it
    """The record that was written.

    Raises:
        ValueError: It is not what was written, or is none of that type.
    """
    found = _SEALED.match(data)
    body = b"{" + data[found.end() :] if found else b""
    if found is None or found[1] != _seal(body):
        raise ValueError("it is not what was written")
    return msgspec.json.decode(body, type=type)


def _seal(body: bytes) -> bytes:
    return blake3(body).hexdigest()[:16].encode()
