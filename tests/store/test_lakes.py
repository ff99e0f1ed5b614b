"""A lake is the same lake wherever it lies: the whole way of the data in a folder, in memory and in S3."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from chartlake import layout, pipeline
from chartlake.compact import compact
from chartlake.errors import SettingsError
from chartlake.forget import forget
from chartlake.rebuild import rebuild, verify
from chartlake.sources import Chart
from chartlake.sweep import sweep
from chartlake.tables import PHYSICAL
from chartlake.warehouse import Warehouse
from killing import Killed, Killing
from making import PLAYLIST, FakeSource, day, playlist, put_pending

if TYPE_CHECKING:
    from collections.abc import Callable

    from chartlake.store import Store
    from conftest import Clock, Ran

CHART = Chart(source="spotify", id=PLAYLIST)
ANSWERS = [
    playlist(1, 2, 3),
    playlist(2, 1, 4),
    b'{"items": "no list"}',
    playlist(4, 2, None, 1),
    playlist(5),
]


@pytest.fixture
def ask(store: Store, tmp_path: Path) -> Callable[[str], list[tuple]]:
    warehouse = Warehouse(store, tmp_path / "cache" / "warehouse.duckdb")

    def answer(sql: str) -> list[tuple]:
        assert warehouse.refresh() == []
        return warehouse.ask(sql).rows

    return answer


def lived(store: Store, clock: Clock) -> None:
    """Five days of a chart, one of which cannot be published."""
    for number, body in enumerate(ANSWERS):
        pipeline.run(store, [CHART], {"spotify": FakeSource(body)}, now=clock, run_id=f"run-{number}")
        clock.go_on(days=1)


ROWS = {table.name: f"SELECT * FROM {table.name} ORDER BY ALL" for table in PHYSICAL}
HISTORY = "SELECT chart_date, position, song_id, status FROM chart_history ORDER BY ALL"
EXPECTED: dict[str, list[tuple]] = {}
"""What the first store of this session answered: all others answer the same."""


def same(name: str, rows: list[tuple]) -> list[tuple]:
    assert rows
    assert EXPECTED.setdefault(name, rows) == rows
    return rows


def test_the_same_rows_come_out_wherever_they_lie(store: Store, clock: Clock, ask: Callable):
    lived(store, clock)
    for table, sql in ROWS.items():
        same(table, ask(sql))
    history = same("chart_history", ask(HISTORY))
    assert len(list(store.list(layout.REJECTED))) == 2

    clock.go_on(days=40)
    compact(store, now=clock())
    assert ask(HISTORY) == history
    clock.go_on(hours=2)
    compact(store, now=clock())
    assert ask(HISTORY) == history
    assert ask(ROWS["run_data"]) == EXPECTED["run_data"]

    rebuild(store, now=clock())
    assert ask(HISTORY) == history
    assert verify(store).differences == []

    forget(store, "spotify", now=clock())
    assert ask(HISTORY) == []
    assert list(store.list("raw_data/")) == []
    assert list(store.list(layout.TABLES)) == []


@pytest.mark.parametrize("kind", ["memory", "s3"], indirect=True)
def test_killed_at_every_store_call_nothing_is_lost(new_store: Callable[[], Store], tmp_path: Path):
    for at in range(1, 200):
        store = new_store()
        for number, body in enumerate((playlist(1, 2), playlist(2, 1)), 1):
            put_pending(store, body, captured_at=day(number))
        try:
            list(sweep(Killing(store, at), now=day(4)))
        except Killed:
            list(sweep(store, now=day(5)))
        else:
            assert at > 10
            return
        assert list(store.list(layout.TO_BE_PROCESSED)) == list(store.list(layout.OPEN_BATCHES)) == []
        assert len(list(store.list(layout.PROCESSED))) == 2
        if at % 5 == 0:
            warehouse = Warehouse(store, tmp_path / f"{at}.duckdb")
            warehouse.refresh()
            assert warehouse.ask("SELECT count(*) FROM chart_entries").rows == [(4,)]
    pytest.fail("it never came to its end")


def test_files_that_vanish_between_listing_and_reading_are_listed_again(
    store: Store, clock: Clock, tmp_path: Path
):
    """As it is when a compaction goes on beside a question."""
    lived(store, clock)

    class Vanishing:
        def __init__(self) -> None:
            self.left = 1

        def __getattr__(self, name: str):
            return getattr(store, name)

        def list(self, prefix: str):
            found = list(store.list(prefix))
            if self.left and prefix.endswith("/chart_data/"):
                self.left = 0
                store.put(f"{prefix}month=2026-06/moved.parquet", store.get(found[0].key))
                store.delete([found[0].key])
            return iter(found)

    warehouse = Warehouse(Vanishing(), tmp_path / "other.duckdb")
    assert warehouse.refresh() == []
    assert warehouse.ask("SELECT count(DISTINCT chart_date) FROM chart_entries").rows == [(4,)]


COMMANDS = [
    # what is called, its exit code, what it says
    (["status", "--json"], 0, '"recorded": 3'),
    (["status"], 0, "spotify"),
    (["transform"], 0, ""),
    (["query", "select count(*) from chart_history"], 0, "9"),
    (["tables"], 0, "chart_history"),
    (["tables", "chart_data"], 0, "song_id"),
    (["report", "--out", "page.html"], 0, "page.html"),
    (["diff", PLAYLIST, "2026-06-01", "2026-06-02"], 0, "Song"),
    (["doctor", "--offline"], 0, "can be written and read"),
    (["compact"], 0, ""),
    (["rebuild", "--verify"], 0, "every row"),
    (["rebuild"], 0, "3 documents"),
    (["retry"], 0, "nothing new"),
    (["import", "chart.json"], 0, "taken in: 1"),
    (["watch"], 2, "watch is for a lake in a folder"),
    (["forget", "spotify", "--yes"], 0, "DELETE FROM chart_data"),
]


@pytest.fixture
def distant(
    s3_address: str, at_home: Path, ran: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Ran]:
    """A lake of three days in S3, named by the environment."""
    from chartlake.store import open_store  # noqa: PLC0415

    monkeypatch.setenv("CHARTLAKE_LAKE", s3_address)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    store = open_store(s3_address)
    now = pipeline.utc_now().replace(hour=0, minute=0)
    for number, body in enumerate((playlist(1, 2, 3), playlist(2, 1, 4), playlist(4, 2, 1))):
        put_pending(store, body, captured_at=day(1 + number) if number < 2 else now)
    assert ran("transform")[0] == 0
    return ran


def test_every_command_works_on_a_lake_in_s3(distant: Callable[..., Ran], at_home: Path):
    (at_home / "chart.json").write_bytes(playlist(7, 8))
    os.utime(at_home / "chart.json", (1_780_000_000, 1_780_000_000))
    said = {}
    for command, code, says in COMMANDS:
        got, out, err = distant(*command)
        said[" ".join(command)] = (got, out + err)
        assert (got, says in out + err) == (code, True), (command, got, out, err)
    made = {path.relative_to(at_home).as_posix() for path in at_home.rglob("*") if path.is_file()}
    assert {path for path in made if not path.startswith(".cache/chartlake/")} <= {"page.html", "chart.json"}
    assert any(path.startswith(".cache/chartlake/") for path in made)


def test_a_document_is_shown_and_retracted(distant: Callable[..., Ran], s3_address: str):
    from chartlake.store import open_store  # noqa: PLC0415

    key = next(open_store(s3_address).list(layout.PROCESSED)).key
    assert "Song 1" in distant("show", key)[1]
    assert distant("retract", key)[0] == 0
    assert distant("query", "select count(*) from chart_history")[1].split()[-1] == "6"


def test_without_what_it_needs_a_lake_in_s3_says_so(monkeypatch: pytest.MonkeyPatch):
    import sys  # noqa: PLC0415

    from chartlake.store import open_store  # noqa: PLC0415

    for name in [name for name in sys.modules if name.startswith("chartlake.store.s3")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "obstore", None)
    with pytest.raises(SettingsError, match=r"pip install 'chartlake\[aws\]'"):
        open_store("s3://charts/lake")
