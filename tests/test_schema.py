"""What lies in a lake is found out as a crawler would, and compared with what was agreed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from chartlake import layout
from chartlake.schema import inferred
from chartlake.store import open_store
from chartlake.tables import PHYSICAL

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_a_lake_is_as_agreed(lake: Path, ran: Callable[..., Any]):
    code, said, talk = ran("check", "--schema", "--json", "--lake", "lake")
    assert code == 0
    found = json.loads(said)
    tables = [one for one in found if not one["where"].startswith("raw ")]
    assert len(tables) == sum(len(table.columns) for table in PHYSICAL)
    assert {one["verdict"] for one in tables} == {"as agreed"}
    fields = {one["name"]: one["type"] for one in found if one["where"] == "raw spotify"}
    assert fields["items[].track.name"] == "VARCHAR"
    assert fields["items[].track.popularity"] == "UBIGINT"
    assert fields["items[].track.artists[].id"] == "VARCHAR"
    assert "as agreed: " in talk


def _copied(select: str, file: Path, to: Path) -> None:
    duckdb.sql(f"COPY ({select} FROM read_parquet('{file}', hive_partitioning = false)) TO '{to}'")


@pytest.mark.parametrize(
    ("select", "name", "verdict"),
    [
        ("SELECT * EXCLUDE (position), 'a' AS position", "position", "another type"),
        ("SELECT *, 1 AS surprise", "surprise", "not agreed"),
    ],
)
def test_what_is_not_as_agreed_is_told(
    lake: Path, ran: Callable[..., Any], select: str, name: str, verdict: str
):
    (file,) = (lake / "transformed_data/chart_data/month=2026-06").iterdir()
    changed = file.with_name("spotify-0123456789abcdef.parquet")
    _copied(select, file, changed)
    found = {one.name: one.verdict for one in inferred(open_store(str(lake))) if one.where == "chart_data"}
    assert found.pop(name) == verdict
    assert set(found.values()) == {"as agreed"}
    assert ran("check", "--schema", "--lake", "lake")[0] == 3


def test_a_column_that_is_gone_is_told(lake: Path):
    (file,) = (lake / "transformed_data/chart_data/month=2026-06").iterdir()
    _copied("SELECT * EXCLUDE (title)", file, file.with_name("spotify-0123456789abcdef.parquet"))
    file.unlink()
    found = {one.name: one.verdict for one in inferred(open_store(str(lake))) if one.where == "chart_data"}
    assert found["title"] == "not there"


def test_bare_documents_and_broken_ones(tmp_path: Path):
    store = open_store(str(tmp_path / "lake"))
    store.put(f"{layout.PROCESSED}imported/a.json", b'{"items": [{"a": 1}, {"a": null, "b": "x"}]}')
    store.put(f"{layout.PROCESSED}imported/b.json", b"{x")
    assert [(one.where, one.name, one.type) for one in inferred(store)] == [
        ("raw imported", "items[].a", "UBIGINT"),
        ("raw imported", "items[].b", "VARCHAR"),
    ]


def test_an_empty_lake_has_no_schema(tmp_path: Path, ran: Callable[..., Any]):
    assert ran("check", "--schema", "--lake", str(tmp_path / "lake"))[0] == 0
