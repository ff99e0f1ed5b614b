"""What changed in a chart between two of its dates: who entered, left, moved, or stayed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chartlake.errors import QueryError

if TYPE_CHECKING:
    from datetime import date

    from chartlake.warehouse import Answer, Warehouse

_CHARTS = """
    SELECT source, chart_id, max(chart_name) AS chart_name FROM snapshots
    WHERE $1 IN (chart_id, chart_name, source || ':' || chart_id) GROUP BY ALL ORDER BY ALL
"""
_KNOWN = "SELECT DISTINCT source || ':' || chart_id FROM snapshots ORDER BY ALL LIMIT 20"
_NEAREST = """
    SELECT max(CASE WHEN chart_date < $3 THEN chart_date END)::VARCHAR,
        min(CASE WHEN chart_date > $3 THEN chart_date END)::VARCHAR,
        count(CASE WHEN chart_date = $3 THEN 1 END)
    FROM snapshots WHERE source = $1 AND chart_id = $2
"""
_CHANGES = """
    WITH was AS (
        FROM chart_history WHERE source = $1 AND chart_id = $2 AND chart_date = $3
    ),
    became AS (
        FROM chart_history WHERE source = $1 AND chart_id = $2 AND chart_date = $4
    )
    SELECT
        CASE
            WHEN w.song_id IS NULL THEN 'entered'
            WHEN b.song_id IS NULL THEN 'left'
            WHEN w.position = b.position THEN 'same'
            ELSE 'moved'
        END AS change,
        b.position AS position,
        w.position AS previous_position,
        w.position - b.position AS move,
        song_id,
        coalesce(b.title, w.title) AS title,
        coalesce(b.artist_display, w.artist_display) AS artist_display
    FROM became AS b FULL JOIN was AS w USING (song_id)
    ORDER BY b.position NULLS LAST, w.position
"""


def diff(warehouse: Warehouse, chart: str, earlier: date, later: date) -> Answer:
    """What changed in a chart from one date to another.

    Args:
        warehouse: The cache, brought up to date.
        chart: The chart's id or name, or ``source:id`` where several are called so.
        earlier: A chart_date.
        later: Another one; an earlier one tells what would have to change back.

    Returns:
        A row for each song of either date: what is in the chart now first, by position, then
        what left it, by its position then.

    Raises:
        QueryError: There is no such chart, or more than one, or a date is not recorded.
    """
    source, chart_id = _chart(warehouse, chart)
    for day in (earlier, later):
        _check(warehouse, source, chart_id, day)
    return warehouse.ask(_CHANGES, [source, chart_id, earlier, later])


def _chart(warehouse: Warehouse, chart: str) -> tuple[str, str]:
    found = warehouse.ask(_CHARTS, [chart]).rows
    if len(found) > 1:
        named = ", ".join(f"{source}:{chart_id}" for source, chart_id, _ in found)
        raise QueryError(f"several charts are called {chart!r}; name one of {named}")
    if not found:
        known = ", ".join(name for (name,) in warehouse.ask(_KNOWN).rows)
        there = f"there are {known}" if known else "nothing is recorded yet, and `chartlake run` begins"
        raise QueryError(f"no chart is called {chart!r}; {there}")
    return found[0][0], found[0][1]


def _check(warehouse: Warehouse, source: str, chart_id: str, day: date) -> None:
    [(before, after, recorded)] = warehouse.ask(_NEAREST, [source, chart_id, day]).rows
    if not recorded:
        near = " and ".join(one for one in (before, after) if one)
        raise QueryError(f"{source}:{chart_id} is not recorded on {day}; the nearest dates are {near}")
