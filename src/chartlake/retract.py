"""A published snapshot that turned out wrong is taken out again.

Its raw documents go to rejected, with what a person said of it; how its rows leave the tables
stands in `chartlake.removal`.  Killed in between, it is finished by asking for it again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from chartlake import layout
from chartlake.errors import MissingObject, SettingsError
from chartlake.publish import records
from chartlake.removal import Snapshot, snapshot_of, take_out
from chartlake.sweep import finish
from chartlake.transform import TRANSFORM_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from chartlake.publish import Member
    from chartlake.store import Store

_HASH = re.compile(r"[0-9a-f]{8,64}")


class Retracted(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken out: its documents' keys now, and how many batches were made anew."""

    keys: list[str]
    raw_hash: str
    batches: int


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
    wrong = _named(snapshot, (member for _, record in records(store) for member in record.documents))

    def set_aside(keys: list[str]) -> None:
        for key in keys:
            _set_aside(store, key, why=why, now=now)

    removed = take_out(store, {wrong}, dispose=set_aside, now=now)
    rejected = [_rejected(key) for key in removed.documents]
    return Retracted(keys=rejected, raw_hash=wrong.raw_hash, batches=removed.batches)


def _named(snapshot: str, members: Iterable[Member]) -> Snapshot:
    by_hash = _HASH.fullmatch(snapshot) is not None
    found = {
        snapshot_of(one)
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


def _rejected(key: str) -> str:
    return layout.REJECTED + key.removeprefix(layout.PROCESSED)


def _set_aside(store: Store, key: str, *, why: str, now: datetime) -> None:
    reason = {
        "reason": "retracted",
        "message": why,
        "items": 0,
        "transform_version": TRANSFORM_VERSION,
        "rejected_at": now,
    }
    store.put(layout.reason_key(_rejected(key)), msgspec.json.encode(reason))
    store.move([(key, _rejected(key))])
