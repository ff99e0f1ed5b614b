"""The dashboard's template: every column leads to a view's, and the cost is said first."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from chartlake.export.choice import KNOWN
from chartlake.lake import Lake
from chartlake.quicksight import NOW, SHOWN, VIEW, _named, columns, faults, statement, template

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Ran


def definition(made: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = made["Resources"]["Dashboard"]["Properties"]["Definition"]
    return found


def test_every_column_is_there():
    made = template()
    assert faults(made) == []
    assert {*SHOWN, *NOW} <= {column.name for column in KNOWN[VIEW].columns}
    assert len(list(_named(definition(made)))) >= 11


def test_a_planted_column_or_data_set_is_found():
    for at in range(len(list(_named(definition(template()))))):
        for name, value in (("ColumnName", "nope"), ("DataSetIdentifier", "nope")):
            made = copy.deepcopy(template())
            list(_named(definition(made)))[at][name] = value
            assert faults(made) != []
    made = copy.deepcopy(template())
    made["Resources"]["Set"]["Properties"]["PhysicalTableMap"]["history"]["CustomSql"]["Columns"].append(
        {"Name": "nope", "Type": "STRING"}
    )
    assert faults(made) != []


def test_visuals_filters_and_sorts_name_each_other():
    said = definition(template())
    (sheet,) = said["Sheets"]
    visuals = {next(iter(one.values()))["VisualId"] for one in sheet["Visuals"]}
    filters = {
        next(iter(one.values()))["FilterId"] for group in said["FilterGroups"] for one in group["Filters"]
    }
    assert {control["Dropdown"]["SourceFilterId"] for control in sheet["FilterControls"]} <= filters
    for group in said["FilterGroups"]:
        for scope in (
            group["ScopeConfiguration"].get("SelectedSheets", {}).get("SheetVisualScopingConfigurations", ())
        ):
            assert scope["SheetId"] == sheet["SheetId"]
            assert {*scope["VisualIds"]} <= visuals
    for one in sheet["Visuals"]:
        text = json.dumps(one)
        fields = set(_values(one, "FieldId"))
        assert fields
        assert text.count('"FieldSort"') == 0 or all(
            sort["FieldId"] in fields for sort in _values(one, "FieldSort")
        )


def _values(said: Any, key: str) -> list[Any]:
    if isinstance(said, dict):
        own = [said[key]] if key in said and not ("Direction" in said and key == "FieldId") else []
        return own + [found for value in said.values() for found in _values(value, key)]
    return [found for value in said for found in _values(value, key)] if isinstance(said, list) else []


def test_what_it_asks_is_answered(lake: Path):
    """In DuckDB, whose views are Athena's; the columns are those of the data set, in their order."""
    warehouse = Lake.of(None, str(lake)).warehouse()
    warehouse.refresh()
    answer = warehouse.ask(statement("${Database}").replace('"${Database}".', ""))
    assert answer.columns == list(columns())
    rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    latest = max(row["chart_date"] for row in rows)
    for row in rows:
        assert row["position_now"] == (row["position"] if row["chart_date"] == latest else None)
    sqlglot = pytest.importorskip("sqlglot", reason="a tool of the build")
    sqlglot.parse_one(statement("charts"), read="athena")


def test_the_cost_is_said_first(ran: Callable[..., Ran], at_home: Path):
    code, out, talk = ran("export", "quicksight")
    assert (code, out) == (0, "quicksight.json\n")
    assert "USD 3 a month for each reader" in talk
    made = json.loads((at_home / "quicksight.json").read_text())
    assert made == template()
    assert "for each reader" in made["Description"]
    assert len(made["Description"]) <= 1024
