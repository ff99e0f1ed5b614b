"""Whether a dropped file is complete, for who sweeps now and then and does not watch.

A document whose name states its hash is whole or is found damaged.  Of any other nothing tells
that it is complete: one that was written to a moment ago is looked at twice.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from chartlake import layout

if TYPE_CHECKING:
    from collections.abc import Callable

    from chartlake.store import Store

AT_REST = 2.0
"""Seconds that a file stands still before it is taken for complete."""


class Shape(NamedTuple):
    """What changes when somebody writes to a file, or changes its permissions."""

    size: int
    changed: int
    modified: int


class Complete:
    """Tells of pending documents whether to take them up; for one sweep.

    It waits once, where it finds a file that is too young; whatever has changed meanwhile, or come
    since, is left for another time.

    Args:
        store: The lake.
        clock: The time, as files tell it (seconds since 1970).
        sleep: What waits for a number of seconds.

    Attributes:
        left: The keys of what was left.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store, self._clock, self._sleep = store, clock, sleep
        self._waited = False
        self.left: list[str] = []

    def __call__(self, key: str) -> bool:
        """Whether a pending document is to be taken up."""
        before = None if sealed(key) else shape_of(self._store, key)
        if before is None:
            return True
        if not self._is_young(before):
            return True
        if not self._waited:
            # As long as the youngest of them may need: afterwards only what changed is young.
            self._waited = True
            self._sleep(AT_REST)
            if shape_of(self._store, key) == before:
                return True
        self.left.append(key)
        return False

    def _is_young(self, shape: Shape) -> bool:
        # A time to come is that of another clock, and tells nothing.
        return 0 <= self._clock() - shape.modified / 1e9 < AT_REST


def sealed(key: str) -> bool:
    """Whether a document's name states its hash."""
    return key.endswith(layout.ENVELOPE_SUFFIX) and layout.digest_in(key) is not None


def shape_of(store: Store, key: str) -> Shape | None:
    """How a file stands; None if it is gone, or no file of this machine."""
    path = store.local_path(key)
    with suppress(OSError):
        if path is not None:
            seen = os.stat(path)  # noqa: PTH116 - a backlog asks for many
            return Shape(seen.st_size, seen.st_ctime_ns, seen.st_mtime_ns)
    return None
