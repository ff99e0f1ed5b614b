"""555 real daily snapshots of one Top 50, where they lie beside the checkout."""

from __future__ import annotations

import gzip
import json
from datetime import datetime
from pathlib import Path

import pytest
import reference
from blake3 import blake3
from lakes import Lake, Row, in_order

RECORDED = Path(__file__).resolve().parents[3] / "shared" / "data" / "us_top50_2019-2021.ndjson.gz"

pytestmark = pytest.mark.skipif(
    not RECORDED.exists(), reason=f"the recorded snapshots are no part of the project: no {RECORDED.name}"
)


def entries(line: bytes):
    """The rows of chart_data that one recorded snapshot gives."""
    recorded = json.loads(line)
    captured_at = datetime.fromisoformat(recorded["when"]).replace(tzinfo=None)
    for item in recorded["items"]:
        yield {
            "source": "spotify",
            "chart_id": recorded["playlist_id"],
            "chart_name": recorded["playlist"],
            "region": "us",
            "cadence": "daily",
            "chart_date": captured_at.date(),
            "position": item["pos"],
            "item_type": "track" if item["track_id"] else "missing",
            "song_id": item["track_id"],
            "title": item["track"],
            "artist_display": ", ".join(name for name, _ in item["artists"]),
            "added_at": None,
            "streams": None,
            "popularity": None,
            "source_previous_position": None,
            "raw_key": f"raw_data/processed/{captured_at:%Y-%m-%d}",
            "captured_at": captured_at,
            "raw_hash": blake3(line).hexdigest(),
            "transform_version": 1,
        }


@pytest.fixture(scope="module")
def observed():
    with gzip.open(RECORDED) as lines:
        return [row for line in lines for row in entries(line)]


@pytest.fixture(scope="module")
def lake(observed: list[Row]):
    lake = Lake({"chart_data": observed})
    yield lake
    lake.close()


@pytest.mark.parametrize("view", ["snapshots", "chart_entries", "chart_history", "song_runs"])
def test_views_of_a_real_chart_say_what_the_loops_say(lake: Lake, observed: list[Row], view: str):
    assert lake.rows(view) == in_order(view, getattr(reference, view)(observed))


def test_coverage_of_a_real_chart_says_what_the_loops_say(lake: Lake, observed: list[Row]):
    assert lake.rows("coverage") == in_order("coverage", reference.coverage(observed, []))


def test_every_snapshot_is_there_and_every_gap_is_shown(lake: Lake, observed: list[Row]):
    dates = {row["chart_date"] for row in observed}
    ((recorded, gaps),) = lake.ask("SELECT count(*), sum(gap_before) FROM snapshots")
    assert recorded == len(dates)
    assert recorded + gaps == (max(dates) - min(dates)).days + 1
