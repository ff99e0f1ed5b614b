"""The order of the steps, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from chartlake import forget, layout, ledger, superseded
from chartlake.capture import Attempt, capture, deferred, hold_back, uncounted
from chartlake.compact import compact, is_due
from chartlake.errors import MissingObject
from chartlake.notice import observed
from chartlake.progress import silent
from chartlake.retention import enforce
from chartlake.summary import Summary, summarised
from chartlake.sweep import Swept, everything, pending, place, portions, sweep, take_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from chartlake.capture import Traffic
    from chartlake.progress import Progress
    from chartlake.sources import Chart, Source
    from chartlake.store import Store
    from chartlake.sweep import Outcome, Sweeping, Taken


def utc_now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


def run(  # noqa: PLR0913 - all that a run depends on, named at one place
    store: Store,
    charts: Sequence[Chart],
    sources: Mapping[str, Source],
    *,
    now: Callable[[], datetime] = utc_now,
    run_id: str | None = None,
    scheduled_for: datetime | None = None,
    transform: bool = True,
    retention: Mapping[str, int] = MappingProxyType({}),
    traffic: Traffic = uncounted,
    ready: Callable[[str], bool] = everything,
    progress: Progress = silent,
    sweeping: Sweeping | None = None,
) -> Summary:
    """Capture charts, publish whatever is pending, enter it in the ledger, and keep the lake in order.

    Args:
        store: The lake.
        charts: The charts to capture; none to publish only.
        sources: The sources of those charts, by name.
        now: The clock (UTC).
        run_id: The name of the run; else a new one.
        scheduled_for: The tick of the schedule it runs for (UTC), if any.
        transform: False to capture only.
        retention: For each source whose content is kept for a number of days, that number.
        traffic: Tells what was sent, also for a capture that failed.
        ready: Which pending documents to publish; the others are left for another time.
        progress: Told how far it is.
        sweeping: Who publishes what is pending; else this process.

    Raises:
        SettingsError: A chart cannot be asked for; nothing was done.
        StorageError: The lake cannot be read or written.
    """
    for chart in charts:
        sources[chart.source].accepts(chart)
    started_at = now()
    run_id = run_id or ledger.new_run_id(started_at)
    abandoned = ledger.settle_abandoned(store, now=started_at)
    ledger.begin(store, run_id, [(chart.source, chart.id) for chart in charts], now=started_at)
    ask = partial(capture, store=store, now=now, scheduled_for=scheduled_for, traffic=traffic)
    attempts = list(_attempts(store, charts, sources, ask=ask, now=now, progress=progress))
    publishes = sweeping or _swept
    swept = publishes(store, now=now, ready=ready, progress=progress) if transform else Swept([], {})
    summary = summarised(
        run_id,
        attempts,
        swept.outcomes,
        swept.warnings,
        started_at=started_at,
        ended_at=now(),
        scheduled_for=scheduled_for,
    )
    ledger.finish(store, run_id, summary.rows)
    notes = _kept_in_order(store, retention, now=now(), progress=progress) if transform else []
    return msgspec.structs.replace(summary, abandoned=abandoned, notes=[*swept.notes, *notes])


def publish(store: Store, keys: Iterable[str], *, now: Callable[[], datetime] = utc_now) -> Summary:
    """Publish or reject these documents and no others, and enter it in the ledger.

    What an event named.  One that is no longer there was settled by somebody else and is passed
    over; batches that somebody began are left to the next sweep.

    Args:
        store: The lake.
        keys: Keys below to_be_processed.
        now: The clock (UTC).

    Raises:
        StorageError: The lake cannot be read or written.
    """
    started_at = now()
    run_id = ledger.new_run_id(started_at)
    batches = portions(sorted(set(keys), key=place))
    taken = (take_up(store, batch, now=now()) for batch in batches)
    done = _noticed(store, taken, now=now)
    summary = summarised(
        run_id, [], done.outcomes, done.warnings, started_at=started_at, ended_at=now(), scheduled_for=None
    )
    # No mark is left: an event that is cut off comes again, and a row lost with it tells nothing new.
    ledger.write(store, summary.rows)
    return summary


def retry(store: Store, keys: Iterable[str] = ()) -> list[str]:
    """Put rejected documents back among the pending ones.

    Args:
        store: The lake.
        keys: Keys below rejected; none means all of them.

    Returns:
        The keys under which they wait now.

    Raises:
        MissingObject: A key names no rejected document.
    """
    again = [key.removesuffix(layout.REASON_SUFFIX) for key in keys] or rejected(store)
    for key in again:
        if not key.startswith(layout.REJECTED):
            raise MissingObject(
                f"{key} is not below {layout.REJECTED}; `chartlake retry --list` lists what is"
            )
    store.move([(key, layout.pending_key(key)) for key in again])
    # A reason left behind by a crash here is overwritten or removed by the next retry.
    store.delete(layout.reason_key(key) for key in again)
    return [layout.pending_key(key) for key in again]


def rejected(store: Store) -> list[str]:
    """The keys of the documents that were rejected."""
    return [
        stored.key for stored in store.list(layout.REJECTED) if not stored.key.endswith(layout.REASON_SUFFIX)
    ]


def why_rejected(store: Store, key: str) -> tuple[str, str]:
    """Why a document was rejected: one word, and a sentence."""
    try:
        said = msgspec.json.decode(store.get(layout.reason_key(key)))
        return str(said["reason"]), str(said["message"])
    except (MissingObject, ValueError, KeyError, TypeError):
        return "unknown", "its reason is lost; retry it to find out"


def _kept_in_order(
    store: Store, retention: Mapping[str, int], *, now: datetime, progress: Progress
) -> list[str]:
    """What a lake needs now and then: old content goes, closed months become few files."""
    notes = [
        f"{one.source}: what was captured before {one.before:%Y-%m-%d %H:%M} UTC was deleted "
        f"(raw documents: {one.documents}), as its retention_days say"
        for one in enforce(store, retention, now=now)
    ]
    forget.settle(store, now=now)
    superseded.clear(store, now=now)
    if is_due(store, now=now):
        notes += compact(store, now=now, progress=progress).left
    return notes


def _attempts(
    store: Store,
    charts: Sequence[Chart],
    sources: Mapping[str, Source],
    *,
    ask: Callable[..., Attempt],
    now: Callable[[], datetime],
    progress: Progress,
) -> Iterator[Attempt]:
    """Capture one chart after another; a source that asks to be left alone is left alone."""
    resting: dict[str, datetime] = {}
    for done, chart in enumerate(charts, 1):
        if chart.source in resting:
            attempt = deferred(chart, resting[chart.source], at=now())
            hold_back(store, chart, not_before=resting[chart.source], now=now())
        else:
            attempt = ask(chart, source=sources[chart.source])
        if attempt.error is not None and attempt.not_before is not None:
            resting[chart.source] = attempt.not_before
        progress("capture", done, len(charts))
        yield attempt


def _swept(
    store: Store, *, now: Callable[[], datetime], ready: Callable[[str], bool], progress: Progress
) -> Swept:
    """Publish whatever is pending; what became of each document, and what to tell of each chart."""
    total = len(pending(store)) if progress is not silent else 0
    taken = sweep(store, now=now(), ready=ready)
    return _noticed(store, taken, now=now, total=total, progress=progress)


def _noticed(
    store: Store,
    taken: Iterable[Taken],
    *,
    now: Callable[[], datetime],
    total: int = 0,
    progress: Progress = silent,
) -> Swept:
    outcomes: list[Outcome] = []
    warnings: dict[tuple[str, str], list[str]] = {}
    for portion in taken:
        outcomes += portion.outcomes
        published = {outcome.key for outcome in portion.outcomes if outcome.reason is None}
        # Portion by portion, for a backlog of many charts does not fit into memory.
        for chart, seen in portion.latest.items():
            if seen.settled in published:
                warnings[chart] = observed(store, seen, portion.only, now=now())
        progress("transform", len(outcomes), max(len(outcomes), total))
    return Swept(outcomes, warnings)
