"""What Power BI would stumble over, found before it does: every name leads somewhere.

Microsoft's validators miss some of this (a visual bound to a measure that is not there, a column
without its source, a measure named like a column), and cannot be shipped.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TABLE = re.compile(r"^table (\S+)$", re.MULTILINE)
_COLUMN = re.compile(
    r"^\tcolumn (\S+)$(.*?)(?=^\t(?:///|column |measure |partition |annotation )|\Z)",
    re.MULTILINE | re.DOTALL,
)
_MEASURE = re.compile(r"^\tmeasure '([^']+)' =(.*?)^\t\tlineageTag", re.MULTILINE | re.DOTALL)
_PARTITION = re.compile(r"^\tpartition \S+ = (\w+)\n.*?source =\n(.*?)(?=^\t\S|\Z)", re.MULTILINE | re.DOTALL)
_REFERENCE = re.compile(r"\b(\w+)\[(\w+)\]")
_OWN = re.compile(r"(?<![\w\]])\[([A-Z][^\]]*)\]")
_END = re.compile(r"^\t(?:from|to)Column: (\w+)\.(\w+)$", re.MULTILINE)
_TYPES = {"string", "int64", "double", "dateTime", "boolean"}
_PROPERTIES = {
    "dataType", "isHidden", "formatString", "lineageTag", "summarizeBy", "sourceColumn", "isKey",
    "isNameInferred", "annotation",
}  # fmt: skip
_ROLES = {
    "slicer": {"Values"},
    "card": {"Values"},
    "tableEx": {"Values"},
    "barChart": {"Category", "Y"},
    "lineChart": {"Category", "Y", "Series"},
    "pivotTable": {"Rows", "Columns", "Values"},
}
"""The kinds of visuals that are used, and their wells."""


class _Model(NamedTuple):
    columns: dict[str, list[str]]
    measures: dict[str, str]


def faults(files: Mapping[str, str]) -> list[str]:
    """What is wrong with a project, a sentence each; none if it is well.

    Args:
        files: The text of each file, by its path in the project.
    """
    tables = {path: said for path, said in files.items() if "/definition/tables/" in path}
    model = _read(tables)
    return [
        *_model(files, tables, model),
        *(fault for path, said in tables.items() for fault in _table(path, said, model)),
        *_report(files, model),
    ]


def _read(tables: Mapping[str, str]) -> _Model:
    columns: dict[str, list[str]] = {}
    measures: dict[str, str] = {}
    for said in tables.values():
        for name in _TABLE.findall(said):
            columns[name] = [found[0] for found in _COLUMN.findall(said)]
        measures |= dict(_MEASURE.findall(said))
    return _Model(columns, measures)


def _model(files: Mapping[str, str], tables: Mapping[str, str], model: _Model) -> Iterator[str]:
    for path, said in files.items():
        if path.endswith("model.tmdl"):
            named = re.findall(r"^ref table (\S+)$", said, re.MULTILINE)
            for name in {*named} ^ {*model.columns}:
                yield f"model.tmdl and the tables do not agree about {name}"
        if path.endswith("relationships.tmdl"):
            for table, column in _END.findall(said):
                if column not in model.columns.get(table, ()):
                    yield f"a relationship is with {table}.{column}, which is not there"
    every = [name for said in tables.values() for name, _ in _MEASURE.findall(said)]
    for name in {name for name in every if every.count(name) > 1}:
        yield f"two measures are called {name}"


def _table(path: str, said: str, model: _Model) -> Iterator[str]:
    names = [found[0] for found in _COLUMN.findall(said)]
    for name in {one for one in names if names.count(one) > 1}:
        yield f"{path}: two columns are called {name}"
    for name, body in _COLUMN.findall(said):
        yield from (f"{path}: column {name} {fault}" for fault in _column(body))
    for name, dax in _MEASURE.findall(said):
        if name in names:
            yield f"{path}: a measure is called {name} like a column"
        yield from (f"{path}: measure {name} {fault}" for fault in _expression(dax, model))
    for kind, source in _PARTITION.findall(said):
        wrong = _unclosed(source) if kind == "m" else next(_expression(source, model, own=False), None)
        if wrong:
            yield f"{path}: the partition {wrong}"
    for line in said.splitlines():
        if line.startswith(" "):
            yield f"{path}: a line is indented by spaces"


def _column(body: str) -> Iterator[str]:
    said = dict(re.findall(r"^\t\t(\w+)(?:: (.*)| = .*)?$", body, re.MULTILINE))
    if "sourceColumn" not in said:
        yield "has no sourceColumn"
    if said.get("dataType") not in _TYPES:
        yield f"is of the type {said.get('dataType')}"
    for name in said.keys() - _PROPERTIES:
        # `annotation X = Y` is read as the property annotation.
        if not re.search(rf"^\t\tannotation {name}\b", body, re.MULTILINE) and name != "annotation":
            yield f"has a property {name}"


def _expression(dax: str, model: _Model, *, own: bool = True) -> Iterator[str]:
    if wrong := _unclosed(dax):
        yield wrong
    for table, column in _REFERENCE.findall(dax):
        if column not in model.columns.get(table, ()):
            yield f"names {table}[{column}], which is not there"
    for name in _OWN.findall(dax) if own else ():
        if name not in model.measures:
            yield f"names [{name}], which is not there"


def _unclosed(text: str) -> str | None:
    """Whether a bracket is not closed, or closed by another; texts in quotes do not count."""
    pairs, left = {")": "(", "]": "[", "}": "{"}, []
    for char in re.sub(r'"[^"]*"', "", text):
        if char in pairs.values():
            left.append(char)
        elif char in pairs and (not left or left.pop() != pairs[char]):
            return "has a bracket that closes nothing"
    return "has a bracket that is not closed" if left else None


def _report(files: Mapping[str, str], model: _Model) -> Iterator[str]:
    said: dict[str, Any] = {
        path: json.loads(text) for path, text in files.items() if path.endswith((".json", ".pbir", ".pbip"))
    }
    for path, one in said.items():
        if path.endswith(".pbip"):
            wanted = [f"{artifact['report']['path']}/definition.pbir" for artifact in one["artifacts"]]
            yield from (f"{path}: {name} is not there" for name in wanted if name not in files)
        if path.endswith(".pbir"):
            name = one["datasetReference"]["byPath"]["path"].removeprefix("../")
            if f"{name}/definition.pbism" not in files:
                yield f"{path}: the model {name} is not there"
        if path.endswith("/pages.json"):
            folder = path.removesuffix("pages.json")
            below = [other for other in files if other.startswith(folder) and other.endswith("/page.json")]
            pages = {other.split("/")[-2] for other in below}
            if {*one["pageOrder"]} != pages or one["activePageName"] not in pages:
                yield f"{path}: the order names other pages than there are"
        if path.endswith("/visual.json"):
            page = said[f"{path.split('/visuals/')[0]}/page.json"]
            yield from (f"{path}: {fault}" for fault in _visual(one, page, model))


def _visual(one: dict[str, Any], page: dict[str, Any], model: _Model) -> Iterator[str]:
    if unknown := one.keys() - {"$schema", "name", "position", "visual"}:
        yield f"has {min(unknown)}"
    yield from _position(one.get("position", {}), page)
    drawn = one["visual"]
    roles = drawn["query"]["queryState"]
    if drawn["visualType"] not in _ROLES:
        yield f"is a {drawn['visualType']}, which is no visual"
    elif not roles or not roles.keys() <= _ROLES[drawn["visualType"]]:
        yield f"has wells that a {drawn['visualType']} has not: {', '.join(roles)}"
    fields = [shown["field"] for role in roles.values() for shown in role["projections"]]
    fields += [sort["field"] for sort in drawn["query"].get("sortDefinition", {}).get("sort", ())]
    for field in fields:
        (kind, inner), *_ = field.items()
        table, name = inner["Expression"]["SourceRef"]["Entity"], inner["Property"]
        there = name in model.measures if kind == "Measure" else name in model.columns.get(table, ())
        if not there:
            yield f"shows {kind.lower()} {table}.{name}, which is not there"


def _position(at: dict[str, Any], page: dict[str, Any]) -> Iterator[str]:
    if not {"x", "y", "width", "height"} <= at.keys():
        yield "has no place"
    elif (
        min(at["x"], at["y"]) < 0
        or at["x"] + at["width"] > page["width"]
        or at["y"] + at["height"] > page["height"]
    ):
        yield "lies outside of its page"
