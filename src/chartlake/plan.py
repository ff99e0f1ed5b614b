"""What a run would do, found out without asking anybody.

What a chart costs is told by the ledger of its last captures; where it was never captured, by
the way its source is read, page by page, and then nobody knows how many bytes come.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from chartlake.sources import source_module
from chartlake.state import load
from chartlake.sweep import pending
from chartlake.tables import PUBLISHED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from chartlake.config import Settings
    from chartlake.sources import Chart
    from chartlake.store import Store
    from chartlake.warehouse import Warehouse

_LATEST = 10
"""Captures that an average is made of."""


class ChartPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a run would do for one chart.

    Attributes:
        source: The provider.
        chart_id: The provider's name of it.
        action: ``capture``, or ``wait`` because the source wants to be left alone.
        not_before: Until when, if it waits (UTC).
        requests: Requests it would send.
        bytes: Bytes that would come, if somebody can tell.
        objects: Objects it would leave in the lake if the chart has changed, at most.
        basis: Whether the ledger tells so or the source's paging; ``nothing`` where nothing is sent.
    """

    source: str
    chart_id: str
    action: Literal["capture", "wait"]
    not_before: datetime | None = None
    requests: int = 0
    bytes: int | None = 0
    objects: int = 0
    basis: Literal["ledger", "paging", "nothing"] = "nothing"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a run would do.

    Attributes:
        charts: Chart by chart.
        captures: Charts that would be captured.
        requests: Requests that would be sent, all told.
        bytes: Bytes that would come, as far as anybody can tell.
        objects: Objects that would be left in the lake, at most.
        backlog: Documents that wait already and would be published too.
        next_run: When the schedule of this machine runs it next (UTC), if it has one.
    """

    charts: list[ChartPlan]
    captures: int
    requests: int
    bytes: int
    objects: int
    backlog: int
    next_run: datetime | None


def planned(
    store: Store,
    settings: Settings,
    warehouse: Warehouse,
    charts: Sequence[Chart],
    *,
    now: datetime,
    next_run: datetime | None = None,
) -> Plan:
    """What a run of these charts would do.

    Args:
        store: The lake.
        settings: How the sources are asked.
        warehouse: The lake's cache, brought up to date.
        charts: The charts that would be captured.
        now: When it would run (UTC).
        next_run: When the schedule of this machine runs it next, if it does.

    Raises:
        StorageError: The lake cannot be read.
    """
    known = _history(warehouse)
    begun: set[str] = set()
    plans = []
    for chart in charts:
        one = _plan(store, settings, chart, known.get((chart.source, chart.id)), now=now)
        if one.action == "capture":
            # Documents of one source and month are published together, and share a ledger file.
            alone = one.objects if chart.source not in begun else 1
            one = msgspec.structs.replace(one, objects=alone)
            begun.add(chart.source)
        plans.append(one)
    return Plan(
        charts=plans,
        captures=sum(one.action == "capture" for one in plans),
        requests=sum(one.requests for one in plans),
        bytes=sum(one.bytes or 0 for one in plans),
        objects=sum(one.objects for one in plans),
        backlog=len(pending(store)),
        next_run=next_run,
    )


def _plan(
    store: Store, settings: Settings, chart: Chart, known: dict[str, Any] | None, *, now: datetime
) -> ChartPlan:
    not_before = load(store, chart.source, chart.id, now=now).not_before
    if not_before is not None and not_before > now:
        return ChartPlan(source=chart.source, chart_id=chart.id, action="wait", not_before=not_before)
    tables = known["tables"] if known else len(PUBLISHED)
    return ChartPlan(
        source=chart.source,
        chart_id=chart.id,
        action="capture",
        requests=known["requests"] if known else _pages(settings, chart),
        bytes=known["bytes"] if known else None,
        objects=_RAW_BATCH_AND_LEDGER + tables,
        basis="ledger" if known else "paging",
    )


_RAW_BATCH_AND_LEDGER = 3


def _pages(settings: Settings, chart: Chart) -> int:
    """Requests that a source says it sends at least for a chart."""
    module = source_module(chart.source)
    if not hasattr(module, "requests_for"):
        return 1
    return int(module.requests_for(chart, settings.of(chart.source)))


_FILLED = " UNION ALL ".join(
    f"SELECT DISTINCT '{table.name}' AS name, raw_hash FROM {table.name}"  # noqa: S608 - our own names
    for table in PUBLISHED
)
_HISTORY = f"""
WITH latest AS (
    SELECT source, chart_id, requests, bytes, raw_hash, started_at,
        row_number() OVER (PARTITION BY source, chart_id ORDER BY started_at DESC, run_id DESC) AS place
    FROM run_data
    WHERE state IN ('published', 'unchanged') AND requests > 0
),
published AS (
    SELECT source, chart_id, arg_max(raw_hash, captured_at) AS raw_hash
    FROM chart_data GROUP BY source, chart_id
),
filled AS ({_FILLED})
SELECT
    l.source, l.chart_id,
    CAST(ceil(avg(l.requests)) AS BIGINT) AS requests,
    CAST(ceil(avg(l.bytes)) AS BIGINT) AS bytes,
    (SELECT count(*) FROM filled AS f WHERE f.raw_hash = any_value(p.raw_hash)) AS tables
FROM latest AS l
INNER JOIN published AS p ON p.source = l.source AND p.chart_id = l.chart_id
WHERE l.place <= {_LATEST}
GROUP BY l.source, l.chart_id
"""  # noqa: S608 - our own names


def _history(warehouse: Warehouse) -> dict[tuple[str, str], dict[str, Any]]:
    """What each chart's last captures came to."""
    answer = warehouse.ask(_HISTORY)
    rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    return {(row["source"], row["chart_id"]): row for row in rows}
