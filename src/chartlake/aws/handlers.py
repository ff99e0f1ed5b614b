"""What Lambda calls: four thin functions over the same steps as on a laptop.

The settings are the chartlake.toml in the function's zip, the lake is the bucket that the stack
names in the environment, and secrets come from the Parameter Store.  Each function may be called
any number of times with the same event.
"""

from __future__ import annotations

import os
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Protocol

from chartlake import layout, pipeline
from chartlake.aws import claims, events
from chartlake.aws.claims import Claim
from chartlake.aws.parameters import Parameters
from chartlake.aws.telemetry import measure, say
from chartlake.errors import ChecksFailed, StorageError, TryLater
from chartlake.lake import Lake
from chartlake.state import load
from chartlake.status import overdue
from chartlake.steps import in_time, published, reported

if TYPE_CHECKING:
    from datetime import datetime

    from chartlake.sources import Chart
    from chartlake.summary import Summary

STACK = "STACK"
"""The variable of the environment that names the stack."""

_MARGIN = 15.0
"""Seconds of a function's time that are kept for writing down what was captured."""

_DONE = frozenset({"published", "unchanged"})


class Context(Protocol):
    """What Lambda tells a function of its invocation."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int:
        """How long it may still take [ms]."""
        ...


def capture(event: Any, context: Context) -> dict[str, Any]:
    """Capture the charts that it is the time for; what it captures lies in to_be_processed.

    A wait that is longer than the time left ends as deferred and is no failure: a later tick makes
    it good.  Any other failure is raised after all charts had their turn, so that Lambda tries again.

    Args:
        event: What EventBridge Scheduler sends; see `chartlake.aws.events.Tick`.
        context: The invocation.

    Raises:
        SettingsError: The event or the settings say what cannot be; nothing was done.
        CredentialsError: Credentials are missing, wrong or no longer valid.
        SourceError: A source gave nothing usable.
        StorageError: The lake cannot be read or written.
    """
    at, now = _lake(), pipeline.utc_now()
    said = events.tick(event)
    tick = in_time(said.moment, now=now) or now
    ends = now + timedelta(milliseconds=context.get_remaining_time_in_millis())
    claim = Claim(run=context.aws_request_id, until=ends)
    charts = [
        chart
        for chart in said.wanted(at.settings.charts)
        if claims.taken(at.store, chart, tick, claim, now=now)
    ]
    if not charts:
        say("every chart of this tick is taken care of", tick=layout.instant(tick))
        measure(_stack(), Captured=0)
        return {"tick": layout.instant(tick), "states": {}}
    summary = _captured(at, charts, tick, claim, ends)
    states = {f"{row.source} {row.chart_id}": row.state for row in summary.rows}
    _tell("captured", summary, tick=layout.instant(tick))
    measure(
        _stack(),
        Captured=sum(state == "published" for state in states.values()),
        Deferred=sum(state == "deferred" for state in states.values()),
    )
    if summary.trouble is not None and not isinstance(summary.trouble, TryLater):
        raise summary.trouble
    return {"tick": layout.instant(tick), "states": states}


def transform(event: Any, context: Context) -> dict[str, Any]:  # noqa: ARG001 - Lambda hands both over
    """Publish exactly the documents that messages of the queue name.

    A document that is gone was published by somebody else, and one that cannot be published is set
    aside with a reason: both are fine.  A message that cannot be read, and a document that the lake
    does not hand over, are told to the queue, which delivers them again and sets them aside in the end.
    """
    at = _lake()
    lake = events.place(at.settings.lake)
    wanted: dict[str, list[str]] = {}
    failed: list[str] = []
    for record in event["Records"]:
        try:
            wanted[record["messageId"]] = events.pending_in(record["body"], lake=lake)
        except ValueError as error:
            say("a message cannot be read", level="ERROR", message_id=record["messageId"], why=str(error))
            failed.append(record["messageId"])
    failed += _publish(at, wanted)
    return {"batchItemFailures": [{"itemIdentifier": one} for one in failed]}


def sweep(event: Any, context: Context) -> dict[str, Any]:  # noqa: ARG001 - Lambda hands both over
    """Publish whatever is pending, event or not, keep the lake in order, and say which charts are late.

    Raises:
        StorageError: The lake cannot be read or written.
    """
    at = _lake()
    summary = published(at)
    late = _overdue(at, now=pipeline.utc_now())
    _tell("swept", summary, overdue=late)
    _count(summary, Overdue=len(late))
    if summary.trouble is not None and not isinstance(summary.trouble, ChecksFailed):
        raise summary.trouble
    return {"published": _number_published(summary), "overdue": late}


def report(event: Any, context: Context) -> dict[str, Any]:  # noqa: ARG001 - Lambda hands both over
    """Make the page of the lake and put it beside the tables.

    Raises:
        StorageError: The lake cannot be read or written.
    """
    at = _lake()
    with TemporaryDirectory() as folder:
        written, warnings = reported(at, out=Path(folder, "report.html"))
        at.store.put(layout.PAGE, written.path.read_bytes())
    say("page made", bytes=written.bytes, charts=written.charts, warnings=warnings)
    return {"bytes": written.bytes, "charts": written.charts}


@cache
def _lake() -> Lake:
    """The lake of this container."""
    at = Lake.of(None, None)
    return at._replace(secrets=Parameters(_stack()))


def _stack() -> str:
    return os.environ.get(STACK, "chartlake")


def _captured(at: Lake, charts: list[Chart], tick: datetime, claim: Claim, ends: datetime) -> Summary:
    left = (ends - pipeline.utc_now()).total_seconds() - _MARGIN
    budget = max(left / len(charts), 1.0)
    with at.sources(charts, budget=budget) as (sources, traffic):
        summary = pipeline.run(
            at.store,
            charts,
            sources,
            run_id=f"{layout.instant(tick)}-{claim.run[:8]}",
            scheduled_for=tick,
            transform=False,
            traffic=traffic,
        )
    state = {(row.source, row.chart_id): row.state for row in summary.rows}
    for chart in charts:
        claims.settled(at.store, chart, tick, claim, done=state[chart.source, chart.id] in _DONE)
    return summary


def _publish(at: Lake, wanted: dict[str, list[str]]) -> list[str]:
    """Publish what messages name, all at once; the messages that have to come again."""
    keys = list(dict.fromkeys(key for named in wanted.values() for key in named))
    if not keys:
        return []
    try:
        summary = pipeline.publish(at.store, keys)
    except StorageError as error:
        if len(wanted) > 1:  # One of them may be to blame, and the others are not to wait for it.
            return [one for message, named in wanted.items() for one in _publish(at, {message: named})]
        say("the lake cannot be read or written", level="ERROR", keys=keys, why=str(error))
        return list(wanted)
    _tell("published", summary)
    _count(summary)
    left = {outcome.key for outcome in summary.outcomes if outcome.reason == "unreadable"}
    return [message for message, named in wanted.items() if left & set(named)]


def _overdue(at: Lake, *, now: datetime) -> list[str]:
    late = []
    for chart in at.settings.charts:
        last = load(at.store, chart.source, chart.id, now=now).last
        if last is None or overdue(last.chart_date, chart.cadence, now=now):
            late.append(events.named(chart))
    return late


def _number_published(summary: Summary) -> int:
    return sum(outcome.reason is None for outcome in summary.outcomes)


def _count(summary: Summary, **more: int) -> None:
    done = _number_published(summary)
    measure(_stack(), Published=done, Rejected=len(summary.outcomes) - done, **more)


def _tell(what: str, summary: Summary, **fields: Any) -> None:
    rows = [
        {
            "chart": f"{row.source} {row.chart_id}",
            "state": row.state,
            "chart_date": row.chart_date,
            "entries": row.rows_out,
            "reason": row.reason,
        }
        for row in summary.rows
    ]
    troubled = summary.trouble is not None and not isinstance(summary.trouble, TryLater)
    say(
        what,
        level="ERROR" if troubled else "INFO",
        run_id=summary.run_id,
        charts=rows,
        warnings=summary.warnings,
        notes=summary.notes,
        **fields,
    )


__all__ = ["STACK", "capture", "report", "sweep", "transform"]
