"""A store whose user is killed once before and once after every kind of step."""

from __future__ import annotations

import random
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from chartlake import layout
from chartlake.errors import MissingObject
from killing import Killed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from chartlake.store import Store

_ZONES = {
    layout.TO_BE_PROCESSED: "pending",
    layout.PROCESSED: "processed",
    layout.REJECTED: "rejected",
    layout.BATCHES: "batch",
    layout.OPEN_BATCHES: "open batch",
    layout.OPEN_RUNS: "open run",
    layout.CHART_STATES: "state",
    layout.SUPERSEDED: "superseded",
    layout.TOMBSTONES: "tombstone",
    layout.REMOVALS: "removal",
    layout.COMPACTED: "month compacted",
    layout.PAGE: "page",
}
_GONE = "999999999:1"
"""A process that no machine has."""


def kind(key: str, data: bytes = b"") -> str:
    """What lies under a key, in a word or two."""
    file = layout.table_file(key)
    if file is not None:
        return f"joined {file.table}" if file.compacted else file.table
    if key.endswith(layout.REASON_SUFFIX):
        return "reason"
    [zone] = [name for prefix, name in _ZONES.items() if key.startswith(prefix)]
    return f"joined {zone}" if zone == "batch" and b'"compacted":true' in data else zone


class Restarting:
    """A store that kills whoever uses it, once at each kind of step.

    Args:
        store: What is used.
        within: For each kind of step how often it may be taken, at most, before somebody is killed at it.
        seed: Chooses how often that is.

    Attributes:
        act: What is being done; stands before the names of its steps if it is not empty.
        seen: The steps that were taken.
        killed: The steps that somebody was killed at.
        durable: Raw documents that were put, whether or not whoever put them lived on.
        arrived: Told of each raw document that was captured and put.
    """

    def __init__(self, store: Store, within: Mapping[str, int], *, seed: int) -> None:
        self.store, self.act = store, ""
        self.seen: set[str] = set()
        self.killed: set[str] = set()
        self.durable: dict[str, bytes] = {}
        self.arrived: Callable[[], None] = lambda: None
        chance = random.Random(seed)
        self._left = {
            f"{when} {step}": chance.randint(1, most)
            for step, most in within.items()
            for when in ("before", "after")
        }

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    def put(self, key: str, data: bytes) -> None:
        """A put that may be the last thing that is done."""
        step = f"put {kind(key, data)}"
        self._step("before", step)
        self.store.put(key, data)
        if key.startswith(layout.TO_BE_PROCESSED):
            self.durable[key] = data
            self.arrived()
        self._step("after", step)

    def create(self, key: str, data: bytes) -> bool:
        """The same of a create."""
        step = f"create {kind(key, data)}"
        self._step("before", step)
        created = self.store.create(key, data)
        if created and key.startswith(layout.TO_BE_PROCESSED):
            self.durable[key] = data
        self._step("after", step)
        return created

    def move(self, pairs: Sequence[tuple[str, str]]) -> None:
        """A move, one copy after the other, then one deletion after the other."""
        for original, copy in pairs:
            step = f"copy to {kind(copy)}"
            self._step("before", step)
            try:
                self.store.put(copy, self.store.get(original))
            except MissingObject:
                self.store.get(copy)
            self._step("after", step)
        self.delete(original for original, copy in pairs if original != copy)

    def delete(self, keys: Iterable[str]) -> None:
        """Deletions, one after the other."""
        for key in keys:
            step = f"delete {kind(key)}"
            self._step("before", step)
            self.store.delete([key])
            self._step("after", step)

    def take_the_dead(self) -> list[tuple[str, str, datetime]]:
        """Let the marks of runs say that their process is gone; the charts that they name, and since when."""
        charts: list[tuple[str, str, datetime]] = []
        for stored in list(self.store.list(layout.OPEN_RUNS)):
            mark = msgspec.json.decode(self.store.get(stored.key))
            began = datetime.fromisoformat(mark["started_at"])
            charts += [(source, chart, began) for source, chart in mark["charts"]]
            self.store.put(stored.key, msgspec.json.encode({**mark, "process": _GONE}))
        return charts

    def _step(self, when: str, step: str) -> None:
        step = f"{when} {self.act}{step}"
        self.seen.add(step)
        if step in self.killed or step not in self._left:
            return
        self._left[step] -= 1
        if self._left[step] <= 0:
            self.killed.add(step)
            raise Killed(step)
