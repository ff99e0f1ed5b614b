"""Table files of a lake read once more, to be joined, thinned out or compared.

Only files that are named as chartlake names its own are handed over.  DuckDB reads them, for
it answers a damaged file with an error; its connection reaches these files and nothing else.
"""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from chartlake import parquet
from chartlake.errors import RefusedObject, StorageError
from chartlake.store.files import as_files
from chartlake.tables import SQL_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    import duckdb

    from chartlake.store import Store
    from chartlake.tables import Table

_ALONE: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "preserve_insertion_order": "true",
    "threads": 1,
}
_OF_THE_SYSTEM = tuple(map(os.strerror, (errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOSPC)))
"""What says nothing of the file that was to be read."""

_APART = """
    WITH apart AS (
        SELECT source, captured_at, 1 AS missing, 0 AS surplus FROM (FROM made EXCEPT FROM here)
        UNION ALL
        SELECT source, captured_at, 0 AS missing, 1 AS surplus FROM (FROM here EXCEPT FROM made)
    )
    SELECT source, strftime(captured_at, '%Y-%m'), sum(missing)::INT, sum(surplus)::INT
    FROM apart GROUP BY ALL ORDER BY ALL
"""


_ONE_NAME = """
    UPDATE {} SET raw_key = name FROM (SELECT unnest($1) AS copy, unnest($2) AS name) WHERE raw_key = copy
"""


class Difference(NamedTuple):
    """Rows of one table, source and month that are on one side only.

    Attributes:
        table: The table.
        source: Whose rows they are.
        month: Their month.
        missing: Rows that should be there and are not.
        surplus: Rows that are there and should not be.
    """

    table: str
    source: str
    month: str
    missing: int
    surplus: int


def joined(store: Store, table: Table, keys: Sequence[str], *, distinct: bool = False) -> tuple[bytes, int]:
    """The rows of several files of a table as one file, and how many they are.

    Args:
        store: The lake.
        table: The table.
        keys: Its files, in the order of the rows.
        distinct: Whether equal rows count once; then they are in the order of their columns.

    Raises:
        RefusedObject: One of them is no intact file of that table.
    """
    return _selected(store, table, keys, distinct=distinct)


def without(
    store: Store, table: Table, key: str, snapshots: Iterable[tuple[str, datetime]]
) -> tuple[bytes, int]:
    """A file without the rows of some documents, and how many rows are left.

    Args:
        store: The lake.
        table: The table.
        key: The file.
        snapshots: The content hash and the captured_at (UTC) of each document.

    Raises:
        RefusedObject: It is no intact file of that table.
    """
    out = [(raw_hash, captured_at.replace(tzinfo=None)) for raw_hash, captured_at in snapshots]
    return _selected(
        store,
        table,
        [key],
        where="(raw_hash, captured_at) NOT IN (SELECT unnest($2), unnest($3))",
        parameters=[[raw_hash for raw_hash, _ in out], [captured_at for _, captured_at in out]],
    )


def since(store: Store, table: Table, key: str, moment: datetime) -> tuple[bytes, int]:
    """The rows of a file that were captured at a moment (UTC) or later, and how many they are.

    Raises:
        RefusedObject: It is no intact file of that table.
    """
    return _selected(store, table, [key], where="captured_at >= $2", parameters=[moment.replace(tzinfo=None)])


def holding_older(store: Store, keys: Sequence[str], moment: datetime) -> dict[str, bool]:
    """Those files that hold a row captured before a moment (UTC), and whether they hold a later one too.

    Raises:
        RefusedObject: One of them is no intact file of a table.
    """
    if not keys:
        return {}
    with _as_files(store, keys) as paths, _connected(paths) as connection:
        found = connection.execute(
            "SELECT filename, bool_or(captured_at >= $2) FROM read_parquet($1, filename = true) "
            "GROUP BY filename HAVING bool_or(captured_at < $2) ORDER BY filename",
            [list(paths), moment.replace(tzinfo=None)],
        ).fetchall()
    return {paths[path]: bool(later) for path, later in found}


