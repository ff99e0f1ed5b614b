"""Exports, each from the first row to the file at its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from chartlake import parquet
from chartlake.export import text
from chartlake.export.package import FILE_NAME, Format, Resource, earlier, package
from chartlake.export.place import opened, replaced

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from chartlake.export.choice import Chosen
    from chartlake.export.place import Folder
    from chartlake.warehouse import Warehouse

Database = Literal["duckdb", "sqlite"]


class Exported(NamedTuple):
    """One thing that was exported: its name, its rows, and the file it lies in."""

    name: str
    rows: int
    path: Path


def to_folder(
    warehouse: Warehouse, wanted: Sequence[Chosen], folder: Path, *, form: Format, exact: bool = False
) -> list[Exported]:
    """Write each thing as a file of its own, and datapackage.json last.

    Args:
        warehouse: The lake's cache, brought up to date.
        wanted: What to export.
        folder: Where to; files of the same names are replaced.
        form: What to write.
        exact: Leave CSV cells alone that a spreadsheet takes for formulas.

    Raises:
        QueryError: A query is refused; what was there before it is replaced.
        StorageError: The folder cannot be written, or another export is writing there.
    """
    with opened(folder) as place:
        files = [_file(place, warehouse, one, form, exact=exact) for one in wanted]
        others = earlier(folder, replaced={one.path for one in files})
        place.text(FILE_NAME, package(files, form=form, exact=exact, others=others))
    return [Exported(one.table.name, one.rows, folder / one.path) for one in files]


def to_file(warehouse: Warehouse, wanted: Sequence[Chosen], path: Path, *, form: Database) -> list[Exported]:
    """Write everything into one database file.

    Raises:
        QueryError: A query is refused; the file is as it was.
        StorageError: The file cannot be written, or another export is writing it.
    """
    from chartlake.export.database import as_duckdb, as_sqlite  # noqa: PLC0415 - duckdb takes its time

    with replaced(path) as passing:
        counts = (as_duckdb if form == "duckdb" else as_sqlite)(warehouse, wanted, passing)
    return [Exported(name, rows, path) for name, rows in counts.items()]


def _file(place: Folder, warehouse: Warehouse, one: Chosen, form: Format, *, exact: bool) -> Resource:
    name = f"{one.name}.{form}"
    with place.file(name) as passing, warehouse.reading(one.sql) as answer:
        if form == "parquet":
            rows = parquet.copied(answer.stream, passing)
        else:
            rows = text.write(passing, answer.columns, answer.rows(), exact=exact)
        return Resource(name, one.described(answer.columns, answer.types), rows)
