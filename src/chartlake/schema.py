"""What a crawler would find out: the columns and fields that lie in a lake, beside what was agreed.

The agreed columns stand in `chartlake.tables`; of raw documents nothing is agreed but what a
provider says, so their fields are told as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from chartlake import layout, reread
from chartlake.errors import MissingObject, Rejected
from chartlake.snapshot import LARGEST, unpacked
from chartlake.sweep import place
from chartlake.tables import PHYSICAL, SQL_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartlake.store import Store

Verdict = Literal["as agreed", "another type", "not agreed", "not there", "found"]

SAMPLE = 20
"""Documents of each source that are looked at, the latest of them."""


class Found(NamedTuple):
    """One column of a table, or one field of a source's raw documents.

    Attributes:
        where: The table, or ``raw`` and the source.
        name: The column, or the field as a path; ``[]`` is every item of a list.
        type: What lies there, as DuckDB names it; None if nothing does.
        agreed: What was agreed; None if nothing was.
        verdict: How the two compare; ``found`` where nothing could be agreed.
    """

    where: str
    name: str
    type: str | None
    agreed: str | None
    verdict: Verdict


def inferred(store: Store) -> Iterator[Found]:
    """Every column and field that lies in a lake, table by table, then source by source.

    Raises:
        RefusedObject: A table file cannot be read.
        StorageError: The lake cannot be read.
    """
    for table in PHYSICAL:
        keys = [
            one.key for one in store.list(f"{layout.TABLES}{table.name}/") if one.key.endswith(".parquet")
        ]
        if not keys:
            continue
        there = reread.columns(store, keys)
        agreed = {column.name: SQL_TYPES[column.type] for column in table.columns}
        for name in (*agreed, *(one for one in there if one not in agreed)):
            yield _compared(table.name, name, there.get(name), agreed.get(name))
    for source, keys in sorted(_latest(store).items()):
        pages = [page for key in keys for page in _pages(store, key)]
        for name, kind in reread.fields(pages):
            yield Found(f"raw {source}", name, kind, None, "found")


def _compared(where: str, name: str, there: str | None, agreed: str | None) -> Found:
    verdict: Verdict = "as agreed" if there == agreed else "another type"
    if there is None:
        verdict = "not there"
    elif agreed is None:
        verdict = "not agreed"
    return Found(where, name, there, agreed, verdict)


def _latest(store: Store) -> dict[str, list[str]]:
    """The keys of the latest processed documents of each source."""
    found: dict[str, list[str]] = {}
    for stored in store.list(layout.PROCESSED):
        found.setdefault(layout.chart_in(stored.key)[0] or "imported", []).append(stored.key)
    return {source: sorted(keys, key=place)[-SAMPLE:] for source, keys in found.items()}


def _pages(store: Store, key: str) -> Iterator[bytes]:
    """The answers in a raw document; of one without an envelope, the document itself."""
    try:
        document = unpacked(store.get(key, most=LARGEST + 1))
        said = msgspec.json.decode(document, type=dict[str, msgspec.Raw])
    except (MissingObject, Rejected, msgspec.DecodeError):
        return
    if "chartlake" not in said:
        yield document
        return
    yield from map(bytes, msgspec.json.decode(said["pages"], type=list[msgspec.Raw]))
