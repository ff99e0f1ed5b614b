"""Exports hold what the tables hold, appear whole, and one at a time."""

from __future__ import annotations

import csv
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartlake.export import text
from chartlake.export.choice import KNOWN, USUAL, chosen
from chartlake.export.place import opened, replaced
from chartlake.lake import Lake
from chartlake.store import open_store
from making import day, entry, paging, put_pending, track

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Ran

HOSTILE = (
    "=1+1",
    "+49 Fuerte",
    "-Minus",
    "@home",
    "\tTab",
    "\rReturn",
    "\nFeed",
    "\uff1dWide",
    "'=quoted",
    '"',
    "a,b\nc",
)


@pytest.fixture
def hostile(at_home: Path) -> Path:
    """A lake whose titles a spreadsheet would run."""
    store = open_store(str(at_home / "lake"))
    entries = [entry(track(number, name=name)) for number, name in enumerate(HOSTILE, 1)]
    put_pending(store, json.dumps(paging(entries)).encode(), captured_at=day(1))
    put_pending(store, json.dumps(paging(entries[::-1])).encode(), captured_at=day(2))
    return at_home / "lake"


@pytest.fixture
def exporting(ran: Callable[..., Ran], hostile: Path) -> Callable[..., Ran]:
    assert ran("transform", "--lake", "lake")[0] == 0
    return lambda *arguments: ran("export", *arguments, "--lake", "lake")


def lying(folder: str = ".") -> list[str]:
    return sorted(file.name for file in Path(folder).iterdir())


def rows_of(name: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    warehouse = Lake.of(None, "lake").warehouse()
    order = ", ".join(KNOWN[name].key)
    found = warehouse.ask(f"SELECT * FROM {name} ORDER BY {order}")
    return found.columns, found.rows


def test_parquet_duckdb_and_sqlite_hold_what_the_tables_hold(exporting: Callable[..., Ran]):
    for form, out in [("parquet", "p"), ("duckdb", "d.duckdb"), ("sqlite", "d.sqlite")]:
        assert exporting(form, *KNOWN, "--out", out)[0] == 0
    warehouse = Lake.of(None, "lake").warehouse()
    with (
        closing(duckdb.connect("d.duckdb", read_only=True)) as database,
        closing(sqlite3.connect("d.sqlite")) as old,
    ):
        for name, table in KNOWN.items():
            ordered = f"SELECT * FROM {{}} ORDER BY {', '.join(table.key)}, 1, 2, 3"
            columns, types, rows = warehouse.ask(ordered.format(name))
            found = database.execute(ordered.format(name))
            assert [(column[0], str(column[1])) for column in found.description] == [
                *zip(columns, types, strict=True)
            ]
            assert found.fetchall() == rows, name
            assert database.execute(ordered.format(f"'p/{name}.parquet'")).fetchall() == rows, name
            stored = old.execute(ordered.format(name)).fetchall()
            assert [list(row) for row in stored] == [[as_sqlite(value) for value in row] for row in rows], (
                name
            )


def as_sqlite(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | float) else str(value)


def test_a_csv_is_the_table_and_no_cell_is_a_formula(exporting: Callable[..., Ran]):
    columns, rows = rows_of("chart_history")
    assert exporting("csv", "chart_history", "--out", "x")[0] == 0
    with Path("x/chart_history.csv").open(encoding="utf-8", newline="") as file:
        heading, *cells = csv.reader(file)
    assert heading == columns
    titles = [row[heading.index("title")] for row in cells]
    assert titles == [
        f"'{row[columns.index('title')]}"
        if row[columns.index("title")] in HOSTILE[:8]
        else row[columns.index("title")]
        for row in rows
    ]
    assert [row[heading.index("move")] for row in cells] == [
        "" if row[columns.index("move")] is None else str(row[columns.index("move")]) for row in rows
    ]


def test_exact_cells_are_exact(exporting: Callable[..., Ran]):
    columns, rows = rows_of("songs")
    assert exporting("csv", "songs", "--out", "x", "--exact")[0] == 0
    with Path("x/songs.csv").open(encoding="utf-8", newline="") as file:
        heading, *cells = csv.reader(file)
    assert {row[heading.index("name")] for row in cells} == {row[columns.index("name")] for row in rows}
    (one,) = json.loads(Path("x/datapackage.json").read_text())["resources"]
    assert one["formulas"] == "as they are"


@given(st.text(max_size=8))
def test_no_text_begins_a_formula_and_none_is_lost(value: str):
    made = text.cell(value)
    assert not made.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert made in {value, f"'{value}"}
    assert text.cell(value, exact=True) == value


def test_the_package_describes_every_file(exporting: Callable[..., Ran]):
    assert (
        exporting("csv", "--out", "x", "--query", "select 1 as one, date '2026-06-01' as d, 'x' as t")[0] == 0
    )
    assert exporting("csv", "--out", "y")[0] == 0
    (answer,) = json.loads(Path("x/datapackage.json").read_text())["resources"]
    assert [(field["name"], field["type"]) for field in answer["schema"]["fields"]] == [
        ("one", "integer"),
        ("d", "date"),
        ("t", "string"),
    ]
    package = json.loads(Path("y/datapackage.json").read_text())
    assert [one["name"] for one in package["resources"]] == list(USUAL)
    assert {one["path"] for one in package["resources"]} | {"datapackage.json"} == set(lying("y"))
    for one in package["resources"]:
        with Path("y", one["path"]).open(encoding="utf-8", newline="") as file:
            heading, *cells = csv.reader(file)
        assert [field["name"] for field in one["schema"]["fields"]] == heading
        assert one["rows"] == len(cells)
        keys = [tuple(row[heading.index(name)] for name in one["schema"]["primaryKey"]) for row in cells]
        assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_same_tables_make_the_same_bytes(form: str, exporting: Callable[..., Ran]):
    some = ("chart_history", "songs", "coverage")
    assert exporting(form, *some, "--out", "x")[0] == exporting(form, *some, "--out", "y")[0] == 0
    for file in Path("x").iterdir():
        assert file.read_bytes() == (Path("y") / file.name).read_bytes(), file.name


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("csv", "nope"), 1, "there is no table 'nope'"),
        (("csv", "--query", "selec"), 1, "correct the SQL"),
        (
            ("parquet", "--query", "select * from read_text('/etc/hosts')"),
            1,
            "may only read the lake's own tables",
        ),
        (("sqlite", "--query", "create table x (a int)"), 1, "read-only"),
        (("duckdb", "--as", "x"), 2, "--query"),
        (("csv", "--query", "select 1", "--as", "songs"), 2, "another name"),
        (("csv", "--query", "select 1", "--as", "../up"), 2, "cannot name a table"),
        (("csv", "songs", "--out", "deep/er/chart"), 0, ""),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, tuple) else None,
)
def test_bad_input_is_told_in_a_sentence(arguments, code, says, exporting: Callable[..., Ran]):
    found, _, talk = exporting(*arguments)
    assert found == code
    assert says in talk


