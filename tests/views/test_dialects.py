"""The views use only what can be said in the other dialects too."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from chartlake import views

DIALECTS = ("spark", "trino", "athena", "snowflake")

# Each of them gave other rows elsewhere, or no statement at all, when it was tried.
AVOIDED = (
    r"FILTER\s*\(",
    "dayofweek",
    r"\bINTERVAL\b",
    r"\bGREATEST\b",
    r"\bLEAST\b",
    "epoch",
    "UNNEST",
    "generate_series",
    r"\brange\(",
    "string_agg",
    "list",
    "struct",
    "ASOF",
    "->",
    r"\bUSING\b",
    r"\bWINDOW\b",
    "::",
    r"SELECT\s+\*",
    "EXCLUDE",
    r"GROUP BY ALL",
)
CASTS = {"INTEGER", "BIGINT", "DOUBLE", "DATE", "VARCHAR"}


def code(name: str):
    """A view's SQL without its comments."""
    return re.sub(r"--[^\n]*", "", views.statement(name))


@pytest.mark.parametrize("name", views.ORDER)
def test_nothing_that_other_engines_take_otherwise(name: str):
    sql = code(name)
    assert [word for word in AVOIDED if re.search(word, sql, re.IGNORECASE)] == []
    assert set(re.findall(r"CAST\(.*? AS (\w+)\)", sql)) <= CASTS


@pytest.mark.parametrize("name", views.ORDER)
def test_window_frames_are_spelled_out_where_rows_add_up(name: str):
    # Without ROWS the frame is a RANGE, which takes rows of equal order together.
    for over in re.findall(r"\b(?:sum|min|max)\((?:[^()]|\([^()]*\))*\) OVER \(([^()]*)\)", code(name)):
        assert "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW" in over


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", views.ORDER)
def test_a_view_can_be_said_in(dialect: str, name: str):
    sqlglot = pytest.importorskip(
        "sqlglot", reason="translating the views needs sqlglot, a tool of the build"
    )
    said = sqlglot.transpile(
        views.statement(name),
        read="duckdb",
        write=dialect,
        unsupported_level=sqlglot.ErrorLevel.RAISE,
    )
    assert len(said) == 1
    sqlglot.parse_one(said[0], read=dialect)


@pytest.mark.parametrize("name", views.ORDER)
def test_sqlglot_knows_every_function(name: str):
    sqlglot = pytest.importorskip(
        "sqlglot", reason="translating the views needs sqlglot, a tool of the build"
    )
    tree = sqlglot.parse_one(views.statement(name), read="duckdb")
    assert [unknown.name for unknown in tree.find_all(sqlglot.exp.Anonymous)] == []


def test_what_is_shipped_in_other_dialects_is_what_the_views_say_now():
    pytest.importorskip("sqlglot", reason="translating the views needs sqlglot, a tool of the build")
    tool = Path(__file__).parents[2] / "tools" / "dialects.py"
    done = subprocess.run([sys.executable, str(tool), "--check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
