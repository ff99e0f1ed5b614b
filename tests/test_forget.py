"""A source forgotten, and what is too old: gone from every place, and not coming back."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from chartlake import layout, pipeline, retention, state, superseded, tombstones
from chartlake.compact import compact
from chartlake.errors import SettingsError
from chartlake.forget import delete_statements, forget
from chartlake.intake import bring_in
from chartlake.rebuild import rebuild, verify
from chartlake.sources import Chart
from chartlake.store import open_store
from chartlake.sweep import sweep
from keeping import LATER, count, entries, keys, ledger, moment, publish, three_months
from making import PLAYLIST, FakeSource, playlist, put_pending

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chartlake.store import Store
    from conftest import Clock, Ran

NONE = timedelta()
DEEZER = (
    b'{"data": [{"id": 1, "title": "First", "duration": 180, "rank": 1,'
    b' "artist": {"id": 11, "name": "Nobody"}}], "total": 1}'
)


def beside(store: Store) -> None:
    """Something of another source, published and rejected."""
    store.put(layout.TO_BE_PROCESSED + "deezer-2026-06-01.json", DEEZER)
    list(sweep(store, now=LATER))
    store.put(layout.REJECTED + "top.json", DEEZER)
    store.put(layout.reason_key(layout.REJECTED + "top.json"), b"{}")
    ledger(store, "06-01", source="deezer")


def everywhere(store: Store) -> None:
    """Spotify's documents in every place that a document can lie in, by any name."""
    three_months(store)
    for zone in (layout.TO_BE_PROCESSED, layout.REJECTED):
        store.put(f"{zone}2026-06-09.json", playlist(1))
        store.put(f"{zone}mine/no day.json", playlist(1))
        put_pending(store, playlist(8), captured_at=moment("06-08"))
        [captured] = [key for key in keys(store, layout.TO_BE_PROCESSED) if "20260608" in key]
        store.put(zone + captured.removeprefix(layout.TO_BE_PROCESSED), store.get(captured))
    for key in keys(store, layout.REJECTED):
        if "top.json" not in key:
            store.put(layout.reason_key(key), b"{}")
    store.put(layout.PROCESSED + "dropped/2026-06-10-0123456789ab.json", playlist(1))
    store.put(layout.TO_BE_PROCESSED + "spotify/of no shape.json", b"{")
    state.save(store, "spotify", "one", state.ChartState())
    store.put(layout.open_run_key("killed"), b'{"run_id":"killed","started_at":"2026-08-01T00:00:00Z",'
              b'"host":"elsewhere","process":"1:1","charts":[["spotify","one"]]}')  # fmt: skip


@pytest.mark.parametrize("compacted", [False, True])
def test_nothing_of_it_is_left_and_nothing_else_is_touched(store: Store, tmp_path: Path, *, compacted: bool):
    beside(store)
    others = {key: store.get(key) for key in keys(store, "raw_data/") + keys(store, "transformed_data/")}
    everywhere(store)
    store.put(layout.TO_BE_PROCESSED + "deezer-2026-06-02.json", DEEZER)
    others[layout.TO_BE_PROCESSED + "deezer-2026-06-02.json"] = DEEZER
    if compacted:
        compact(store, now=LATER)
    done = forget(store, "spotify", now=LATER)
    assert done.documents >= 8 + 6
    assert done.unknown == []
    left = {key: store.get(key) for key in keys(store, "raw_data/") + keys(store, "transformed_data/")}
    assert left == others
    assert count(store, tmp_path, "SELECT count(*) FROM run_data WHERE source <> 'deezer'") == 0
    assert entries(store, tmp_path) == [("06-01", 1, "1")]
    assert len(keys(store, layout.BATCHES)) == 1
    assert [key for key in keys(store, "state/") if "compacted" not in key] == [
        layout.tombstone_key("spotify")
    ]
    assert b"spotify" not in b"".join(store.get(key) for key in keys(store, layout.BATCHES))


