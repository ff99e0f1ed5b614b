"""Ask a lake some questions of its views, and print the seconds of each as JSON.

python bench/ask.py LAKE CACHE
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import duckdb

from chartlake import views
from chartlake.store import open_store
from chartlake.tables import PHYSICAL, SQL_TYPES
from chartlake.warehouse import Warehouse

QUESTIONS = {
    "chart_history of one chart": "SELECT count(*), sum(days_on_chart), sum(days_at_peak), sum(streak) "
    "FROM chart_history WHERE source = 'spotify' AND chart_id = 'chart7'",
    "song_runs of one chart": "SELECT count(*), sum(snapshots), max(run_number) FROM song_runs "
    "WHERE source = 'spotify' AND chart_id = 'chart7'",
    "song_runs of everything": "SELECT count(*), sum(snapshots), max(run_number) FROM song_runs",
    "coverage": "SELECT count(*), sum(snapshots) FROM coverage",
}


def main(lake: Path, cache: Path) -> None:
    """Ask the cache, then the files in place."""
    warehouse = Warehouse(open_store(str(lake)), cache)
    begun = time.perf_counter()
    warehouse.refresh()
    seconds = {"cache filled": time.perf_counter() - begun}
    for name, sql in QUESTIONS.items():
        seconds[f"{name}, cache"] = _best(lambda sql=sql: warehouse.ask(sql))
    connection = duckdb.connect()
    for table in PHYSICAL:
        files = f"{lake}/transformed_data/{table.name}"
        if Path(files).exists():
            rows = f"SELECT * FROM read_parquet('{files}/*/*.parquet', hive_partitioning = false)"
        else:
            nothing = (f"CAST(NULL AS {SQL_TYPES[column.type]}) AS {column.name}" for column in table.columns)
            rows = f"SELECT {', '.join(nothing)} WHERE false"
        connection.execute(f"CREATE VIEW {table.name} AS {rows}")
    for name in views.ORDER:
        connection.execute(f"CREATE VIEW {name} AS {views.statement(name)}")
    for name, sql in QUESTIONS.items():
        seconds[f"{name}, files"] = _best(lambda sql=sql: connection.execute(sql).fetchall())
    print(json.dumps(seconds))


def _best(ask: object, times: int = 2) -> float:
    found = []
    for _ in range(times):
        begun = time.perf_counter()
        ask()  # type: ignore[operator]
        found.append(time.perf_counter() - begun)
    return min(found)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
