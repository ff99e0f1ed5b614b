"""All tables made again from the processed documents, under the transform of today.

The new batches are put first, under names made from their content; one that comes out equal
is left alone.  What they take the place of is deleted after the grace (`chartlake.superseded`),
so that a reader may see a row twice and never not at all.  The ledger is not touched: nothing
could make it again.  Rejected and retracted documents stay out.
"""

from __future__ import annotations

from functools import partial
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from chartlake import layout, ledger, publish, reread, superseded, tombstones
from chartlake.engine import here
from chartlake.errors import MissingObject, RefusedObject, Rejected
from chartlake.progress import silent
from chartlake.proofread import sealed
from chartlake.publish import Draft
from chartlake.removal import Snapshot, take_out
from chartlake.snapshot import LARGEST
from chartlake.store import open_store
from chartlake.store.ahead import ahead
from chartlake.superseded import GRACE
from chartlake.sweep import accepted, finish, place, portions, weigher
from chartlake.tables import PUBLISHED, RUN_DATA

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from chartlake.engine import Engine
    from chartlake.progress import Progress
    from chartlake.publish import Accepted, Record
    from chartlake.reread import Difference
    from chartlake.store import Store
    from chartlake.tables import Table


class Rebuilt(NamedTuple):
    """What a rebuild came to.

    Attributes:
        documents: Documents whose rows were made again.
        written: Batches that were new, or not what they should be.
        equal: Batches that came out equal and were left alone.
        replaced: Objects that lay under a right name and held something else.
        superseded: Batches that others took the place of; they go after the grace.
        deleted: Superseded batches, of this time or earlier, that were deleted.
        refused: Documents that today's transform does not take, and why; their rows stay.
    """

    documents: int
    written: int
    equal: int
    replaced: int
    superseded: int
    deleted: int
    refused: list[tuple[str, str]]


class Verified(NamedTuple):
    """What a comparison of the tables with the raw documents found.

    Attributes:
        documents: Documents whose rows were made for it.
        differences: Rows that are missing or surplus, by table, source and month.
        refused: Documents and files that cannot be read, and why.
    """

    documents: int
    differences: list[Difference]
    refused: list[tuple[str, str]]


class _Made:
    """What was made so far of the processed documents."""

    def __init__(self) -> None:
        self.members: dict[str, Snapshot] = {}
        self.refused: list[tuple[str, str]] = []


class Remade(NamedTuple):
    """What one portion of a rebuild came to.

    Attributes:
        written: The record of each batch, without its documents, and how many objects lay there and
            differed; None if all were equal.
        members: The documents, by their keys.
        refused: Documents that today's transform does not take, and why.
        keys: How many keys the portion had.
    """

    written: list[tuple[Record, int | None]]
    members: dict[str, Snapshot]
    refused: list[tuple[str, str]]
    keys: int


def rebuild(
    store: Store,
    *,
    now: datetime,
    grace: timedelta = GRACE,
    progress: Progress = silent,
    engine: Engine = here,
) -> Rebuilt:
    """Make all tables but the ledger again.

    Args:
        store: The lake.
        now: When it is (UTC).
        grace: How long superseded files stay.
        progress: Told of the documents done.
        engine: Who does it.

    Raises:
        StorageError: The lake cannot be read or written.
    """
    for _ in finish(store, now=now):
        pass
    made, marked = _Made(), superseded.marked(store)
    changes: dict[str, int | None] = {}
    written: list[Record] = []
    sizes = {stored.key: stored.size for stored in store.list(layout.PROCESSED)}
    job = partial(remake, forgotten=tombstones.standing(store), marked=marked)
    done = 0
    for portion in engine(store, job, portions(sorted(sizes, key=place)), weight=weigher(sizes)):
        made.members.update(portion.members)
        made.refused += portion.refused
        changes.update((record.batch, changed) for record, changed in portion.written)
        written += [record for record, _ in portion.written]
        done += portion.keys
        progress("rebuild", done, len(sizes))
    _discard_what_went(store, written)
    _take_out_what_went(store, made, now=now)
    snapshots = set(made.members.values())
    old = [
        record.batch
        for _, record in publish.records(store)
        if record.batch not in changes
        and all(Snapshot(one.hash, one.captured_at) in snapshots for one in record.documents)
    ]
    return Rebuilt(
        documents=len(made.members),
        written=sum(changed is not None for changed in changes.values()),
        equal=sum(changed is None for changed in changes.values()),
        replaced=sum(changed or 0 for changed in changes.values()),
        superseded=superseded.supersede(store, old, now=now),
        deleted=superseded.clear(store, now=now, grace=grace),
        refused=made.refused,
    )


