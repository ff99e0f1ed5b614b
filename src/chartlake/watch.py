"""Publish documents as they arrive.

An event of the file system says that it is worth looking now; a sweep every so often finds
what no event told of.  A document whose name states its hash is whole or is found damaged.
Of any other nothing tells that it is complete, so it is left alone until its size and its
times have stood still for two seconds.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from chartlake import layout, pipeline
from chartlake.complete import AT_REST, Shape, sealed, shape_of
from chartlake.errors import SettingsError, StorageError
from chartlake.sweep import pending

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from threading import Event

    from chartlake.store import Store
    from chartlake.summary import Summary

_TICK = 0.5
_DEBOUNCE_MS, _STEP_MS = 400, 50


class Rest:
    """Which files stand still.

    Args:
        store: The lake.
        clock: Seconds since some beginning, never going back.

    Attributes:
        waits: Whether a file was left alone only because it has not stood still for long enough.
    """

    def __init__(self, store: Store, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._since: dict[str, tuple[Shape | None, float]] = {}
        self._tried: dict[str, Shape | None] = {}
        self.waits = False

    def ready(self, keys: list[str]) -> set[str]:
        """Those of the pending keys that are to be taken up now."""
        now = self._clock()
        shapes = {key: shape_of(self._store, key) for key in keys}
        self._since = {
            key: known if (known := self._since.get(key)) and known[0] == shape else (shape, now)
            for key, shape in shapes.items()
        }
        # What stayed although it was tried (it cannot be read) is tried again once it has changed.
        self._tried = {key: shape for key, shape in self._tried.items() if shapes.get(key, ()) == shape}
        untried = {key for key in keys if key not in self._tried}
        ready = {key for key in untried if sealed(key) or now - self._since[key][1] >= AT_REST}
        self.waits = ready != untried
        return ready

    def tried(self, keys: set[str]) -> None:
        """These were taken up; where one is still there the next time, it could not be read."""
        self._tried.update({key: self._since[key][0] for key in keys if key in self._since})


def watch(
    store: Store, *, every: float, stop: Event, complain: Callable[[StorageError], None]
) -> Iterator[Summary]:
    """Publish whatever arrives, until it is told to stop.

    It stops between one batch and the next, so nothing is left half done; and if it were,
    anybody could finish it.

    Args:
        store: The lake; its folders need not be there yet.
        every: Seconds from one sweep to the next where no event comes.
        stop: Set by whoever wants it to end.
        complain: Told of a lake that cannot be read or written; it is tried again with the next sweep.

    Yields:
        What each round came to that found something to do.

    Raises:
        SettingsError: The lake is no folder: nothing tells of what arrives.
    """
    folder = store.local_path(layout.TO_BE_PROCESSED)
    if folder is None:
        raise SettingsError(
            f"watch is for a lake in a folder, and {store.address} is none; "
            "let `chartlake schedule install` run it, or publish what is pending with `chartlake transform`"
        )
    rest = Rest(store)
    due = time.monotonic()
    for heard in _ticks(folder, stop):
        if not (heard or rest.waits or time.monotonic() >= due):
            continue
        try:
            summary = _round(store, rest, stop)
        except StorageError as error:
            complain(error)
            summary = None
        if summary is not None:
            yield summary
        due = time.monotonic() + every


def _round(store: Store, rest: Rest, stop: Event) -> Summary | None:
    """Publish what is ready; None if nothing is, and no batch was left behind by another."""
    ready = rest.ready(pending(store))
    if not ready and not any(store.list(layout.OPEN_BATCHES)):
        return None
    summary = pipeline.run(store, [], {}, ready=lambda key: key in ready and not stop.is_set())
    rest.tried(ready)
    return summary


def _ticks(folder: Path, stop: Event) -> Iterator[bool]:
    """Every half second or earlier: whether something happened in the folder.  It ends with ``stop``."""
    while not stop.is_set():
        with suppress(OSError, RuntimeError):
            # Where the machine has no more events to give, or the folder is gone, the sweep has to do.
            yield from _heard(folder, stop)
        if not stop.wait(_TICK):
            yield False


def _heard(folder: Path, stop: Event) -> Iterator[bool]:
    from watchfiles import watch as changes_in  # noqa: PLC0415 - only what is used is imported

    folder.mkdir(parents=True, exist_ok=True)
    which = folder.stat().st_ino
    # The first step opens the ear: what arrives while the first sweep looks is heard in the second.
    for changes in changes_in(
        folder,
        watch_filter=None,
        debounce=_DEBOUNCE_MS,
        step=_STEP_MS,
        rust_timeout=round(_TICK * 1000),
        yield_on_timeout=True,
        stop_event=stop,
    ):
        yield bool(changes)
        if folder.stat().st_ino != which:
            return
