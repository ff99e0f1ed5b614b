"""A lake as it was known on some day, and what changed in a chart between two days."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chartlake.dictionary import VIEWS
from chartlake.diff import diff
from chartlake.errors import QueryError
from chartlake.store import open_store
from chartlake.sweep import sweep
from chartlake.tables import PHYSICAL
from chartlake.warehouse import Warehouse
from keeping import ledger, publish
from making import playlist, put_pending

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chartlake.store import Store
    from conftest import Ran

HISTORY = [
    ("06-01", (1, 2)),
    ("06-02", (2, 1)),
    ("06-02 23", (3, 1)),
    ("06-03", (3, 4, 1)),
    ("06-05", (1, 4)),
]
"""What was captured; the second day was corrected late in the evening."""

POSITIONS = "SELECT strftime(chart_date, '%m-%d'), position, song_id FROM chart_entries ORDER BY ALL"
STATUS = "SELECT status FROM chart_history WHERE song_id = 'song3' ORDER BY chart_date"


@pytest.fixture
def warehouse(store: Store, tmp_path: Path) -> Warehouse:
    """The cache of a lake whose second day was corrected."""
    for snapshot in HISTORY:
        publish(store, snapshot)
        ledger(store, snapshot[0])
    warehouse = Warehouse(store, tmp_path / "cache.duckdb")
    warehouse.refresh()
    return warehouse


@pytest.mark.parametrize("day", ["05-31", "06-01", "06-02", "06-04", "06-05"])
def test_a_day_knows_what_was_captured_until_its_end(warehouse: Warehouse, tmp_path: Path, day: str):
    past = open_store(str(tmp_path / "past"))
    for when, songs in HISTORY:
        if when[:5] <= day:
            publish(past, (when, songs))
            ledger(past, when)
    known = Warehouse(past, tmp_path / "past.duckdb")
    then = date.fromisoformat(f"2026-{day}")
    for table in (*VIEWS, *PHYSICAL):
        everything = f"SELECT * FROM {table.name} ORDER BY ALL"
        assert warehouse.ask(everything, as_of=then).rows == known.ask(everything).rows, table.name


def test_a_correction_counts_from_its_day_on(store: Store, warehouse: Warehouse):
    publish(store, ("06-04", (9,)))
    warehouse.refresh()
    today = warehouse.ask(POSITIONS).rows
    assert ("06-04", 1, "song9") in today
    assert warehouse.ask(POSITIONS, as_of=date(2026, 6, 1)).rows == [
        ("06-01", 1, "song1"),
        ("06-01", 2, "song2"),
    ]
    # Later questions are not bound by earlier ones.
    assert warehouse.ask(POSITIONS).rows == today


def test_the_end_of_the_day_is_its_last_microsecond(store: Store, tmp_path: Path):
    last = datetime.combine(date(2026, 6, 1), time.max, tzinfo=UTC)
    put_pending(store, playlist(1), captured_at=last)
    list(sweep(store, now=last))
    warehouse = Warehouse(store, tmp_path / "cache.duckdb")
    assert len(warehouse.ask(POSITIONS, as_of=date(2026, 6, 1)).rows) == 1
    assert warehouse.ask(POSITIONS, as_of=date(2026, 5, 31)).rows == []


def test_the_past_can_be_asked_with_parameters_and_reads_nothing_else(warehouse: Warehouse):
    asked = warehouse.ask("SELECT $1", ["x"], as_of=date(2026, 6, 1))
    assert asked.rows == [("x",)]
    with pytest.raises(QueryError, match="may only read"):
        warehouse.ask("FROM read_csv('/etc/passwd')", as_of=date(2026, 6, 1))


def changes(warehouse: Warehouse, one: int, other: int) -> list[tuple[Any, ...]]:
    found = diff(warehouse, "one", date(2026, 6, one), date(2026, 6, other))
    return [row[:5] for row in found.rows]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (
            2,
            3,
            [("same", 1, 1, 0, "song3"), ("entered", 2, None, None, "song4"), ("moved", 3, 2, -1, "song1")],
        ),
        (3, 5, [("moved", 1, 3, 2, "song1"), ("same", 2, 2, 0, "song4"), ("left", None, 1, None, "song3")]),
        (3, 3, [("same", 1, 1, 0, "song3"), ("same", 2, 2, 0, "song4"), ("same", 3, 3, 0, "song1")]),
        (
            5,
            3,
            [("entered", 1, None, None, "song3"), ("same", 2, 2, 0, "song4"), ("moved", 3, 1, -2, "song1")],
        ),
    ],
    ids=["forth", "over a gap", "itself", "back"],
)
def test_what_changed(warehouse: Warehouse, one: int, other: int, expected: list[tuple[Any, ...]]):
    assert changes(warehouse, one, other) == expected


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(*(st.lists(st.integers(1, 9), unique=True, min_size=1, max_size=6) for _ in range(2)))
def test_every_song_of_either_date_has_one_row(tmp_path_factory, before: list[int], after: list[int]):
    folder = tmp_path_factory.mktemp("changes")
    store = open_store(str(folder / "lake"))
    publish(store, ("06-01", tuple(before)), ("06-02", tuple(after)))
    found = changes(Warehouse(store, folder / "cache.duckdb"), 1, 2)
    assert {row[4]: row[2] for row in found if row[2]} == {f"song{one}": n for n, one in enumerate(before, 1)}
    assert {row[4]: row[1] for row in found if row[1]} == {f"song{one}": n for n, one in enumerate(after, 1)}
    assert len(found) == len({*before, *after})
    said = {row[0]: row for row in found}
    assert ("entered" in said) == bool(set(after) - set(before))
    assert ("left" in said) == bool(set(before) - set(after))


@pytest.mark.parametrize(
    ("chart", "day", "told"),
    [
        ("nope", 1, "no chart is called 'nope'; there are spotify:one"),
        ("one", 4, "is not recorded on 2026-06-04; the nearest dates are 2026-06-03 and 2026-06-05"),
        ("one", 9, "the nearest dates are 2026-06-05"),
        ("Tests' Top", 1, 'several charts are called "Tests\' Top"; name one of spotify:one, spotify:two'),
    ],
)
def test_a_chart_or_date_that_is_none_is_told(
    store: Store, warehouse: Warehouse, chart: str, day: int, told: str
):
    if "'" in chart:
        publish(store, ("06-01", (1,)), chart_id="two")
        warehouse.refresh()
    with pytest.raises(QueryError) as error:
        diff(warehouse, chart, date(2026, 6, 1), date(2026, 6, day))
    assert told in str(error.value)


def test_the_commands(ran: Callable[..., Ran], at_home: Path):
    publish(open_store("lake"), *HISTORY)
    query = ("query", "--lake", "lake", "--csv", "select count(*) as entries from chart_entries")
    assert ran(*query, "--as-of", "2026-06-02")[1] == "entries\n4\n"
    assert ran(*query)[1] == "entries\n9\n"
    code, _, talk = ran(*query, "--as-of", "June")
    assert (code, "2026-11-20" in talk) == (2, True)
    asked = ("diff", "--lake", "lake", "spotify:one", "2026-06-02", "2026-06-03")
    assert ran(*asked)[1].splitlines()[1:3] == [
        "same\t1\t1\t0\tsong3\tSong 3\tArtist 3",
        "entered\t2\t\t\tsong4\tSong 4\tArtist 4",
    ]
    assert json.loads(ran(*asked, "--json")[1])[2]["move"] == -1
    assert ran(*asked, "--csv")[1].startswith("change,position,previous_position,move,")
    assert ran(*asked[:-1], "2026-06-09")[0] == 1
