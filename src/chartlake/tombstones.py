"""What stands where a forgotten source was: until when nothing of it is taken in again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from chartlake import layout
from chartlake.errors import MissingObject, Rejected
from chartlake.proofread import sealed, unsealed
from chartlake.snapshot import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from chartlake.store import Store
    from chartlake.transform.reading import Reading


UNREADABLE = datetime.max.replace(tzinfo=UTC)
"""Until when a source is out whose tombstone cannot be read."""


class Tombstone(msgspec.Struct, frozen=True, kw_only=True):
    """A source that was forgotten.

    Attributes:
        source: The source.
        until: What was captured up to this moment (UTC) stays out.
        settled: Whether nobody can be at work any more who began before it stood.
    """

    source: str
    until: Moment
    settled: bool = False


def erect(store: Store, source: str, *, until: datetime) -> None:
    """Put a tombstone, or a later one, or one in the place of one that cannot be read."""
    known = standing(store).get(source)
    if known is None or known == UNREADABLE or known < until:
        _put(store, Tombstone(source=source, until=until))


def settle(store: Store, stone: Tombstone) -> None:
    """Remember that nothing can come back any more."""
    _put(store, msgspec.structs.replace(stone, settled=True))


def standing(store: Store) -> dict[str, datetime]:
    """Until when each forgotten source is out.

    Of a tombstone that cannot be read only the name is known: that source is out altogether.
    """
    return {source: UNREADABLE if stone is None else stone.until for source, stone in _found(store)}


def stones(store: Store) -> list[Tombstone]:
    """All tombstones that can be read."""
    return [stone for _, stone in _found(store) if stone is not None]


def _found(store: Store) -> Iterator[tuple[str, Tombstone | None]]:
    for stored in list(store.list(layout.TOMBSTONES)):
        try:
            stone = unsealed(store.get(stored.key), type=Tombstone)
        except MissingObject:
            continue
        except ValueError:
            yield layout.tombstone_in(stored.key), None
        else:
            yield stone.source, stone


def _put(store: Store, stone: Tombstone) -> None:
    store.put(layout.tombstone_key(stone.source), sealed(stone))


def is_out(reading: Reading, tombstones: Mapping[str, datetime]) -> bool:
    """Whether a document is of a source that was forgotten after its capture."""
    until = tombstones.get(reading.source)
    return until is not None and reading.captured_at <= until


def let_pass(reading: Reading, tombstones: Mapping[str, datetime]) -> None:
    """Let a document pass.

    Raises:
        Rejected: Its source was forgotten after its capture.
    """
    if is_out(reading, tombstones):
        if tombstones[reading.source] == UNREADABLE:
            raise Rejected(
                f"{reading.source} was forgotten, and its tombstone cannot be read; run `chartlake forget "
                f"{reading.source}` again, or delete {layout.tombstone_key(reading.source)}",
                reason="forgotten",
                items=reading.items,
            )
        raise Rejected(
            f"{reading.source} was forgotten on {tombstones[reading.source]:%Y-%m-%d}, and this is older; "
            f"delete {layout.tombstone_key(reading.source)} if it is to be taken in after all",
            reason="forgotten",
            items=reading.items,
        )