def test_what_nobody_can_tell_the_source_of_is_told_and_stays(store: Store):
    store.put(layout.REJECTED + "notes.txt", b"milk, bread")
    assert forget(store, "spotify", now=LATER).unknown == [layout.REJECTED + "notes.txt"]
    assert keys(store, layout.REJECTED) == [layout.REJECTED + "notes.txt"]


def test_what_was_captured_until_then_is_rejected_and_what_comes_later_is_not(store: Store, tmp_path: Path):
    three_months(store)
    kept = {key: store.get(key) for key in keys(store, layout.PROCESSED)}
    forget(store, "spotify", now=LATER)
    put_pending(store, playlist(1), captured_at=LATER)
    put_pending(store, playlist(2), captured_at=LATER + timedelta(seconds=1))
    outcomes = [one for taken in sweep(store, now=LATER) for one in taken.outcomes]
    assert [one.reason for one in outcomes] == ["forgotten", None]
    assert "state/tombstones/spotify.json" in (outcomes[0].message or "")
    assert entries(store, tmp_path) == [("08-03", 1, "song2")]
    # Put back from a backup, and made again.
    for key, data in kept.items():
        store.put(key, data)
    rebuild(store, now=LATER)
    assert entries(store, tmp_path) == [("08-03", 1, "song2")]
    # Imported once more.
    (tmp_path / "2026-06-01.json").write_bytes(playlist(1))
    assert bring_in(store, [tmp_path / "2026-06-01.json"], now=LATER).taken == 1
    assert [one.reason for taken in sweep(store, now=LATER) for one in taken.outcomes] == ["forgotten"]
    store.delete([layout.tombstone_key("spotify")])
    pipeline.retry(store)
    list(sweep(store, now=LATER))
    assert {day for day, _, _ in entries(store, tmp_path)} == {"06-01", "08-03"}


def test_a_tombstone_only_grows(store: Store):
    forget(store, "spotify", now=LATER)
    forget(store, "spotify", now=LATER - timedelta(days=9))
    assert tombstones.standing(store) == {"spotify": LATER}


def test_a_source_that_is_none_is_told(store: Store):
    with pytest.raises(SettingsError, match="there are spotify"):
        forget(store, "sp", now=LATER)
    assert keys(store, "state/") == []


def test_coverage_expects_nothing_of_what_is_gone(store: Store, tmp_path: Path):
    three_months(store)
    retention.enforce(store, {"spotify": 2}, now=LATER)
    sql = "SELECT count(*) FROM coverage WHERE chart_date < '2026-08-01'"
    assert count(store, tmp_path, sql) == 0
    forget(store, "spotify", now=LATER)
    assert count(store, tmp_path, "SELECT count(*) FROM coverage") == 0


@pytest.mark.parametrize("compacted", ["not compacted", "compacted", "within the grace"])
@pytest.mark.parametrize(
    ("days", "first"),
    [(1, "09-01"), (2, "08-02"), (33, "07-02"), (34, "07-01"), (61, "06-03"), (62, "06-03"), (63, "06-02")],
)
def test_what_is_too_old_is_taken_out_of_every_batch(
    store: Store, tmp_path: Path, compacted: str, days: int, first: str
):
    three_months(store)
    beside(store)
    before = entries(store, tmp_path)
    if compacted != "not compacted":
        compact(store, now=LATER, grace=NONE if compacted == "compacted" else timedelta(hours=1))
    assert len(retention.enforce(store, {"spotify": days}, now=LATER)) == 1
    kept = [row for row in before if row[2] == "1" or row[0] >= first]
    assert entries(store, tmp_path) == kept
    since = LATER - timedelta(days=days)
    for table in ("chart_data", "song_data", "run_data"):
        old = f"captured_at < '{since:%Y-%m-%d %H:%M}' AND source = 'spotify'"
        assert count(store, tmp_path, f"SELECT count(*) FROM {table} WHERE {old}") == 0
    moments = [layout.captured_in(key) for key in keys(store, layout.PROCESSED)]
    assert not [one for one in moments if one is not None and one < since]
    assert verify(store).differences == []
    assert retention.enforce(store, {"spotify": days}, now=LATER) == []
    superseded.clear(store, now=LATER + timedelta(days=1))
    assert entries(store, tmp_path) == kept


