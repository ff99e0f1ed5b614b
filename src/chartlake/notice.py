"""What is worth telling about a published snapshot although it passed every check.

Comparisons with what came before are made after publishing and only ever warn, so that the
order in which documents arrive changes no row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chartlake.quality import drift, fields, noticed
from chartlake.snapshot import unpacked
from chartlake.state import ChartState, content_of, load, save
from chartlake.transform.shred import filled

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from chartlake.publish import Accepted
    from chartlake.store import Store
    from chartlake.transform.reading import Reading

_AT_MOST = 5
"""Names in one warning."""


def observed(store: Store, seen: Accepted, document: bytes | None, *, now: datetime) -> list[str]:
    """Compare a published document with what its chart held and how it looked before.

    Remembers what it saw.

    Args:
        store: The lake.
        seen: The document, published.
        document: Its bytes, uncompressed, if they are at hand; else they are fetched.
        now: When it is (UTC).

    Returns:
        Warnings, a sentence each.
    """
    reading = seen.reading
    before = load(store, reading.source, reading.chart_id, now=now)

    def fetched() -> bytes:
        return unpacked(store.get(seen.settled)) if document is None else document

    after, warnings = compared(before, reading, fetched, raw_hash=seen.raw_hash, key=seen.settled)
    if after != before:
        save(store, reading.source, reading.chart_id, after)
    return warnings


def compared(
    before: ChartState,
    reading: Reading,
    document: Callable[[], bytes],
    *,
    raw_hash: str,
    key: str | None = None,
) -> tuple[ChartState, list[str]]:
    """What is remembered of a chart once a document is seen, and what is worth telling of it.

    Args:
        before: What was remembered.
        reading: What the document says.
        document: Gives its bytes, uncompressed; called only if they are needed.
        raw_hash: Its content hash.
        key: Where it lies, if it lies anywhere.
    """
    content = content_of(reading, raw_hash, key=key)
    earlier = before.before(content)
    newest = before.last is None or before.last.chart_date <= content.chart_date
    warnings = noticed(content.ids, earlier.ids) if newest and earlier is not None else []
    after = before if before.last and before.last.raw_hash == raw_hash else before.after(content)
    if newest:
        day = content.chart_date.isoformat()
        after, changes = _drifted(after, document(), day)
        after, losses = _emptied(after, filled(reading), day)
        warnings += changes + losses
    return after, warnings


def _drifted(state: ChartState, document: bytes, day: str) -> tuple[ChartState, list[str]]:
    """The state with the document's fields in it, and a warning for those that came or went.

    A field is reported once when it first appears and once when it first is missing: optional
    fields come and go, and a warning that repeats is read by nobody.
    """
    appeared, missing = drift(state.fields, fields(document), day)
    first_document = not state.fields
    vanished = [name for name in missing if name not in state.vanished]
    if not appeared and not vanished:
        return state, []
    after = msgspec.structs.replace(
        state,
        fields={**state.fields, **dict.fromkeys(sorted(appeared), day)},
        vanished={**state.vanished, **dict.fromkeys(sorted(vanished), day)},
    )
    if first_document:
        return after, []
    return after, [
        f"the source's answer {how} {_some(names)}"
        for how, names in (("now has", sorted(appeared)), ("no longer has", sorted(vanished)))
        if names
    ]


def _emptied(state: ChartState, now: frozenset[str], day: str) -> tuple[ChartState, list[str]]:
    """The state with the columns that are filled, and a warning for those that no longer are.

    Fields alone do not tell: a null, an empty list or an empty text leaves its field where it was.
    Each column is told of once.
    """
    fresh = now - state.filled.keys()
    lost = [
        name for name, first in state.filled.items() if first < day and name not in now | state.emptied.keys()
    ]
    if not fresh and not lost:
        return state, []
    after = msgspec.structs.replace(
        state,
        filled={**state.filled, **dict.fromkeys(sorted(fresh), day)},
        emptied={**state.emptied, **dict.fromkeys(sorted(lost), day)},
    )
    return after, [f"nothing fills {_some(sorted(lost))} any more; see what the source sends"] if lost else []


def _some(names: list[str]) -> str:
    return ", ".join(names[:_AT_MOST]) + (" and others" if len(names) > _AT_MOST else "")
