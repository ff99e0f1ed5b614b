"""555 real daily snapshots of a Top 50, as an older pipeline would have left them in a bucket.

They lie beside the checkout and are no part of the project.
"""

from __future__ import annotations

import gzip
import json
import random
from collections import defaultdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from chartlake import layout, pipeline
from chartlake.store import open_store
from chartlake.warehouse import Warehouse
from making import entry, paging

if TYPE_CHECKING:
    from chartlake.store import Store

RECORDED = Path(__file__).resolve().parents[2] / "shared" / "data" / "us_top50_2019-2021.ndjson.gz"

pytestmark = pytest.mark.skipif(
    not RECORDED.exists(), reason=f"the recorded snapshots are no part of the project: no {RECORDED.name}"
)


@pytest.fixture(scope="module")
def snapshots() -> list[dict[str, Any]]:
    with gzip.open(RECORDED) as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def lake(snapshots: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """All of them dropped in, in both shapes, shuffled, each file twice, and taken up."""
    folder = tmp_path_factory.mktemp("us")
    store = open_store(str(folder / "lake"))
    dice = random.Random(50)
    drop(store, dice.sample(snapshots, len(snapshots)), dice)
    summary = pipeline.run(store, [], {})
    assert summary.exit_code == 0
    assert list(store.list(layout.TO_BE_PROCESSED)) == []
    warehouse = Warehouse(store, folder / "cache.duckdb")
    warehouse.refresh()
    return warehouse


def drop(store: Store, snapshots: list[dict[str, Any]], dice: random.Random) -> None:
    files = []
    for number, snapshot in enumerate(snapshots):
        body = document(snapshot, wrapper="item" if number % 2 else "track")
        when = snapshot["when"].replace("T", " ").replace("Z", "")
        files += [(f"spotify_raw_{when}.json", body), (f"copied/spotify_raw_{when}.json", body)]
    for name, body in dice.sample(files, len(files)):
        store.put(layout.TO_BE_PROCESSED + name, body)


def document(snapshot: dict[str, Any], *, wrapper: str) -> bytes:
    items = [entry(track(item), wrapper=wrapper, added_at=snapshot["when"]) for item in snapshot["items"]]
    address = f"https://api.spotify.com/v1/playlists/{snapshot['playlist_id']}/{wrapper}s?offset=0&limit=100"
    return json.dumps(paging(items, href=address)).encode()


def track(item: dict[str, Any]) -> dict[str, Any]:
    minutes, _, seconds = item["length"].rpartition(":")
    return {
        "type": "track",
        "id": item["track_id"],
        "name": item["track"],
        "duration_ms": 1000 * (60 * int(minutes or 0) + int(seconds or 0)),
        "artists": [{"id": artist_id, "name": name} for name, artist_id in item["artists"]],
        "album": {"id": item["album_id"], "name": item["album"]},
    }


def days(snapshots: list[dict[str, Any]]) -> dict[date, list[tuple[int, str]]]:
    """For each day the position and song of the snapshot that counts: the last of the day."""
    by_day: dict[date, dict[str, Any]] = {}
    for snapshot in sorted(snapshots, key=lambda one: one["when"]):
        by_day[datetime.fromisoformat(snapshot["when"]).date()] = snapshot
    return {
        day: [(item["pos"], item["track_id"]) for item in snapshot["items"]]
        for day, snapshot in sorted(by_day.items())
    }


def test_there_is_one_recorded_snapshot_for_each_day_with_every_position(lake: Warehouse, snapshots: list):
    expected = [
        (day, position, song) for day, items in days(snapshots).items() for position, song in sorted(items)
    ]
    entries = lake.ask("SELECT chart_date, position, song_id FROM chart_entries ORDER BY ALL").rows
    assert entries == expected
    # 555 snapshots: on some days there are several, and the last one counts.
    assert (len(snapshots), len(days(snapshots))) == (555, 531)


def test_the_history_is_what_plain_loops_say(lake: Warehouse, snapshots: list):
    seen: set[str] = set()
    peak: dict[str, int] = {}
    at_peak: dict[str, int] = defaultdict(int)
    stayed: dict[str, int] = defaultdict(int)
    streak: dict[str, int] = defaultdict(int)
    before: dict[str, int] = {}
    last: date | None = None
    expected = []
    for day, items in days(snapshots).items():
        now: dict[str, int] = {}
        for position, song in sorted(items):
            now.setdefault(song, position)
        for song, position in now.items():
            previous = before.get(song)
            if previous is None:
                status = "RE" if song in seen else "NEW"
            else:
                status = "UP" if position < previous else "DOWN" if position > previous else "SAME"
            if position < peak.get(song, 1000):
                peak[song], at_peak[song] = position, 0
            at_peak[song] += position == peak[song]
            stayed[song] += 1
            streak[song] = streak[song] + 1 if song in before else 1
            move = None if previous is None else previous - position
            gap = 0 if last is None else (day - last).days - 1
            counted = (peak[song], stayed[song], at_peak[song], streak[song])
            expected.append((day, song, position, previous, move, status, *counted, gap))
        seen |= now.keys()
        before, last = now, day
    history = lake.ask(
        "SELECT chart_date, song_id, position, previous_position, move, status, peak_position, "
        "days_on_chart, days_at_peak, streak, gap_before FROM chart_history"
    ).rows
    assert sorted(history, key=lambda row: row[:2]) == sorted(expected, key=lambda row: row[:2])


def test_taking_them_up_again_changes_nothing(lake: Warehouse, snapshots: list):
    store = lake._store
    before = lake.ask("SELECT count(*), count(DISTINCT raw_hash) FROM chart_entries").rows
    drop(store, snapshots[:40], random.Random(1))
    assert pipeline.run(store, [], {}).exit_code == 0
    lake.refresh()
    assert (
        lake.ask("SELECT count(*), count(DISTINCT chart_date) FROM chart_entries").rows[0][0] == before[0][0]
    )