def test_what_is_young_enough_stays(store: Store):
    everywhere(store)
    before = {key: store.get(key) for key in keys(store, "raw_data/") + keys(store, "transformed_data/")}
    assert retention.enforce(store, {"spotify": 70, "apple": 1}, now=LATER) == []
    assert before == {key: store.get(key) for key in before}


def test_rejected_documents_are_too_old_too(store: Store):
    everywhere(store)
    beside(store)
    retention.enforce(store, {"spotify": 30}, now=LATER)
    left = [key for key in keys(store, layout.REJECTED) if not key.endswith(layout.REASON_SUFFIX)]
    # Whose name states no day is not known to be old.
    assert [key.removeprefix(layout.REJECTED) for key in left] == [
        "mine/no day.json",
        "spotify/of=20no=20shape-a9c15fc199fb.json",
        "top.json",
    ]
    assert not [key for key in keys(store, layout.TO_BE_PROCESSED) if "20260608" in key]


def test_a_run_enforces_it_and_tells(store: Store, clock: Clock, tmp_path: Path):
    source = FakeSource(*(playlist(*range(1, number)) for number in range(3, 40)))

    def run() -> pipeline.Summary:
        chart = Chart(source="spotify", id=PLAYLIST)
        return pipeline.run(
            store, [chart], {"spotify": source}, now=clock, retention={"spotify": 3, "deezer": 1}
        )

    for _ in range(4):
        assert run().notes == []
        clock.go_on(days=1)
    summary = run()
    assert len(summary.notes) == 1
    assert "spotify" in summary.notes[0]
    assert [row[0] for row in entries(store, tmp_path) if row[1] == 1] == ["06-02", "06-03", "06-04", "06-05"]
    assert count(store, tmp_path, "SELECT count(*) FROM run_data") == 4


def test_statements_for_a_warehouse_elsewhere():
    assert delete_statements("spotify")[0] == "DELETE FROM chart_data WHERE source = 'spotify';"
    assert len(delete_statements("o'x")) == 6
    assert "'o''x'" in delete_statements("o'x")[5]
    assert delete_statements("spotify", before=LATER)[1] == (
        "DELETE FROM song_data WHERE source = 'spotify' AND captured_at < '2026-08-03 12:00:00.000000';"
    )


def test_the_command_wants_yes_without_a_terminal(
    ran: Callable[..., Ran], at_home: Path, monkeypatch: pytest.MonkeyPatch
):
    store = open_store("lake")
    three_months(store)
    assert ran("query", "--lake", "lake", "select 1")[0] == 0
    (at_home / "report.html").write_text("a page")
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    code, _, talk = ran("forget", "spotify", "--lake", "lake")
    assert code == 2
    assert "--yes" in talk
    assert keys(store, layout.TABLES)
    code, answer, _ = ran("forget", "spotify", "--yes", "--lake", "lake")
    assert code == 0
    assert answer.splitlines() == delete_statements("spotify")
    assert keys(store, layout.TABLES) == keys(store, "raw_data/") == []
    assert not (at_home / "report.html").exists()
    assert not (at_home / "lake" / "warehouse.duckdb").exists()
    code, answer, _ = ran("forget", "spotify", "--yes", "--json", "--lake", "lake")
    assert (code, json.loads(answer)["documents"]) == (0, 0)


def test_the_settings_say_for_how_long(ran: Callable[..., Ran], at_home: Path):
    (at_home / "chartlake.toml").write_text('lake = "lake"\n[spotify]\nretention_days = 30\n')
    publish(open_store("lake"), ("06-01", (1, 2)))
    code, _, talk = ran("transform")
    assert code == 0
    assert "retention_days" in talk
    assert keys(open_store("lake"), "raw_data/") == []
