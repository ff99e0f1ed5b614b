"""What is older than a source's ``retention_days`` is taken out, at the end of every run.

It goes as a forgotten source goes, but for the tombstone: raw documents, rows and ledger.
What a batch holds beside it stays, in a batch of its own.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from chartlake import layout, ledger, publish, reread, superseded
from chartlake.errors import MissingObject, RefusedObject
from chartlake.proofread import unsealed
from chartlake.removal import Snapshot, snapshot_of, source_of, take_out
from chartlake.snapshot import LARGEST, stated_moment
from chartlake.sweep import finish
from chartlake.tables import PUBLISHED, RUN_DATA

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from chartlake.publish import Record
    from chartlake.store import Store


class Expired(NamedTuple):
    """What was taken out of one source.

    Attributes:
        source: The source.
        before: What was captured before this moment (UTC) is gone.
        documents: How many raw documents that were.
        files: How many files of the ledger were deleted or made anew.
    """

    source: str
    before: datetime
    documents: int
    files: int


def enforce(store: Store, days: Mapping[str, int], *, now: datetime) -> list[Expired]:
    """Take out whatever is older than its source's retention.

    Args:
        store: The lake.
        days: For each source that has a number, how many days its content is kept.
        now: When it is (UTC).

    Returns:
        The sources of which anything was taken out.

    Raises:
        StorageError: The lake cannot be written.
    """
    done = [
        expire(store, source, now - timedelta(days=number), now=now)
        for source, number in sorted(days.items())
    ]
    return [one for one in done if one.documents or one.files]


def expire(
    store: Store, source: str, before: datetime, *, now: datetime, everywhere: bool = False
) -> Expired:
    """Take out what was captured of a source before a moment.

    Args:
        store: The lake.
        source: The source.
        before: The moment (UTC).
        now: When it is (UTC).
        everywhere: Whether batches without a file are looked for too, and files of the ledger that
            nobody can read go as well.

    Raises:
        StorageError: The lake cannot be written.
    """
    mark = layout.removal_key(source)
    begun = everywhere or any(stored.key == mark for stored in store.list(layout.REMOVALS))
    snapshots = {
        snapshot_of(member)
        for record in _records(store, source, before, everywhere=begun)
        for member in record.documents
        if member.captured_at < before
    }
    documents: list[str] = []
    if snapshots or begun:
        # A batch that lost its files and not yet its record is found by nobody without a mark.
        store.put(mark, msgspec.json.encode({"before": before}))
        for _ in finish(store, now=now):
            pass
        documents = _taken_out(store, snapshots, now=now)
    alone = list(_alone(store, source, before))
    store.delete(layout.reason_key(key) for key in alone if key.startswith(layout.REJECTED))
    store.delete(alone)
    files = _ledger(store, source, before, unreadable=everywhere)
    if documents or alone or files:
        store.bury(lambda key: _was_older(key, source, before))
    store.delete([mark] if snapshots or begun else [])
    return Expired(source, before, len(documents) + len(alone), files)


def _taken_out(store: Store, snapshots: set[Snapshot], *, now: datetime) -> list[str]:
    return take_out(store, snapshots, dispose=store.delete, now=now).documents if snapshots else []


def _records(store: Store, source: str, before: datetime, *, everywhere: bool) -> Iterator[Record]:
    """The batches of a source that may hold something captured before that moment.

    Files tell which these are, so that a long history of other sources costs nothing.
    """
    if everywhere:
        yield from (record for _, record in publish.records(store) if record.source == source)
        return
    batches = {
        file.batch
        for table in PUBLISHED
        for _, file in _files(store, table.name, source)
        if file.month <= layout.month_of(before)
    }
    for batch in sorted(batches):
        try:
            yield unsealed(store.get(layout.batch_key(batch)), type=publish.Record)
        except (MissingObject, ValueError):
            continue


def _alone(store: Store, source: str, before: datetime) -> Iterator[str]:
    """Raw documents of a source that are too old and in no batch: rejected, pending, or left over."""
    for zone in (layout.TO_BE_PROCESSED, layout.PROCESSED, layout.REJECTED):
        for stored in list(store.list(f"{zone}{layout.spelled(source)}/")):
            captured_at = layout.captured_in(stored.key)
            if captured_at is not None and captured_at < before:
                yield stored.key
    for stored in list(store.list(layout.REJECTED)):
        key = stored.key
        if key.endswith(layout.REASON_SUFFIX) or layout.captured_in(key) is not None:
            continue
        stated = stated_moment(layout.plain_name(key.rpartition("/")[2]))
        if (
            stated is not None
            and stated < before
            and source_of(store.get(key, most=LARGEST + 1))[0] == source
        ):
            yield key


def _was_older(key: str, source: str, before: datetime) -> bool:
    """Whether something deleted or replaced held what is too old now, as far as its key tells."""
    file = layout.table_file(key)
    if file is not None:
        return file.source == source and file.month <= layout.month_of(before)
    captured_at = layout.captured_in(key)
    return captured_at is not None and captured_at < before and layout.chart_in(key)[0] == source


def _ledger(store: Store, source: str, before: datetime, *, unreadable: bool) -> int:
    """Take what is too old out of the ledger; how many of its files that changed."""
    month = layout.month_of(before)
    files = list(_files(store, RUN_DATA.name, source))
    mixed = [key for key, file in files if file.month == month]
    old = [key for key, file in files if file.month < month]
    try:
        reaching_back = reread.holding_older(store, mixed, before)
    except RefusedObject:
        if not unreadable:
            raise
        damaged = [key for key in mixed if not _is_readable(store, key)]
        old += damaged
        reaching_back = reread.holding_older(store, [key for key in mixed if key not in damaged], before)
    for key, later in reaching_back.items():
        data, rows = reread.since(store, RUN_DATA, key, before) if later else (b"", 0)
        if rows:
            file = layout.table_file(key)
            compacted = file is not None and file.compacted
            ledger.put(store, data, month=month, source=source, compacted=compacted)
        old.append(key)
    store.delete(old)
    if old:
        superseded.drop_files(store, set(old).__contains__)
    return len(old)


def _is_readable(store: Store, key: str) -> bool:
    try:
        reread.check(store, RUN_DATA, [key])
    except RefusedObject:
        return False
    return True


def _files(store: Store, table: str, source: str) -> Iterator[tuple[str, layout.TableFile]]:
    for stored in list(store.list(f"{layout.TABLES}{table}/")):
        file = layout.table_file(stored.key)
        if file is not None and file.source == source:
            yield stored.key, file
