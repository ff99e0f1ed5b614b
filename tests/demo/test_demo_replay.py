"""The demo's replay: the real client and pipeline over simulated weeks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chartlake.demo.replay import replay
from chartlake.store import open_store
from chartlake.warehouse import Warehouse

if TYPE_CHECKING:
    from pathlib import Path


def objects(folder: Path) -> dict[str, bytes]:
    store = open_store(str(folder / "lake"))
    return {stored.key: store.get(stored.key) for stored in store.list("transformed_data/")}


def test_two_replays_make_the_same_objects(tmp_path: Path):
    first = replay(tmp_path, weeks=2)
    made = objects(tmp_path)
    second = replay(tmp_path, weeks=2)

    assert first == second
    assert first.days == 14
    assert objects(tmp_path) == made


def test_every_chart_is_recorded_on_every_day_that_it_is_due(tmp_path: Path):
    replay(tmp_path, weeks=2)
    warehouse = Warehouse(open_store(str(tmp_path / "lake")), tmp_path / "cache.duckdb")
    warehouse.refresh()

    assert warehouse.ask("SELECT DISTINCT state FROM coverage").rows == [("recorded",)]
    snapshots = (
        "SELECT source, chart_id, count(DISTINCT chart_date) FROM chart_entries GROUP BY ALL ORDER BY ALL"
    )
    assert warehouse.ask(snapshots).rows == [
        ("apple", "us-songs", 14),
        ("deezer", "3155776842", 14),
        ("listenbrainz", "week", 2),
        ("spotify", "0DemoMixtapeOfOneUser0", 2),
        ("spotify", "37i9dQZEVXbMDoHDwVN2tF", 14),
    ]
    assert warehouse.ask("SELECT DISTINCT state FROM run_data").rows == [("published",)]
