"""Rebuild, compaction and forgetting, killed at every call to the store and then asked for again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chartlake import layout, pipeline, retention, superseded
from chartlake.compact import compact
from chartlake.errors import MissingObject
from chartlake.forget import forget
from chartlake.rebuild import rebuild, verify
from chartlake.retract import retract
from keeping import LATER, count, entries, keys, ledger, publish
from killing import killed_everywhere

if TYPE_CHECKING:
    from pathlib import Path

    from chartlake.store import Store

AN_HOUR = timedelta(hours=1)
NONE = timedelta()
RUNS = "SELECT count(DISTINCT run_id) FROM run_data"
EXPECTED = [
    ("06-01", 1, "song1"),
    ("06-01", 2, "song2"),
    ("06-02", 1, "song2"),
    ("06-03", 1, "song3"),
    ("07-01", 1, "song1"),
]
NEW = EXPECTED[3:]


def small(store: Store) -> None:
    """Overlapping batches of June, one of July, and a ledger."""
    publish(store, ("06-01", (1, 2)))
    publish(store, ("06-01", (1, 2)), ("06-02", (2,)))
    publish(store, ("06-02", (2,)), ("06-03", (3,)))
    publish(store, ("07-01", (1,)))
    for when in ("06-01", "06-03"):
        ledger(store, when)


def whole(store: Store, folder: Path, at: int) -> None:
    """Nothing is missing, right after the kill."""
    if at % 9 == 0:
        assert entries(store, folder) == EXPECTED, at
        assert count(store, folder, RUNS) == 2, at


def test_a_rebuild(room: Path):
    for at, store in killed_everywhere(lambda store: rebuild(store, now=LATER, grace=NONE), small, room):
        whole(store, room, at)
        rebuild(store, now=LATER, grace=NONE)
        assert len(keys(store, layout.BATCHES)) == 2, at
        assert len(keys(store, f"{layout.TABLES}chart_data/")) == 2, at
        assert keys(store, layout.SUPERSEDED) == [], at
        if at % 11 == 0:
            assert entries(store, room) == EXPECTED, at
            assert verify(store).differences == [], at


def test_a_compaction(room: Path):
    for at, store in killed_everywhere(lambda store: compact(store, now=LATER, grace=NONE), small, room):
        whole(store, room, at)
        assert compact(store, now=LATER, grace=NONE).left == [], at
        assert len(keys(store, layout.BATCHES)) == 2, at
        for table in ("chart_data", "artist_data", "run_data"):
            months = 1 if table == "run_data" else 2
            assert len(keys(store, f"{layout.TABLES}{table}/")) == months, (at, table)
        assert keys(store, layout.SUPERSEDED) == [], at
        if at % 11 == 0:
            assert entries(store, room) == EXPECTED, at
            assert count(store, room, "SELECT count(*) FROM run_data") == 2, at


def test_a_compaction_that_is_followed_by_news_of_its_month(room: Path):
    for at, store in killed_everywhere(
        lambda store: compact(store, now=LATER, grace=NONE), small, room, every=4
    ):
        publish(store, ("06-20", (9,)))
        compact(store, now=LATER, grace=NONE)
        assert len(keys(store, layout.BATCHES)) == 2, at
        if at % 3 == 0:
            assert entries(store, room) == [*EXPECTED[:4], ("06-20", 1, "song9"), EXPECTED[4]], at


def test_what_superseded_batches_are_deleted_from(room: Path):
    def prepare(store: Store) -> None:
        small(store)
        compact(store, now=LATER)
        rebuild(store, now=LATER)

    def act(store: Store) -> object:
        return superseded.clear(store, now=LATER + AN_HOUR)

    for at, store in killed_everywhere(act, prepare, room):
        whole(store, room, at)
        act(store)
        assert len(keys(store, f"{layout.TABLES}chart_data/")) == 2, at
        assert keys(store, layout.SUPERSEDED) == [], at


def test_a_retraction_from_a_compacted_month(room: Path):
    def prepare(store: Store) -> None:
        small(store)
        compact(store, now=LATER, grace=NONE)

    def act(store: Store) -> object:
        # A retraction that was killed may have come so far as to move it.
        [key] = {
            key.replace(layout.REJECTED, layout.PROCESSED)
            for zone in (layout.PROCESSED, layout.REJECTED)
            for key in keys(store, zone)
            if "20260602" in key and not key.endswith(layout.REASON_SUFFIX)
        }
        return retract(store, key, why="wrong", now=LATER)

    for at, store in killed_everywhere(act, prepare, room):
        try:
            act(store)
        except MissingObject:
            assert len(pipeline.rejected(store)) == 1, "it had come to its end, but for telling so"
        if at % 7 == 0:
            assert entries(store, room) == [row for row in EXPECTED if row[0] != "06-02"], at


POISON = "spotify/one/20260601T063000.000000Z-0123456789ab.json.zst"


def two_sources(store: Store) -> None:
    """What is to be forgotten, in every place, beside something that stays."""
    small(store)
    compact(store, now=LATER)
    store.put(layout.REJECTED + POISON, b"poison")
    store.put(layout.reason_key(layout.REJECTED + POISON), b"{}")
    store.put(layout.TO_BE_PROCESSED + "deezer-2026-06-01.json", DEEZER)
    publish(store)
    ledger(store, "06-01", source="deezer")


DEEZER = (
    b'{"data": [{"id": 1, "title": "First", "duration": 180, "rank": 1,'
    b' "artist": {"id": 11, "name": "Nobody"}}], "total": 1}'
)


def test_a_forgetting(room: Path):
    for at, store in killed_everywhere(lambda store: forget(store, "spotify", now=LATER), two_sources, room):
        forget(store, "spotify", now=LATER)
        for zone in ("raw_data/", layout.TABLES, layout.BATCHES, "state/"):
            named = [key for key in keys(store, zone) if "spotify" in key]
            assert named == ([layout.tombstone_key("spotify")] if zone == "state/" else []), at
        assert len(keys(store, layout.BATCHES)) == 1, at
        assert keys(store, layout.SUPERSEDED) == [], at
        if at % 11 == 0:
            assert entries(store, room) == [("06-01", 1, "1")], at


def test_the_end_of_a_retention(room: Path):
    def prepare(store: Store) -> None:
        publish(store, ("06-01", (1, 2)), ("06-02", (2,)), ("06-03", (3,)))
        publish(store, ("06-02", (2,)))
        publish(store, ("07-01", (1,)))
        store.put(layout.REJECTED + POISON, b"poison")
        store.put(layout.reason_key(layout.REJECTED + POISON), b"{}")
        for when in ("06-01", "06-03"):
            ledger(store, when)

    def act(store: Store) -> object:
        # Sixty-two days before 3 August, noon, is 2 June, noon.
        return retention.enforce(store, {"spotify": 62}, now=LATER)

    for at, store in killed_everywhere(act, prepare, room):
        act(store)
        assert len(keys(store, layout.PROCESSED + "spotify/")) == 2, at
        assert len(keys(store, layout.BATCHES)) == 2, at
        assert keys(store, layout.REJECTED) == keys(store, layout.REMOVALS) == [], at
        if at % 7 == 0:
            assert entries(store, room) == NEW, at
            assert count(store, room, RUNS) == 1, at
            assert verify(store).differences == [], at
