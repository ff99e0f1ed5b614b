"""One capture of a chart for one tick of the schedule, however often the cloud delivers the tick.

A claim is created where nothing is (the store refuses the second), and it is never moved, so that
it still stands when the document it led to has long been processed.  It ends when its run must have
ended: then whoever comes next may take it over.  Two who take over one claim in the same moment
capture twice, which wastes a request and changes no row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chartlake import layout
from chartlake.errors import MissingObject
from chartlake.snapshot import Moment

if TYPE_CHECKING:
    from datetime import datetime

    from chartlake.sources import Chart
    from chartlake.store import Store


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """Who captures a chart for a tick.

    Attributes:
        run: The invocation; AWS delivers an event again under the same name.
        until: When it must have ended (UTC).
        done: Whether the chart was captured.
    """

    run: str
    until: Moment
    done: bool = False


def taken(store: Store, chart: Chart, tick: datetime, claim: Claim, *, now: datetime) -> bool:
    """Take a claim; False if somebody holds it, or the work is done.

    Raises:
        StorageError: The lake cannot be read or written.
    """
    key = layout.claim_key(chart.source, chart.id, tick)
    if store.create(key, msgspec.json.encode(claim)):
        return True
    known = _standing(store, key)
    if known is not None and (known.done or (known.run != claim.run and now < known.until)):
        return False
    store.put(key, msgspec.json.encode(claim))
    return True


def settled(store: Store, chart: Chart, tick: datetime, claim: Claim, *, done: bool) -> None:
    """Say that the work is done for good, or give the claim back."""
    key = layout.claim_key(chart.source, chart.id, tick)
    if done:
        store.put(key, msgspec.json.encode(msgspec.structs.replace(claim, done=True)))
    else:
        store.delete([key])


def _standing(store: Store, key: str) -> Claim | None:
    try:
        return msgspec.json.decode(store.get(key), type=Claim)
    except (MissingObject, ValueError):
        return None
