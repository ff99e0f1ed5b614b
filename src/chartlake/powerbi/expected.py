"""What each measure must say, worked out by DuckDB: to be compared once a project is open.

For each chart as a whole, and for the song that is at its top on its latest date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chartlake.powerbi.model import MEASURES

if TYPE_CHECKING:
    from chartlake.warehouse import Warehouse

_CHARTS = """
SELECT source, chart_id, max_by(chart_name, chart_date), max(chart_date)
FROM chart_history GROUP BY source, chart_id ORDER BY source, chart_id
"""
_TOP = """
SELECT song_id, title FROM chart_history
WHERE source = $1 AND chart_id = $2 AND chart_date = $3 ORDER BY position LIMIT 1
"""


def expected(warehouse: Warehouse) -> list[dict[str, Any]]:
    """For each choice of chart and song the value of each measure; null is a blank."""
    found = []
    for source, chart_id, name, latest in warehouse.ask(_CHARTS).rows:
        chart = {"source": source, "chart_id": chart_id, "chart_name": name}
        found.append({**chart, "song": None, "measures": _values(warehouse, source, chart_id, latest, None)})
        for song_id, title in warehouse.ask(_TOP, (source, chart_id, latest)).rows:
            song = {"song_id": song_id, "title": title}
            found.append(
                {**chart, "song": song, "measures": _values(warehouse, source, chart_id, latest, song_id)}
            )
    return found


def _values(
    warehouse: Warehouse, source: str, chart_id: str, latest: Any, song_id: str | None
) -> dict[str, Any]:
    whole = "(SELECT count(*) FROM chart_history WHERE source = $1 AND chart_id = $2)"
    told = ", ".join(one.sql.format(latest="CAST($3 AS DATE)", entries=whole) for one in MEASURES)
    sql = (
        f"SELECT {told} FROM chart_history "  # noqa: S608 - expressions of ours
        "WHERE source = $1 AND chart_id = $2 AND ($4 IS NULL OR song_id = $4)"
    )
    (row,) = warehouse.ask(sql, (source, chart_id, latest, song_id)).rows
    return {one.name: _plain(value) for one, value in zip(MEASURES, row, strict=True)}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, int | float | str):
        return round(value, 6) if isinstance(value, float) else value
    return value.isoformat() if hasattr(value, "isoformat") else int(value)
