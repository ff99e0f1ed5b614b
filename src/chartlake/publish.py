"""One batch: what it is made of, its name, and the order of its writes.

A batch is what one call took up of one source and one month.  Its name is the hash of what
is in it and of the transform's version, so doing it again writes the same objects again.
The order of writes is the promise: what is in the batch, then artists, albums, songs,
credits, entries, then the raw documents as processed, and the originals' deletion last.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from blake3 import blake3

from chartlake import layout, parquet
from chartlake.errors import MissingObject
from chartlake.proofread import sealed, unsealed
from chartlake.tables import PUBLISHED
from chartlake.transform import TRANSFORM_VERSION
from chartlake.transform.shred import Rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chartlake.store import Store
    from chartlake.transform.reading import Reading


class Accepted(msgspec.Struct, frozen=True):
    """A document that may be published: where it lies, where it goes, and what it says."""

    pending: str
    settled: str
    raw_hash: str
    reading: Reading


class Member(msgspec.Struct, frozen=True):
    """A document of a batch, as its record names it."""

    hash: str
    captured_at: datetime
    key: str


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a batch is made of, as ``batches/<batch>.json`` keeps it.

    Attributes:
        batch: Its name.
        source: Whose documents are in it.
        month: The month of them all, ``YYYY-MM``.
        transform_version: The version of the transform that made its rows.
        documents: What is in it.
        rows: How many rows each table has.
        compacted: Whether it was made of other batches, and its files are named so.
    """

    batch: str
    source: str
    month: str
    transform_version: int
    documents: list[Member]
    rows: dict[str, int]
    compacted: bool = False

    def table_key(self, table: str) -> str:
        """Where its rows of one table lie, if it has any."""
        return layout.table_key(
            table, month=self.month, source=self.source, batch=self.batch, compacted=self.compacted
        )

    def objects(self) -> list[str]:
        """Its table objects in the order they are written."""
        return [self.table_key(table.name) for table in PUBLISHED if self.rows.get(table.name)]


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A batch of several documents that was begun: whence and whither each one goes."""

    batch: str
    transform_version: int
    moves: list[tuple[str, str]]


class Draft:
    """A batch in the making: the rows of documents of one source and month."""

    def __init__(self, source: str, month: str, *, instead_of: str = "") -> None:
        """Begin without a document.

        Args:
            source: Whose documents they are.
            month: Their month.
            instead_of: The batch in whose place this one is made.  It gets a name of its own then, so
                that nobody who deletes an old batch of the same documents deletes this one.
        """
        self.source = source
        self.month = month
        self._named = f"{TRANSFORM_VERSION}\n{f'instead of {instead_of}' if instead_of else ''}"
        self._rows = Rows(TRANSFORM_VERSION)
        self._members: dict[tuple[str, datetime], Member] = {}
        self._moves: list[tuple[str, str]] = []

    def add(self, document: Accepted) -> bool:
        """Take a document in; False if the batch already holds the same one under another name."""
        self._moves.append((document.pending, document.settled))
        reading, raw_hash = document.reading, document.raw_hash
        if (raw_hash, reading.captured_at) in self._members:
            return False
        self._members[raw_hash, reading.captured_at] = Member(raw_hash, reading.captured_at, document.settled)
        self._rows.add(reading, raw_hash=raw_hash, raw_key=document.settled)
        return True

    def record(self) -> Record:
        """What the batch is made of, and so its name."""
        members = sorted(self._members.values(), key=lambda member: (member.hash, member.captured_at))
        named = "\n".join(f"{member.hash} {layout.instant(member.captured_at)}" for member in members)
        return Record(
            batch=blake3(f"{self._named}{named}".encode()).hexdigest()[:16],
            source=self.source,
            month=self.month,
            transform_version=TRANSFORM_VERSION,
            documents=members,
            rows={table.name: self._rows.count(table.name) for table in PUBLISHED},
        )

    def objects(self, batch: str) -> list[tuple[str, bytes]]:
        """Its table objects in the order they are written; a table without rows has none.

        Raises:
            TypeError, ValueError, OverflowError: A value does not fit its column.
        """
        return [
            (
                layout.table_key(table.name, month=self.month, source=self.source, batch=batch),
                parquet.written(table, self._rows.columns(table)),
            )
            for table in PUBLISHED
            if self._rows.count(table.name)
        ]

    def publish(self, store: Store) -> bool:
        """Write the batch, in the order that the promises rest on.

        Returns:
            False if a document of it was taken out of the lake meanwhile; nothing is left of the batch.

        Raises:
            TypeError, ValueError, OverflowError: A value does not fit its column; nothing was written.
        """
        record = self.record()
        objects = self.objects(record.batch)
        # One document makes the same batch whoever does it again; several need a mark, or a
        # later sweep would not know which of the pending ones belonged together.
        mark = layout.open_batch_key(record.batch) if len(self._moves) > 1 else None
        if mark:
            store.put(mark, msgspec.json.encode(self._mark(record.batch)))
        put(store, record, objects)
        try:
            store.move(self._moves)
            there = True
        except MissingObject:
            # It was retracted, forgotten or too old, and must not be brought back.
            discard(store, layout.batch_key(record.batch), record)
            there = False
        if mark:
            store.delete([mark])
        return there

    def _mark(self, batch: str) -> Mark:
        return Mark(batch=batch, transform_version=TRANSFORM_VERSION, moves=self._moves)


def put(store: Store, record: Record, objects: Iterable[tuple[str, bytes]]) -> None:
    """Write what a batch is made of, then its table objects in their order."""
    store.put(layout.batch_key(record.batch), sealed(record))
    for key, data in objects:
        store.put(key, data)


def records(store: Store) -> Iterator[tuple[str, Record]]:
    """What every batch of a lake is made of, each with the key of its record."""
    for stored in list(store.list(layout.BATCHES)):
        try:
            yield stored.key, unsealed(store.get(stored.key), type=Record)
        except (MissingObject, ValueError):
            continue


def discard(store: Store, key: str, record: Record) -> None:
    """Delete a batch that others took the place of; its record last, or it could not be found again."""
    store.delete(record.table_key(table.name) for table in reversed(PUBLISHED))
    store.delete([key])
