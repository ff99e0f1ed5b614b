"""Whoever does it, this process or Spark's workers: the same objects, rejects, reasons and ledger."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import golden
import pytest
from both import OF_ITS_RUN, copied, objects

from chartlake import layout
from chartlake.compact import compact
from chartlake.errors import ChartlakeError, StorageError
from chartlake.pipeline import run
from chartlake.progress import silent
from chartlake.rebuild import rebuild
from chartlake.spark import Spark
from chartlake.spark.work import TASK, packed
from chartlake.store import open_store
from chartlake.sweep import portions
from chartlake.warehouse import Warehouse
from making import day, playlist, put_pending, track

if TYPE_CHECKING:
    from collections.abc import Callable

    from chartlake.store import Store

HOSTILE = {
    "half 2026-06-02.json": playlist(1, 2)[:-40],
    "nan 2026-06-02.json": playlist(1).replace(b"180001", b"NaN"),
    "deep.json": b'{"items":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "surrogate 2026-06-02.json": playlist(1).replace(b"Song 1", rb"\ud800"),
    "huge number 2026-06-02.json": playlist(1).replace(b"180001", b"9" * 30),
    "large.json": b'{"items":[' + b" " * 17_000_000 + b"]}",
    "empty.json": b"",
    "text.txt": b"milk",
    "binary.zst": bytes(range(256)),
    "no items 2026-06-02.json": playlist(),
    "mostly missing 2026-06-02.json": playlist(1, None, None, None),
    "undated.json": playlist(track(1)).replace(b'"added_at": "2026-06-01T05:00:00Z"', b'"added_at": null'),
    "damaged-0123456789ab.json.zst": playlist(1),
    "formula 2026-06-02.json": playlist(track(1, name="=cmd|' /C calc'!A0")),
}


def golden_documents(store: Store) -> None:
    for case, name in golden.CASES.items():
        named = name or f"{Path(case).stem} 2026-06-01{Path(case).suffix}"
        store.put(layout.TO_BE_PROCESSED + named, (golden.DATA / case).read_bytes())


def hostile_documents(store: Store) -> None:
    for name, content in HOSTILE.items():
        store.put(layout.TO_BE_PROCESSED + name, content)
    store.put(layout.TO_BE_PROCESSED + "good 2026-06-01.json", playlist(1, 2))


def snapshots(store: Store, number: int = 10_000) -> None:
    """Generated snapshots: hours of three months, charts, songs twice, missing ones, other charts' bytes."""
    dice = random.Random(6)
    folder = store.local_path(layout.TO_BE_PROCESSED + "x").parent
    folder.mkdir(parents=True)
    bodies = [
        playlist(
            *(dice.choice([None, *range(40)] if place else range(40)) for place in range(dice.randint(1, 6)))
        )
        for _ in range(300)
    ]
    for one in range(number):
        moment = day(1) + timedelta(hours=one // 5, minutes=dice.randrange(3))
        body = dice.choice(bodies)
        # Dropped by hand under a name that states the time: written without a sync each, for there are many.
        (folder / f"chart{dice.randrange(20)} {moment:%Y-%m-%d %H:%M:%S} {one}.json").write_bytes(
            body.replace(b"5ChartOfTheTestsOfOurs", b"5ChartOfTheTests%02d" % dice.randrange(20))
        )


@pytest.mark.parametrize(
    "documents", [golden_documents, hostile_documents, snapshots], ids=lambda one: one.__name__
)
def test_the_same_objects_and_the_same_ledger(
    spark: Spark, tmp_path: Path, documents: Callable[[Store], None]
):
    alone, spread = open_store(str(tmp_path / "alone")), open_store(str(tmp_path / "spread"))
    for one in (alone, spread):
        documents(one)
    first = run(alone, [], {}, now=lambda: day(30))
    second = run(spread, [], {}, now=lambda: day(30), sweeping=spark.sweep)
    assert first.outcomes
    assert sorted(map(str, second.outcomes)) == sorted(map(str, first.outcomes))
    assert second.warnings == first.warnings
    assert (second.exit_code, second.notes) == (first.exit_code, [])
    expected = objects(alone)
    assert len(expected) > 5
    assert objects(spread) == expected
    assert ledger(spread) == ledger(alone)


def ledger(store: Store) -> list[Any]:
    """The ledger without what tells one run from another."""
    place = store.local_path("x").parent / "warehouse.duckdb"
    warehouse = Warehouse(store, place)
    warehouse.refresh()
    answer = warehouse.ask("select * from run_data")
    kept = [place for place, name in enumerate(answer.columns) if name not in OF_ITS_RUN]
    return sorted(str([row[place] for place in kept]) for row in answer.rows)


def lake_of_three_months(store: Store) -> None:
    for month in (0, 31, 62):
        for number in range(1, 8):
            for chart in ("one", "two"):
                moment = day(number) + timedelta(days=month)
                put_pending(store, playlist(number, number + 1), captured_at=moment, chart_id=chart)
                if number % 3 == 0:
                    run(store, [], {}, now=lambda: day(1) + timedelta(days=100))
    run(store, [], {}, now=lambda: day(1) + timedelta(days=100))


def test_rebuild_and_compact_do_the_same(spark: Spark, tmp_path: Path):
    alone, spread = open_store(str(tmp_path / "alone")), open_store(str(tmp_path / "spread"))
    lake_of_three_months(alone)
    copied(alone, spread)
    for number, act in enumerate((compact, rebuild, compact)):
        later = day(1) + timedelta(days=200 + number)
        done = act(alone, now=later, grace=timedelta())
        assert act(spread, now=later, grace=timedelta(), engine=spark) == done
        assert objects(spread) == objects(alone)


def test_doing_it_again_finds_nothing_new(spark: Spark, store: Store):
    put_pending(store, playlist(1, 2), captured_at=day(1))
    assert len(spark.sweep(store, now=lambda: day(2), ready=bool, progress=silent).outcomes) == 1
    before = objects(store)
    assert spark.sweep(store, now=lambda: day(3), ready=bool, progress=silent).outcomes == []
    assert objects(store) == before


def test_what_a_worker_cannot_write_ends_in_a_sentence_and_the_others_go_on(spark: Spark, store: Store):
    def job(at: Store, number: int) -> int:
        if number == 1:
            raise StorageError("the disk is full; free some space and run it again")
        at.put(f"state/doctor/{number}", b"done")
        return number

    with pytest.raises(StorageError, match="free some space"):
        list(spark(store, job, [0, 1, 2], weight=lambda _: TASK))
    assert [stored.key[-1] for stored in store.list(layout.DOCTOR)] == ["0", "2"]


def test_an_error_of_the_program_is_no_traceback_of_java(spark: Spark, store: Store):
    def job(_: Store, number: int) -> float:
        return 1 / number

    with pytest.raises(ChartlakeError, match="run it again"):
        list(spark(store, job, [0], weight=int))


def test_a_million_documents_are_some_thousand_tasks():
    keys = [
        layout.raw_key("deezer", str(chart), day(1 + chart % 28), "0123456789ab") for chart in range(100_000)
    ]
    tasks = list(packed(portions(keys), lambda portion: len(portion) * 30_000))
    assert sum(len(portion) for task in tasks for portion in task) == len(keys)
    assert len(tasks) <= len(keys) * 30_000 / TASK + 1


@pytest.mark.parametrize("seconds", [0.5, 2.0])
def test_a_killed_job_leaves_a_whole_lake_and_the_next_run_finishes(tmp_path: Path, seconds: float):
    alone, spread = open_store(str(tmp_path / "alone")), open_store(str(tmp_path / "spread"))
    for one in (alone, spread):
        snapshots(one, 4000)
    run(alone, [], {}, now=lambda: day(30))
    command = [
        sys.executable,
        "-m",
        "chartlake",
        "transform",
        "--engine",
        "spark",
        "--lake",
        str(tmp_path / "spread"),
    ]
    job = subprocess.Popen(
        command, start_new_session=True, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    while not any(spread.list(layout.BATCHES)) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(seconds)
    os.killpg(job.pid, signal.SIGKILL)
    job.wait()
    begun = sum(1 for _ in spread.list(layout.BATCHES))
    assert begun, "it was killed before it began"
    assert len(raw(spread)) == 4000
    warehouse = Warehouse(spread, tmp_path / "between.duckdb")
    assert warehouse.refresh() == []
    assert warehouse.ask(
        "select count(*) from chart_entries as e anti join songs as s using (song_id) "
        "where e.item_type = 'track'"
    ).rows == [(0,)]
    run(spread, [], {}, now=lambda: day(30))
    assert len(raw(spread)) == 4000
    assert entries(spread, tmp_path / "b.duckdb") == entries(alone, tmp_path / "a.duckdb")


def raw(store: Store) -> set[str]:
    """The names of the documents that are pending or processed."""
    return {
        layout.plain_name(stored.key.rpartition("/")[2])
        for zone in (layout.TO_BE_PROCESSED, layout.PROCESSED)
        for stored in store.list(zone)
    }


def entries(store: Store, cache: Path) -> list[Any]:
    warehouse = Warehouse(store, cache)
    warehouse.refresh()
    return warehouse.ask("select * exclude (raw_key) from chart_entries order by all").rows
