"""Columns to Parquet bytes: the only module that knows arro3.

Equal columns give equal bytes, so a replay writes the same object again.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from arro3.core import Array, DataType, Field, Schema
from arro3.core import Table as ArrowTable
from arro3.io import write_parquet

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from chartlake.tables import Column, Table, Type

Values = Any
"""A column: a sequence of Python values, or a `Repeated`."""

_ARROW = {
    "string": DataType.utf8(),
    "int": DataType.int32(),
    "bigint": DataType.int64(),
    "boolean": DataType.bool(),
    "date": DataType.date32(),
    "timestamp": DataType.timestamp("us"),
}
_STORED_AS = {"date": DataType.int32(), "timestamp": DataType.int64()}
_COMPRESSION = "zstd(3)"


class Repeated:
    """A column that repeats few values: the values, and for each row the index of its value.

    What is the same for a whole snapshot is held once, not once a row.
    """

    __slots__ = ("indices", "values")

    def __init__(self, values: Sequence[Any], indices: array[int]) -> None:
        """Keep both; ``indices`` is an ``array('i')``."""
        self.values = values
        self.indices = indices

    def __iter__(self) -> Iterator[Any]:
        """The value of each row."""
        return (self.values[index] for index in self.indices)


def schema(table: Table) -> Schema:
    """The Arrow schema of a table."""
    return Schema(
        [Field(column.name, _ARROW[column.type], nullable=not column.required) for column in table.columns]
    )


def written(table: Table, columns: Mapping[str, Sequence[Any] | Repeated]) -> bytes:
    """The columns of a table as one Parquet file.

    Dates are days since 1970-01-01, timestamps microseconds since then, both as int.

    Raises:
        TypeError, ValueError, OverflowError: A value does not fit its column.
    """
    arrays = [_array(column, columns[column.name]) for column in table.columns]
    return _encoded(ArrowTable.from_arrays(arrays, schema=schema(table)))


def rewritten(table: Table, rows: Any) -> tuple[bytes, int]:
    """Rows that an engine hands over as an Arrow stream, as one Parquet file, and how many they are.

    Args:
        table: The table; the stream has its columns, in its order.
        rows: Anything with an ``__arrow_c_stream__``.
    """
    arrow = ArrowTable.from_arrow(rows)
    return _encoded(arrow.with_schema(schema(table))), arrow.num_rows


def copied(rows: Any, path: Path | str) -> int:
    """Rows that an engine hands over as an Arrow stream, into a file; how many they are."""
    arrow = ArrowTable.from_arrow(rows)
    write_parquet(arrow, path, compression=_COMPRESSION, created_by="chartlake")
    return int(arrow.num_rows)


def _encoded(rows: ArrowTable) -> bytes:
    buffer = BytesIO()
    write_parquet(rows, buffer, compression=_COMPRESSION, created_by="chartlake")
    return buffer.getvalue()


def _array(column: Column, values: Sequence[Any] | Repeated) -> Array:
    if isinstance(values, Repeated):
        if not values.indices:  # arro3 0.9 takes no empty buffer.
            return _plain(column.type, [])
        return _plain(column.type, values.values).take(Array.from_buffer(values.indices))
    return _plain(column.type, values)


def _plain(kind: Type, values: Sequence[Any]) -> Array:
    # arro3 0.9 has no constructor for dates and timestamps: int, then cast.
    stored = _STORED_AS.get(kind)
    if stored is None:
        return Array(values, _ARROW[kind])
    return Array(values, stored).cast(_ARROW[kind])
