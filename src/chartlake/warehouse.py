"""The DuckDB cache over a lake's tables: SQL without reading every file every time.

It is a cache: it may be deleted, and is made again.  For each row it knows the file that the
row came from; a refresh drops the rows of files that are gone and adds those of new ones in
one transaction, so that a reader sees the one state or the other.  Queries run on a locked,
read-only connection that can reach no file, no network and no setting.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import date, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

import duckdb

from chartlake import layout, views
from chartlake.dictionary import VIEWS
from chartlake.errors import QueryError, StorageError
from chartlake.store.files import as_files
from chartlake.tables import PHYSICAL, SQL_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from chartlake.store import Store
    from chartlake.tables import Table

FILE_NAME = "warehouse.duckdb"

_Settings = dict[str, str | bool | int | float | list[str]]

_ALONE: _Settings = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
_LOCKED: _Settings = {**_ALONE, "enable_external_access": "false", "lock_configuration": "true"}
_FILES_AT_ONCE = 1000
_LISTINGS = 5
_ROWS_AT_ONCE = 10_000


class Answer(NamedTuple):
    """The answer to a query: the columns' names and types, and the rows."""

    columns: list[str]
    types: list[str]
    rows: list[tuple[Any, ...]]


class Reading:
    """An answer that is read piece by piece.

    Attributes:
        columns: The columns' names.
        types: Their types, as DuckDB names them.
        stream: The rows as something with an ``__arrow_c_stream__``.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, sql: str) -> None:
        """Ask what the answer is made of; its rows are asked for later."""
        self._connection, self._sql = connection, sql
        self.stream: Any = connection.sql(sql)
        if self.stream is None:
            raise QueryError("that SQL has no answer; give a query, such as select * from coverage")
        self.columns = [str(name) for name in self.stream.columns]
        self.types = [str(kind) for kind in self.stream.types]

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows, as Python's values."""
        found = self._connection.execute(self._sql)
        while some := found.fetchmany(_ROWS_AT_ONCE):
            yield from some


