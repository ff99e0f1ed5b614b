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

if TYPE_CHECKING:
    from datetime import datetime

    from chartlake.publish import Accepted
    from chartlake.store import Store


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
    reading, raw_hash = seen.reading, seen.raw_hash
    before = load(store, reading.source, reading.chart_id, now=now)
    content = content_of(reading, raw_hash, key=seen.settled)
    earlier = before.before(content)
    newest = before.last is None or before.last.chart_date <= content.chart_date
    warnings = noticed(content.ids, earlier.ids) if newest and earlier is not None else []
    after = before if before.last and before.last.raw_hash == raw_hash else before.after(content)
    if newest:
        if document is None:
            document = unpacked(store.get(seen.settled))
        after, changes = _drifted(after, document, content.chart_date.isoformat())
        warnings += changes
    if after != before:
        save(store, reading.source, reading.chart_id, after)
    return warnings


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
        f"the source's answer {how} {', '.join(names[:5])}{' and others' if len(names) > 5 else ''}"  # noqa: PLR2004
        for how, names in (("now has", sorted(appeared)), ("no longer has", sorted(vanished)))
        if names
    ]
