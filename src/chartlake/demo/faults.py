"""What goes wrong with real services, to be made to go wrong on purpose.

A fault is a function from the right answer to the one that is delivered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from threading import Lock
from typing import Literal

from chartlake.demo.answers import HTML, JSON, TEXT, Answer, gzipped, in_json

Fault = Callable[[Answer], Answer]

LimitStyle = Literal["json", "text", "quota"]
"""How Spotify says 429: as JSON, as 17 bytes of text, or as a quota of the day that is used up."""

_TOO_MANY: dict[LimitStyle, Answer] = {
    "json": in_json({"error": {"status": 429, "message": "API rate limit exceeded"}}, status=429),
    "text": Answer(status=429, body=b"Too many requests", content_type=TEXT),
    "quota": in_json(
        {"error": {"status": 429, "message": "Too many requests", "reason": "QUOTA_EXCEEDED"}}, status=429
    ),
}


def rate_limited(retry_after: str | None, *, style: LimitStyle = "json") -> Fault:
    """429, and whatever a service may write into Retry-After; None leaves it out."""
    answer = _TOO_MANY[style]
    return _instead(answer if retry_after is None else answer.header("Retry-After", retry_after))


def failing(status: int, *, retry_after: str | None = None) -> Fault:
    """An error of a server in front of the service: a status and a page in HTML."""
    answer = Answer(status=status, body=f"<html><h1>{status}</h1></html>".encode(), content_type=HTML)
    return _instead(answer if retry_after is None else answer.header("Retry-After", retry_after))


def answering(status: int, body: bytes = b"", *, content_type: str = JSON, **headers: str) -> Fault:
    """Any other answer; header names are written with underscores for hyphens."""
    given = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return _instead(Answer(status=status, body=body, content_type=content_type, headers=given))


def as_html() -> Fault:
    """A page in HTML where JSON belongs, with status 200: a captive portal."""
    return _instead(Answer(body=b"<!doctype html><title>Please log in</title>", content_type=HTML))


def slow(seconds: float) -> Fault:
    """The right answer, late."""
    return lambda answer: replace(answer, delay=seconds)


def dripping(seconds: float) -> Fault:
    """The right answer, its body spread over so many seconds."""
    return lambda answer: replace(answer, pause=seconds / 20)


def resetting(portion: float = 0.0) -> Fault:
    """The connection is reset before the answer, or after a portion of its body."""
    return lambda answer: replace(answer, portion=portion, reset=True)


def truncated(portion: float = 0.5) -> Fault:
    """The connection is closed in the middle of the body."""
    return lambda answer: replace(answer, portion=portion)


def with_wrong_length(off: int) -> Fault:
    """Content-Length is wrong by so many bytes; the connection is closed afterwards."""
    return lambda answer: replace(answer, length_off=off)


def with_broken_gzip() -> Fault:
    """The body is compressed, and damaged in the middle."""

    def broken(answer: Answer) -> Answer:
        whole = bytearray(gzipped(answer.body))
        middle = len(whole) // 2
        whole[middle : middle + 8] = bytes(8)
        return replace(answer, body=bytes(whole), encoding="gzip")

    return broken


def oversized(size: int, *, bomb: bool = False) -> Fault:
    """A body of so many bytes, still JSON; a bomb is sent compressed if the client takes that."""
    body = b'{"padding": "' + b"x" * (size - 15) + b'"}'
    return _instead(Answer(body=body, encoding=None if bomb else "identity"))


def _instead(other: Answer) -> Fault:
    return lambda _: other


@dataclass(frozen=True, slots=True)
class _Waiting:
    fault: Fault
    service: str
    path: str


class Plan:
    """Faults that wait for the requests they are meant for."""

    def __init__(self) -> None:
        """Begin with no fault."""
        self._lock = Lock()
        self._waiting: list[_Waiting] = []

    def add(self, fault: Fault, *, service: str, path: str, times: int) -> None:
        """Let so many requests that match meet a fault, after the faults added before."""
        with self._lock:
            self._waiting += [_Waiting(fault, service, path)] * times

    def take(self, *, service: str, path: str, target: str) -> Fault | None:
        """The fault that a request meets, if any; it is used up."""
        with self._lock:
            for place, waiting in enumerate(self._waiting):
                meant = fnmatchcase(path, waiting.path) or fnmatchcase(target, waiting.path)
                if meant and fnmatchcase(service, waiting.service):
                    return self._waiting.pop(place).fault
        return None

    def left(self) -> int:
        """How many faults still wait."""
        with self._lock:
            return len(self._waiting)
