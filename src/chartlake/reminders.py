"""What was told already: a chart that stays stale is told once a day, and whenever the reason changes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from chartlake import layout
from chartlake.errors import MissingObject

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from chartlake.notify import Event
    from chartlake.store import Store


class Told(NamedTuple):
    """What was last told of a chart, and on which day (UTC)."""

    message: str
    day: date


class Reminders:
    """What was told of a lake, as its store remembers it."""

    def __init__(self, store: Store) -> None:
        """Read what was told; nothing if nothing can be read, for it is only a hint.

        Raises:
            StorageError: The lake cannot be read.
        """
        self._store = store
        try:
            self._told = msgspec.json.decode(store.get(layout.TOLD), type=dict[str, Told])
        except (MissingObject, ValueError):
            self._told = {}

    def due(self, events: Iterable[Event], *, now: datetime) -> list[Event]:
        """Those events that were not told today, or not with these words."""
        return [event for event in events if self._told.get(_of(event)) != Told(event.message, now.date())]

    def remember(self, events: Iterable[Event], *, now: datetime) -> None:
        """Keep that all these were told; of what is not among them nothing is known any more.

        Raises:
            StorageError: The lake cannot be written.
        """
        told = {_of(event): Told(event.message, now.date()) for event in events}
        if told != self._told:
            self._store.put(layout.TOLD, msgspec.json.encode(told))
            self._told = told


def _of(event: Event) -> str:
    return f"{event.source} {event.chart_id}"
