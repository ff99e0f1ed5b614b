"""The data contract is valid by its standard's own schema, and says of every column what tables.py says."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from chartlake.export.choice import KNOWN
from chartlake.export.contract import contract

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Ran


def test_it_is_valid_by_the_standards_schema():
    jsonschema = pytest.importorskip("jsonschema", reason="checks by a schema")
    # Found, not imported: of that package only its file is wanted.
    standard = find_spec("open_data_contract_standard")
    assert standard is not None
    assert standard.origin is not None
    schema = json.loads(Path(standard.origin).with_name("schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema)
    assert list(validator.iter_errors(json.loads(contract()))) == []
    broken = json.loads(contract())
    broken["schema"][0]["properties"][0]["logicalType"] = "text"
    assert list(validator.iter_errors(broken)) != []


def test_it_names_every_column_once():
    said = {table["name"]: table for table in json.loads(contract())["schema"]}
    assert list(said) == list(KNOWN)
    for name, table in KNOWN.items():
        columns = {column["name"]: column for column in said[name]["properties"]}
        assert list(columns) == [column.name for column in table.columns]
        assert {one for one in columns if columns[one]["required"]} == {
            column.name for column in table.columns if column.required
        }


def test_it_needs_no_lake(ran: Callable[..., Ran], at_home: Path):
    assert ran("export", "contract") == (0, "chartlake.odcs.json\n", "")
    assert (at_home / "chartlake.odcs.json").read_text(encoding="utf-8") == contract()