class Warehouse:
    """The cache of one lake."""

    def __init__(self, store: Store, path: Path) -> None:
        """Use the cache at ``path`` for the lake in ``store``; nothing is opened yet."""
        self._store = store
        self._path = path

    def refresh(self) -> list[str]:
        """Bring the cache up to what the lake holds now.

        Returns:
            Keys of objects that cannot be read as table files, and are left out.

        Raises:
            StorageError: The lake cannot be read, or the cache not written.
        """
        with _disk_faults(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._exclusive():
                return self._refresh()

    def discard(self) -> None:
        """Delete the cache; the next question makes it again.

        Raises:
            StorageError: It cannot be deleted.
        """
        with _disk_faults(self._path):
            if self._path.parent.exists():
                with self._exclusive():
                    self._path.unlink(missing_ok=True)
                    Path(f"{self._path}.wal").unlink(missing_ok=True)

    def ask(self, sql: str, parameters: Sequence[Any] = (), *, as_of: date | None = None) -> Answer:
        """Answer a query from the cache as it is.

        Args:
            sql: The statement.
            parameters: The values of ``$1`` and so on.
            as_of: The lake as it was known at the end of that day (UTC): only what was captured
                until then counts, in every table and view.

        Raises:
            QueryError: The SQL is wrong, or wants something that is not allowed.
        """
        try:
            return self._answered(sql, parameters, as_of)
        except duckdb.Error as error:
            if not _damaged(error):
                raise QueryError(_explained(error)) from error
            # A damaged block shows only when it is read; it is a cache, and made anew.
            with _disk_faults(self._path), self._exclusive():
                self._replaced(self._present(), copy=False)
        try:
            return self._answered(sql, parameters, as_of)
        except duckdb.Error as error:
            raise QueryError(_explained(error)) from error

    @contextmanager
    def reading(self, sql: str) -> Iterator[Reading]:
        """Answer a query piece by piece, however large the answer is.

        Raises:
            QueryError: The SQL is wrong, or wants something that is not allowed.
            StorageError: The cache is damaged.
        """
        with self._reader() as connection:
            try:
                yield Reading(connection, sql)
            except (duckdb.FatalException, duckdb.InternalException, duckdb.IOException) as error:
                raise StorageError(
                    f"the cache {self._path} is damaged; delete it and run this again"
                ) from error
            except duckdb.Error as error:
                raise QueryError(_explained(error)) from error

    def _answered(self, sql: str, parameters: Sequence[Any], as_of: date | None) -> Answer:
        with self._reader() as connection:
            if as_of is not None:
                _go_back(connection, as_of)
            return _interruptible(connection, lambda: _found(connection, sql, parameters))

    @contextmanager
    def _reader(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with _disk_faults(self._path):
            if not self._path.exists():
                self.refresh()
            with self._lock(fcntl.LOCK_SH):
                connection = duckdb.connect(str(self._path), read_only=True, config=_LOCKED)
        try:
            yield connection
        finally:
            connection.close()

    def _refresh(self) -> list[str]:
        for left in self._path.parent.glob(".warehouse-*"):
            shutil.rmtree(left, ignore_errors=True)  # Of a refresh that was killed: this one has the lock.
        for _ in range(_LISTINGS):
            with suppress(_Moved):
                return self._refreshed_somehow(self._present())
        raise StorageError("the lake's files change while they are read; ask again when that is over")

    def _present(self) -> dict[str, Table]:
        return {key: table for table in PHYSICAL for key in self._objects(table)}

    def _refreshed_somehow(self, present: dict[str, Table]) -> list[str]:
        try:
            return self._refreshed(self._path, present)
        except _Stale:
            pass
        except duckdb.IOException:
            # Somebody reads it right now.  A copy is brought up to date and takes its place; who
            # reads goes on with the old one.  A log beside it means that somebody writes: then
            # no copy is to be trusted.
            if not Path(f"{self._path}.wal").exists():
                with suppress(_Stale, duckdb.Error):
                    return self._replaced(present, copy=True)
        except duckdb.Error:
            pass  # Of another DuckDB, damaged, or no database at all: it is only a cache.
        return self._replaced(present, copy=False)

    def _replaced(self, present: dict[str, Table], *, copy: bool) -> list[str]:
        with TemporaryDirectory(dir=self._path.parent, prefix=".warehouse-") as folder:
            fresh = Path(folder) / FILE_NAME
            if copy:
                shutil.copyfile(self._path, fresh)
            left_out = self._refreshed(fresh, present)
            fresh.replace(self._path)
            Path(f"{self._path}.wal").unlink(missing_ok=True)
        return left_out

    def _refreshed(self, path: Path, present: dict[str, Table]) -> list[str]:
        new = not path.exists()
        connection = duckdb.connect(str(path), config=_ALONE)
        try:
            connection.execute("SET TimeZone = 'UTC'")
            if new:
                _create(connection)
            elif _version_of(connection) != _version():
                raise _Stale
            known = dict(connection.execute("SELECT key, file FROM lake.files").fetchall())
            return self._brought_up(connection, known, present)
        finally:
            connection.close()

    def _brought_up(
        self, connection: duckdb.DuckDBPyConnection, known: dict[str, int], present: dict[str, Table]
    ) -> list[str]:
        gone = [number for key, number in known.items() if key not in present]
        fresh = [key for key in present if key not in known]
        if not gone and not fresh:
            return []
        first = max(known.values(), default=0) + 1
        numbered = {key: number for number, key in enumerate(fresh, first)}
        # All is read before anything is changed: an unreadable file ends a transaction.
        unread = [key for table in PHYSICAL for key in self._read(connection, table, present, numbered)]
        if not self._all_there(unread):
            raise _Moved
        connection.execute("BEGIN")
        for table in PHYSICAL:
            name = table.name
            connection.execute(f"DELETE FROM lake.{name} WHERE _file IN (SELECT unnest($1))", [gone])  # noqa: S608
            connection.execute(f"INSERT INTO lake.{name} SELECT * FROM temp.arrived_{name}")  # noqa: S608
        connection.execute("DELETE FROM lake.files WHERE file IN (SELECT unnest($1))", [gone])
        read = [key for key in fresh if key not in set(unread)]
        connection.execute(
            "INSERT INTO lake.files SELECT unnest($1), unnest($2)", [[numbered[key] for key in read], read]
        )
        connection.execute("COMMIT")
        # What could not be read is tried again next time: it may only have been in use, or forbidden.
        return unread

    def _all_there(self, keys: Sequence[str]) -> bool:
        """Whether files are still where they were listed: else they were replaced meanwhile."""
        folders = {key.rpartition("/")[0] + "/" for key in keys}
        there = {stored.key for folder in folders for stored in self._store.list(folder)}
        return there.issuperset(keys)

    def _read(
        self,
        connection: duckdb.DuckDBPyConnection,
        table: Table,
        present: dict[str, Table],
        numbered: dict[str, int],
    ) -> list[str]:
        """Read new files of one table aside; those that cannot be read are returned."""
        keys = [key for key in numbered if present[key] is table]
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE arrived_{table.name} AS FROM lake.{table.name} LIMIT 0"
        )
        unread: list[str] = []
        for start in range(0, len(keys), _FILES_AT_ONCE):
            with as_files(self._store, keys[start : start + _FILES_AT_ONCE]) as paths:
                named = [(str(path), numbered[key]) for key, path in paths.items()]
                numbers = _readable(connection, table, named)
            unread += [key for key in paths if numbered[key] not in numbers]
        return unread

    def _objects(self, table: Table) -> Iterator[str]:
        for stored in self._store.list(f"{layout.TABLES}{table.name}/"):
            if stored.key.endswith(".parquet"):
                yield stored.key

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        with self._lock(fcntl.LOCK_EX):
            yield

    @contextmanager
    def _lock(self, kind: int) -> Iterator[None]:
        """One refresh at a time, and none while a reader opens the file: both are short."""
        handle = os.open(f"{self._path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(handle, kind)
            yield
        finally:
            os.close(handle)


class _Moved(Exception):
    """Files that were listed are no longer there: somebody replaces them."""


class _Stale(Exception):
    """The cache was made by another version of chartlake."""


def _create(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("BEGIN")
    connection.execute("CREATE SCHEMA lake")
    connection.execute("CREATE TABLE lake.meta (version VARCHAR)")
    connection.execute("INSERT INTO lake.meta VALUES ($1)", [_version()])
    connection.execute("CREATE TABLE lake.files (file INTEGER, key VARCHAR)")
    for table in PHYSICAL:
        columns = ", ".join(f"{column.name} {SQL_TYPES[column.type]}" for column in table.columns)
        connection.execute(f"CREATE TABLE lake.{table.name} ({columns}, _file INTEGER)")
        connection.execute(
            f"CREATE VIEW {table.name} AS SELECT * EXCLUDE (_file) FROM lake.{table.name}"  # noqa: S608
        )
    for name in views.ORDER:
        connection.execute(f"CREATE VIEW {name} AS {views.statement(name)}")
    for table in (*PHYSICAL, *VIEWS):
        connection.execute(f"COMMENT ON VIEW {table.name} IS {_quoted(table.grain)}")
    connection.execute("COMMIT")


def _go_back(connection: duckdb.DuckDBPyConnection, day: date) -> None:
    """Put views of passing life before the tables, and all views once more upon them."""
    until = datetime.combine(day, time.max)
    for table in PHYSICAL:
        connection.execute(
            f"CREATE TEMP VIEW {table.name} AS SELECT * EXCLUDE (_file) FROM lake.{table.name} "  # noqa: S608
            f"WHERE captured_at <= TIMESTAMP '{until:%Y-%m-%d %H:%M:%S.%f}'"
        )
    for name in views.ORDER:
        connection.execute(f"CREATE TEMP VIEW {name} AS {views.statement(name)}")


def _found(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[Any]) -> Answer:
    found = connection.execute(sql, list(parameters))
    if found is None:
        raise QueryError('there is no SQL to answer; give some, such as "select * from coverage"')
    described = found.description or []
    try:
        rows = found.fetchall() if described else []
    except MemoryError as error:
        raise QueryError("the answer does not fit into memory; ask for less, such as with LIMIT") from error
    return Answer([column[0] for column in described], [str(column[1]) for column in described], rows)


def _interruptible(connection: duckdb.DuckDBPyConnection, ask: Callable[[], Answer]) -> Answer:
    """Ask so that Ctrl-C ends it: DuckDB itself looks at no signal while it works."""
    with ThreadPoolExecutor(1) as aside:
        answer = aside.submit(ask)
        try:
            return answer.result()
        except KeyboardInterrupt:
            connection.interrupt()
            raise


def _readable(connection: duckdb.DuckDBPyConnection, table: Table, files: list[tuple[str, int]]) -> set[int]:
    """Read files aside, and halve them until the unreadable ones are alone; the numbers of the others."""
    columns = ", ".join(column.name for column in table.columns)
    try:
        connection.execute(
            f"INSERT INTO temp.arrived_{table.name} SELECT {columns}, number "  # noqa: S608 - our own names
            "FROM read_parquet($1, filename = true) "
            "JOIN (SELECT unnest($1) AS path, unnest($2) AS number) ON path = filename",
            [[path for path, _ in files], [number for _, number in files]],
        )
    except duckdb.Error:
        if len(files) == 1:
            return set()
        middle = len(files) // 2
        return _readable(connection, table, files[:middle]) | _readable(connection, table, files[middle:])
    return {number for _, number in files}


def _version() -> str:
    """What a cache was made from: tables, views, and the engine that wrote it."""
    made = repr(PHYSICAL) + "".join(views.statement(name) for name in views.ORDER) + repr(VIEWS)
    return hashlib.sha256(f"{duckdb.__version__}{made}".encode()).hexdigest()


def _version_of(connection: duckdb.DuckDBPyConnection) -> str:
    return str(connection.execute("SELECT version FROM lake.meta").fetchall()[0][0])


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _damaged(error: duckdb.Error) -> bool:
    """Whether it is the cache that is wrong, and not the SQL.

    Of a block that is not what its checksum says, DuckDB 2.0 tells with an error of no kind of its own.
    """
    of_the_file = (duckdb.FatalException, duckdb.InternalException, duckdb.IOException)
    return isinstance(error, of_the_file) or (type(error) is duckdb.Error and "checksum" in str(error))


def _explained(error: duckdb.Error) -> str:
    told = str(error).partition("Traceback (most recent call last)")[0]
    lines = [line for line in told.splitlines() if line.strip()]
    said = "\n".join(lines)
    if isinstance(error, duckdb.PermissionException) or ("lock" in said and "configuration" in said):
        return f"queries may only read the lake's own tables, no file, network or setting ({lines[0]})"
    if isinstance(error, duckdb.CatalogException):
        return f"{said}\n`chartlake tables` lists every table and column"
    if isinstance(error, duckdb.BinderException):
        return f"{said}\n`chartlake tables NAME` lists the columns of a table"
    return f"{said}\ncorrect the SQL and ask again"


@contextmanager
def _disk_faults(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"the cache {path} cannot be written ({error.strerror}); free space or change its permissions"
        ) from error
    except duckdb.Error as error:
        raise StorageError(
            f"the cache {path} cannot be used ({str(error).splitlines()[0]}); delete it and ask again"
        ) from error
