"""Snapshots are taken out of every table: what `retract` and the end of a retention have in common.

Batches that somebody left unfinished are finished first, so that nothing brings a snapshot
back.  Then its raw documents go, so that nothing publishes it once more; the chart's state
forgets it, so that the next capture records the day again; every batch that held it is made
anew without it; and only then the old objects are deleted.  Killed in between, it is finished
by asking for it again: a batch that still holds it is deleted last.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from blake3 import blake3

from chartlake import layout, publish, reread, state
from chartlake.errors import RefusedObject, Rejected
from chartlake.publish import Accepted, Draft
from chartlake.snapshot import unpacked
from chartlake.superseded import is_whole
from chartlake.sweep import DOCUMENTS_A_BATCH
from chartlake.tables import PUBLISHED
from chartlake.transform import understood

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from chartlake.publish import Member, Record
    from chartlake.store import Store

NAMED = "regional-global-daily-2000-01-01.json"
"""A name that states a chart and a day, so that a document without one can still tell its source."""


class Snapshot(msgspec.Struct, frozen=True):
    """What tells a snapshot from every other: the same bytes may be of two days."""

    raw_hash: str
    captured_at: datetime


class Removed(msgspec.Struct, frozen=True):
    """What was taken out: where each of its documents lay, and how many batches were made anew."""

    documents: list[str]
    batches: int


def snapshot_of(member: Member) -> Snapshot:
    """The snapshot that a document of a batch is."""
    return Snapshot(member.hash, member.captured_at)


def take_out(
    store: Store, snapshots: Collection[Snapshot], *, dispose: Callable[[list[str]], None], now: datetime
) -> Removed:
    """Take snapshots out of every table.

    Args:
        store: The lake; whatever was begun in it is finished already.
        snapshots: What is to go.
        dispose: Takes processed documents, by their keys, to where nothing publishes them.
        now: When it is (UTC).

    Raises:
        StorageError: The lake cannot be written.
    """
    holding = _holding(store, snapshots)
    known = {
        member.key for _, record in holding for member in record.documents if snapshot_of(member) in snapshots
    }
    _settle(store, snapshots, known)
    copies = _copies(store, snapshots, known)
    dispose(copies)
    for source in {record.source for _, record in holding}:
        _forget(store, source, copies, {one.raw_hash for one in snapshots}, now=now)
    remade = 0
    while holding:
        for key, record in holding:
            _make_anew(store, record, snapshots)
            publish.discard(store, key, record)
        remade += len(holding)
        # A compaction that ran meanwhile may have put them into a batch of its own.
        holding = _holding(store, snapshots)
    return Removed(copies, remade)


def _holding(store: Store, snapshots: Collection[Snapshot]) -> list[tuple[str, Record]]:
    return [
        (key, record)
        for key, record in publish.records(store)
        if any(snapshot_of(member) in snapshots for member in record.documents)
    ]


def _settle(store: Store, snapshots: Collection[Snapshot], known: set[str]) -> None:
    """End the moves that somebody did not end: what waits although its batch is written comes along."""
    hashes = {one.raw_hash for one in snapshots}
    for stored in list(store.list(layout.TO_BE_PROCESSED)):
        for raw_hash in hashes:
            settled = layout.settled_key(stored.key, raw_hash, zone=layout.PROCESSED)
            if settled in known and layout.digest_in(settled) == raw_hash[: layout.SHORT]:
                store.move([(stored.key, settled)])
                break


def _copies(store: Store, snapshots: Collection[Snapshot], known: set[str]) -> list[str]:
    """Every processed document that is one of these snapshots, whatever its name.

    What batches name is among them even if it is gone: whoever was killed may have come so far.
    """
    hashes = {one.raw_hash[: layout.SHORT] for one in snapshots}
    found = set(known)
    for stored in store.list(layout.PROCESSED):
        if stored.key in known or layout.digest_in(stored.key) not in hashes:
            continue
        try:
            reading = understood(unpacked(store.get(stored.key)), name=stored.key.rpartition("/")[2])
        except Rejected:
            continue
        if any(one.captured_at == reading.captured_at for one in snapshots):
            found.add(stored.key)
    return sorted(found)


def _forget(store: Store, source: str, keys: list[str], hashes: set[str], *, now: datetime) -> None:
    """Let the next capture of the chart record the same content again."""
    for chart_id in {chart_id for key in keys if (chart_id := layout.chart_in(key)[1]) is not None}:
        known = state.load(store, source, chart_id, now=now)
        if known.last is not None and known.last.raw_hash in hashes:
            previous = known.previous
            if previous is not None and previous.raw_hash in hashes:
                previous = None
            forgotten = msgspec.structs.replace(known, last=previous, previous=None)
            state.save(store, source, chart_id, forgotten)


def _make_anew(store: Store, record: Record, snapshots: Collection[Snapshot]) -> None:
    rest = [member for member in record.documents if snapshot_of(member) not in snapshots]
    if rest and not (record.compacted and _thinned_out(store, record, rest, snapshots)):
        for start in range(0, len(rest), DOCUMENTS_A_BATCH):
            _published_again(store, record, rest[start : start + DOCUMENTS_A_BATCH])


def _thinned_out(store: Store, record: Record, rest: list[Member], snapshots: Collection[Snapshot]) -> bool:
    """Write a compacted batch without some of its rows; False if it is not whole or cannot be read."""
    tables = [table for table in PUBLISHED if record.rows.get(table.name)]
    present = {stored.key for key in record.objects() for stored in store.list(key.rpartition("/")[0] + "/")}
    if not is_whole(record, present):
        return False
    out = sorted((one.raw_hash, one.captured_at) for one in snapshots)
    try:
        made = {
            table.name: reread.without(store, table, record.table_key(table.name), out) for table in tables
        }
    except RefusedObject:
        return False
    named = "\n".join(
        [record.batch, *sorted(f"{one.hash} {layout.instant(one.captured_at)}" for one in rest)]
    )
    anew = msgspec.structs.replace(
        record,
        batch=blake3(named.encode()).hexdigest()[:16],
        documents=rest,
        rows={table.name: made[table.name][1] if table.name in made else 0 for table in PUBLISHED},
    )
    publish.put(store, anew, [(anew.table_key(name), data) for name, (data, rows) in made.items() if rows])
    return True


def _published_again(store: Store, record: Record, rest: list[Member]) -> None:
    draft = Draft(record.source, record.month, instead_of=record.batch)
    for member in rest:
        document = unpacked(store.get(member.key))
        reading = understood(document, name=member.key.rpartition("/")[2])
        draft.add(Accepted(member.key, member.key, member.hash, reading))
    draft.publish(store)


def source_of(stored: bytes, *, name: str = NAMED) -> tuple[str | None, datetime | None]:
    """Whose a raw document is and when it was captured (UTC), as far as anybody can tell.

    Args:
        stored: Its bytes.
        name: Its file name, which may state the moment.
    """
    try:
        reading = understood(unpacked(stored), name=name)
    except Rejected:
        return None, None
    return reading.source, reading.captured_at
