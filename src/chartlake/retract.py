"""A published snapshot that turned out wrong is taken out again.

Its raw document goes to rejected first, so that nothing can publish it once more; then every
batch that held it is published anew without it, and only then the old objects are deleted.
Killed in between, it is finished by asking for it again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from chartlake import layout, state
from chartlake.errors import MissingObject, SettingsError
from chartlake.publish import Accepted, Draft, Record
from chartlake.snapshot import unpacked
from chartlake.tables import PUBLISHED
from chartlake.transform import TRANSFORM_VERSION, understood

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from chartlake.publish import Member
    from chartlake.store import Store

_HASH = re.compile(r"[0-9a-f]{8,64}")


class Retracted(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken out: the document's key now, and how many batches were made anew."""

    key: str
    raw_hash: str
    batches: int


def retract(store: Store, snapshot: str, *, why: str, now: datetime) -> Retracted:
    """Take a published snapshot out of every table.

    Args:
        store: The lake.
        snapshot: Its content hash (raw_hash, at least 8 digits of it), or its raw_key.
        why: What a person says is wrong with it.
        now: When it is.

    Raises:
        SettingsError: That names several snapshots, or is neither a hash nor a key.
        MissingObject: No published snapshot is called so.
        StorageError: The lake cannot be written.
    """
    records = [
        (key, record)
        for key, record in _records(store)
        if any(_is(one, snapshot) for one in record.documents)
    ]
    found = {one.key: one for _, record in records for one in record.documents if _is(one, snapshot)}
    if len({one.hash for one in found.values()}) > 1:
        raise SettingsError(f"several snapshots begin with {snapshot}; give more digits of the raw_hash")
    if not found:
        raise MissingObject(
            f"no published snapshot is called {snapshot}; raw_hash of chart_entries shows all names"
        )
    member = next(iter(found.values()))
    rejected = [_set_aside(store, one, why=why, now=now) for one in found.values()]
    for key, record in records:
        _publish_without(store, record, set(found))
        _delete(store, key, record)
    _forget(store, records[0][1].source, rejected[0], member)
    return Retracted(key=rejected[0], raw_hash=member.hash, batches=len(records))


def _is(member: Member, snapshot: str) -> bool:
    if _HASH.fullmatch(snapshot):
        return member.hash.startswith(snapshot)
    return member.key == snapshot


def _records(store: Store) -> Iterator[tuple[str, Record]]:
    for stored in store.list(layout.BATCHES):
        try:
            yield stored.key, msgspec.json.decode(store.get(stored.key), type=Record)
        except msgspec.DecodeError:
            continue


def _set_aside(store: Store, member: Member, *, why: str, now: datetime) -> str:
    rejected = layout.REJECTED + member.key.removeprefix(layout.PROCESSED)
    reason = {
        "reason": "retracted",
        "message": why,
        "items": 0,
        "transform_version": TRANSFORM_VERSION,
        "rejected_at": now,
    }
    store.put(layout.reason_key(rejected), msgspec.json.encode(reason))
    store.move([(member.key, rejected)])
    return rejected


def _publish_without(store: Store, record: Record, gone: set[str]) -> None:
    draft = Draft(record.source, record.month)
    rest = [member for member in record.documents if member.key not in gone]
    for member in rest:
        document = unpacked(store.get(member.key))
        reading = understood(document, name=member.key.rpartition("/")[2])
        draft.add(Accepted(member.key, member.key, member.hash, reading))
    if rest:
        draft.publish(store)


def _delete(store: Store, record_key: str, record: Record) -> None:
    """Delete a batch that others have taken the place of: its record last, or it could not be found again."""
    store.delete(
        layout.table_key(table.name, month=record.month, source=record.source, batch=record.batch)
        for table in reversed(PUBLISHED)
    )
    store.delete([record_key, layout.open_batch_key(record.batch)])


def _forget(store: Store, source: str, rejected: str, member: Member) -> None:
    """Let the next capture of the chart record the same content again."""
    _, chart_id = layout.chart_in(rejected)
    if chart_id is None:
        return
    known = state.load(store, source, chart_id)
    if known.last is not None and known.last.raw_hash == member.hash:
        state.save(
            store, source, chart_id, msgspec.structs.replace(known, last=known.previous, previous=None)
        )
