"""What a run came to: a row of the ledger for each chart, warnings, and an exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chartlake.capture import Attempt
from chartlake.errors import ChartlakeError, ChecksFailed, CredentialsError, SourceError, TryLater
from chartlake.ledger import LedgerRow
from chartlake.sweep import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a run came to.

    Attributes:
        run_id: The run.
        rows: Its rows in the ledger, a chart each.
        outcomes: What became of each raw document.
        warnings: What is worth telling, a sentence each.
        abandoned: Earlier runs that were killed, as entered now.
        notes: What was done to keep the lake in order and is worth telling, a sentence each.
        trouble: The gravest of what happened, told as an error; None if all went well.
    """

    run_id: str
    rows: list[LedgerRow]
    outcomes: list[Outcome]
    warnings: list[str] = []
    abandoned: list[LedgerRow] = []
    notes: list[str] = []
    trouble: ChartlakeError | None = None

    @property
    def exit_code(self) -> int:
        """What the command ends with."""
        return self.trouble.exit_code if self.trouble else 0


def summarised(
    run_id: str,
    attempts: Sequence[Attempt],
    outcomes: Sequence[Outcome],
    warnings: Mapping[tuple[str, str], list[str]],
    *,
    started_at: datetime,
    ended_at: datetime,
    scheduled_for: datetime | None,
) -> Summary:
    """What a run came to, from what was attempted and what became of each document."""
    return Summary(
        run_id=run_id,
        rows=_rows(run_id, attempts, outcomes, warnings, (started_at, ended_at), scheduled_for),
        outcomes=list(outcomes),
        warnings=[
            *(f"{source} {chart}: {note}" for (source, chart), notes in warnings.items() for note in notes),
            *(f"{one.chart.source} {one.chart.id}: {note}" for one in attempts for note in one.notes),
        ],
        trouble=_trouble(attempts, outcomes),
    )


def _rows(
    run_id: str,
    attempts: Sequence[Attempt],
    outcomes: Sequence[Outcome],
    warnings: Mapping[tuple[str, str], list[str]],
    time: tuple[datetime, datetime],
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
            started_at=time[0],
            ended_at=time[1],
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
    # A capture that failed, or whose answer was refused, has no date: the documents are other days'.
    in_vain = row.state in {"failed", "deferred"} or row.raw_hash in {one.raw_hash for one in refused}
    return msgspec.structs.replace(
        row,
        state=state,
        reason="; ".join(reason for reason in reasons if reason) or None,
        chart_date=row.chart_date if in_vain else max(dates, default=row.chart_date),
        items_in=sum(outcome.items for outcome in settled),
        rows_out=sum(outcome.entries for outcome in settled),
        rejects=sum(outcome.items for outcome in refused),
    )


def _trouble(attempts: Sequence[Attempt], outcomes: Sequence[Outcome]) -> ChartlakeError | None:
    """The gravest of what happened: credentials, a failure, a rejected document, a wait."""
    failed = [attempt for attempt in attempts if attempt.state == "failed"]
    for attempt in failed:
        if isinstance(attempt.error, CredentialsError):
            return CredentialsError(_of(attempt, len(failed)))
    if failed:
        return SourceError(_of(failed[0], len(failed)))
    rejected = [outcome for outcome in outcomes if outcome.reason is not None]
    if rejected:
        return ChecksFailed(
            f"documents were rejected ({len(rejected)}), first {rejected[0].key}; "
            "`chartlake show KEY` tells why"
        )
    # The latest, for only then is every one of them answered.
    waits = [one.not_before for one in attempts if one.state == "deferred" and one.not_before is not None]
    if waits:
        until = max(waits)
        return TryLater(
            f"{len(waits)} charts wait until {until:%Y-%m-%d %H:%M:%S} UTC, as their sources ask; "
            "run again then",
            not_before=until,
        )
    return None


def _of(attempt: Attempt, failed: int) -> str:
    """What a person is told of the charts that failed: the first, and how many more."""
    more = f" ({failed - 1} more failed; `run_data` says why)" if failed > 1 else ""
    return f"{attempt.chart.source} {attempt.chart.id}: {attempt.error}{more}"