def verify(store: Store, *, progress: Progress = silent) -> Verified:
    """Compare the tables but the ledger with what the processed documents say; write nothing.

    What is superseded already does not count, and neither does a file that is not chartlake's.
    The files of the ledger are named after their bytes, and records of batches carry a seal: those
    that are no longer what was written are told as well.

    Raises:
        StorageError: The lake cannot be read, or there is no room for the tables a second time
            in the folder for passing files.
    """
    made = _Made()
    with TemporaryDirectory(prefix="chartlake-") as folder:
        wanted = open_store(folder)
        for draft in _all_drafts(store, made, progress=progress):
            for key, data in draft.objects(draft.record().batch):
                wanted.put(key, data)
        differences: list[Difference] = []
        for number, table in enumerate(PUBLISHED, 1):
            keys = _readable(store, table, made)
            made_anew = (wanted, _files(wanted, table))
            differences += reread.differences(table, (store, keys), made_anew, copies=_copies(made))
            progress("compare", number, len(PUBLISHED))
    return Verified(len(made.members), differences, [*made.refused, *_damaged(store)])


def _damaged(store: Store) -> Iterator[tuple[str, str]]:
    """Records and files of the ledger that are not what was written, and what to do."""
    readable = {key for key, _ in publish.records(store)}
    for stored in store.list(layout.BATCHES):
        if stored.key not in readable:
            yield stored.key, "it is not what was written; run `chartlake rebuild`"
    for stored in store.list(f"{layout.TABLES}{RUN_DATA.name}/"):
        file = layout.table_file(stored.key)
        if file is not None and not ledger.is_intact(file.batch, store.get(stored.key)):
            yield stored.key, "it is not what was written; restore it from a backup"


def remake(
    store: Store, portion: Sequence[str], *, forgotten: Mapping[str, datetime], marked: Collection[str]
) -> Remade:
    """Make the rows of some processed documents again.

    Args:
        store: The lake.
        portion: Keys of processed documents.
        forgotten: Until when each forgotten source is out.
        marked: Names of batches that are marked as superseded; one that is wanted again is no more.
    """
    made = _Made()
    written: list[tuple[Record, int | None]] = []
    for draft in _drafts(store, portion, made, forgotten=forgotten):
        record = draft.record()
        if record.batch in marked:
            superseded.reinstate(store, {record.batch})
        changed = _put(store, record, draft.objects(record.batch))
        written.append((msgspec.structs.replace(record, documents=[]), changed))
    return Remade(written, made.members, made.refused, len(portion))


def _all_drafts(store: Store, made: _Made, *, progress: Progress) -> Iterator[Draft]:
    """Batches of all processed documents, as a sweep would make them of a backlog."""
    forgotten = tombstones.standing(store)
    keys = sorted((stored.key for stored in store.list(layout.PROCESSED)), key=place)
    done = 0
    for portion in portions(keys):
        yield from _drafts(store, portion, made, forgotten=forgotten)
        done += len(portion)
        progress("rebuild", done, len(keys))


