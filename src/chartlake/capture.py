"""From a chart to a durable raw document.  Nothing here reads or writes a table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

import msgspec

from chartlake import layout, tombstones
from chartlake.errors import CredentialsError, Rejected, SourceError, TryLater
from chartlake.failpoints import around
from chartlake.quality import judge
from chartlake.snapshot import FORMAT, Envelope, digest, packed, page, sealed
from chartlake.state import Content, content_of, load, save
from chartlake.store import holds
from chartlake.transform import understood

if TYPE_CHECKING:
    from datetime import datetime

    from chartlake.sources import Captured, Chart, Source
    from chartlake.state import ChartState
    from chartlake.store import Store


Traffic = Callable[[], tuple[int, int]]
"""Tells how many requests were sent so far, and how many bytes received."""


def uncounted() -> tuple[int, int]:
    """Nobody counts."""
    return 0, 0


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """What came of asking for one chart.

    Attributes:
        chart: The chart.
        state: ``captured`` (a raw document is durable), ``unchanged``, ``failed`` or ``deferred``.
        started_at: When it began (UTC).
        ended_at: When it ended (UTC).
        captured_at: When the answer was complete (UTC), if there was one.
        raw_hash: Content hash of the document, if there was one.
        content: What it held, if it could be read.
        requests: Requests sent.
        received: Bytes received.
        notes: What a person should know although nothing failed.
        error: What went wrong, if anything did.
        not_before: When to try again, if deferred.
    """

    chart: Chart
    state: Literal["captured", "unchanged", "failed", "deferred"]
    started_at: datetime
    ended_at: datetime
    captured_at: datetime | None = None
    raw_hash: str | None = None
    content: Content | None = None
    requests: int = 0
    received: int = 0
    notes: list[str] = []
    error: SourceError | CredentialsError | None = None
    not_before: datetime | None = None


def capture(
    chart: Chart,
    *,
    source: Source,
    store: Store,
    now: Callable[[], datetime],
    scheduled_for: datetime | None = None,
    traffic: Traffic = uncounted,
) -> Attempt:
    """Ask for a chart and make the answer durable, unless it says nothing new.

    A failing source is told in the attempt and not raised, for other charts are to proceed.

    Args:
        chart: The chart.
        source: Where it comes from.
        store: The lake.
        now: The clock (UTC).
        scheduled_for: The tick of the schedule it is captured for (UTC), if any.
        traffic: Tells what was sent, also for a capture that failed.

    Raises:
        StorageError: The lake cannot be written.
    """
    started_at = now()
    state = load(store, chart.source, chart.id, now=started_at)
    if state.not_before is not None and started_at < state.not_before:
        return deferred(chart, state.not_before, at=started_at)
    before = traffic()
    try:
        with around("ask"):
            captured = source.capture(chart)
    except TryLater as error:
        _remember(store, chart, state, error.not_before)
        put_off = deferred(chart, error.not_before, at=started_at)
        return _with_error(put_off, error, now=now, before=before, traffic=traffic)
    except (SourceError, CredentialsError) as error:
        failed = Attempt(chart=chart, state="failed", started_at=started_at, ended_at=started_at)
        return _with_error(failed, error, now=now, before=before, traffic=traffic)
    return _kept(
        chart, captured, state, store=store, started_at=started_at, now=now, scheduled_for=scheduled_for
    )


def deferred(chart: Chart, not_before: datetime, *, at: datetime) -> Attempt:
    """The attempt at a chart whose source wants to be left alone: nothing was sent."""
    return Attempt(chart=chart, state="deferred", started_at=at, ended_at=at, not_before=not_before)


def hold_back(store: Store, chart: Chart, *, not_before: datetime, now: datetime) -> None:
    """Remember that a chart's source wants no request before that moment."""
    _remember(store, chart, load(store, chart.source, chart.id, now=now), not_before)


def _with_error(
    attempt: Attempt,
    error: SourceError | CredentialsError,
    *,
    now: Callable[[], datetime],
    before: tuple[int, int],
    traffic: Traffic,
) -> Attempt:
    requests, received = traffic()
    return msgspec.structs.replace(
        attempt, error=error, ended_at=now(), requests=requests - before[0], received=received - before[1]
    )


def _remember(store: Store, chart: Chart, state: ChartState, not_before: datetime) -> None:
    save(store, chart.source, chart.id, msgspec.structs.replace(state, not_before=not_before))


def _kept(
    chart: Chart,
    captured: Captured,
    state: ChartState,
    *,
    store: Store,
    started_at: datetime,
    now: Callable[[], datetime],
    scheduled_for: datetime | None,
) -> Attempt:
    captured_at = now()
    try:
        document = sealed(_envelope(chart, captured, captured_at, scheduled_for))
    except ValueError:
        error = SourceError(f"{chart.source} sent what is no text; run again later")
        failed = Attempt(chart=chart, state="failed", started_at=started_at, ended_at=captured_at)
        sent = {"requests": len(captured.requests), "received": captured.received}
        return msgspec.structs.replace(failed, error=error, **sent)
    raw_hash = digest(document)
    key = layout.raw_key(chart.source, chart.id, captured_at, raw_hash)
    content = _content(document, raw_hash, key)
    repeated = content is not None and _is_recorded(store, chart.source, state.last, content)
    if not repeated:
        # Durable before it is remembered, and remembered only if it will be published: a
        # rejected answer must not keep the next capture from being recorded.
        store.put(key, packed(document))
        if content is not None:
            save(store, chart.source, chart.id, state.after(content))
    return Attempt(
        chart=chart,
        state="unchanged" if repeated else "captured",
        started_at=started_at,
        ended_at=now(),
        captured_at=captured_at,
        raw_hash=raw_hash,
        content=content,
        requests=len(captured.requests),
        received=captured.received,
        notes=captured.notes,
    )


def _is_recorded(store: Store, source: str, last: Content | None, content: Content) -> bool:
    """Whether the same is recorded of the same day, by a document that is still there."""
    if last is None or (last.chart_date, last.fingerprint) != (content.chart_date, content.fingerprint):
        return False
    # A state is a hint: what it tells of may have been retracted or forgotten since.
    captured_at = layout.captured_in(last.key) if last.key else None
    if last.key is None or captured_at is None:
        return False
    if captured_at <= tombstones.standing(store).get(source, captured_at - timedelta.resolution):
        return False
    # In this order, for a document goes from the one place to the other.
    return any(holds(store, place) for place in (layout.pending_key(last.key), last.key))


def _content(document: bytes, raw_hash: str, key: str) -> Content | None:
    """What the document holds, or None if it would be rejected."""
    try:
        reading = understood(document, name="")
        judge(reading)
    except Rejected:
        return None
    return content_of(reading, raw_hash, key=layout.settled_key(key, raw_hash, zone=layout.PROCESSED))


def _envelope(
    chart: Chart, captured: Captured, captured_at: datetime, scheduled_for: datetime | None
) -> Envelope[msgspec.Raw]:
    return Envelope(
        chartlake=FORMAT,
        source=chart.source,
        chart_id=chart.id,
        chart_name=chart.name or captured.chart_name,
        region=chart.region,
        cadence=chart.cadence,
        size=chart.size,
        captured_at=captured_at,
        scheduled_for=scheduled_for,
        requests=captured.requests,
        pages=[page(body) for body in captured.pages],
    )
