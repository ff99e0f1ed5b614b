"""What is exported: tables and views by name, or the answer to a query under a name of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from chartlake.dictionary import VIEWS
from chartlake.errors import QueryError, SettingsError
from chartlake.tables import PHYSICAL, Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chartlake.tables import Type

KNOWN = {table.name: table for table in (*VIEWS, *PHYSICAL)}

USUAL = tuple(table.name for table in VIEWS if not table.name.startswith("classic_"))
"""What is exported if nobody says what: every view, but for those of older pipelines."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_TYPES: dict[str, Type] = {
    "BOOLEAN": "boolean",
    "DATE": "date",
    "BIGINT": "bigint",
    "HUGEINT": "bigint",
    "UBIGINT": "bigint",
    "INTEGER": "int",
    "SMALLINT": "int",
    "TINYINT": "int",
    "UINTEGER": "bigint",
    "USMALLINT": "int",
    "UTINYINT": "int",
    "DOUBLE": "double",
    "FLOAT": "double",
}


class Chosen(NamedTuple):
    """One thing to export: its name, the statement whose answer it is, and what is known of it."""

    name: str
    sql: str
    table: Table | None

    def described(self, columns: Sequence[str], types: Sequence[str]) -> Table:
        """It as a table: as the dictionary says, or for a query as the engine says."""
        if self.table is not None:
            return self.table
        told = tuple(Column(name, _type(kind), "") for name, kind in zip(columns, types, strict=True))
        return Table(self.name, "one row of the answer to a query", told, (), view=True)


def chosen(names: Iterable[str], *, query: str | None = None, called: str | None = None) -> list[Chosen]:
    """What is to be exported, in the order it was asked for.

    Args:
        names: Tables and views; none means the usual views, unless there is a query.
        query: A statement in DuckDB's SQL.
        called: The name of its answer; else ``answer``.

    Raises:
        QueryError: There is no table of a name.
        SettingsError: A name cannot be used, or one is used twice.
    """
    wanted = list(dict.fromkeys(names)) or ([] if query else list(USUAL))
    for name in wanted:
        if name not in KNOWN:
            raise QueryError(f"there is no table {name!r}; there are {', '.join(KNOWN)}")
    found = [Chosen(name, _all_of(KNOWN[name]), KNOWN[name]) for name in wanted]
    if called is not None and query is None:
        raise SettingsError("--as names the answer to a query; give one with --query")
    if query is not None:
        found.append(_asked(query, called or "answer", wanted))
    return found


def _asked(query: str, name: str, taken: Sequence[str]) -> Chosen:
    if not _NAME.fullmatch(name):
        raise SettingsError(
            f"{name!r} cannot name a table; take small letters, digits and _, such as top_ten"
        )
    if name in KNOWN or name in taken:
        raise SettingsError(f"{name} is a table of the lake; give the answer another name with --as")
    return Chosen(name, query, None)


def _all_of(table: Table) -> str:
    """Every row in the order of the key, so that equal tables make equal files."""
    columns = ", ".join(column.name for column in table.columns)
    order = ", ".join(table.key)
    return f"SELECT {columns} FROM {table.name} ORDER BY {order}"  # noqa: S608 - names of ours


def _type(kind: str) -> Type:
    if kind.startswith("TIMESTAMP"):
        return "timestamp"
    if kind.startswith("DECIMAL"):
        return "double"
    return _TYPES.get(kind, "string")
