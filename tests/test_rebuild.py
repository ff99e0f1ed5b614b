"""Tables made again: the same rows, seen all the while, and nothing left over."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from chartlake import layout, superseded, tombstones
from chartlake.rebuild import rebuild, verify
from chartlake.retract import retract
from chartlake.store import open_store
from chartlake.tables import RUN_DATA
from chartlake.warehouse import Warehouse
from keeping import LATER, contents, entries, everything, keys, ledger, publish, three_months
from making import playlist, put_pending

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chartlake.store import Store
    from conftest import Ran

NONE = timedelta()
AN_HOUR = timedelta(hours=1)


def stored(store: Store) -> dict[str, bytes]:
    return contents(store, layout.TABLES, layout.BATCHES, layout.SUPERSEDED, "raw_data/")


def test_it_says_the_same_in_fewer_files_and_the_second_time_nothing_is_to_be_done(
    store: Store, tmp_path: Path
):
    three_months(store)
    before = everything(store, tmp_path)
    ledger_before = contents(store, f"{layout.TABLES}{RUN_DATA.name}/")
    done = rebuild(store, now=LATER, grace=NONE)
    assert (done.documents, done.written, done.equal, done.refused) == (8, 2, 1, [])
    assert (done.superseded, done.deleted) == (6, 6)
    assert everything(store, tmp_path) == before
    assert len(keys(store, layout.BATCHES)) == 3
    assert keys(store, layout.SUPERSEDED) == []
    assert contents(store, f"{layout.TABLES}{RUN_DATA.name}/") == ledger_before

    at_rest = stored(store)
    again = rebuild(store, now=LATER, grace=NONE)
    assert (again.written, again.equal, again.superseded, again.deleted) == (0, 3, 0, 0)
    assert stored(store) == at_rest


def test_superseded_batches_stay_for_the_grace_and_the_next_who_passes_deletes_them(
    store: Store, tmp_path: Path
):
    three_months(store)
    before = set(keys(store, layout.BATCHES))
    rebuild(store, now=LATER)
    assert set(keys(store, layout.BATCHES)) > before
    assert superseded.clear(store, now=LATER + AN_HOUR - timedelta(seconds=1)) == 0
    assert rebuild(store, now=LATER + timedelta(minutes=30)).superseded == 0
    assert superseded.clear(store, now=LATER + AN_HOUR) == 6
    assert superseded.clear(store, now=LATER + AN_HOUR) == 0
    assert len(keys(store, layout.BATCHES)) == 3
    assert verify(store).differences == []


def test_what_is_lost_or_damaged_is_made_again(store: Store, tmp_path: Path):
    three_months(store)
    rebuild(store, now=LATER, grace=NONE)
    whole, before = stored(store), everything(store, tmp_path)
    lost, cut = [
        key for key in whole if "chart_data/month=2026-06" in key or "song_data/month=2026-07" in key
    ]
    store.delete([lost])
    store.put(cut, whole[cut][:-20])
    found = verify(store)
    assert [(one.table, one.month, one.missing > 0) for one in found.differences] == [
        ("song_data", "2026-07", True),
        ("chart_data", "2026-06", True),
    ]
    assert [key for key, _ in found.refused] == [cut]
    done = rebuild(store, now=LATER, grace=NONE)
    assert (done.written, done.equal, done.replaced) == (2, 1, 1)
    assert stored(store) == whole
    assert everything(store, tmp_path) == before


def test_batches_without_a_trace_of_tables_and_records_come_back(store: Store, tmp_path: Path):
    three_months(store)
    before = entries(store, tmp_path)
    store.delete(keys(store, layout.BATCHES))
    store.delete([key for key in keys(store, layout.TABLES) if "run_data" not in key])
    rebuild(store, now=LATER)
    assert entries(store, tmp_path) == before


def test_rejected_and_retracted_documents_stay_out(store: Store, tmp_path: Path):
    three_months(store)
    put_pending(store, playlist(None, None, None), captured_at=LATER)
    [gone] = [key for key in keys(store, layout.PROCESSED) if "20260602" in key]
    retract(store, gone, why="wrong", now=LATER)
    before = entries(store, tmp_path)
    assert not [row for row in before if row[0] == "06-02"]
    rebuild(store, now=LATER, grace=NONE)
    assert entries(store, tmp_path) == before
    assert len(keys(store, layout.TO_BE_PROCESSED)) == 1


def test_a_retracted_document_is_published_again_while_its_old_batch_is_marked(store: Store, tmp_path: Path):
    publish(store, ("06-01", (1, 2)))
    publish(store, ("06-02", (2, 1)))
    rebuild(store, now=LATER)
    before = entries(store, tmp_path)
    [wrong] = [key for key in keys(store, layout.PROCESSED) if "20260602" in key]
    retract(store, wrong, why="wrong", now=LATER)
    publish(store, ("06-02", (2, 1)))
    superseded.clear(store, now=LATER + AN_HOUR)
    assert entries(store, tmp_path) == before


def test_a_document_that_is_not_taken_any_more_keeps_its_rows(store: Store, tmp_path: Path):
    three_months(store)
    before = entries(store, tmp_path)
    [damaged] = [key for key in keys(store, layout.PROCESSED) if "20260602" in key]
    store.put(damaged, b"not what it was")
    done = rebuild(store, now=LATER, grace=NONE)
    assert [key for key, _ in done.refused] == [damaged]
    assert entries(store, tmp_path) == before
    assert [key for key, _ in verify(store).refused] == [damaged]


def test_what_is_of_a_forgotten_source_is_not_made_again(store: Store, tmp_path: Path):
    three_months(store)
    store.delete(keys(store, layout.TABLES) + keys(store, layout.BATCHES))
    tombstones.erect(store, "spotify", until=LATER - timedelta(days=2))
    rebuild(store, now=LATER)
    assert {day for day, _, _ in entries(store, tmp_path)} == {"08-02"}


def test_two_names_of_one_document_give_the_row_that_the_views_choose(store: Store, tmp_path: Path):
    for folder in ("b", "a"):
        store.put(f"{layout.TO_BE_PROCESSED}{folder}/2026-06-01.json", playlist(1, 2))
    publish(store)
    for folder in ("c", "a"):
        store.put(f"{layout.TO_BE_PROCESSED}{folder}/2026-06-01.json", playlist(1, 2))
        publish(store, ("06-02", (1,)))
    before = everything(store, tmp_path)
    assert verify(store).differences == [], "which of its names a row tells is no difference"
    rebuild(store, now=LATER, grace=NONE)
    raw_keys = {row[-1] for row in everything(store, tmp_path)["chart_entries"]}
    assert len(raw_keys) == 2
    assert any("/c/" in key for key in raw_keys)
    assert [row[:-1] for row in everything(store, tmp_path)["chart_entries"]] == [
        row[:-1] for row in before["chart_entries"]
    ]
    assert verify(store).differences == []


def test_a_comparison_writes_nothing_and_finds_what_is_surplus(store: Store):
    three_months(store)
    [key] = [key for key in keys(store, layout.PROCESSED) if "20260801" in key]
    store.delete([key])
    before = stored(store)
    found = verify(store).differences
    assert {(one.source, one.month, one.missing) for one in found} == {("spotify", "2026-08", 0)}
    assert ("chart_data", 2) in {(one.table, one.surplus) for one in found}
    assert stored(store) == before


def test_whoever_reads_meanwhile_misses_no_row(store: Store, tmp_path: Path):
    three_months(store)
    expected = len(entries(store, tmp_path))
    seen: list[int] = []
    over = threading.Event()

    def read() -> None:
        warehouse = Warehouse(store, tmp_path / "reader.duckdb")
        while not over.is_set() or len(seen) < 3:
            warehouse.refresh()
            seen.append(warehouse.ask("SELECT count(*) FROM chart_entries").rows[0][0])

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(4):
        rebuild(store, now=LATER)
        superseded.clear(store, now=LATER + AN_HOUR)
        # Batches of one document once more, so that there is something to do.
        publish(store, ("06-02", (2, 1, 4)))
        publish(store, ("06-03", (4, 1)))
    over.set()
    reader.join()
    assert set(seen) == {expected}
    assert len(seen) >= 3


@pytest.mark.parametrize("form", [[], ["--json"]], ids=["text", "json"])
def test_the_command_tells_what_it_did_and_what_differs(
    ran: Callable[..., Ran], at_home: Path, form: list[str]
):
    store = open_store("lake")
    three_months(store)
    ledger(store, "07-01")
    assert ran("rebuild", "--verify", "--lake", "lake", *form)[0] == 0
    store.delete([key for key in keys(store, layout.TABLES) if "chart_data/month=2026-07" in key])
    code, answer, talk = ran("rebuild", "--verify", "--lake", "lake", *form)
    assert code == 3
    assert "chart_data" in answer
    assert form or "chartlake rebuild" in talk
    code, answer, _ = ran("rebuild", "--grace", "0", "--lake", "lake", *form)
    assert code == 0
    assert "8 documents" in answer or '"documents": 8' in answer
    assert ran("rebuild", "--verify", "--lake", "lake", *form)[0] == 0
