"""What the chart words mean, one example for each sentence of the design."""

from __future__ import annotations

from typing import Any

import pytest
from lakes import Lake, Row
from made import chart, day, document


def history(rows: list[Row], song: str, number: str):
    lake = Lake({"chart_data": rows})
    found = lake.rows("chart_history", f"song_id = '{song}' AND chart_date = DATE '{day(number)}'")
    lake.close()
    return found[0]


def _case(says: str, snapshots: dict[str, str], of: str, told: Any, **changes: Any):
    song, number = of.split()
    return pytest.param(chart(snapshots, **changes), song, number, told, id=says)


@pytest.mark.parametrize(
    ("rows", "song", "number", "told"),
    [
        _case(
            "a song in no earlier snapshot is NEW",
            {"01": "A", "02": "A B"},
            "B 02",
            {"status": "NEW", "previous_position": None, "move": None, "days_on_chart": 1, "streak": 1},
        ),
        _case(
            "the first snapshot is all NEW, with nothing before it",
            {"01": "A B", "02": "A"},
            "B 01",
            {"status": "NEW", "previous_chart_date": None, "gap_before": 0},
        ),
        _case(
            "a song in an earlier snapshot but not in the previous one is RE",
            {"01": "A B", "02": "B C", "03": "C A"},
            "A 03",
            {"status": "RE", "previous_position": None, "move": None},
        ),
        _case(
            "on re-entry the streak is 1 again and the days go on counting",
            {"01": "A", "02": "A", "03": "B", "04": "A"},
            "A 04",
            {"streak": 1, "days_on_chart": 3, "peak_position": 1, "days_at_peak": 3},
        ),
        _case(
            "move is the previous position less the position: up is above 0",
            {"01": "A B C", "02": "C A B"},
            "C 02",
            {"status": "UP", "previous_position": 3, "move": 2},
        ),
        _case(
            "down is below 0",
            {"01": "A B C", "02": "B C A"},
            "A 02",
            {"status": "DOWN", "previous_position": 1, "move": -2},
        ),
        _case("unmoved is SAME", {"01": "A B", "02": "C B"}, "B 02", {"status": "SAME", "move": 0}),
        _case(
            "the previous snapshot is the latest before, however long ago; the gap is shown",
            {"01": "A B", "28": "B A"},
            "A 28",
            {
                "previous_chart_date": day("01"),
                "previous_position": 1,
                "status": "DOWN",
                "streak": 2,
                "gap_before": 26,
            },
        ),
        _case("a day after a day is no gap", {"01": "A", "02": "A"}, "A 02", {"gap_before": 0}),
        _case("a leap day is a day", {"02-28": "A", "03-01": "A"}, "A 03-01", {"gap_before": 1}),
        _case(
            "a week after a week is no gap of a weekly chart",
            {"01": "A", "08": "A"},
            "A 08",
            {"gap_before": 0, "previous_chart_date": day("01")},
            cadence="weekly",
        ),
        _case(
            "two weeks later one week was not recorded",
            {"01": "A", "15": "A"},
            "A 15",
            {"gap_before": 1},
            cadence="weekly",
        ),
        _case(
            "a weekly chart that is late has no gap before two whole weeks",
            {"01": "A", "14": "A"},
            "A 14",
            {"gap_before": 0},
            cadence="weekly",
        ),
        _case("a gap is never negative", {"01": "A", "03": "A"}, "A 03", {"gap_before": 0}, cadence="weekly"),
        _case(
            "the peak is the best position up to and including the date, not after it",
            {"01": "B C A", "02": "B A C", "03": "A B C"},
            "A 02",
            {"peak_position": 2, "days_at_peak": 1},
        ),
        _case(
            "days at the peak need not be consecutive",
            {"01": "A B", "02": "B A", "03": "A B"},
            "A 03",
            {"peak_position": 1, "days_at_peak": 2},
        ),
        _case(
            "away from the peak its days are still told",
            {"01": "A B", "02": "A B", "03": "B A"},
            "A 03",
            {"peak_position": 1, "days_at_peak": 2, "days_on_chart": 3},
        ),
        _case(
            "a better peak begins its days anew",
            {"01": "B A", "02": "B A", "03": "A B"},
            "A 03",
            {"peak_position": 1, "days_at_peak": 1},
        ),
        _case(
            "days on the chart are snapshots it was in, not days that went by",
            {"01": "A", "05": "B", "09": "A"},
            "A 09",
            {"days_on_chart": 2},
        ),
        _case(
            "a streak is of recorded snapshots: a gap in the record does not end it",
            {"01": "A", "02": "A", "20": "A"},
            "A 20",
            {"streak": 3},
        ),
        _case(
            "a position that cannot be read keeps its place",
            {"01": "A - C"},
            "C 01",
            {"position": 3},
        ),
        _case(
            "a snapshot of which nothing can be read is a snapshot",
            {"01": "A", "02": "- -", "03": "A"},
            "A 03",
            {"status": "RE", "previous_chart_date": day("02"), "streak": 1},
        ),
        _case(
            "of a song twice in one snapshot the better position counts",
            {"01": "B A C A"},
            "A 01",
            {"position": 2, "days_on_chart": 1, "days_at_peak": 1},
        ),
        _case(
            "and it counts as the previous position too",
            {"01": "B A C A", "02": "A B A C"},
            "A 02",
            {"position": 1, "previous_position": 2, "status": "UP", "days_on_chart": 2, "streak": 2},
        ),
        _case(
            "the same content on a new chart_date is a snapshot like any other",
            {"01": "A B", "02": "A B"},
            "B 02",
            {"status": "SAME", "days_on_chart": 2, "peak_position": 2, "days_at_peak": 2},
        ),
    ],
)
def test_history(rows: list[Row], song: str, number: str, told: Any):
    found = history(rows, song, number)
    assert {name: found[name] for name in told} == told


