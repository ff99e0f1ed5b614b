"""Killed at every call to the store, once before and once after it: nothing is lost, nothing stuck."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from chartlake import layout, pipeline, state
from chartlake.errors import MissingObject
from chartlake.retract import retract
from chartlake.sources import Chart
from chartlake.store import Store
from chartlake.sweep import sweep
from chartlake.warehouse import Warehouse
from killing import killed_everywhere
from making import PLAYLIST, FakeSource, day, playlist, put_pending

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Clock

CHART = Chart(source="spotify", id=PLAYLIST)


def entries(store: Store, folder: Path) -> list[tuple[int, int, str]]:
    warehouse = Warehouse(store, folder / f"{os.urandom(4).hex()}.duckdb")
    assert warehouse.refresh() == []
    rows = warehouse.ask("SELECT day(chart_date), position, song_id FROM chart_entries ORDER BY ALL").rows
    orphans = "SELECT count(*) FROM chart_data AS c ANTI JOIN song_data AS s USING (song_id)"
    assert warehouse.ask(orphans).rows == [(0,)], "an entry without its song"
    return rows


def keys(store: Store, zone: str) -> list[str]:
    return [stored.key for stored in store.list(zone)]


def three_days(store: Store) -> None:
    for number in (1, 2, 3):
        put_pending(store, playlist(number, 9), captured_at=day(number))


def published(store: Store) -> None:
    three_days(store)
    list(sweep(store, now=day(4)))


EXPECTED = [
    (1, 1, "song1"),
    (1, 2, "song9"),
    (2, 1, "song2"),
    (2, 2, "song9"),
    (3, 1, "song3"),
    (3, 2, "song9"),
]


def test_a_sweep(room: Path):
    for at, store in killed_everywhere(lambda store: list(sweep(store, now=day(4))), three_days, room):
        list(sweep(store, now=day(4)))
        assert keys(store, layout.TO_BE_PROCESSED) == [], at
        assert len(keys(store, layout.PROCESSED)) == 3, at
        assert keys(store, layout.OPEN_BATCHES) == [], at
        if at % 5 == 0:
            assert entries(store, room) == EXPECTED, at


def test_a_rejection(room: Path):
    def poison(store: Store) -> None:
        store.put(layout.TO_BE_PROCESSED + "x.json", b"{")

    for at, store in killed_everywhere(lambda store: list(sweep(store, now=day(4))), poison, room):
        list(sweep(store, now=day(4)))
        [document] = pipeline.rejected(store)
        assert store.get(document) == b"{", at
        assert store.get(layout.reason_key(document)), at


def test_a_run_that_captures(room: Path, clock: Clock):
    def run(store: Store) -> pipeline.Summary:
        return pipeline.run(store, [CHART], {"spotify": FakeSource(playlist(1, 2))}, now=clock)

    for at, store in killed_everywhere(run, lambda _: None, room):
        assert run(store).exit_code == 0, at
        assert keys(store, layout.TO_BE_PROCESSED) == [], at
        assert entries(store, room) == [(1, 1, "song1"), (1, 2, "song2")], at


def wrong_hash(store: Store) -> str:
    """The content hash of the second day."""
    for key in keys(store, layout.PROCESSED):
        if "20260602" in key:
            return layout.digest_in(key) or ""
    [key] = [key for key in pipeline.rejected(store) if "20260602" in key]
    return layout.digest_in(key) or ""


def test_a_retraction_asked_for_again(room: Path, clock: Clock):
    def take_out(store: Store) -> object:
        return retract(store, wrong_hash(store), why="wrong", now=day(4))

    for at, store in killed_everywhere(take_out, published, room):
        try:
            take_out(store)
        except MissingObject:
            # It had come to its end, but for telling so.
            assert len(pipeline.rejected(store)) == 1, at
        assert len(keys(store, layout.PROCESSED)) == 2, at
        if at % 5 == 0:
            assert entries(store, room) == [row for row in EXPECTED if row[0] != 2], at


def test_a_retraction_lets_the_day_be_captured_again(room: Path, clock: Clock):
    def captured(store: Store) -> None:
        pipeline.run(store, [CHART], {"spotify": FakeSource(playlist(1, 2))}, now=clock)

    def take_out(store: Store) -> object:
        [key] = keys(store, layout.PROCESSED)
        return retract(store, layout.digest_in(key) or "", why="wrong", now=clock())

    for at, store in killed_everywhere(take_out, captured, room):
        if keys(store, layout.PROCESSED):
            continue
        known = state.load(store, "spotify", PLAYLIST, now=clock())
        gone = not any("chart_data" in key for key in keys(store, layout.TABLES))
        assert known.last is None or not gone, f"{at}: the day is empty, and would be told as unchanged"


def test_a_retraction_from_a_batch_that_was_left_unfinished(room: Path):
    for at, store in killed_everywhere(lambda store: list(sweep(store, now=day(4))), three_days, room):
        if not keys(store, layout.OPEN_BATCHES):
            continue
        [second] = [
            key for zone in (layout.PROCESSED, layout.TO_BE_PROCESSED) for key in keys(store, zone)
            if "20260602" in key
        ][:1]  # fmt: skip
        retract(store, layout.digest_in(second) or "", why="wrong", now=day(4))
        list(sweep(store, now=day(4)))
        assert keys(store, layout.TO_BE_PROCESSED) == [], at
        assert len(pipeline.rejected(store)) == 1, at
        assert entries(store, room) == [row for row in EXPECTED if row[0] != 2], at


@pytest.mark.parametrize("by", ["hash", "key"])
@pytest.mark.parametrize("together", [True, False])
def test_a_retraction_finds_every_copy(room: Path, store: Store, by: str, *, together: bool):
    store.put(layout.TO_BE_PROCESSED + "a/2026-06-01.json", playlist(1))
    if not together:
        list(sweep(store, now=day(4)))
    store.put(layout.TO_BE_PROCESSED + "b/2026-06-01.json", playlist(1))
    store.put(layout.TO_BE_PROCESSED + "b/2026-06-02.json", playlist(1))
    list(sweep(store, now=day(4)))
    [key, _, other] = keys(store, layout.PROCESSED)
    if by == "hash":
        # The same bytes are a snapshot of another day as well: a name is wanted.
        with pytest.raises(Exception, match="raw_key"):
            retract(store, layout.digest_in(key) or "", why="wrong", now=day(4))
        return
    retract(store, key, why="wrong", now=day(4))
    assert keys(store, layout.PROCESSED) == [other]
    assert entries(store, room) == [(2, 1, "song1")]
