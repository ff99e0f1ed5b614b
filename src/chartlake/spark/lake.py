"""The tables and views of a lake as Spark SQL sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chartlake import layout, views
from chartlake.tables import PHYSICAL

if TYPE_CHECKING:
    from chartlake.tables import Table

_TYPES = {
    "string": "STRING",
    "int": "INT",
    "bigint": "BIGINT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP_NTZ",
}
"""Each type as Spark names it; its other TIMESTAMP has a zone, and the tables have none."""


def show(session: Any, address: str) -> None:
    """Make the tables and views of a lake known to a session, under their names, as temporary views.

    They say the same as in DuckDB: what they are made of is the same files and, translated when
    chartlake is built, the same statements.

    Args:
        session: The session of Spark.
        address: The lake as Spark reaches it: a folder, ``s3://…`` on AWS, ``s3a://…`` elsewhere.
    """
    for table in PHYSICAL:
        _rows(session, table, address.rstrip("/")).createOrReplaceTempView(table.name)
    for name in views.ORDER:
        statement = views.statement(name, dialect="spark")
        session.sql(f"CREATE OR REPLACE TEMPORARY VIEW {name} AS\n{statement}")


def schema(table: Table) -> str:
    """The columns of a table as Spark's DDL."""
    return ", ".join(f"{column.name} {_TYPES[column.type]}" for column in table.columns)


def _rows(session: Any, table: Table, address: str) -> Any:
    from pyspark.errors import AnalysisException  # noqa: PLC0415 - Spark takes its time

    try:
        found = session.read.schema(schema(table)).parquet(f"{address}/{layout.TABLES}{table.name}/")
    except AnalysisException:
        # Nothing of it was written yet.
        return session.createDataFrame([], schema(table))
    return found.select(*(column.name for column in table.columns))
