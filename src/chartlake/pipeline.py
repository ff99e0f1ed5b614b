"""The order of the steps, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

import msgspec

from chartlake import layout, ledger
from chartlake.capture import Attempt, capture, deferred, hold_back
from chartlake.errors import ChecksFailed, CredentialsError, MissingObject
from chartlake.ledger import LedgerRow
from chartlake.notice import observed
from chartlake.sweep import Outcome, Taken, pending, recency, sweep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from chartlake.sources import Chart, Source
    from chartlake.store import Store


class Progress(Protocol):
    """Somebody who wants to know how far a long step is."""

    def __call__(self, step: str, done: int, total: int) -> None:
        """``done`` of ``total`` things of a step are done."""
        ...


def silent(step: str, done: int, total: int) -> None:
    """Nobody wants to know."""


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a run came to.

    Attributes:
        run_id: The run.
        rows: Its rows in the ledger, a chart each.
        outcomes: What became of each raw document.
        warnings: What is worth telling, a sentence each.
        abandoned: Earlier runs that were killed, as entered now.
        exit_code: What the command ends with.
    """

    run_id: str
    rows: list[LedgerRow]
    outcomes: list[Outcome]
    warnings: list[str] = []
    abandoned: list[LedgerRow] = []
    exit_code: int = 0


def utc_now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


def run(
    store: Store,
    charts: Sequence[Chart],
    sources: Mapping[str, Source],
    *,
    now: Callable[[], datetime] = utc_now,
    run_id: str | None = None,
    scheduled_for: datetime | None = None,
    transform: bool = True,
    progress: Progress = silent,
) -> Summary:
    """Capture charts, then publish whatever is pending, and enter it all in the ledger.

    Args:
        store: The lake.
        charts: The charts to capture; none to publish only.
        sources: The sources of those charts, by name.
        now: The clock (UTC).
        run_id: The name of the run; else a new one.
        scheduled_for: The tick of the schedule it runs for (UTC), if any.
        transform: False to capture only.
        progress: Told how far it is.

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
    attempts = list(_attempts(store, charts, sources, now=now, scheduled_for=scheduled_for, progress=progress))
    taken = _all_taken(store, now=now, progress=progress) if transform else Taken([], {})
    outcomes = taken.outcomes
    warnings = {key: notes for key, seen in taken.latest.items() if (notes := observed(store, *seen))}
    rows = _rows(run_id, attempts, outcomes, warnings, started_at=started_at, now=now, when=scheduled_for)
    ledger.finish(store, run_id, rows)
    return Summary(
        run_id=run_id,
        rows=rows,
        outcomes=outcomes,
        warnings=[
            *(f"{source} {chart}: {note}" for (source, chart), notes in warnings.items() for note in notes),
            *(f"{one.chart.source} {one.chart.id}: {note}" for one in attempts for note in one.notes),
        ],
        abandoned=abandoned,
        exit_code=_exit_code(attempts, outcomes),
    )


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
    again = list(keys) or rejected(store)
    for key in again:
        if not key.startswith(layout.REJECTED):
            raise MissingObject(f"{key} is not below {layout.REJECTED}; `chartlake retry --list` lists what is")
    store.move([(key, layout.pending_key(key)) for key in again])
    # A reason left behind by a crash here is overwritten or removed by the next retry.
    store.delete(layout.reason_key(key) for key in again)
    return [layout.pending_key(key) for key in again]


def rejected(store: Store) -> list[str]:
    """The keys of the documents that were rejected."""
    return [
        stored.key for stored in store.list(layout.REJECTED) if not stored.key.endswith(layout.REASON_SUFFIX)
    ]


def _attempts(
    store: Store,
    charts: Sequence[Chart],
    sources: Mapping[str, Source],
    *,
    now: Callable[[], datetime],
    scheduled_for: datetime | None,
    progress: Progress,
) -> Iterator[Attempt]:
    """Capture one chart after another; a source that asks to be left alone is left alone."""
    resting: dict[str, datetime] = {}
    for done, chart in enumerate(charts, 1):
        if chart.source in resting:
            attempt = deferred(chart, resting[chart.source], at=now())
            hold_back(store, chart, not_before=resting[chart.source])
        else:
            attempt = capture(
                chart, source=sources[chart.source], store=store, now=now, scheduled_for=scheduled_for
            )
        if attempt.error is not None and attempt.not_before is not None:
            resting[chart.source] = attempt.not_before
        progress("capture", done, len(charts))
        yield attempt


def _all_taken(store: Store, *, now: Callable[[], datetime], progress: Progress) -> Taken:
    """Sweep, and keep of all portions what became of each document and each chart's latest."""
    total = len(pending(store)) if progress is not silent else 0
    together = Taken([], {})
    for portion in sweep(store, now=now()):
        together.outcomes.extend(portion.outcomes)
        for chart, seen in portion.latest.items():
            known = together.latest.get(chart)
            if known is None or recency(known[1]) < recency(seen[1]):
                together.latest[chart] = seen
        progress("transform", len(together.outcomes), max(len(together.outcomes), total))
    return together


