"""A source is forgotten: raw documents, rows, ledger, batches and states; a tombstone stays.

The tombstone comes first, so that nothing brings back what is deleted after it.  Killed in
between, it is finished by asking for it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from chartlake import layout, publish, superseded, tombstones
from chartlake.errors import MissingObject, RefusedObject, Rejected, SettingsError
from chartlake.ledger import settle_abandoned
from chartlake.progress import silent
from chartlake.snapshot import LARGEST, unpacked
from chartlake.sources import plug_ins
from chartlake.tables import PHYSICAL, PUBLISHED, RUN_DATA
from chartlake.transform import PROVIDERS, understood

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from chartlake.progress import Progress
    from chartlake.store import Store

_ZONES = (layout.TO_BE_PROCESSED, layout.PROCESSED, layout.REJECTED)
_NAMED = "regional-global-daily-2000-01-01.json"
"""A name that states a chart and a day, so that a document without one can still tell its source."""


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
    batches = {key: record for key, record in publish.records(store) if record.source == source}
    members = {member.key for record in batches.values() for member in record.documents}
    documents, unknown = _documents(store, source, members, progress)
    # Reasons first: nothing tells whose they are once their document is gone.
    store.delete(layout.reason_key(key) for key in documents if key.startswith(layout.REJECTED))
    store.delete(documents)
    files = [key for table in (*reversed(PUBLISHED), RUN_DATA) for key in _files(store, table.name, source)]
    store.delete(files)
    store.delete(layout.open_batch_key(record.batch) for record in batches.values())
    superseded.reinstate(store, {record.batch for record in batches.values()})
    superseded.drop_files(store, lambda key: _is_of(key, source))
    store.delete(stored.key for stored in list(store.list(layout.chart_states_of(source))))
    store.delete([layout.removal_key(source)])
    # Last, for they tell which documents without a name of ours were of this source.
    store.delete(batches)
    store.bury(lambda key: _may_be_of(key, source))
    return Forgotten(len(documents), len(files), now, unknown)


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


def source_of(stored: bytes) -> str | None:
    """Whose a raw document is, or None if nobody can tell."""
    try:
        return understood(unpacked(stored), name=_NAMED).source
    except Rejected:
        return None


def _documents(
    store: Store, source: str, members: set[str], progress: Progress
) -> tuple[list[str], list[str]]:
    """The raw documents of a source, and those that nobody can tell the source of."""
    everything = [stored.key for zone in _ZONES for stored in store.list(zone)]
    found: list[str] = []
    unknown: list[str] = []
    for done, key in enumerate(everything, 1):
        document = key.removesuffix(layout.REASON_SUFFIX) if key.startswith(layout.REJECTED) else key
        whose = source if key in members else _whose(store, document)
        if whose == source:
            found.append(key)
        elif whose is None and key == document:
            unknown.append(key)
        progress("forget", done, len(everything))
    return found, unknown


def _whose(store: Store, key: str) -> str | None:
    source, _ = layout.chart_in(key)
    if layout.captured_in(key) is not None and source is not None:
        return source
    try:
        told = source_of(store.get(key, most=LARGEST + 1))
    except (MissingObject, RefusedObject):
        told = None
    # What lies in the folder of a source, and tells nothing itself, is taken for that source's.
    return told or _folder(key)


def _folder(key: str) -> str | None:
    first = key.split("/")[2]
    return first if first in PROVIDERS else None


def _files(store: Store, table: str, source: str) -> Iterator[str]:
    for stored in list(store.list(f"{layout.TABLES}{table}/")):
        if _is_of(stored.key, source):
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


def _is_of(key: str, source: str) -> bool:
    file = layout.table_file(key)
    return file is not None and file.source == source
