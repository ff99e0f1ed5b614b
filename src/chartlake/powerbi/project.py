"""A whole project: what Power BI Desktop opens, the tables beside it, and what it must show."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from chartlake import parquet
from chartlake.errors import ChartlakeError
from chartlake.export.choice import chosen
from chartlake.export.place import opened
from chartlake.powerbi import report, tmdl
from chartlake.powerbi.checks import faults
from chartlake.powerbi.expected import expected
from chartlake.powerbi.model import SOURCES
from chartlake.powerbi.tmdl import tag

if TYPE_CHECKING:
    from pathlib import Path

    from chartlake.powerbi.tmdl import Over
    from chartlake.warehouse import Warehouse

NAME = "Charts"
MODEL, REPORT = f"{NAME}.SemanticModel", f"{NAME}.Report"
DATA = "data"
EXPECTED = "expected.json"

_SCHEMAS = "https://developer.microsoft.com/json-schemas/fabric/"


class Project(NamedTuple):
    """A project that was written: what to open, its files, the rows of each table beside it."""

    path: Path
    files: int
    rows: dict[str, int]


def files(over: Over, *, parameters: dict[str, str] | None = None) -> dict[str, str]:
    """The text of every file of the project, by its path.

    Args:
        over: Where its tables are read from.
        parameters: Values for some of `chartlake.powerbi.tmdl.PARAMETERS`.
    """
    settings: dict[str, dict[str, Any]] = {
        f"{NAME}.pbip": {
            "$schema": f"{_SCHEMAS}pbip/pbipProperties/1.0.0/schema.json",
            "version": "1.0",
            "artifacts": [{"report": {"path": REPORT}}],
            "settings": {"enableAutoRecovery": True},
        },
        f"{MODEL}/.platform": _platform("SemanticModel"),
        f"{MODEL}/definition.pbism": {
            "$schema": f"{_SCHEMAS}item/semanticModel/definitionProperties/1.0.0/schema.json",
            "version": "4.2",
            "settings": {},
        },
        f"{REPORT}/.platform": _platform("Report"),
        **{f"{REPORT}/{path}": said for path, said in report.files(model=MODEL).items()},
    }
    made = {path: report.text(said) for path, said in settings.items()}
    model = tmdl.files(over, parameters=parameters or {})
    made |= {f"{MODEL}/definition/{path}": said for path, said in model.items()}
    made[".gitignore"] = "**/.pbi/localSettings.json\n**/.pbi/cache.abf\n"
    return made


def write(
    warehouse: Warehouse, folder: Path, *, over: Over, parameters: dict[str, str] | None = None
) -> Project:
    """Write the project, over Parquet with its tables, and what its measures must say.

    Args:
        warehouse: The lake's cache, brought up to date.
        folder: Where to; files of the project there are replaced.
        over: Where Power BI reads the tables.
        parameters: Values for some of `chartlake.powerbi.tmdl.PARAMETERS`.

    Raises:
        StorageError: The folder cannot be written, or another export is writing there.
    """
    made = files(over, parameters=parameters)
    if found := faults(made):
        raise ChartlakeError(
            f"the project is wrong ({found[0]}); report it, for this is a fault of chartlake"
        )
    rows: dict[str, int] = {}
    with opened(folder) as place:
        if over == "parquet":
            for one in chosen(dict.fromkeys(SOURCES.values())):
                name = f"{DATA}/{one.name}.parquet"
                with place.file(name) as passing, warehouse.reading(one.sql) as answer:
                    rows[one.name] = parquet.copied(answer.stream, passing)
        for path, said in made.items():
            place.text(path, said)
        place.text(EXPECTED, json.dumps(expected(warehouse), ensure_ascii=False, indent=2) + "\n")
        count = len(place.written)
    return Project(folder / f"{NAME}.pbip", count, rows)


def _platform(kind: str) -> dict[str, object]:
    return {
        "$schema": f"{_SCHEMAS}gitIntegration/platformProperties/2.0.0/schema.json",
        "metadata": {"type": kind, "displayName": NAME},
        "config": {"version": "2.0", "logicalId": tag(kind, NAME)},
    }