def test_a_place_that_cannot_be_written(exporting: Callable[..., Ran]):
    Path("file").write_text("")
    for form in ("csv", "duckdb", "classic"):
        code, _, talk = exporting(form, "--out", "file/below")
        assert code == 5
        assert talk.count("\n") == 1
        assert "--out" in talk


@pytest.mark.parametrize("form", ["csv", "parquet", "classic"])
def test_an_export_over_a_running_one_is_refused_in_a_sentence(form: str, exporting: Callable[..., Ran]):
    with opened(Path("x")):
        code, out, talk = exporting(form, "--out", "x")
    assert (code, out) == (5, "")
    assert talk == "error: another export is writing x; wait until it is done, or name another place\n"
    assert lying("x") == []
    assert exporting(form, "--out", "x")[0] == 0


@pytest.mark.parametrize("form", ["duckdb", "sqlite"])
def test_a_file_over_a_running_export_is_refused_too(form: str, exporting: Callable[..., Ran]):
    with replaced(Path("charts")) as passing:
        passing.write_text("half")
        code, _, talk = exporting(form, "--out", "charts")
        assert passing.read_text() == "half"
    assert code == 5
    assert "another export is writing charts" in talk
    assert Path("charts").read_text() == "half"
    assert exporting(form, "--out", "charts")[0] == 0
    assert [name for name in lying() if "charts" in name] == ["charts"]


def test_what_fails_leaves_the_old_file(exporting: Callable[..., Ran]):
    assert exporting("sqlite", "songs", "--out", "x.sqlite")[0] == 0
    assert exporting("csv", "songs", "--out", "x")[0] == 0
    before = Path("x.sqlite").read_bytes(), Path("x/songs.csv").read_bytes()
    for form, out in (("sqlite", "x.sqlite"), ("csv", "x")):
        # The error comes after many rows were read.
        failing = "select error('no') from range(50000) t(i) where i = 49999"
        code, _, _ = exporting(form, "songs", "--query", failing, "--as", "late", "--out", out)
        assert code == 1
    assert (Path("x.sqlite").read_bytes(), Path("x/songs.csv").read_bytes()) == before
    assert sorted(lying("x")) == ["datapackage.json", "songs.csv"]


def test_what_a_killed_export_left_is_not_mistaken_for_its_file(exporting: Callable[..., Ran]):
    Path("x").mkdir()
    Path("x/.songs.csv.passing").write_text("half a row")
    Path(".x.sqlite.passing").write_text("half a file")
    Path(".x.sqlite.exporting").write_text("")
    assert exporting("csv", "songs", "--out", "x")[0] == 0
    assert exporting("sqlite", "songs", "--out", "x.sqlite")[0] == 0
    assert sorted(lying("x")) == ["datapackage.json", "songs.csv"]
    assert not [name for name in lying() if name.startswith(".x")]


def test_every_table_can_be_chosen_and_the_usual_are_the_views():
    assert [one.name for one in chosen(KNOWN)] == list(KNOWN)
    assert [one.name for one in chosen([])] == list(USUAL)


def test_the_package_goes_on_telling_of_what_is_still_there(exporting: Callable[..., Ran]):
    for names in (("songs", "albums"), ("songs",), ("artists",)):
        assert exporting("csv", *names, "--out", "x")[0] == 0
    told = [one["name"] for one in json.loads(Path("x/datapackage.json").read_text())["resources"]]
    assert sorted(told) == ["albums", "artists", "songs"]
    Path("x/albums.csv").unlink()
    assert exporting("parquet", "songs", "--out", "x")[0] == 0
    told = [one["path"] for one in json.loads(Path("x/datapackage.json").read_text())["resources"]]
    assert sorted(told) == ["artists.csv", "songs.csv", "songs.parquet"]
    Path("x/datapackage.json").write_text("[not one]")
    assert exporting("csv", "songs", "--out", "x")[0] == 0


def test_sqlite_says_what_its_columns_mean(exporting: Callable[..., Ran]):
    assert exporting("sqlite", "songs", "--out", "x.sqlite")[0] == 0
    with closing(sqlite3.connect("x.sqlite")) as connection:
        told = dict(connection.execute('SELECT "column", meaning FROM _columns').fetchall())
    assert told == {column.name: column.meaning for column in KNOWN["songs"].columns}