def _drafts(
    store: Store, portion: Sequence[str], made: _Made, *, forgotten: Mapping[str, datetime]
) -> Iterator[Draft]:
    groups: dict[tuple[str, str], dict[Snapshot, Accepted]] = {}
    fetch = partial(store.get, most=LARGEST + 1)
    for key, read in zip(portion, ahead(store, portion, fetch), strict=True):
        try:
            document = accepted(key, read())
        except MissingObject:
            continue
        except (Rejected, RefusedObject) as error:
            made.refused.append((key, str(error)))
            continue
        reading = document.reading
        if tombstones.is_out(reading, forgotten):
            continue
        snapshot = made.members[key] = Snapshot(document.raw_hash, reading.captured_at)
        group = groups.setdefault((reading.source, layout.month_of(reading.captured_at)), {})
        # Of copies under several names the greatest counts, as in the views.
        if snapshot not in group or group[snapshot].settled < key:
            group[snapshot] = document
    for (source, month), documents in groups.items():
        draft = Draft(source, month)
        for document in sorted(documents.values(), key=lambda one: place(one.settled)):
            draft.add(document)
        yield draft


def _copies(made: _Made) -> dict[str, str]:
    """For every further name of a document the name that stands for it.

    Under which of them its rows were written depends on which arrived together.
    """
    names: dict[Snapshot, str] = {}
    for key, snapshot in made.members.items():
        names[snapshot] = max(key, names.get(snapshot, key))
    return {key: names[snapshot] for key, snapshot in made.members.items() if names[snapshot] != key}


def _put(store: Store, record: Record, objects: list[tuple[str, bytes]]) -> int | None:
    """Write what differs; how many objects lay there and differed, or None if nothing did."""
    wanted = [(layout.batch_key(record.batch), sealed(record)), *objects]
    there = [_stored(store, key) for key, _ in wanted]
    if there == [data for _, data in wanted]:
        return None
    publish.put(store, record, objects)
    return sum(
        known is not None and known != data for known, (_, data) in zip(there[1:], objects, strict=True)
    )


def _stored(store: Store, key: str) -> bytes | None:
    try:
        return store.get(key)
    except MissingObject:
        return None


def _discard_what_went(store: Store, written: list[Record]) -> None:
    """Batches that were taken away while they were written leave no file behind."""
    there = {stored.key for stored in store.list(layout.BATCHES)}
    for record in written:
        key = layout.batch_key(record.batch)
        if key not in there:
            publish.discard(store, key, record)


def _take_out_what_went(store: Store, made: _Made, *, now: datetime) -> None:
    """Whatever left the processed documents while this went on is not brought back."""
    there = {stored.key for stored in store.list(layout.PROCESSED)}
    gone = {snapshot for key, snapshot in made.members.items() if key not in there}
    gone -= {snapshot for key, snapshot in made.members.items() if key in there}
    if gone:
        take_out(store, gone, dispose=_leave, now=now)
    made.members = {key: snapshot for key, snapshot in made.members.items() if key in there}


def _leave(keys: list[str]) -> None:
    """Nothing is to be done with documents that are gone."""


def _files(store: Store, table: Table) -> list[str]:
    marked = superseded.marked(store)
    found = []
    for stored in store.list(f"{layout.TABLES}{table.name}/"):
        file = layout.table_file(stored.key)
        if file is not None and file.batch not in marked:
            found.append(stored.key)
    return found


def _readable(store: Store, table: Table, made: _Made) -> list[str]:
    """The files of a table; those that cannot be read are told as refused."""
    keys = _files(store, table)
    try:
        reread.check(store, table, keys)
    except RefusedObject:
        refused = {key: why for key in keys if (why := _why_unreadable(store, table, key))}
        made.refused += refused.items()
        return [key for key in keys if key not in refused]
    return keys


def _why_unreadable(store: Store, table: Table, key: str) -> str | None:
    try:
        reread.check(store, table, [key])
    except RefusedObject as error:
        return str(error)
    return None