def check(store: Store, table: Table, keys: Sequence[str]) -> None:
    """Read files and forget what is in them.

    Raises:
        RefusedObject: One of them is no intact file of that table.
    """
    with _as_files(store, keys) as paths, _connected(paths) as connection:
        _loaded(connection, table, "read", list(paths))


def differences(
    table: Table,
    there: tuple[Store, Sequence[str]],
    wanted: tuple[Store, Sequence[str]],
    *,
    copies: Mapping[str, str] = MappingProxyType({}),
) -> list[Difference]:
    """How the rows of some files differ from those of others; equal rows count once.

    Args:
        table: The table.
        there: A store, and the keys of the files in it that hold the rows there are.
        wanted: The same of the rows that there should be.
        copies: Where a document lies under several names, the one name that stands for each of the others.

    Raises:
        RefusedObject: One of them is no intact file of that table.
    """
    with _as_files(*there) as here, _as_files(*wanted) as made, _connected([*here, *made]) as connection:
        for name, paths in (("here", here), ("made", made)):
            _loaded(connection, table, name, list(paths))
            if copies and any(column.name == "raw_key" for column in table.columns):
                connection.execute(_ONE_NAME.format(name), [list(copies), list(copies.values())])
        found = connection.execute(_APART).fetchall()
    return [Difference(table.name, *row) for row in found]


def _selected(
    store: Store,
    table: Table,
    keys: Sequence[str],
    *,
    where: str = "true",
    parameters: Sequence[object] = (),
    distinct: bool = False,
) -> tuple[bytes, int]:
    with _as_files(store, keys) as paths, _connected(paths) as connection:
        _loaded(connection, table, "read", list(paths), where=where, parameters=parameters)
        return parquet.rewritten(
            table, connection.sql("SELECT DISTINCT * FROM read ORDER BY ALL" if distinct else "FROM read")
        )


def _loaded(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    name: str,
    paths: list[str],
    *,
    where: str = "true",
    parameters: Sequence[object] = (),
) -> None:
    """Read files whole into a table, so that what is wrong with one shows before a row is handed on."""
    columns = ", ".join(column.name for column in table.columns)
    # Without a file there are no rows, and nothing to learn their types from.
    if not paths:
        types = ", ".join(f"{column.name} {SQL_TYPES[column.type]}" for column in table.columns)
        connection.execute(f"CREATE TEMP TABLE {name} ({types})")
        return
    connection.execute(
        f"CREATE TEMP TABLE {name} AS SELECT {columns} FROM read_parquet($1) WHERE {where}",  # noqa: S608
        [paths, *parameters],
    )


@contextmanager
def _connected(paths: Iterable[str]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reaches some files and nothing else."""
    import duckdb  # noqa: PLC0415 - a run needs it now and then only, and it takes its time

    connection = duckdb.connect(config=_ALONE)
    try:
        connection.execute(f"SET allowed_paths = [{', '.join(map(_quoted, paths))}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield connection
    except duckdb.Error as error:
        said = str(error).splitlines()[0]
        if any(trouble in said for trouble in _OF_THE_SYSTEM):
            raise StorageError(
                f"a table file cannot be opened ({said}); mend that and run it again"
            ) from error
        raise RefusedObject(
            f"a table file cannot be read ({said}); `chartlake rebuild` makes the tables again"
        ) from error
    finally:
        connection.close()


@contextmanager
def _as_files(store: Store, keys: Sequence[str]) -> Iterator[dict[str, str]]:
    """The key of each object by the path of a file that holds it, in the order of the keys."""
    with as_files(store, keys) as paths:
        # As DuckDB names it: a pattern in a folder's name is none here.
        yield {str(path.absolute()): key for key, path in paths.items()}


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
