"""Capture, sweep, ledger and exit codes over a real folder, with a source that says what it is told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from chartlake import layout, ledger, pipeline
from chartlake.errors import CredentialsError, MissingObject, SourceError, TryLater
from chartlake.sources import Chart
from chartlake.sweep import sweep, take_up
from chartlake.warehouse import Warehouse
from making import PLAYLIST, FakeSource, day, playlist, put_pending

if TYPE_CHECKING:
    from pathlib import Path

    from chartlake.store import Store
    from conftest import Clock

CHART = Chart(source="spotify", id=PLAYLIST, name="Tests' Top")
OTHER = Chart(source="spotify", id="another", name="Another")


def run(store: Store, source: FakeSource, clock: Clock, *charts: Chart, **options) -> pipeline.Summary:
    return pipeline.run(store, charts or (CHART,), {"spotify": source}, now=clock, **options)


def asked(store: Store, tmp_path: Path, sql: str) -> list[tuple]:
    warehouse = Warehouse(store, tmp_path / "cache.duckdb")
    assert warehouse.refresh() == []
    return warehouse.ask(sql).rows


def keys(store: Store, zone: str) -> list[str]:
    return [stored.key for stored in store.list(zone)]


def test_a_run_captures_publishes_and_enters_itself_in_the_ledger(store: Store, clock: Clock, tmp_path: Path):
    summary = run(store, FakeSource(playlist(1, 2, 3)), clock)

    assert summary.exit_code == 0
    assert [(row.state, row.items_in, row.rows_out, row.rejects) for row in summary.rows] == [
        ("published", 3, 3, 0)
    ]
    assert keys(store, layout.TO_BE_PROCESSED) == []
    assert len(keys(store, layout.PROCESSED)) == 1
    assert keys(store, layout.OPEN_RUNS) == []
    entries = asked(
        store, tmp_path, "SELECT position, song_id, chart_date::varchar FROM chart_entries ORDER BY 1"
    )
    assert entries == [(1, "song1", "2026-06-01"), (2, "song2", "2026-06-01"), (3, "song3", "2026-06-01")]
    assert asked(store, tmp_path, "SELECT state, requests, rows_out FROM run_data") == [("published", 1, 3)]


def test_the_same_content_on_the_same_day_is_unchanged(store: Store, clock: Clock, tmp_path: Path):
    source = FakeSource(playlist(1, 2, 3))
    run(store, source, clock)
    clock.go_on(hours=1)
    summary = run(store, source, clock)

    assert (summary.exit_code, summary.rows[0].state) == (0, "unchanged")
    assert len(keys(store, layout.PROCESSED)) == 1
    assert asked(store, tmp_path, "SELECT count(*) FROM chart_data") == [(3,)]


def test_the_same_content_on_another_day_is_a_snapshot_like_any_other(
    store: Store, clock: Clock, tmp_path: Path
):
    source = FakeSource(playlist(1, 2, 3))
    run(store, source, clock)
    clock.go_on(days=1)
    summary = run(store, source, clock)

    assert summary.rows[0].state == "published"
    assert asked(store, tmp_path, "SELECT count(DISTINCT chart_date) FROM chart_entries") == [(2,)]


def test_a_correction_of_the_same_day_wins_whole(store: Store, clock: Clock, tmp_path: Path):
    source = FakeSource(playlist(1, 2, 3), playlist(2, 1))
    run(store, source, clock)
    clock.go_on(hours=1)
    run(store, source, clock)

    assert asked(store, tmp_path, "SELECT song_id FROM chart_entries ORDER BY position") == [
        ("song2",),
        ("song1",),
    ]


@pytest.mark.parametrize(
    ("error", "code", "state"),
    [
        (SourceError("it is down; try again"), 1, "failed"),
        (CredentialsError("log in again"), 4, "failed"),
    ],
)
def test_a_failing_chart_keeps_no_other_from_being_recorded(
    store: Store, clock: Clock, error: Exception, code: int, state: str
):
    summary = run(store, FakeSource(error, playlist(1)), clock, OTHER, CHART)

    assert summary.exit_code == code
    assert [(row.chart_id, row.state) for row in summary.rows] == [
        ("another", state),
        (PLAYLIST, "published"),
    ]


def test_a_rate_limit_is_remembered_and_nothing_is_sent_before_its_time(store: Store, clock: Clock):
    later = clock() + timedelta(hours=5)
    source = FakeSource(TryLater("wait", not_before=later), playlist(1))
    first = run(store, source, clock, CHART, OTHER)
    assert (first.exit_code, [row.state for row in first.rows]) == (75, ["deferred", "deferred"])
    assert source.asked == [PLAYLIST]

    clock.go_on(hours=4)
    assert run(store, source, clock, CHART, OTHER).exit_code == 75
    assert source.asked == [PLAYLIST]

    clock.go_on(hours=1)
    assert run(store, source, clock, CHART, OTHER).exit_code == 0
    assert source.asked == [PLAYLIST, PLAYLIST, "another"]


def test_a_rejected_answer_is_kept_and_does_not_stand_for_the_day(store: Store, clock: Clock, tmp_path: Path):
    source = FakeSource(playlist(None, None, None), playlist(1, 2))
    bad = run(store, source, clock)
    assert (bad.exit_code, bad.rows[0].state, bad.rows[0].items_in, bad.rows[0].rejects) == (
        3,
        "rejected",
        3,
        3,
    )
    rejected = pipeline.rejected(store)
    assert len(rejected) == 1
    assert store.get(layout.reason_key(rejected[0]))

    clock.go_on(hours=1)
    assert run(store, source, clock).rows[0].state == "published"
    assert asked(store, tmp_path, "SELECT count(*) FROM chart_entries") == [(2,)]


def test_poison_keeps_nobody_waiting(store: Store, clock: Clock, tmp_path: Path):
    for number in range(1, 6):
        put_pending(store, playlist(number, number + 1), captured_at=day(number))
    store.put(layout.TO_BE_PROCESSED + "notes of mine.txt", b"milk, bread")
    store.put(layout.TO_BE_PROCESSED + "spotify/x/20260601T000000.000000Z-000000000000.json.zst", b"not zstd")
    summary = pipeline.run(store, [], {}, now=clock)

    assert summary.exit_code == 3
    assert keys(store, layout.TO_BE_PROCESSED) == []
    assert len(pipeline.rejected(store)) == 2
    assert asked(store, tmp_path, "SELECT count(*) FROM chart_entries") == [(10,)]


def test_a_rejected_document_is_taken_up_again_after_a_fix(store: Store, clock: Clock, tmp_path: Path):
    store.put(layout.TO_BE_PROCESSED + "no time in its name.json", b'{"items":[]')
    pipeline.run(store, [], {}, now=clock)
    [key] = pipeline.rejected(store)
    store.put(key, playlist(1))

    assert pipeline.retry(store) == [layout.pending_key(key)]
    assert pipeline.run(store, [], {}, now=clock).exit_code == 0
    assert pipeline.rejected(store) == []
    assert asked(store, tmp_path, "SELECT song_id FROM chart_entries") == [("song1",)]


def test_a_retry_of_what_was_not_rejected_is_told_so(store: Store):
    with pytest.raises(MissingObject, match="retry --list"):
        pipeline.retry(store, ["raw_data/processed/x"])


def test_doing_it_again_writes_the_same_objects(store: Store, clock: Clock):
    key = put_pending(store, playlist(1, 2), captured_at=day(1))
    stored = store.get(key)
    list(sweep(store, now=clock()))
    before = {key: store.get(key) for key in keys(store, layout.TABLES) + keys(store, layout.BATCHES)}
    store.put(key, stored)
    list(sweep(store, now=clock()))

    assert {key: store.get(key) for key in keys(store, layout.TABLES) + keys(store, layout.BATCHES)} == before
    assert keys(store, layout.TO_BE_PROCESSED) == []


def test_a_batch_begun_by_another_is_finished_under_its_own_name(store: Store, clock: Clock, tmp_path: Path):
    pending = [put_pending(store, playlist(number), captured_at=day(number)) for number in (1, 2, 3)]
    stored = {key: store.get(key) for key in pending}
    take_up(store, pending, now=clock())
    [batch] = keys(store, layout.BATCHES)
    # As if it had been killed after its tables and one of its moves, before taking its mark away.
    mark = layout.open_batch_key(batch.removeprefix(layout.BATCHES).removesuffix(".json"))
    moves = [[key, key.replace("to_be_processed", "processed")] for key in pending]
    store.put(mark, msgspec.json.encode({"batch": batch, "transform_version": 1, "moves": moves}))
    for key in pending[1:]:
        store.put(key, stored[key])
    put_pending(store, playlist(9), captured_at=day(9))
    list(sweep(store, now=clock()))

    assert len(keys(store, layout.BATCHES)) == 2
    assert keys(store, layout.OPEN_BATCHES) == []
    assert keys(store, layout.TO_BE_PROCESSED) == []
    assert asked(store, tmp_path, "SELECT count(*) FROM chart_data") == [(4,)]


def test_overlapping_batches_are_harmless(store: Store, clock: Clock, tmp_path: Path):
    first = put_pending(store, playlist(1, 2), captured_at=day(1))
    stored = store.get(first)
    take_up(store, [first], now=clock())
    store.put(first, stored)
    put_pending(store, playlist(2, 1), captured_at=day(2))
    list(sweep(store, now=clock()))

    assert asked(store, tmp_path, "SELECT count(*) FROM chart_data") == [(6,)]
    assert asked(store, tmp_path, "SELECT count(*) FROM chart_entries") == [(4,)]


def test_a_killed_run_is_abandoned_in_the_next_ones_ledger(store: Store, clock: Clock, tmp_path: Path):
    ledger.begin(store, "killed", [("spotify", PLAYLIST)], now=clock())
    [mark] = keys(store, layout.OPEN_RUNS)
    store.put(mark, store.get(mark).replace(b'"process":"', b'"process":"9'))
    clock.go_on(hours=1)
    summary = run(store, FakeSource(playlist(1)), clock)

    assert [row.run_id for row in summary.abandoned] == ["killed"]
    assert keys(store, layout.OPEN_RUNS) == []
    rows = asked(store, tmp_path, "SELECT state, ended_at IS NULL FROM run_data ORDER BY started_at")
    assert rows == [("abandoned", True), ("published", False)]


def test_a_run_that_is_still_going_on_is_left_alone(store: Store, clock: Clock):
    ledger.begin(store, "going on", [("spotify", PLAYLIST)], now=clock())
    assert ledger.settle_abandoned(store, now=clock()) == []
    assert len(keys(store, layout.OPEN_RUNS)) == 1


def test_the_tick_of_the_schedule_gives_the_date(store: Store, clock: Clock, tmp_path: Path):
    clock.go_on(hours=18)
    assert clock().day == 2
    run(store, FakeSource(playlist(1)), clock, scheduled_for=day(1))
    assert asked(store, tmp_path, "SELECT chart_date::varchar FROM chart_entries") == [("2026-06-01",)]


def test_what_is_new_altogether_is_told(store: Store, clock: Clock):
    source = FakeSource(playlist(*range(1, 11)), playlist(*range(11, 21)))
    assert run(store, source, clock).warnings == []
    clock.go_on(days=1)
    assert len(run(store, source, clock).warnings) == 1


def test_a_rejected_answer_is_of_its_own_day_whatever_else_arrived(
    store: Store, clock: Clock, tmp_path: Path
):
    pipeline.run(store, [CHART], {"spotify": FakeSource(playlist(1, 2))}, now=clock)
    clock.go_on(days=3)
    put_pending(store, playlist(2, 1), captured_at=day(2))
    [row] = pipeline.run(store, [CHART], {"spotify": FakeSource(playlist())}, now=clock).rows
    assert (row.state, row.chart_date) == ("rejected", None)
    clock.go_on(days=1)
    pipeline.run(store, [CHART], {"spotify": FakeSource(playlist(1, 2))}, now=clock)
    warehouse = Warehouse(store, tmp_path / "cache.duckdb")
    warehouse.refresh()
    told = warehouse.ask("SELECT day(chart_date), state FROM coverage ORDER BY 1").rows
    assert told == [(1, "recorded"), (2, "recorded"), (3, "missing"), (4, "rejected"), (5, "recorded")]