def _rows(
    run_id: str,
    attempts: Sequence[Attempt],
    outcomes: Sequence[Outcome],
    warnings: Mapping[tuple[str, str], list[str]],
    *,
    started_at: datetime,
    now: Callable[[], datetime],
    when: datetime | None,
) -> list[LedgerRow]:
    """One row for each chart that was captured, or whose documents were taken up."""
    by_chart: dict[tuple[str, str | None], list[Outcome]] = {}
    for outcome in outcomes:
        by_chart.setdefault((outcome.source, outcome.chart_id), []).append(outcome)
    rows = []
    for attempt in attempts:
        chart = (attempt.chart.source, attempt.chart.id)
        rows.append(_captured_row(run_id, attempt, by_chart.pop(chart, []), warnings.get(chart, []), when))
    for (source, chart_id), settled in by_chart.items():
        row = LedgerRow(
            run_id=run_id,
            source=source,
            chart_id=chart_id,
            started_at=started_at,
            ended_at=now(),
            state="published",
        )
        rows.append(_with_outcomes(row, settled, warnings.get((source, chart_id or ""), [])))
    return rows


def _captured_row(
    run_id: str, attempt: Attempt, settled: list[Outcome], warnings: list[str], when: datetime | None
) -> LedgerRow:
    content = attempt.content
    row = LedgerRow(
        run_id=run_id,
        source=attempt.chart.source,
        chart_id=attempt.chart.id,
        scheduled_for=when,
        started_at=attempt.started_at,
        ended_at=attempt.ended_at,
        state="published" if attempt.state == "captured" else attempt.state,
        reason=_why(attempt),
        chart_date=content.chart_date if content else None,
        requests=attempt.requests,
        bytes=attempt.received,
        captured_at=attempt.captured_at,
        raw_hash=attempt.raw_hash,
    )
    return _with_outcomes(row, settled, warnings)


def _why(attempt: Attempt) -> str | None:
    if attempt.error is not None:
        return str(attempt.error)
    if attempt.not_before is not None:
        return f"the source asked to be left alone until {attempt.not_before:%Y-%m-%d %H:%M:%S} UTC"
    return "; ".join(attempt.notes) or None


def _with_outcomes(row: LedgerRow, settled: list[Outcome], warnings: list[str]) -> LedgerRow:
    """The row with the documents of its chart counted in."""
    refused = [outcome for outcome in settled if outcome.reason is not None]
    dates = [outcome.chart_date for outcome in settled if outcome.chart_date is not None]
    reasons = [row.reason, *(outcome.message for outcome in refused[:1]), *warnings]
    state = row.state
    if refused:
        state = "rejected"
    elif settled and state != "failed":
        state = "published" if state != "deferred" else state
    return msgspec.structs.replace(
        row,
        state=state,
        reason="; ".join(reason for reason in reasons if reason) or None,
        chart_date=max([*dates, *([row.chart_date] if row.chart_date else [])], default=None),
        items_in=sum(outcome.items for outcome in settled),
        rows_out=sum(outcome.entries for outcome in settled),
        rejects=sum(outcome.items for outcome in refused),
    )


def _exit_code(attempts: Sequence[Attempt], outcomes: Sequence[Outcome]) -> int:
    """The gravest of what happened: credentials, a failure, a rejected document, a wait."""
    errors = [attempt.error for attempt in attempts if attempt.state == "failed"]
    for error in errors:
        if isinstance(error, CredentialsError):
            return error.exit_code
    if errors:
        return 1
    if any(outcome.reason is not None for outcome in outcomes):
        return ChecksFailed.exit_code
    return 75 if any(attempt.state == "deferred" for attempt in attempts) else 0
