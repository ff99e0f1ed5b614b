"""Rows as one database file: DuckDB, or SQLite for programs that know nothing newer."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date, datetime
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import duckdb

from chartlake import parquet
from chartlake.errors import ChartlakeError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from chartlake.export.choice import Chosen
    from chartlake.tables import Table, Type
    from chartlake.warehouse import Warehouse

_SQLITE: dict[Type, str] = {
    "string": "TEXT",
    "int": "INTEGER",
    "bigint": "INTEGER",
    "double": "REAL",
    "date": "TEXT",
    "timestamp": "TEXT",
    "boolean": "INTEGER",
}
"""SQLite knows no dates: they are ISO 8601, which its date functions read and which sort rightly."""


def as_duckdb(warehouse: Warehouse, wanted: Sequence[Chosen], path: Path) -> dict[str, int]:
    """Write tables into a new DuckDB file, with their meaning as comments; the rows of each.

    Raises:
        QueryError: A query is refused.
        StorageError: The file cannot be written.
    """
    counts: dict[str, int] = {}
    try:
        with closing(duckdb.connect(str(path))) as connection, TemporaryDirectory() as folder:
            for one in wanted:
                passing = f"{folder}/{one.name}.parquet"
                with warehouse.reading(one.sql) as answer:
                    counts[one.name] = parquet.copied(answer.stream, passing)
                    table = one.described(answer.columns, answer.types)
                connection.execute(f'CREATE TABLE "{one.name}" AS FROM read_parquet($1)', [passing])
                for statement in _comments(table):
                    connection.execute(statement)
    except duckdb.Error as error:
        raise _refused(error) from error
    return counts


def as_sqlite(warehouse: Warehouse, wanted: Sequence[Chosen], path: Path) -> dict[str, int]:
    """Write tables into a new SQLite file, with a table ``_columns`` of their meaning; the rows of each.

    Raises:
        QueryError: A query is refused.
        StorageError: The file cannot be written.
    """
    try:
        with closing(sqlite3.connect(path)) as connection:
            counts = {one.name: _into_sqlite(connection, warehouse, one) for one in wanted}
            connection.commit()
    except (sqlite3.Error, OverflowError) as error:
        raise _refused(error) from error
    return counts


def _into_sqlite(connection: sqlite3.Connection, warehouse: Warehouse, one: Chosen) -> int:
    with warehouse.reading(one.sql) as answer:
        table = one.described(answer.columns, answer.types)
        columns = ", ".join(f"{_quoted(column.name)} {_SQLITE[column.type]}" for column in table.columns)
        key = f", PRIMARY KEY ({', '.join(table.key)})" if table.view and table.key else ""
        connection.execute(f'CREATE TABLE "{one.name}" ({columns}{key})')
        marks = ", ".join("?" * len(table.columns))
        rows = ([_plain(value) for value in row] for row in answer.rows())
        count = connection.executemany(f'INSERT INTO "{one.name}" VALUES ({marks})', rows).rowcount  # noqa: S608
    connection.execute('CREATE TABLE IF NOT EXISTS _columns ("table" TEXT, "column" TEXT, meaning TEXT)')
    connection.executemany("INSERT INTO _columns VALUES (?, ?, ?)", _meanings(table))
    return max(count, 0)


def _meanings(table: Table) -> Iterable[tuple[str, str, str]]:
    return ((table.name, column.name, column.meaning) for column in table.columns)


def _comments(table: Table) -> Iterable[str]:
    yield f'COMMENT ON TABLE "{table.name}" IS {_text(table.grain)}'
    for column in table.columns:
        if column.meaning:
            yield f'COMMENT ON COLUMN "{table.name}".{_quoted(column.name)} IS {_text(column.meaning)}'


def _plain(value: Any) -> Any:
    """A value as SQLite stores one."""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="microseconds" if value.microsecond else "seconds")
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int | float) else str(value)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(said: str) -> str:
    return "'" + said.replace("'", "''") + "'"


def _refused(error: Exception) -> ChartlakeError:
    said = str(error).splitlines()[0]
    return StorageError(f"the file cannot be written ({said}); free space, or name another with --out")
