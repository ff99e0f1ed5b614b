"""The views in Athena's dialect, as they are shipped."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from chartlake import views
from chartlake.aws import athena

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", views.ORDER)
def test_a_shipped_view_is_what_the_translation_says(name: str):
    pytest.importorskip("sqlglot", reason="translating the views needs sqlglot, a tool of the build")
    spec = importlib.util.spec_from_file_location("dialects", ROOT / "tools" / "dialects.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert athena.statement(name) == tool.translated(name, "athena"), (
        "run make views, and read the difference"
    )


@pytest.mark.parametrize("name", views.ORDER)
def test_nothing_is_left_that_trino_has_not(name: str):
    sql = re.sub(r"--[^\n]*", "", athena.statement(name))
    assert [word for word in ("QUALIFY", "EXCLUDE", "arg_max", "//", "::") if word in sql] == []
    assert ";" not in sql


def test_there_is_no_other_view():
    with pytest.raises(KeyError):
        athena.statement("../chart_history")
