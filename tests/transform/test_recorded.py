"""Real answers, where somebody keeps some beside the checkout: every position of them is kept.

They are nobody's to publish and so no part of the project; without them this is skipped.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from test_total import settled

from chartlake.intake import Arriving, documents
from chartlake.layout import plain_name
from chartlake.quality import judge
from chartlake.snapshot import stated_moment
from chartlake.transform import understood
from chartlake.transform.reading import utc_day

RECORDED = Path(__file__).parents[3] / "shared" / "data" / "recorded"
pytestmark = pytest.mark.skipif(
    not RECORDED.is_dir(), reason=f"needs recorded answers in {RECORDED.relative_to(RECORDED.parents[3])}"
)

DATED = "-2023-07-14 10:20:30.123456"
NO_CHARTS = ("error", "track_object")
LISTS = [
    path
    for path in sorted(RECORDED.rglob("*.json"))
    if not path.name.startswith(NO_CHARTS)
]  # fmt: skip
OTHERS = [path for path in sorted(RECORDED.rglob("*.json")) if path not in LISTS]
CHART_FILES = sorted(RECORDED.rglob("*regional*.csv"))


def items_in(value: Any):
    """The items of a recorded list, found without the transform."""
    for name in ("items", "tracks", "data", "feed", "results"):
        if isinstance(value, dict) and name in value:
            return items_in(value[name])
    return value


def the_name(path: Path):
    return path.stem + DATED + path.suffix


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.name)
def test_a_recorded_list_keeps_every_position(path: Path):
    document = path.read_bytes()
    items = items_in(json.loads(document))
    reading = understood(document, name=the_name(path))
    judge(reading)
    assert [entry.position for entry in reading.entries] == list(range(1, len(items) + 1))
    shown = [item.get("item") or item.get("track") or item for item in items]
    assert [entry.title for entry in reading.entries] == [
        item.get("name") or item.get("title") for item in shown
    ]
    assert settled(document, the_name(path)) is None


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.name)
def test_a_recorded_list_in_an_envelope_is_the_same(path: Path):
    document = path.read_bytes()
    bare = understood(document, name=the_name(path))
    beginning = '{"chartlake":1,"source":"%s","chart_id":"c","cadence":"daily","captured_at":"%s","pages":['
    whole = (beginning % (bare.source, bare.captured_at.isoformat())).encode() + document + b"]}"
    assert understood(whole, name="").entries == bare.entries


@pytest.mark.parametrize("path", CHART_FILES, ids=lambda path: path.name)
def test_a_recorded_chart_file_keeps_every_position(path: Path, tmp_path: Path):
    named = path.name if stated_moment(plain_name(path.name)) else path.stem + "-01.csv"
    (tmp_path / named).write_bytes(path.read_bytes())
    (one,) = documents(tmp_path, now=utc_now())
    assert isinstance(one, Arriving)
    reading = understood(one.document, name="")
    judge(reading)
    assert [entry.position for entry in reading.entries] == list(range(1, 201))
    assert all(entry.streams and entry.item_type == "track" for entry in reading.entries)
    assert reading.chart_date == utc_day(reading.captured_at)
    assert settled(one.document) is None


def test_a_recorded_row_with_doubled_quotes_is_one_row():
    header = (RECORDED / "charts_csv/regional-global-weekly-2022-01-13.csv").read_bytes().splitlines()[0]
    row = (RECORDED / "charts_csv/quirk_row_doubled_quotes.csv").read_bytes()
    (entry,) = understood(header + b"\n" + row, name="a" + DATED + ".csv").entries
    assert '"' in entry.title
    assert '""' not in entry.title


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.name)
def test_what_is_recorded_and_no_list_is_rejected(path: Path):
    assert settled(path.read_bytes(), the_name(path)) == "shape"


def utc_now():
    return stated_moment("2026-06-01")
