"""The views in Athena's dialect, as they are shipped."""

from __future__ import annotations

import re

import pytest

from chartlake import views
from chartlake.aws import athena


@pytest.mark.parametrize("name", views.ORDER)
def test_nothing_is_left_that_trino_has_not(name: str):
    sql = re.sub(r"--[^\n]*", "", athena.statement(name))
    assert [word for word in ("QUALIFY", "EXCLUDE", "arg_max", "//", "::") if word in sql] == []
    assert ";" not in sql


def test_there_is_no_other_view():
    with pytest.raises(KeyError):
        athena.statement("../chart_history")
