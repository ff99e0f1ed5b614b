"""A source is forgotten: raw documents, rows, ledger, batches and states; a tombstone stays.

The tombstone comes first.  What was captured until then goes, as what is too old goes; what is
captured later is a new beginning, and stays.  Killed in between, it is finished by asking for it
again.  Somebody who began to publish before the tombstone stood may still bring a document back:
so every run goes after a young tombstone once more, until nobody can be left who did not see it.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from chartlake import layout, publish, superseded, tombstones
from chartlake.errors import MissingObject, RefusedObject, SettingsError
from chartlake.ledger import settle_abandoned
from chartlake.progress import silent
from chartlake.removal import source_of
from chartlake.retention import expire
from chartlake.snapshot import LARGEST
from chartlake.sources import plug_ins
from chartlake.superseded import GRACE
from chartlake.sweep import finish
from chartlake.tables import PHYSICAL, PUBLISHED
from chartlake.transform import PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from chartlake.progress import Progress
    from chartlake.store import Store

_ZONES = (layout.TO_BE_PROCESSED, layout.PROCESSED, layout.REJECTED)


class Forgotten(NamedTuple):
    """What was deleted of a source.

    Attributes:
        documents: Raw documents.
        files: Table files.
        until: What was captured up to this moment (UTC) is not taken in again.
        unknown: Keys of rejected documents that nobody can tell the source of; they stay.
    """

    documents: int
    files: int
    until: datetime
    unknown: list[str]


def forget(store: Store, source: str, *, now: datetime, progress: Progress = silent) -> Forgotten:
    """Delete all that a lake holds of a source.

    Args:
        store: The lake.
        source: The source, such as ``spotify``.
        now: When it is (UTC); nothing captured until then is taken in again.
        progress: Told of the raw documents looked at.

    Raises:
        SettingsError: There is no such source.
        StorageError: The lake cannot be written.
    """
    check(store, source)
    tombstones.erect(store, source, until=now)
    settle_abandoned(store, now=now)
    done = _without(store, source, until=now, now=now, progress=progress)
    store.delete(stored.key for stored in list(store.list(layout.chart_states_of(source))))
    store.bury(lambda key: _may_be_of(key, source))
    return done


def settle(store: Store, *, now: datetime, grace: timedelta = GRACE) -> None:
    """Go after what came back of forgotten sources, as long as anything may.

    Args:
        store: The lake.
        now: When it is (UTC).
        grace: How long somebody may be at work who did not see a tombstone.

    Raises:
        StorageError: The lake cannot be written.
    """
    for stone in list(tombstones.stones(store)):
        if not stone.settled:
            went = _without(store, stone.source, until=stone.until, now=now)
            if went.documents or went.files:
                store.bury(partial(_may_be_of, source=stone.source))
            if now - stone.until >= grace:
                tombstones.settle(store, stone)


def _without(
    store: Store, source: str, *, until: datetime, now: datetime, progress: Progress = silent
) -> Forgotten:
    """Delete what was captured of a source up to a moment, in every place."""
    for _ in finish(store, now=now):
        pass
    before = _batches(store, source)
    expired = expire(store, source, until + timedelta.resolution, now=now, everywhere=True)
    documents, unknown = _undated(store, source, until, progress)
    store.delete(layout.reason_key(key) for key in documents if key.startswith(layout.REJECTED))
    store.delete(documents)
    files = [key for table in PUBLISHED for key in _files(store, table.name, source)]
    after = _batches(store, source)
    # Whoever publishes puts the record first: a file without one was left by a deletion.
    orphans = [key for key in files if (file := layout.table_file(key)) and file.batch not in after]
    store.delete(orphans)
    there = {record.batch for _, record in publish.records(store)}
    superseded.reinstate(store, superseded.marked(store) - there)
    tables = {stored.key for stored in store.list(layout.TABLES)}
    superseded.drop_files(store, lambda key: key not in tables)
    gone = len(orphans) + expired.files + len(before - after)
    return Forgotten(expired.documents + len(documents), gone, until, unknown)


def _batches(store: Store, source: str) -> set[str]:
    return {record.batch for _, record in publish.records(store) if record.source == source}


def check(store: Store, source: str) -> None:
    """Let the name of a source pass: one that is known, or one that the lake has something of.

    Raises:
        SettingsError: Nothing is called so.
    """
    known = (*PROVIDERS, *plug_ins())
    if source not in known and not any(record.source == source for _, record in publish.records(store)):
        raise SettingsError(f"there is no source {source!r}; there are {', '.join(known)}")


def delete_statements(source: str, *, before: datetime | None = None) -> list[str]:
    """What deletes a source's rows, or those captured before a moment (UTC), where they were loaded."""
    older = f" AND captured_at < '{before:%Y-%m-%d %H:%M:%S.%f}'" if before else ""
    named = source.replace("'", "''")
    return [f"DELETE FROM {table.name} WHERE source = '{named}'{older};" for table in PHYSICAL]  # noqa: S608


def _undated(store: Store, source: str, until: datetime, progress: Progress) -> tuple[list[str], list[str]]:
    """The raw documents of a source whose names state no moment, and those of nobody knows what source."""
    everything = [stored.key for zone in _ZONES for stored in store.list(zone)]
    found: list[str] = []
    unknown: list[str] = []
    for done, key in enumerate(everything, 1):
        rejected = key.startswith(layout.REJECTED)
        document = key.removesuffix(layout.REASON_SUFFIX) if rejected else key
        if layout.captured_in(document) is None:
            whose, captured_at = _told(store, document)
            if whose == source and (captured_at is None or captured_at <= until):
                found.append(document)
            elif whose is None and key == document:
                unknown.append(key)
        progress("forget", done, len(everything))
    return sorted(set(found)), unknown


def _told(store: Store, key: str) -> tuple[str | None, datetime | None]:
    told, captured_at = None, None
    with suppress(MissingObject, RefusedObject):
        stored = store.get(key, most=LARGEST + 1)
        told, captured_at = source_of(stored, name=key.rpartition("/")[2])
        told = told or source_of(stored)[0]
    # What lies in the folder of a source, and tells nothing itself, is taken for that source's.
    return told or _folder(key), captured_at


def _folder(key: str) -> str | None:
    first = key.split("/")[2]
    return first if first in PROVIDERS else None


def _files(store: Store, table: str, source: str) -> Iterator[str]:
    for stored in list(store.list(f"{layout.TABLES}{table}/")):
        file = layout.table_file(stored.key)
        if file is not None and file.source == source:
            yield stored.key


def _may_be_of(key: str, source: str) -> bool:
    """Whether something deleted may have been of a source: of much that is gone, only the key still tells."""
    file = layout.table_file(key)
    if file is not None:
        return file.source == source
    whose, _ = layout.chart_in(key)
    if key.startswith(_ZONES):
        return layout.captured_in(key) is None or whose == source
    return key.startswith((layout.BATCHES, layout.OPEN_BATCHES, layout.chart_states_of(source)))
