"""The daily work in three steps, for the command line and for orchestrators.

An orchestrator calls `run_step` and needs to know nothing else: a step that returns went well, and
one that did not raises an error of `chartlake.errors`, after doing all that could be done.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal, get_args

import msgspec

from chartlake import pipeline
from chartlake.complete import Complete
from chartlake.errors import SettingsError
from chartlake.lake import Lake
from chartlake.progress import silent

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from chartlake.progress import Progress
    from chartlake.report import Written
    from chartlake.summary import Summary
    from chartlake.sweep import Sweeping

Step = Literal["capture", "transform", "report"]

STEPS: tuple[Step, ...] = get_args(Step)
"""The steps, in their order."""

LATEST = timedelta(hours=36)
"""How long after its tick a chart may still be captured for it.

A night of retries fits in.  Beyond that the answer would be of another day: no source tells what
its chart was.
"""


class StepResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a step that went well came to.

    Attributes:
        step: The step.
        states: What became of each chart, by source and id with a space between: ``captured``,
            ``published`` or ``unchanged``.
        entries: How many entries it published, or shows on the page; a capture counts none.
        warnings: What is worth telling, a sentence each.
        file: The page that was written, if one was.
    """

    step: Step
    states: dict[str, str] = {}
    entries: int = 0
    warnings: list[str] = []
    file: str | None = None


def run_step(
    step: str,
    *,
    config: Path | None = None,
    lake: str | None = None,
    charts: Iterable[str] = (),
    scheduled_for: datetime | None = None,
) -> StepResult:
    """Do one step of the daily work.

    Doing a step again finds nothing new.  A capture that fails for some charts publishes what it
    got of the others before it raises, because after a failure an orchestrator begins no other step.

    Args:
        step: One of `STEPS`.
        config: The settings; else ``$CHARTLAKE_CONFIG``, else ./chartlake.toml.
        lake: The lake; else the one of the settings.
        charts: Ids, names or sources of some of the charts of the settings; none means all.
        scheduled_for: The tick of the schedule that a capture is for; without a zone it is in UTC.

    Raises:
        SettingsError: The settings or the arguments say what cannot be; nothing was done.
        CredentialsError: Credentials are missing, wrong or no longer valid.
        SourceError: A source gave nothing usable.
        TryLater: A source wants to be left alone; ``not_before`` says until when.
        ChecksFailed: A document was rejected, and is no longer pending: trying again cannot help.
        StorageError: The lake cannot be read, or it or the page not be written.
    """
    if step not in STEPS:
        raise SettingsError(f"{step!r} is no step; take one of {', '.join(STEPS)}")
    at = Lake.of(config, lake)
    if step == "capture":
        tick = in_time(scheduled_for, now=pipeline.utc_now())
        return _capture(at, charts, tick)
    if step == "transform":
        return _result("transform", published(at))
    written, warnings = reported(at)
    return StepResult(step="report", entries=written.entries, warnings=warnings, file=str(written.path))


def captured(
    at: Lake,
    names: Iterable[str] = (),
    *,
    scheduled_for: datetime | None = None,
    transform: bool = False,
    progress: Progress = silent,
) -> Summary:
    """Capture charts of the settings, and publish them if that is wanted.

    Raises:
        SettingsError: There is no such chart, or it cannot be asked for; nothing was done.
        StorageError: The lake cannot be read or written.
    """
    charts = at.charts(names)
    ready = Complete(at.store)
    with at.sources(charts) as (sources, traffic):
        summary = pipeline.run(
            at.store,
            charts,
            sources,
            scheduled_for=scheduled_for,
            transform=transform,
            retention=at.settings.retention,
            traffic=traffic,
            ready=ready,
            progress=progress,
        )
    return _with_left(summary, ready)


def published(at: Lake, *, progress: Progress = silent, sweeping: Sweeping | None = None) -> Summary:
    """Check and publish whatever is pending.

    Args:
        at: The lake.
        progress: Told how far it is.
        sweeping: Who does it; else this process.

    Raises:
        StorageError: The lake cannot be read or written.
    """
    ready = Complete(at.store)
    summary = pipeline.run(
        at.store,
        [],
        {},
        retention=at.settings.retention,
        ready=ready,
        progress=progress,
        sweeping=sweeping,
    )
    return _with_left(summary, ready)


def reported(at: Lake, *, out: Path | None = None, title: str | None = None) -> tuple[Written, list[str]]:
    """Write the page of a lake; what was written, and what is worth telling.

    Args:
        at: The lake.
        out: The file; else report.html beside the settings.
        title: What the page is called; else after its first chart.

    Raises:
        StorageError: The cache cannot be read, or the file not written.
    """
    from chartlake.report import FILE_NAME, write  # noqa: PLC0415 - duckdb takes its time

    warehouse = at.warehouse()
    warnings = [
        f"{key} is no table file of chartlake and is left out; move it out of the lake"
        for key in warehouse.refresh()
    ]
    path = out or at.settings.folder / FILE_NAME
    return write(warehouse, path, now=pipeline.utc_now(), title=title), warnings


def _capture(at: Lake, charts: Iterable[str], scheduled_for: datetime | None) -> StepResult:
    summary = captured(at, charts, scheduled_for=scheduled_for)
    if summary.trouble is not None:
        also = published(at).trouble
        if also is not None:
            summary.trouble.add_note(str(also))
    done = _result("capture", summary)
    named = {"published": "captured"}  # Of a captured chart the ledger says what becomes of it.
    return msgspec.structs.replace(
        done, states={chart: named.get(state, state) for chart, state in done.states.items()}
    )


def _result(step: Step, summary: Summary) -> StepResult:
    """What a step came to.

    Raises:
        ChartlakeError: The trouble there was.
    """
    if summary.trouble is not None:
        raise summary.trouble
    return StepResult(
        step=step,
        states={f"{row.source} {row.chart_id}": row.state for row in summary.rows},
        entries=sum(row.rows_out for row in summary.rows),
        warnings=[*summary.warnings, *summary.notes],
    )


def _with_left(summary: Summary, ready: Complete) -> Summary:
    """A summary that tells which files were left because somebody is still writing them."""
    left = [f"{key} is still being written; the next run takes it up" for key in ready.left]
    return msgspec.structs.replace(summary, notes=[*summary.notes, *left])


def in_time(scheduled_for: datetime | None, *, now: datetime) -> datetime | None:
    """The tick in UTC, if a chart of now is one of then.

    Raises:
        SettingsError: It is longer ago than `LATEST`, or yet to come.
    """
    if scheduled_for is None:
        return None
    tick = scheduled_for if scheduled_for.tzinfo else scheduled_for.replace(tzinfo=UTC)
    if not timedelta() <= now - tick <= LATEST:
        raise SettingsError(
            f"a chart cannot be captured for {tick:%Y-%m-%d %H:%M} UTC, for sources tell only what is now; "
            "run the step for today, and import what there is of other days"
        )
    # Orchestrators hand on datetimes of a kind of their own, which no envelope takes.
    return datetime.fromtimestamp(tick.timestamp(), UTC)


__all__ = [
    "LATEST",
    "STEPS",
    "Step",
    "StepResult",
    "captured",
    "in_time",
    "published",
    "reported",
    "run_step",
]
