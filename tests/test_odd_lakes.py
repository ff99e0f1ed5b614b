"""Odd things that may lie in a lake: each is told, and keeps nobody else waiting."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from chartlake import layout, pipeline
from chartlake.errors import RefusedObject
from chartlake.sources import Chart
from chartlake.store.folder import FolderStore
from chartlake.sweep import sweep
from making import PLAYLIST, FakeSource, day, playlist, put_pending

if TYPE_CHECKING:
    from collections.abc import Callable

    from chartlake.store import Store
    from conftest import Clock

CHART = Chart(source="spotify", id=PLAYLIST)


def keys(store: Store, zone: str) -> list[str]:
    return [stored.key for stored in store.list(zone)]


def looping_link(waiting: Path) -> None:
    (waiting / "loop").symlink_to("loop")


def deep_folders(waiting: Path) -> None:
    folder = waiting.joinpath(*["é" * 40] * 30)
    folder.mkdir(parents=True)
    (folder / "2026-06-07.json").write_bytes(playlist(7))


def odd_names(waiting: Path) -> None:
    for name in ("new\nline 2026-06-08.json", "quote ' 2026-06-09.json", "n" * 220 + " 2026-06-10.json"):
        (waiting / name).write_bytes(playlist(8))
    Path(os.fsdecode(os.fsencode(waiting) + b"/\xff 2026-06-11.json")).write_bytes(playlist(9))


def nothing_of_use(waiting: Path) -> None:
    (waiting / "empty folder").mkdir()
    (waiting / ".hidden.json").write_bytes(b"{")
    os.mkfifo(waiting / "pipe")


@pytest.mark.parametrize("odd", [looping_link, deep_folders, odd_names, nothing_of_use])
def test_an_odd_thing_among_the_pending_blocks_nothing(
    store: Store, tmp_path: Path, odd: Callable[[Path], None]
):
    put_pending(store, playlist(1, 2), captured_at=day(1))
    odd(tmp_path / "lake" / layout.TO_BE_PROCESSED)
    summary = pipeline.run(store, [], {}, now=lambda: day(12))

    assert summary.exit_code == 0
    assert keys(store, layout.TO_BE_PROCESSED) == []
    assert all(len(key.encode()) < 1200 for key in keys(store, layout.PROCESSED))
    assert keys(store, layout.OPEN_RUNS) == []


def test_what_lies_at_a_processed_key_is_never_taken_for_the_copy(store: Store):
    key = put_pending(store, playlist(1), captured_at=day(1))
    other = put_pending(store, playlist(2), captured_at=day(2))
    place = key.replace("to_be_processed", "processed")
    store.put(place, b"half of it")
    outcomes = [outcome for taken in sweep(store, now=day(3)) for outcome in taken.outcomes]

    assert keys(store, layout.TO_BE_PROCESSED) == [key]
    assert {outcome.reason for outcome in outcomes} == {None, "unreadable"}
    assert other.replace("to_be_processed", "processed") in keys(store, layout.PROCESSED)
    store.delete([place])
    assert pipeline.run(store, [], {}).exit_code == 0


def test_two_large_files_that_begin_alike_are_both_kept(store: Store, tmp_path: Path):
    waiting = tmp_path / "lake" / layout.TO_BE_PROCESSED
    for ending in (b"A", b"BB"):
        waiting.mkdir(parents=True, exist_ok=True)
        (waiting / "big.json").write_bytes(b" " * 17 * 1024 * 1024 + ending)
        pipeline.run(store, [], {}, now=lambda: day(1))
    sizes = sorted(
        path.stat().st_size for path in (tmp_path / "lake").rglob("big*") if "reason" not in path.name
    )
    assert [size - 17 * 1024 * 1024 for size in sizes] == [1, 2]


def test_a_disk_without_hard_links_gets_whole_copies(store: Store, monkeypatch: pytest.MonkeyPatch):
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    put_pending(store, playlist(1), captured_at=day(1))
    list(sweep(store, now=day(2)))
    list(sweep(store, now=day(2)))
    [key] = keys(store, layout.PROCESSED)
    assert layout.digest_in(key)
    assert keys(store, layout.TO_BE_PROCESSED) == []
    with pytest.raises(RefusedObject):
        FolderStore(store.address).move([(key, "batches/")])


@pytest.mark.parametrize(
    "key",
    [
        layout.OPEN_BATCHES + "x.json",
        layout.OPEN_RUNS + "x.json",
        layout.chart_state_key("spotify", PLAYLIST),
        layout.BATCHES + "x.json",
    ],
)
@pytest.mark.parametrize(
    "content",
    [b"", b"{", b'{"batch":"\xff"}', b"[]", b'{"not_before":"2026-01-01T00:00:00"}', b"\x00" * 20],
)
def test_a_damaged_note_of_ours_is_passed_over(store: Store, clock: Clock, key: str, content: bytes):
    store.put(key, content)
    summary = pipeline.run(store, [CHART], {"spotify": FakeSource(playlist(1))}, now=clock)
    assert [row.state for row in summary.rows] == ["published"]


def test_what_was_learned_while_a_clock_was_wrong_is_not_believed(store: Store, clock: Clock):
    source = FakeSource(playlist(1))
    right = clock()
    clock.moment = right + timedelta(days=365 * 70)
    pipeline.run(store, [CHART], {"spotify": source}, now=clock)
    clock.moment = right
    assert [pipeline.run(store, [CHART], {"spotify": source}, now=clock).rows[0].state for _ in range(2)] == [
        "published",
        "unchanged",
    ]


def test_a_reason_names_its_document_for_a_retry(store: Store):
    store.put(layout.TO_BE_PROCESSED + "x.json", b"{")
    pipeline.run(store, [], {})
    [document] = pipeline.rejected(store)
    assert pipeline.retry(store, [layout.reason_key(document)]) == [layout.pending_key(document)]
    assert keys(store, layout.REJECTED) == []


def test_a_document_that_is_no_text_fails_its_chart_alone(store: Store, clock: Clock):
    source = FakeSource(b"\xff\xfe\x00", playlist(1))
    charts = [Chart(source="spotify", id="odd"), CHART]
    summary = pipeline.run(store, charts, {"spotify": source}, now=clock)
    assert [row.state for row in summary.rows] == ["failed", "published"]
