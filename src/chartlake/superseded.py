"""What others took the place of: it is deleted later, so that no reader misses a row.

Whoever puts new files in the place of old ones leaves a mark with the moment; once the grace
is over, anybody who passes by deletes the old ones.  A batch goes only if whole batches that
stay hold every document of it, so that a mark that is wrong, late or lost does no harm.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
from blake3 import blake3

from chartlake import layout
from chartlake.errors import MissingObject
from chartlake.publish import discard, records
from chartlake.snapshot import Moment

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from datetime import datetime

    from chartlake.publish import Record
    from chartlake.store import Store

GRACE = timedelta(hours=1)
"""How long superseded files stay: a reader that has listed them is to find them (DESIGN, promise 4)."""


class Superseded(msgspec.Struct, frozen=True, kw_only=True):
    """A mark: what was superseded, and when.

    Attributes:
        superseded_at: When the new files were all there (UTC).
        batches: Names of batches.
        files: Keys of files of the ledger, which belong to no batch.
        by: The file that holds the rows of ``files``; they stay where it is gone.
    """

    superseded_at: Moment
    batches: list[str] = []
    files: list[str] = []
    by: str | None = None


def supersede(store: Store, batches: Iterable[str], *, now: datetime) -> int:
    """Mark batches as superseded.

    Returns:
        How many were not marked before; those that were keep their moment.
    """
    names = sorted(set(batches) - marked(store))
    _mark(store, Superseded(superseded_at=now, batches=names), names)
    return len(names)


def supersede_files(store: Store, files: Iterable[str], *, by: str, now: datetime) -> None:
    """Mark files of the ledger as superseded by one that holds their rows."""
    keys = sorted(files)
    _mark(store, Superseded(superseded_at=now, files=keys, by=by), [by, *keys])


def reinstate(store: Store, batches: Collection[str]) -> None:
    """Take batches out of every mark: they are wanted again, or gone for another reason."""
    for key, mark in list(_marks(store)):
        kept = [name for name in mark.batches if name not in batches]
        if kept and kept != mark.batches:
            store.put(key, msgspec.json.encode(msgspec.structs.replace(mark, batches=kept)))
        elif kept != mark.batches:
            store.delete([key])


def drop_files(store: Store, gone: Callable[[str], bool]) -> None:
    """Drop the marks of files of the ledger that are gone for another reason, as ``gone`` tells of a key."""
    for key, mark in list(_marks(store)):
        if any(map(gone, mark.files)):
            store.delete([key])


def marked(store: Store) -> set[str]:
    """The names of the batches that are marked as superseded."""
    return {name for _, mark in _marks(store) for name in mark.batches}


def marked_files(store: Store) -> set[str]:
    """The keys of the files of the ledger that are marked as superseded."""
    return {key for _, mark in _marks(store) for key in mark.files}


def is_whole(record: Record, present: Collection[str]) -> bool:
    """Whether all table objects of a batch are there."""
    return all(key in present for key in record.objects())


def clear(store: Store, *, now: datetime, grace: timedelta = GRACE) -> int:
    """Delete what was superseded long enough ago.

    Where nothing is due this costs one listing.

    Args:
        store: The lake.
        now: When it is (UTC).
        grace: How long superseded files stay.

    Returns:
        How many batches and files of the ledger were deleted.
    """
    marks = list(_marks(store))
    due = [(key, mark) for key, mark in marks if now - mark.superseded_at >= grace]
    if not due:
        return 0
    superseded = {name for _, mark in marks for name in mark.batches}
    present = {stored.key for stored in store.list(layout.TABLES)}
    known = {record.batch: (key, record) for key, record in records(store)}
    held = {
        (document.hash, document.captured_at)
        for _, record in known.values()
        if record.batch not in superseded and is_whole(record, present)
        for document in record.documents
    }
    deleted = 0
    for key, mark in due:
        for record_key, record in [known[name] for name in mark.batches if name in known]:
            if all((document.hash, document.captured_at) in held for document in record.documents):
                discard(store, record_key, record)
                deleted += 1
        if mark.by in present:
            store.delete(mark.files)
            deleted += len(mark.files)
        store.delete([key])
    return deleted


def _mark(store: Store, mark: Superseded, names: list[str]) -> None:
    if names:
        name = blake3("\n".join(names).encode()).hexdigest()[:16]
        store.create(layout.superseded_key(name), msgspec.json.encode(mark))


def _marks(store: Store) -> Iterator[tuple[str, Superseded]]:
    for stored in list(store.list(layout.SUPERSEDED)):
        try:
            yield stored.key, msgspec.json.decode(store.get(stored.key), type=Superseded)
        except (MissingObject, ValueError):
            continue
