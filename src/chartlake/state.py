"""What one capture of a chart leaves behind for the next.

A state is a hint: it saves work and tells news from repetition.  Where it is lost or cannot
be read, nothing is lost but the hint.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
from blake3 import blake3

from chartlake import layout
from chartlake.errors import MissingObject
from chartlake.proofread import sealed, unsealed
from chartlake.snapshot import Moment

if TYPE_CHECKING:
    from chartlake.store import Store
    from chartlake.transform.reading import Reading


_A_DAY = timedelta(days=1)
_LONGEST_WAIT = timedelta(days=8)
"""No service is asked to be left alone for longer: a stated wait counts for 7 days at most."""


class Content(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a chart held on one day.

    Attributes:
        chart_date: The day.
        fingerprint: Hash of all that its rows say, provenance apart.
        raw_hash: The document it was read from.
        ids: Its songs in order, without the missing ones.
        key: Where that document lies once it is published, as far as it is known.
    """

    chart_date: date
    fingerprint: str
    raw_hash: str
    ids: list[str]
    key: str | None = None


class ChartState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is remembered of a chart.

    Attributes:
        not_before: The source wants no request before that moment (UTC).
        last: What it held on the latest day recorded.
        previous: What it held on the day recorded before that.
        fields: Every field that its documents ever had, and the day each was first seen.
        vanished: Fields that it no longer had on some day, and the first such day.
        filled: Every column that its rows ever filled, and the day each was first filled.
        emptied: Columns that no row filled any more on some day, and the first such day.
    """

    not_before: Moment | None = None
    last: Content | None = None
    previous: Content | None = None
    fields: dict[str, str] = {}
    vanished: dict[str, str] = {}
    filled: dict[str, str] = {}
    emptied: dict[str, str] = {}

    def before(self, content: Content) -> Content | None:
        """What the chart held on the latest day recorded before that of ``content``."""
        for known in (self.last, self.previous):
            if known is not None and known.chart_date < content.chart_date:
                return known
        return None

    def after(self, content: Content) -> ChartState:
        """The state once ``content`` is recorded; older news change nothing."""
        if self.last is None or self.last.chart_date < content.chart_date:
            return msgspec.structs.replace(self, last=content, previous=self.last, not_before=None)
        if self.last.chart_date == content.chart_date:
            return msgspec.structs.replace(self, last=content, not_before=None)
        return self


def load(store: Store, source: str, chart_id: str, *, now: datetime) -> ChartState:
    """What is remembered of a chart, nothing if nothing can be read.

    What lies in the future was learned while a clock was wrong, and is not believed.
    """
    try:
        state = unsealed(store.get(layout.chart_state_key(source, chart_id)), type=ChartState)
    except (MissingObject, ValueError):
        return ChartState()
    ahead = [
        known for known in (state.last, state.previous) if known and known.chart_date > now.date() + _A_DAY
    ]
    if ahead:
        state = msgspec.structs.replace(state, last=None, previous=None)
    if state.not_before is not None and state.not_before > now + _LONGEST_WAIT:
        state = msgspec.structs.replace(state, not_before=None)
    return state


def save(store: Store, source: str, chart_id: str, state: ChartState) -> None:
    """Remember it."""
    store.put(layout.chart_state_key(source, chart_id), sealed(state))


def content_of(reading: Reading, raw_hash: str, *, key: str | None = None) -> Content:
    """What a reading says, as far as the next capture wants to know."""
    ids = [entry.song.song_id for entry in reading.entries if entry.song is not None]
    ids += [entry.album.album_id for entry in reading.entries if entry.song is None and entry.album]
    return Content(
        chart_date=reading.chart_date,
        fingerprint=blake3(msgspec.json.encode(reading.entries)).hexdigest()[:32],
        raw_hash=raw_hash,
        ids=ids,
        key=key,
    )
