"""What lies in an exported folder, as datapackage.json (Data Package, version 2).

It says of every file its columns, types, keys and meaning, so that a program can load it and a
person can read it without asking whoever exported it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from chartlake import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chartlake.tables import Column, Table, Type

FILE_NAME = "datapackage.json"

Format = Literal["csv", "parquet"]

_TYPES: dict[Type, str] = {
    "string": "string",
    "int": "integer",
    "bigint": "integer",
    "double": "number",
    "date": "date",
    "timestamp": "datetime",
    "boolean": "boolean",
}
_MEDIA = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}


class Resource(NamedTuple):
    """One exported file: its path, what it holds, and how many rows."""

    path: str
    table: Table
    rows: int


def package(resources: Sequence[Resource], *, form: Format, exact: bool = True) -> str:
    """The text of datapackage.json.

    Args:
        resources: The files beside it.
        form: What they are.
        exact: Whether CSV cells are as the tables have them; else some have an apostrophe in front.
    """
    said: dict[str, Any] = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "chartlake",
        "created_by": f"chartlake {__version__}",
        "resources": [_resource(one, form) for one in resources],
    }
    if form == "csv" and not exact:
        said["description"] = (
            "A text that a spreadsheet would take for a formula has an apostrophe in front of it."
        )
    return json.dumps(said, ensure_ascii=False, indent=2) + "\n"


def _resource(one: Resource, form: Format) -> dict[str, Any]:
    said: dict[str, Any] = {
        "name": one.table.name,
        "type": "table",
        "path": one.path,
        "description": one.table.grain,
        "format": form,
        "mediatype": _MEDIA[form],
        "rows": one.rows,
    }
    if form == "csv":
        said["encoding"] = "utf-8"
    return {**said, "schema": _schema(one.table)}


def _schema(table: Table) -> dict[str, Any]:
    said: dict[str, Any] = {"fields": [_field(column) for column in table.columns]}
    if table.key and table.view:  # Observations may stand in two files; who wins is the views' matter.
        said["primaryKey"] = list(table.key)
    return said


def _field(column: Column) -> dict[str, Any]:
    said: dict[str, Any] = {"name": column.name, "type": _TYPES[column.type]}
    if column.meaning:
        said["description"] = f"{column.meaning} [{column.unit}]" if column.unit else column.meaning
    if column.refers:
        # Not a foreignKey: where a chart ranks albums its song_id names one.
        said["refers"] = column.refers
    return {**said, "constraints": {"required": True}} if column.required else said
