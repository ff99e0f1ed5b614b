"""Closed months in few files: for each source and month one batch in the place of many.

A compacted batch holds the rows of the batches it is made of, as they are: nothing is made
again from raw documents.  A batch whose documents all lie in another one is left out, for its
rows are there already; of batches that share only some documents all rows are kept, and the
views drop the double ones.  The ledger has no batches: its files are joined, equal rows once.

New files are put first, and the old ones are deleted after the grace (`chartlake.superseded`).
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from blake3 import blake3

from chartlake import layout, ledger, publish, reread, superseded
from chartlake.engine import here
from chartlake.errors import MissingObject, RefusedObject, SettingsError
from chartlake.progress import silent
from chartlake.publish import Record
from chartlake.store import holds
from chartlake.superseded import GRACE
from chartlake.tables import PUBLISHED, RUN_DATA

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime, timedelta

    from chartlake.engine import Engine
    from chartlake.progress import Progress
    from chartlake.store import Store

_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")
_Group = tuple[str, str, int]


class Compacted(NamedTuple):
    """What a compaction came to.

    Attributes:
        before: Batches and ledger files that were joined or left out.
        after: Batches and ledger files that hold their rows now.
        deleted: Superseded ones, of this time or earlier, that were deleted.
        left: Sentences about what could not be read and was left as it is.
    """

    before: int
    after: int
    deleted: int
    left: list[str]


class _Done(NamedTuple):
    before: int = 0
    after: int = 0
    left: str | None = None


class _State(msgspec.Struct, frozen=True):
    """The month that was the current one when the lake was last compacted."""

    month: str


def is_due(store: Store, *, now: datetime) -> bool:
    """Whether a month was closed since the lake was last compacted; costs one request.

    In a lake that was never compacted nothing is due: its first month is yet to be closed.
    """
    try:
        known = msgspec.json.decode(store.get(layout.COMPACTED), type=_State)
    except (MissingObject, ValueError):
        _remember(store, now)
        return False
    return known.month < layout.month_of(now)


def compact(
    store: Store,
    *,
    now: datetime,
    month: str | None = None,
    grace: timedelta = GRACE,
    progress: Progress = silent,
    engine: Engine = here,
) -> Compacted:
    """Put few files in the place of many, for every closed month or one of them.

    Args:
        store: The lake.
        now: When it is (UTC); its month is not closed yet.
        month: The month, ``YYYY-MM``; None is every closed one.
        grace: How long superseded files stay.
        progress: Told of every source and month done.
        engine: Who does it.

    Raises:
        SettingsError: That month is none, or not closed.
        StorageError: The lake cannot be read or written.
    """
    current = layout.month_of(now)
    if month is not None and not _MONTH.fullmatch(month):
        raise SettingsError(f"{month!r} is no month; write it like 2026-10")
    if month is not None and month >= current:
        raise SettingsError(f"{month} is not over; name an earlier month, or none for all that are")
    present = {stored.key: stored.size for stored in store.list(layout.TABLES)}
    batches = [(group, _objects(group, present)) for group in _batches(store, current, month).values()]
    ledgers = _ledgers(store, present, current, month)
    total, done = len(batches) + len(ledgers), []
    for one in engine(store, partial(compact_batches, now=now), batches, weight=_weight):
        done.append(one)
        progress("compact", len(done), total)
    for keys in ledgers.values():
        done.append(_compact_ledger(store, keys, now=now))
        progress("compact", len(done), total)
    if month is None:
        _remember(store, now)
    return Compacted(
        before=sum(one.before for one in done),
        after=sum(one.after for one in done),
        deleted=superseded.clear(store, now=now, grace=grace),
        left=[one.left for one in done if one.left],
    )


def _remember(store: Store, now: datetime) -> None:
    store.put(layout.COMPACTED, msgspec.json.encode(_State(layout.month_of(now))))


def _batches(store: Store, current: str, month: str | None) -> dict[_Group, list[Record]]:
    """The batches that nobody superseded, by month, source and version of the transform."""
    marked = superseded.marked(store)
    groups: dict[_Group, list[Record]] = {}
    for _, record in publish.records(store):
        if record.batch not in marked and _is_wanted(record.month, current, month):
            groups.setdefault((record.month, record.source, record.transform_version), []).append(record)
    return dict(sorted(groups.items()))


def _ledgers(
    store: Store, present: Iterable[str], current: str, month: str | None
) -> dict[tuple[str, str], list[str]]:
    """The files of the ledger that nobody superseded, by month and source."""
    marked = superseded.marked_files(store)
    groups: dict[tuple[str, str], list[str]] = {}
    for key in sorted(present):
        file = layout.table_file(key)
        if file is None or file.table != RUN_DATA.name or key in marked:
            continue
        if _is_wanted(file.month, current, month):
            groups.setdefault((file.month, file.source), []).append(key)
    return dict(sorted(groups.items()))


def _is_wanted(month: str, current: str, wanted: str | None) -> bool:
    return month < current and wanted in (None, month)


def _objects(batches: list[Record], present: Mapping[str, int]) -> dict[str, int]:
    """The table objects of batches that are there, and their sizes."""
    return {key: present[key] for record in batches for key in record.objects() if key in present}


def _weight(group: tuple[list[Record], dict[str, int]]) -> int:
    return sum(group[1].values())


def compact_batches(store: Store, group: tuple[list[Record], dict[str, int]], *, now: datetime) -> _Done:
    """Put one batch in the place of all those of a source and month that are whole.

    Args:
        store: The lake.
        group: The batches, and those of their table objects that are there.
        now: When it is (UTC).
    """
    batches, present = group
    widest = _widest([record for record in batches if superseded.is_whole(record, present)])
    if not widest:
        return _Done()
    what = f"{widest[0].source} of {widest[0].month}"
    try:
        kept = widest[0] if len(widest) == 1 else _joined(store, widest)
    except RefusedObject as error:
        return _Done(left=f"{what} is left as it is: {error}")
    if kept is None:
        return _Done(left=f"{what} was changed meanwhile; run `chartlake compact` again")
    held = _documents(kept)
    old = [record.batch for record in batches if record.batch != kept.batch and _documents(record) <= held]
    marked = superseded.supersede(store, old, now=now)
    return _Done(before=marked + (kept in batches), after=1) if marked else _Done()


def _widest(batches: list[Record]) -> list[Record]:
    """Batches that together hold all documents, without those that lie in another one whole."""
    kept: list[tuple[Record, set[tuple[str, datetime, str]]]] = []
    # Of two that hold the same, one that is compacted already stays.
    for record in sorted(batches, key=lambda one: (-len(one.documents), not one.compacted, one.batch)):
        documents = _documents(record)
        if not any(documents <= held for _, held in kept):
            kept.append((record, documents))
    return sorted((record for record, _ in kept), key=lambda one: one.batch)


def _documents(record: Record) -> set[tuple[str, datetime, str]]:
    return {(one.hash, one.captured_at, one.key) for one in record.documents}


def _joined(store: Store, batches: list[Record]) -> Record | None:
    """Write batches as one; None if one of them was taken away meanwhile, and nothing is left of it."""
    first = batches[0]
    made: dict[str, tuple[bytes, int]] = {}
    for table in PUBLISHED:
        keys = [record.table_key(table.name) for record in batches if record.rows.get(table.name)]
        if keys:
            made[table.name] = reread.joined(store, table, keys)
    documents = {document for record in batches for document in record.documents}
    record = Record(
        batch=_name(one.batch for one in batches),
        source=first.source,
        month=first.month,
        transform_version=first.transform_version,
        documents=sorted(documents, key=lambda one: (one.hash, one.captured_at, one.key)),
        rows={table.name: made[table.name][1] if table.name in made else 0 for table in PUBLISHED},
        compacted=True,
    )
    for name, (_, rows) in made.items():
        if rows != sum(one.rows.get(name, 0) for one in batches):
            raise RefusedObject(f"the files of {name} have not the rows they should; run `chartlake rebuild`")
    publish.put(store, record, [(record.table_key(name), data) for name, (data, _) in made.items()])
    # A retraction may have read the records before this one stood among them.
    if all(holds(store, layout.batch_key(one.batch)) for one in [*batches, record]):
        return record
    publish.discard(store, layout.batch_key(record.batch), record)
    return None


def _compact_ledger(store: Store, keys: list[str], *, now: datetime) -> _Done:
    file = layout.table_file(keys[0])
    if len(keys) == 1 or file is None:
        return _Done()
    try:
        data, _ = reread.joined(store, RUN_DATA, keys, distinct=True)
    except RefusedObject as error:
        return _Done(left=f"the ledger of {file.source} of {file.month} is left as it is: {error}")
    together = ledger.put(store, data, month=file.month, source=file.source, compacted=True)
    # One of them may have held all the rows already.
    superseded.supersede_files(store, set(keys) - {together}, by=together, now=now)
    return _Done(before=len(keys), after=1)


def _name(parts: Iterable[str]) -> str:
    return blake3("\n".join(["compact", *parts]).encode()).hexdigest()[:16]
