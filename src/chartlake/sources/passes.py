"""Reading page by page what may be edited meanwhile, until the pages belong together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from chartlake.errors import SourceError, TryLater
from chartlake.snapshot import LARGEST

if TYPE_CHECKING:
    from chartlake.sources.http import Clock

MOST = 10_000
"""Positions that are read at most; Spotify allows a playlist no more."""

_PASSES = 3
_LARGEST_PAGES = LARGEST - 64 * 1024
"""Bytes of all pages that still fit into an envelope."""

_AGAIN_IN = timedelta(minutes=10)


@dataclass(frozen=True)
class Pass:
    """One reading, from the first page to the last.

    Attributes:
        pages: The bodies, in order.
        items: What stood at the positions, in a form that can be compared.
        steady: Whether the service says that nothing changed meanwhile.
    """

    pages: list[bytes]
    items: list[bytes]
    steady: bool


def steady(read: Callable[[], Pass], *, what: str, clock: Clock) -> Pass:
    """The first pass that is one true version, of three.

    That is one whose service says so, or one that found exactly what the pass before it
    found: some playlists are given a new version number with every request.

    Args:
        read: Makes a pass.
        what: What is read, as the subject of a sentence.
        clock: What tells the time.

    Raises:
        TryLater: There was none.
        SourceError: It is larger than a document may be.
    """
    before: list[bytes] | None = None
    for _ in range(_PASSES):
        found = read()
        if sum(map(len, found.pages)) > _LARGEST_PAGES:
            raise SourceError(f"{what} is larger than 16 MiB, which no chart is; record a shorter one")
        if found.steady or found.items == before:
            return found
        before = found.items
    raise TryLater(
        f"{what} was edited while it was read, {_PASSES} times; run again in ten minutes",
        not_before=clock.now() + _AGAIN_IN,
    )
