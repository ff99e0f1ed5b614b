"""Closed months in few files: every row as it was, and whatever else happens meanwhile."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from chartlake import layout, parquet, pipeline, superseded
from chartlake.compact import compact, is_due
from chartlake.errors import SettingsError
from chartlake.rebuild import rebuild, verify
from chartlake.retract import retract
from chartlake.sources import Chart
from chartlake.store import open_store
from chartlake.tables import CHART_DATA
from keeping import LATER, count, entries, everything, files, keys, ledger, moment, publish, three_months
from making import PLAYLIST, FakeSource, playlist

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chartlake.store import Store
    from conftest import Clock, Ran

NONE = timedelta()
AN_HOUR = timedelta(hours=1)
RUNS = "SELECT count(*) FROM run_data"


def test_closed_months_become_one_file_a_table_and_say_the_same(store: Store, tmp_path: Path):
    three_months(store)
    before = everything(store, tmp_path)
    done = compact(store, now=LATER, grace=NONE)
    assert everything(store, tmp_path) == before
    assert [len(files(store, "chart_data", month)) for month in ("2026-06", "2026-07", "2026-08")] == [
        1,
        1,
        2,
    ]
    assert [len(files(store, "run_data", month)) for month in ("2026-06", "2026-07", "2026-08")] == [1, 1, 1]
    assert files(store, "song_data", "2026-06")[0].startswith("compact-spotify-")
    assert files(store, "run_data", "2026-06")[0].startswith("compact-spotify-")
    # The single batch of July is left alone.
    assert files(store, "chart_data", "2026-07")[0].startswith("spotify-")
    assert (done.before, done.after, done.left) == (4 + 3, 2, [])
    assert count(store, tmp_path, RUNS) == 5
    assert keys(store, layout.SUPERSEDED) == []

    at_rest = {key: store.get(key) for key in keys(store, layout.TABLES) + keys(store, layout.BATCHES)}
    assert compact(store, now=LATER, grace=NONE)[:3] == (0, 0, 0)
    assert {
        key: store.get(key) for key in keys(store, layout.TABLES) + keys(store, layout.BATCHES)
    } == at_rest
    assert verify(store).differences == []


def test_rows_are_kept_as_they_are_but_for_batches_that_lie_in_another_one(store: Store, tmp_path: Path):
    publish(store, ("06-01", (1, 2)))
    publish(store, ("06-01", (1, 2)), ("06-02", (2,)))
    publish(store, ("06-02", (2,)), ("06-03", (3,)))
    compact(store, now=LATER, grace=NONE)
    # The first batch lies in the second; the third shares a document with it.
    assert count(store, tmp_path, "SELECT count(*) FROM chart_data") == 2 + 1 + 1 + 1
    assert count(store, tmp_path, "SELECT count(*) FROM chart_entries") == 4
    [record] = [json.loads(store.get(key)) for key in keys(store, layout.BATCHES)]
    assert record["compacted"] is True
    assert record["rows"]["chart_data"] == 5
    assert len(record["documents"]) == 3


def test_what_comes_late_joins_at_the_next_time(store: Store, tmp_path: Path):
    three_months(store)
    compact(store, now=LATER, grace=NONE)
    publish(store, ("06-20", (9, 8)))
    ledger(store, "06-20")
    before = everything(store, tmp_path)
    compact(store, now=LATER)
    assert everything(store, tmp_path) == before
    superseded.clear(store, now=LATER + AN_HOUR)
    assert everything(store, tmp_path) == before
    assert [len(files(store, table, "2026-06")) for table in ("chart_data", "run_data")] == [1, 1]


def test_one_month_alone(store: Store):
    three_months(store)
    publish(store, ("07-03", (1,)))
    compact(store, now=LATER, month="2026-07", grace=NONE)
    assert len(files(store, "chart_data", "2026-07")) == 1
    assert len(files(store, "chart_data", "2026-06")) == 4


@pytest.mark.parametrize("month", ["2026-08", "2027-01", "2026-13", "June", ""])
def test_a_month_that_is_not_over_or_none_is_told(store: Store, month: str):
    with pytest.raises(SettingsError, match=r"write it like|earlier month"):
        compact(store, now=LATER, month=month)


def test_versions_of_the_transform_are_not_mixed(store: Store, tmp_path: Path):
    publish(store, ("06-01", (1,)))
    publish(store, ("06-02", (1,)))
    key = keys(store, layout.BATCHES)[0]
    other = json.loads(store.get(key)) | {"transform_version": 0}
    store.put(key, json.dumps(other).encode())
    assert compact(store, now=LATER, grace=NONE).after == 0


@pytest.mark.parametrize(
    "content",
    [b"", b"no parquet", b"PAR1" + bytes(200) + b"PAR1", None],
    ids=["empty", "text", "hollow", "fewer rows"],
)
def test_what_cannot_be_read_is_told_and_left_as_it_is(store: Store, content: bytes | None):
    three_months(store)
    damaged = next(key for key in keys(store, layout.TABLES) if "chart_data/month=2026-06" in key)
    nothing = parquet.written(CHART_DATA, {column.name: [] for column in CHART_DATA.columns})
    store.put(damaged, nothing if content is None else content)
    before = set(keys(store, layout.TABLES)), set(keys(store, layout.BATCHES))
    done = compact(store, now=LATER)
    assert len(done.left) == 1
    assert "spotify of 2026-06 is left as it is" in done.left[0]
    assert "rebuild" in done.left[0]
    # The ledger knows nothing of it.
    assert {key for key in keys(store, layout.TABLES) if "run_data" not in key} == {
        key for key in before[0] if "run_data" not in key
    }
    assert set(keys(store, layout.BATCHES)) == before[1]


def test_a_file_of_somebody_else_is_not_touched(store: Store):
    three_months(store)
    mine = f"{layout.TABLES}chart_data/month=2026-06/mine.parquet"
    run = f"{layout.TABLES}run_data/month=2026-06/notes.parquet"
    store.put(mine, b"mine")
    store.put(run, b"mine")
    assert compact(store, now=LATER, grace=NONE).left == []
    assert store.get(mine) == store.get(run) == b"mine"


def wrong(store: Store, day: str) -> str:
    [key] = [key for key in keys(store, layout.PROCESSED) if day in key]
    return key


@pytest.mark.parametrize("when", ["at once", "after the grace"])
def test_a_retraction_from_a_compacted_month(store: Store, tmp_path: Path, when: str):
    three_months(store)
    before = entries(store, tmp_path)
    compact(store, now=LATER, grace=NONE if when == "after the grace" else AN_HOUR)
    retract(store, wrong(store, "20260602"), why="wrong", now=LATER)
    assert entries(store, tmp_path) == [row for row in before if row[0] != "06-02"]
    superseded.clear(store, now=LATER + AN_HOUR)
    assert entries(store, tmp_path) == [row for row in before if row[0] != "06-02"]
    assert (
        count(store, tmp_path, "SELECT count(*) FROM song_data WHERE captured_at::DATE = '2026-06-02'") == 0
    )
    if when == "after the grace":
        [name] = files(store, "chart_data", "2026-06")
        assert name.startswith("compact-")
    assert verify(store).differences == []


def test_the_last_snapshot_of_a_compacted_month(store: Store, tmp_path: Path):
    publish(store, ("06-01", (1,)))
    publish(store, ("06-01", (1,)), ("06-01 18", (2,)))
    publish(store, ("06-01 18", (2,)), ("06-02", (2,)))
    compact(store, now=LATER, grace=NONE)
    for day in ("20260601T06", "20260601T18", "20260602"):
        retract(store, wrong(store, day), why="wrong", now=LATER)
    assert entries(store, tmp_path) == []
    assert keys(store, layout.TABLES) == keys(store, layout.BATCHES) == []


def test_a_retraction_from_a_compacted_month_whose_files_are_damaged(store: Store, tmp_path: Path):
    three_months(store)
    before = entries(store, tmp_path)
    compact(store, now=LATER, grace=NONE)
    [damaged] = [key for key in keys(store, layout.TABLES) if "chart_data/month=2026-06/compact" in key]
    store.put(damaged, b"damaged")
    retract(store, wrong(store, "20260602"), why="wrong", now=LATER)
    assert entries(store, tmp_path) == [row for row in before if row[0] != "06-02"]


class Meddling:
    """A store in which something happens right before an object of some name is put for the first time."""

    def __init__(self, store: Store, word: str, act: Callable[[], object]) -> None:
        self.store, self.word, self.act = store, word, act

    def __getattr__(self, name: str):
        return getattr(self.store, name)

    def put(self, key: str, data: bytes) -> None:
        word, self.word = self.word, "" if self.word and self.word in key else self.word
        if word != self.word:
            self.act()
        self.store.put(key, data)


@pytest.mark.parametrize("at", ["batches/", "chart_data", "state/compacted"])
def test_a_retraction_while_it_goes_on(store: Store, tmp_path: Path, at: str):
    three_months(store)
    before = entries(store, tmp_path)
    key = wrong(store, "20260602")
    meddling = Meddling(store, at, lambda: retract(store, key, why="wrong", now=LATER))
    compact(meddling, now=LATER)
    assert entries(store, tmp_path) == [row for row in before if row[0] != "06-02"]
    compact(store, now=LATER, grace=NONE)
    assert entries(store, tmp_path) == [row for row in before if row[0] != "06-02"]
    assert verify(store).differences == []


@pytest.mark.parametrize("act", [compact, rebuild])
def test_what_goes_on_while_a_retraction_does(store: Store, tmp_path: Path, act: Callable[..., object]):
    three_months(store)
    before = entries(store, tmp_path)
    # The retraction has read the batches, and not yet moved the document.
    meddling = Meddling(store, layout.REASON_SUFFIX, lambda: act(store, now=LATER))
    retract(meddling, wrong(store, "20260602"), why="wrong", now=LATER)
    assert entries(store, tmp_path) == [row for row in before if row[0] != "06-02"]


@pytest.mark.parametrize("at", ["batches/", "chart_data"])
def test_a_retraction_while_a_rebuild_goes_on(store: Store, tmp_path: Path, at: str):
    three_months(store)
    before = entries(store, tmp_path)
    key = wrong(store, "20260602")
    rebuild(Meddling(store, at, lambda: retract(store, key, why="wrong", now=LATER)), now=LATER, grace=NONE)
    assert entries(store, tmp_path) == [row for row in before if row[0] != "06-02"]
    assert verify(store).differences == []


def test_the_first_run_of_a_month_does_it(store: Store, clock: Clock, tmp_path: Path):
    source = FakeSource(*(playlist(*range(1, number)) for number in range(3, 40)))

    def run() -> pipeline.Summary:
        chart = Chart(source="spotify", id=PLAYLIST)
        return pipeline.run(store, [chart], {"spotify": source}, now=clock)

    for _ in range(3):
        run()
        clock.go_on(days=1)
    assert len(files(store, "chart_data")) == len(files(store, "run_data")) == 3
    clock.go_on(days=27)
    before = entries(store, tmp_path)
    run()
    assert len([name for name in files(store, "chart_data") if name.startswith("compact-")]) == 1
    clock.go_on(hours=1)
    run()
    assert len(files(store, "chart_data", "2026-06")) == len(files(store, "run_data", "2026-06")) == 1
    assert [row for row in entries(store, tmp_path) if row[0] < "07-01"] == before
    assert not is_due(store, now=clock())


def test_in_a_lake_that_was_never_compacted_nothing_is_due(store: Store):
    three_months(store)
    assert not is_due(store, now=moment("07-31"))
    assert is_due(store, now=moment("08-01"))
    store.put(layout.COMPACTED, b"{")
    assert not is_due(store, now=moment("08-01"))


def test_the_command(ran: Callable[..., Ran], at_home: Path):
    store = open_store("lake")
    three_months(store)
    code, answer, _ = ran("compact", "--lake", "lake", "--grace", "0", "--json")
    assert (code, json.loads(answer)["after"]) == (0, 3)
    assert ran("compact", "--lake", "lake")[1].startswith("nothing to join")
    code, _, talk = ran("compact", "--lake", "lake", "--month", "2126-01")
    assert code == 2
    assert "is not over" in talk