def test_missing_and_doubled_entries_are_entries():
    lake = Lake({"chart_data": chart({"01": "A - A"})})
    assert lake.ask("SELECT position, item_type, song_id FROM chart_entries ORDER BY position") == [
        (1, "track", "A"),
        (2, "missing", None),
        (3, "track", "A"),
    ]
    assert lake.ask("SELECT song_id, position FROM chart_history") == [("A", 1)]


def test_equal_ids_of_two_sources_are_two_charts():
    rows = document("01", "A") + document("02", "A", source="deezer")
    lake = Lake({"chart_data": rows})
    assert lake.ask("SELECT source, status, days_on_chart FROM chart_history ORDER BY source") == [
        ("deezer", "NEW", 1),
        ("spotify", "NEW", 1),
    ]


def test_the_cadence_of_the_later_snapshot_measures_the_gap():
    rows = document("01", "A", cadence="weekly") + document("08", "A") + document("15", "A", cadence="weekly")
    lake = Lake({"chart_data": rows})
    assert lake.ask("SELECT gap_before FROM snapshots ORDER BY chart_date") == [(0,), (6,), (0,)]


RUNS = (
    "run_number, first_date, last_date, snapshots, entry_position, best_position, last_position, left_chart"
)


@pytest.mark.parametrize(
    ("snapshots", "told"),
    [
        pytest.param(
            {"01": "B A", "02": "A B", "03": "B C A"},
            [(1, day("01"), day("03"), 3, 2, 1, 3, False)],
            id="a stay that goes on",
        ),
        pytest.param(
            {"01": "A", "02": "B"}, [(1, day("01"), day("01"), 1, 1, 1, 1, True)], id="a stay that ended"
        ),
        pytest.param(
            {"01": "A B", "02": "B", "03": "B A", "04": "A B"},
            [(1, day("01"), day("01"), 1, 1, 1, 1, True), (2, day("03"), day("04"), 2, 2, 1, 1, False)],
            id="a song that came back",
        ),
        pytest.param(
            {"01": "A", "20": "A"},
            [(1, day("01"), day("20"), 2, 1, 1, 1, False)],
            id="a gap in the record does not end a stay",
        ),
        pytest.param(
            {"01": "B A A", "02": "A B A"},
            [(1, day("01"), day("02"), 2, 2, 1, 1, False)],
            id="a song twice in a snapshot is there once, with its better position",
        ),
    ],
)
def test_runs_of_a_song(snapshots: dict[str, str], told: Any):
    lake = Lake({"chart_data": chart(snapshots)})
    assert lake.ask(f"SELECT {RUNS} FROM song_runs WHERE song_id = 'A' ORDER BY run_number") == told


def test_a_stay_on_a_chart_of_one_source_does_not_fill_the_gap_on_another_of_that_name():
    rows = chart({"01": "A", "02": "B", "03": "A"}) + chart({"01": "B", "02": "A"}, source="deezer")
    lake = Lake({"chart_data": rows})
    stays = "SELECT source, run_number, snapshots FROM song_runs WHERE song_id = 'A' ORDER BY ALL"
    assert lake.ask(stays) == [("deezer", 1, 1), ("spotify", 1, 1), ("spotify", 2, 1)]
