"""Each shape of each source gives exactly these rows, and passes every check."""

from __future__ import annotations

import json

import pytest
from golden import CASES, expected, reading_of, told

from chartlake.quality import judge


@pytest.mark.parametrize("case", CASES)
def test_gives_its_rows(case: str):
    assert told(reading_of(case)) == json.loads(expected(case).read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES)
def test_passes_every_check(case: str):
    judge(reading_of(case))
