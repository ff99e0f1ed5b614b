"""Make the tables of a large lake directly, without raw documents: what queries are measured on.

Charts of 50 positions, a snapshot a day.  A song stays for some days and moves a little; a lower
position changes hands more often.  Deterministic.

    python bench/entries.py LAKE ENTRIES [--daily]

With --daily there is a file for each day, as before `chartlake compact`; else one for each month.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from chartlake.tables import PHYSICAL, SQL_TYPES, Table

CHARTS, POSITIONS = 100, 50

_ENTRIES = """
    SELECT
        'chart' || c.chart AS chart_id, 'Chart ' || c.chart AS chart_name,
        'global' AS region, 'daily' AS cadence,
        DATE '2010-01-01' + d.day::INT AS chart_date, p.position::INT AS position, 'track' AS item_type,
        '4uLU6hMCjMI75M1A' || lpad((
            hash(c.chart % 10, p.position, d.day // (3 + hash(p.position, c.chart % 10) % 40)) % 30000
        )::VARCHAR, 6, '0') AS song_id,
        DATE '2010-01-01' + d.day::INT + INTERVAL 6 HOUR + c.chart * INTERVAL 1 SECOND AS captured_at,
        md5(c.chart || ' ' || d.day) || md5(d.day || ' ' || c.chart) AS raw_hash
    FROM range({charts}) AS c(chart), range({first}, {last}) AS d(day), range(1, 51) AS p(position)
"""


def made(lake: Path, entries: int, *, daily: bool) -> None:
    """Write chart_data of so many entries; the other tables stay without a file."""
    charts = min(CHARTS, max(1, entries // (POSITIONS * 365)))
    days = entries // (POSITIONS * charts)
    step = 1 if daily else 30
    connection = duckdb.connect()
    for number, first in enumerate(range(0, days, step)):
        last = min(days, first + step)
        month = connection.execute(f"SELECT strftime(DATE '2010-01-01' + {first}, '%Y-%m')").fetchall()[0][0]
        folder = lake / "transformed_data" / "chart_data" / f"month={month}"
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{'' if daily else 'compact-'}spotify-{number:016x}.parquet"
        source = _ENTRIES.format(charts=charts, first=first, last=last)
        rows = f"SELECT {_columns(PHYSICAL[0])} FROM ({source})"
        connection.execute(f"COPY ({rows}) TO '{folder / name}' (FORMAT parquet, COMPRESSION zstd)")


def _columns(table: Table) -> str:
    """Each column of a table: as the query has it, or a value that is always the same."""
    known = {"chart_id", "chart_name", "region", "cadence", "chart_date", "position", "item_type", "song_id"}
    known |= {"captured_at", "raw_hash"}
    given = {
        "title": "'Song ' || song_id", "artist_display": "'Artist of ' || song_id", "raw_key": "raw_hash",
        "source": "'spotify'", "transform_version": "1", "popularity": "position",
    }  # fmt: skip
    return ", ".join(
        f"CAST({column.name if column.name in known else given.get(column.name, 'NULL')} "
        f"AS {SQL_TYPES[column.type]}) AS {column.name}"
        for column in table.columns
    )


if __name__ == "__main__":
    made(Path(sys.argv[1]), int(sys.argv[2]), daily="--daily" in sys.argv)
