"""What lies in an exported folder, as datapackage.json (Data Package, version 2).

It says of every file its columns, types, keys and meaning, so that a program can load it and a
person can read it without asking whoever exported it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from chartlake import __version__

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from chartlake.tables import Column, Table, Type

FILE_NAME = "datapackage.json"

Format = Literal["csv", "parquet"]

Json = dict[str, Any]

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


def package(
    resources: Sequence[Resource], *, form: Format, exact: bool = True, others: Sequence[Json] = ()
) -> str:
    """The text of datapackage.json.

    Args:
        resources: The files beside it.
        form: What they are.
        exact: Whether CSV cells are as the tables have them; else some have an apostrophe in front.
        others: What it says of files that were exported before and are still there.
    """
    said: Json = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "chartlake",
        "created_by": f"chartlake {__version__}",
        "resources": [*others, *(_resource(one, form, exact=exact) for one in resources)],
    }
    return json.dumps(said, ensure_ascii=False, indent=2) + "\n"


def earlier(folder: Path, *, replaced: Collection[str]) -> list[Json]:
    """What the datapackage.json of a folder says of files that are there and are not replaced."""
    try:
        said = json.loads((folder / FILE_NAME).read_bytes())["resources"]
        return [one for one in said if one["path"] not in replaced and (folder / one["path"]).is_file()]
    except (OSError, ValueError, LookupError, TypeError):
        return []  # There is none, or somebody else's.


def _resource(one: Resource, form: Format, *, exact: bool) -> Json:
    said: Json = {
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
        said["formulas"] = "as they are" if exact else "with an apostrophe in front"
    return {**said, "schema": _schema(one.table)}


def _schema(table: Table) -> Json:
    said: Json = {"fields": [_field(column) for column in table.columns]}
    if table.key and table.view:  # Observations may stand in two files; who wins is the views' matter.
        said["primaryKey"] = list(table.key)
    return said


def _field(column: Column) -> Json:
    said: Json = {"name": column.name, "type": _TYPES[column.type]}
    if column.meaning:
        said["description"] = f"{column.meaning} [{column.unit}]" if column.unit else column.meaning
    if column.refers:
        # Not a foreignKey: where a chart ranks albums its song_id names one.
        said["refers"] = column.refers
    return {**said, "constraints": {"required": True}} if column.required else said
