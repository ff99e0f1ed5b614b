"""What is asked and what is answered, apart from sockets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from gzip import compress
from json import dumps

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"

_DIGITS = 9

PIECES = 20
"""In how many pieces a body is sent that drips."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request.

    Attributes:
        method: ``GET`` or ``POST``.
        path: The path, percent-encoding taken off.
        query: The query, the last of each name.
        headers: The headers, their names in lower case.
        body: The body, empty if there is none.
        now: The simulated moment (UTC) at which it is asked.
        base: Scheme, host and port of the service.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    now: datetime
    base: str

    def whole(self, name: str, default: int) -> int:
        """A whole number from the query; -1 if what stands there is none."""
        text = self.query.get(name)
        if text is None:
            return default
        return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer, and how it is delivered.

    Attributes:
        status: The status.
        body: The body, not compressed.
        content_type: Its type.
        headers: Further headers.
        delay: Seconds before the first byte.
        pause: Seconds before each of `PIECES` pieces of the body.
        portion: How much of the body is sent before the connection ends, from 0 to 1; of an
            answer that is reset at 0, not even the status.
        reset: Whether the connection then ends with a reset.
        length_off: By how much Content-Length is wrong, in bytes.
        encoding: What Content-Encoding says whatever the body is; None is the truth, and
            ``identity`` sends it as it is.
    """

    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0.0
    pause: float = 0.0
    portion: float = 1.0
    reset: bool = False
    length_off: int = 0
    encoding: str | None = None

    @property
    def ends(self) -> bool:
        """Whether the connection is of no use afterwards."""
        return self.reset or self.portion < 1 or self.length_off != 0

    def header(self, name: str, value: str) -> Answer:
        """The same answer with one header more."""
        return replace(self, headers=(*self.headers, (name, value)))


Answering = Callable[[Asked], Answer]
"""A service: from what is asked to what is answered."""


def in_json(value: object, *, status: int = 200) -> Answer:
    """A value as an answer in JSON."""
    return Answer(status=status, body=dumps(value, ensure_ascii=False).encode())


@lru_cache(maxsize=32)
def gzipped(body: bytes) -> bytes:
    """A body compressed; the same bytes every time."""
    return compress(body, 5, mtime=0)
