"""The ten faults of the old two-Lambda pipelines, each shown on their code once, as tests of this one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from chartlake import layout, pipeline
from chartlake.sweep import sweep, take_up
from chartlake.warehouse import Warehouse
from making import day, playlist, put_pending, track

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chartlake.store import Store

Ask = "Callable[[str], list[tuple]]"


@pytest.fixture
def ask(store: Store, tmp_path: Path) -> Callable[[str], list[tuple]]:
    warehouse = Warehouse(store, tmp_path / "cache.duckdb")

    def answer(sql: str) -> list[tuple]:
        warehouse.refresh()
        return warehouse.ask(sql).rows

    return answer


def count(store: Store, prefix: str) -> int:
    return len(list(store.list(prefix)))


class Counting:
    """A store that counts the requests made to another."""

    def __init__(self, store: Store) -> None:
        self.store, self.requests = store, 0

    def __getattr__(self, name: str):
        method = getattr(self.store, name)
        if name == "local_path":  # It asks nobody.
            return method

        def counted(*arguments, **options):
            # A move is a copy and a delete for each object, as it is on S3.
            self.requests += 2 * len(arguments[0]) if name == "move" else 1
            return method(*arguments, **options)

        return counted


def test_1_normal_files_cost_few_requests(store: Store):
    keys = [put_pending(store, playlist(1, 2, 3), captured_at=day(number)) for number in (1, 2, 3)]
    alone = Counting(store)
    take_up(alone, keys[:1], now=day(4))
    assert alone.requests <= 10

    together = Counting(store)
    take_up(together, keys[1:], now=day(4))
    # One of them asks whether anything was to be forgotten.
    assert together.requests <= 15


def test_2_a_null_track_stops_nothing_and_keeps_its_place(store: Store, ask: Ask):
    for number, body in enumerate((playlist(1, 2), playlist(2, 1), playlist(1, 3, None, 4, 5)), 1):
        put_pending(store, body, captured_at=day(number))
    for _ in range(3):
        pipeline.run(store, [], {}, now=lambda: day(4))

    assert count(store, layout.TO_BE_PROCESSED) == 0
    assert ask("SELECT count(*) FROM chart_data") == [(9,)]
    third = ask("SELECT position, item_type FROM chart_entries WHERE chart_date = '2026-06-03' ORDER BY 1")
    assert third == [(1, "track"), (2, "track"), (3, "missing"), (4, "track"), (5, "track")]


def test_3_a_local_file_without_an_address_is_taken_in(store: Store, ask: Ask):
    local = track(
        2, id=None, is_local=True, external_urls={}, external_ids={}, album={"id": None, "name": "Tape"},
        artists=[{"id": None, "name": "Garage Band"}],
    )  # fmt: skip
    put_pending(store, playlist(1, local, 3), captured_at=day(1))
    pipeline.run(store, [], {}, now=lambda: day(1))

    assert ask("SELECT item_type, song_id LIKE 'name:%' FROM chart_entries ORDER BY position") == [
        ("track", False),
        ("local", True),
        ("track", False),
    ]


def test_4_a_year_beside_days_is_a_date(store: Store, ask: Ask):
    old = track(2, album={**track(2)["album"], "id": "old", "release_date": "1975"})
    put_pending(store, playlist(1, old), captured_at=day(1))
    pipeline.run(store, [], {}, now=lambda: day(1))

    dates = ask("SELECT release_date::varchar, release_date_precision FROM albums ORDER BY 1")
    assert dates == [("1975-01-01", "year"), ("2020-11-27", "day")]


def test_5_a_backlog_of_1200_is_done_in_one_go(store: Store, ask: Ask):
    for number in range(1200):
        put_pending(store, playlist(1, 2), captured_at=day(1) - timedelta(days=number))
    summary = pipeline.run(store, [], {}, now=lambda: day(2))

    assert summary.exit_code == 0
    assert count(store, layout.TO_BE_PROCESSED) == 0
    assert ask("SELECT count(DISTINCT chart_date) FROM chart_entries") == [(1200,)]


def test_6_five_files_and_five_runs_at_once_give_one_result(store: Store, ask: Ask):
    keys = [
        put_pending(store, playlist(number, number + 1), captured_at=day(number)) for number in range(1, 6)
    ]
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda key: take_up(store, [key], now=day(6)), keys))
        list(pool.map(lambda _: list(sweep(store, now=day(6))), range(5)))

    assert count(store, layout.TO_BE_PROCESSED) == 0
    assert count(store, layout.PROCESSED) == 5
    assert ask("SELECT count(*), count(DISTINCT chart_date) FROM chart_entries") == [(10, 5)]


def test_7_an_event_is_about_the_object_it_names(store: Store):
    named = put_pending(store, playlist(1), captured_at=day(1))
    other = put_pending(store, playlist(2), captured_at=day(2))
    taken = take_up(store, [named], now=day(3))

    assert [outcome.key for outcome in taken.outcomes] == [named.replace("to_be_processed", "processed")]
    assert [stored.key for stored in store.list(layout.TO_BE_PROCESSED)] == [other]


def test_8_an_event_that_comes_twice_or_about_nothing_is_fine(store: Store, ask: Ask):
    key = put_pending(store, playlist(1), captured_at=day(1))
    for _ in range(3):
        take_up(store, [key], now=day(1))
    assert take_up(store, ["raw_data/to_be_processed/never/was/here.json.zst"], now=day(1)).outcomes == []
    assert pipeline.run(store, [], {}, now=lambda: day(1)).exit_code == 0
    assert ask("SELECT count(*) FROM chart_data") == [(1,)]


@pytest.mark.parametrize("wrapper", ["track", "item"])
def test_9_both_wrappers_are_read(store: Store, ask: Ask, wrapper: str):
    put_pending(store, playlist(1, 2, wrapper=wrapper), captured_at=day(1))
    pipeline.run(store, [], {}, now=lambda: day(1))
    assert ask("SELECT song_id FROM chart_entries ORDER BY position") == [("song1",), ("song2",)]


def test_10_popularity_may_be_gone_and_erases_nothing(store: Store, ask: Ask):
    put_pending(store, playlist(track(1, popularity=77)), captured_at=day(1))
    put_pending(store, playlist(track(1, popularity=...)), captured_at=day(2))
    pipeline.run(store, [], {}, now=lambda: day(2))

    assert ask("SELECT popularity FROM chart_entries ORDER BY chart_date") == [(77,), (None,)]
    assert ask("SELECT popularity FROM songs") == [(77,)]
