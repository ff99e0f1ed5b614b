"""A published snapshot that turned out wrong is taken out again.

Batches that somebody left unfinished are finished first, so that nothing brings it back.
Then its raw documents go to rejected, so that nothing publishes it once more; the chart's
state forgets it, so that the next capture records the day again; every batch that held it
is published anew without it; and only then the old objects are deleted.  Killed in between,
it is finished by asking for it again.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from chartlake import layout, state
from chartlake.errors import MissingObject, Rejected, SettingsError
from chartlake.publish import Accepted, Draft, Record
from chartlake.snapshot import unpacked
from chartlake.sweep import finish
from chartlake.tables import PUBLISHED
from chartlake.transform import TRANSFORM_VERSION, understood

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartlake.publish import Member
    from chartlake.store import Store

_HASH = re.compile(r"[0-9a-f]{8,64}")


class Retracted(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken out: its documents' keys now, and how many batches were made anew."""

    keys: list[str]
    raw_hash: str
    batches: int


class _Snapshot(msgspec.Struct, frozen=True):
    """What tells a snapshot from every other: the same bytes may be of two days."""

    raw_hash: str
    captured_at: datetime


def retract(store: Store, snapshot: str, *, why: str, now: datetime) -> Retracted:
    """Take a published snapshot out of every table.

    Args:
        store: The lake.
        snapshot: Its content hash (raw_hash, at least 8 digits of it), or its raw_key.
        why: What a person says is wrong with it.
        now: When it is (UTC).

    Raises:
        SettingsError: That names several snapshots.
        MissingObject: No published snapshot is called so.
        StorageError: The lake cannot be written.
    """
    for _ in finish(store, now=now):
        pass
    records = list(_records(store))
    wrong = _named(snapshot, [member for _, record in records for member in record.documents])
    holding = [(key, record) for key, record in records if any(_is(one, wrong) for one in record.documents)]
    copies = _copies(store, wrong, holding)
    rejected = [_set_aside(store, key, why=why, now=now) for key in copies]
    for _, record in holding:
        _forget(store, record.source, copies, wrong, now=now)
    for key, record in holding:
        _publish_without(store, record, wrong)
        _delete(store, key, record)
    return Retracted(keys=rejected, raw_hash=wrong.raw_hash, batches=len(holding))


def _records(store: Store) -> Iterator[tuple[str, Record]]:
    for stored in store.list(layout.BATCHES):
        try:
            yield stored.key, msgspec.json.decode(store.get(stored.key), type=Record)
        except ValueError:
            continue


def _named(snapshot: str, members: list[Member]) -> _Snapshot:
    by_hash = _HASH.fullmatch(snapshot) is not None
    found = {
        _Snapshot(one.hash, one.captured_at)
        for one in members
        if (one.hash.startswith(snapshot) if by_hash else one.key == snapshot)
    }
    if len(found) > 1:
        raise SettingsError(f"several snapshots are called {snapshot}; give the raw_key of the wrong one")
    if not found:
        raise MissingObject(
            f"no published snapshot is called {snapshot}; raw_hash of chart_entries shows all names"
        )
    return found.pop()


def _is(member: Member, wrong: _Snapshot) -> bool:
    return (member.hash, member.captured_at) == (wrong.raw_hash, wrong.captured_at)


def _copies(store: Store, wrong: _Snapshot, holding: list[tuple[str, Record]]) -> list[str]:
    """Every processed document that is this snapshot, whatever its name."""
    known = {one.key for _, record in holding for one in record.documents if _is(one, wrong)}
    for stored in store.list(layout.PROCESSED):
        if stored.key in known or layout.digest_in(stored.key) != wrong.raw_hash[: layout.SHORT]:
            continue
        try:
            reading = understood(unpacked(store.get(stored.key)), name=stored.key.rpartition("/")[2])
        except Rejected:
            continue
        if reading.captured_at == wrong.captured_at:
            known.add(stored.key)
    return sorted(known)


def _set_aside(store: Store, key: str, *, why: str, now: datetime) -> str:
    rejected = layout.REJECTED + key.removeprefix(layout.PROCESSED)
    reason = {
        "reason": "retracted",
        "message": why,
        "items": 0,
        "transform_version": TRANSFORM_VERSION,
        "rejected_at": now,
    }
    store.put(layout.reason_key(rejected), msgspec.json.encode(reason))
    store.move([(key, rejected)])
    return rejected


def _forget(store: Store, source: str, keys: list[str], wrong: _Snapshot, *, now: datetime) -> None:
    """Let the next capture of the chart record the same content again."""
    for chart_id in {chart_id for key in keys if (chart_id := layout.chart_in(key)[1]) is not None}:
        known = state.load(store, source, chart_id, now=now)
        if known.last is not None and known.last.raw_hash == wrong.raw_hash:
            forgotten = msgspec.structs.replace(known, last=known.previous, previous=None)
            state.save(store, source, chart_id, forgotten)


def _publish_without(store: Store, record: Record, wrong: _Snapshot) -> None:
    draft = Draft(record.source, record.month)
    rest = [member for member in record.documents if not _is(member, wrong)]
    for member in rest:
        document = unpacked(store.get(member.key))
        reading = understood(document, name=member.key.rpartition("/")[2])
        draft.add(Accepted(member.key, member.key, member.hash, reading))
    if rest:
        draft.publish(store)


def _delete(store: Store, record_key: str, record: Record) -> None:
    """Delete a batch that another took the place of; its record last, or it could not be found again."""
    store.delete(
        layout.table_key(table.name, month=record.month, source=record.source, batch=record.batch)
        for table in reversed(PUBLISHED)
    )
    store.delete([record_key])
