"""A lake's tables in DuckDB, from rows: written as Parquet as the lake writes it, and read back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from chartlake import parquet, views
from chartlake.dictionary import VIEWS
from chartlake.tables import PHYSICAL
from chartlake.transform.reading import in_days, in_microseconds

Row = dict[str, Any]

_VIEWS = {view.name: view for view in VIEWS}


class Lake:
    """The views over physical tables that hold the given rows; a table not given is empty."""

    def __init__(self, tables: dict[str, list[Row]]) -> None:
        self._connection = duckdb.connect(config={"threads": 1})
        with TemporaryDirectory() as folder:
            for table in PHYSICAL:
                rows = tables.get(table.name, [])
                columns = {
                    column.name: [_stored(row[column.name]) for row in rows] for column in table.columns
                }
                file = Path(folder) / f"{table.name}.parquet"
                file.write_bytes(parquet.written(table, columns))
                self._connection.execute(f"CREATE TABLE {table.name} AS FROM read_parquet('{file}')")
        for name in views.ORDER:
            self._connection.execute(f"CREATE VIEW {name} AS {views.statement(name)}")

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows that a query finds."""
        return self._connection.execute(sql).fetchall()

    def rows(self, view: str, where: str = "true") -> list[Row]:
        """The rows of a view in the order of its key."""
        key = ", ".join(_VIEWS[view].key)
        found = self._connection.execute(f"SELECT * FROM {view} WHERE {where} ORDER BY {key}")
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def close(self) -> None:
        self._connection.close()


def in_order(view: str, rows: list[Row]) -> list[Row]:
    """Rows in the order of a view's key."""
    return sorted(rows, key=lambda row: [row[name] for name in _VIEWS[view].key])


def _stored(value: Any) -> Any:
    """A value as Parquet takes it: dates as days, moments as microseconds."""
    if isinstance(value, datetime):
        return in_microseconds(value.replace(tzinfo=UTC))
    return in_days(value) if isinstance(value, date) else value
