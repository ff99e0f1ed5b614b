"""The tables as a data contract in the Open Data Contract Standard, version 3.1 (bitol.io).

It is JSON, which every reader of YAML takes.  It is made from ``tables.py`` and the dictionary,
and so promises nothing that is not there.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chartlake import __version__
from chartlake.dictionary import VIEWS
from chartlake.tables import PHYSICAL, SQL_TYPES

if TYPE_CHECKING:
    from chartlake.tables import Column, Table, Type

FILE_NAME = "chartlake.odcs.json"

_LOGICAL: dict[Type, str] = {
    "string": "string",
    "int": "integer",
    "bigint": "integer",
    "double": "number",
    "date": "date",
    "timestamp": "timestamp",
    "boolean": "boolean",
}


def contract() -> str:
    """The text of the contract."""
    said: dict[str, Any] = {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": "chartlake",
        "name": "chartlake",
        "version": __version__,
        "status": "active",
        "description": {
            "purpose": "Music charts and playlists, recorded day after day.",
            "limitations": (
                "What a source does not give is null. Ids name a thing within their source only. "
                "What a source's terms allow to be done with its content is for the user to know."
            ),
            "usage": (
                "Ask the views; the tables are observations, append-only, in which a row may stand twice."
            ),
        },
        "schema": [_table(table) for table in (*VIEWS, *PHYSICAL)],
    }
    return json.dumps(said, ensure_ascii=False, indent=2) + "\n"


def _table(table: Table) -> dict[str, Any]:
    said = {
        "name": table.name,
        "logicalType": "object",
        "physicalName": table.name,
        "physicalType": "view" if table.view else "table",
        "description": table.grain[0].upper() + table.grain[1:] + ".",
        "dataGranularityDescription": table.grain,
        "properties": [_column(column, table) for column in table.columns],
    }
    if table.view:
        said["quality"] = [
            {
                "type": "library",
                "metric": "duplicateValues",
                "arguments": {"properties": list(table.key)},
                "mustBe": 0,
                "dimension": "uniqueness",
                "description": "Its key names a row.",
            }
        ]
    return said


def _column(column: Column, table: Table) -> dict[str, Any]:
    said: dict[str, Any] = {
        "name": column.name,
        "logicalType": _LOGICAL[column.type],
        "physicalType": SQL_TYPES[column.type],
        "description": f"{column.meaning} [{column.unit}]" if column.unit else column.meaning,
        "required": column.required,
    }
    if table.view and column.name in table.key:
        said |= {"primaryKey": True, "primaryKeyPosition": table.key.index(column.name) + 1}
    if column.refers:
        said["customProperties"] = [{"property": "refers", "value": column.refers}]
    return said
