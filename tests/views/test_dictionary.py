"""The dictionary says what the views are, and the page says what the dictionary says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest
from lakes import Lake

from chartlake import views
from chartlake.dictionary import VIEWS
from chartlake.dictionary.__main__ import main
from chartlake.dictionary.pages import data_dictionary, er_diagram, reference_page
from chartlake.tables import PHYSICAL

if TYPE_CHECKING:
    from chartlake.tables import Table

COMMITTED = Path(__file__).resolve().parents[2] / "docs" / "reference" / "tables.md"
DUCKDB_TYPES = {
    "string": "VARCHAR",
    "int": "INTEGER",
    "bigint": "BIGINT",
    "double": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "boolean": "BOOLEAN",
}


@pytest.fixture(scope="module")
def lake():
    lake = Lake({})
    yield lake
    lake.close()


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_view_has_the_columns_that_the_dictionary_says(lake: Lake, view: Table):
    described = [(name, kind) for name, kind, *_ in lake.ask(f"DESCRIBE {view.name}")]
    assert described == [(column.name, DUCKDB_TYPES[column.type]) for column in view.columns]


def test_the_dictionary_has_every_view_in_the_order_of_making():
    assert tuple(view.name for view in VIEWS) == views.ORDER
    assert all(view.view for view in VIEWS)


def test_every_file_of_sql_is_a_view():
    there = {file.stem for file in Path(views.__file__).parent.glob("*.sql")}
    assert there == set(views.ORDER)


def test_no_other_name_has_a_statement():
    with pytest.raises(KeyError):
        views.statement("../tables")


@pytest.mark.parametrize("name", views.ORDER)
def test_a_statement_is_one_select_under_its_rule(name: str):
    sql = views.statement(name)
    assert sql.startswith("-- Grain: one ")
    assert "\n-- Rule: " in sql
    assert len(duckdb.extract_statements(sql)) == 1
    assert sql.endswith("\n")
    assert not sql.rstrip().endswith(";")


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_keys_are_columns_and_references_lead_somewhere(view: Table):
    known = {table.name: {column.name for column in table.columns} for table in VIEWS}
    assert set(view.key) <= known[view.name]
    for column in view.columns:
        if column.refers:
            table, _, name = column.refers.partition(".")
            assert name in known[table]


@pytest.mark.parametrize("table", [*VIEWS, *PHYSICAL], ids=lambda table: table.name)
def test_every_column_has_a_meaning_of_one_line_without_a_full_stop(table: Table):
    assert len({column.name for column in table.columns}) == len(table.columns)
    for column in table.columns:
        assert column.meaning
        assert "\n" not in column.meaning
        assert not column.meaning.endswith(".")


def test_the_page_has_every_table_and_column():
    page = data_dictionary()
    for table in (*VIEWS, *PHYSICAL):
        assert f"### {table.name}\n" in page
        section = page.partition(f"### {table.name}\n")[2].partition("### ")[0]
        for column in table.columns:
            assert f"| `{column.name}` | {column.type} |" in section


def test_the_drawing_joins_what_refers_to_each_other():
    drawn = er_diagram().splitlines()
    assert drawn[0] == "erDiagram"
    assert '    songs ||--o{ chart_history : "source, song_id"' in drawn
    assert '    snapshots |o--|| coverage : "source, chart_id, chart_date"' in drawn
    assert not [line for line in drawn if "classic" in line]


def test_the_committed_page_is_the_generated_one(tmp_path: Path):
    page = tmp_path / "reference" / "tables.md"
    assert main([str(page)]) == 0
    assert page.read_text(encoding="utf-8") == reference_page()
    assert COMMITTED.read_text(encoding="utf-8") == reference_page(), (
        "run python -m chartlake.dictionary docs/reference/tables.md"
    )


def test_the_command_says_what_it_wants(capsys: pytest.CaptureFixture[str]):
    assert main([]) == 2
    assert "docs/reference/tables.md" in capsys.readouterr().err
