"""Which dates a chart has, which it should have, and what was tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lakes import Lake
from made import attempt, chart, day, document, moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lakes import Row

WEEKLY = {"cadence": "weekly"}


def covered(charted: list[Row], ledger: Sequence[Row] = ()):
    lake = Lake({"chart_data": charted, "run_data": list(ledger)})
    return lake.ask("SELECT strftime(chart_date, '%d'), state FROM coverage ORDER BY chart_date")


@pytest.mark.parametrize(
    ("charted", "ledger", "told"),
    [
        pytest.param(chart({"01": "A", "02": "A"}), [], "01 recorded, 02 recorded", id="all recorded"),
        pytest.param(
            chart({"01": "A", "04": "A"}),
            [],
            "01 recorded, 02 missing, 03 missing, 04 recorded",
            id="nobody tried",
        ),
        pytest.param(
            chart({"01": "A", "05": "A"}),
            [attempt("02", "failed"), attempt("03", "deferred"), attempt("04", "rejected")],
            "01 recorded, 02 failed, 03 deferred, 04 rejected, 05 recorded",
            id="what was tried",
        ),
        pytest.param(
            chart({"01": "A", "03": "A"}),
            [attempt("02", "abandoned")],
            "01 recorded, 02 failed, 03 recorded",
            id="a killed run failed",
        ),
        pytest.param(
            chart({"01": "A", "03": "A"}),
            [
                attempt("02", "deferred"),
                attempt("02", "rejected", run_id="b"),
                attempt("02", "failed", run_id="c"),
            ],
            "01 recorded, 02 rejected, 03 recorded",
            id="rejected before failed before deferred: its bytes are there",
        ),
        pytest.param(
            chart({"01": "A", "03": "A"}),
            [attempt("02", "deferred"), attempt("02", "failed", run_id="b")],
            "01 recorded, 02 failed, 03 recorded",
            id="failed before deferred",
        ),
        pytest.param(
            chart({"01": "A"}), [attempt("01", "failed")], "01 recorded", id="what is recorded is recorded"
        ),
        pytest.param(
            chart({"01": "A"}),
            [attempt("03", "failed"), attempt("04", "deferred")],
            "01 recorded, 02 missing, 03 failed, 04 deferred",
            id="up to the last attempt",
        ),
        pytest.param(
            chart({"05": "A"}), [attempt("01", "failed")], "05 recorded", id="from the first recorded date"
        ),
        pytest.param([], [attempt("01", "failed")], "", id="a chart that was never recorded has none"),
        pytest.param(
            chart({"01": "A"}),
            [attempt("03", "failed", chart_id="other"), attempt("03", "failed", chart_id=None)],
            "01 recorded",
            id="attempts on other charts are not its own",
        ),
        pytest.param(
            chart({"01": "A", "04": "A"}),
            [attempt("03", "failed", scheduled_for=moment("02", 23))],
            "01 recorded, 02 failed, 03 missing, 04 recorded",
            id="an attempt is of the day it was scheduled for",
        ),
        pytest.param(
            chart({"01": "A", "04": "A"}),
            [attempt("03", "rejected", chart_date=day("02"))],
            "01 recorded, 02 rejected, 03 missing, 04 recorded",
            id="or of the chart_date it came to",
        ),
        pytest.param(
            chart({"01": "A", "04": "A"}),
            [attempt("03", "failed", chart_date=day("01"))],
            "01 recorded, 02 missing, 03 failed, 04 recorded",
            id="but a failed one came to none, whatever else its run took up",
        ),
        pytest.param(
            chart({"01": "A", "03": "A"}),
            [attempt("02", "published", chart_date=day("02"))],
            "01 recorded, 02 missing, 03 recorded",
            id="a date that was published and taken out again is missing",
        ),
        pytest.param(
            chart({"01": "A", "15": "A"}, **WEEKLY),
            [],
            "01 recorded, 08 missing, 15 recorded",
            id="every week",
        ),
        pytest.param(
            chart({"01": "A", "11": "A"}, **WEEKLY),
            [],
            "01 recorded, 11 recorded",
            id="a late week is no gap",
        ),
        pytest.param(
            chart({"01": "A", "15": "A"}, **WEEKLY),
            [attempt("10", "failed"), attempt("07", "deferred")],
            "01 recorded, 08 failed, 15 recorded",
            id="an attempt counts for the week that it is in",
        ),
        pytest.param(
            chart({"01": "A"}, **WEEKLY),
            [attempt("14", "failed")],
            "01 recorded, 08 failed",
            id="weeks up to the last attempt",
        ),
        pytest.param(
            chart({"01": "A"}, **WEEKLY), [attempt("07", "failed")], "01 recorded", id="before a week is over"
        ),
    ],
)
def test_states(charted: list[Row], ledger: Sequence[Row], told: str):
    assert covered(charted, ledger) == [tuple(one.split()) for one in told.split(", ") if one]


def test_gaps_are_marked_and_captures_counted():
    rows = document("01", "A") + document("01", "A B", captured_at=moment("01", 9)) + document("03", "A")
    ledger = [
        attempt("01", "unchanged", chart_date=day("01")),
        attempt("01", "unchanged", chart_date=day("01"), run_id="again"),
        attempt("01", "unchanged", chart_date=day("01"), run_id="again"),
    ]
    lake = Lake({"chart_data": rows, "run_data": ledger})
    counted = "SELECT snapshots, unchanged, is_gap FROM coverage ORDER BY chart_date"
    assert lake.ask(counted) == [(2, 2, False), (0, 0, True), (1, 0, False)]


def test_every_gap_before_is_that_many_dates():
    rows = chart({"01": "A", "02": "A", "09": "A", "02-20": "A"}) + chart(
        {"01": "A", "19": "A", "22": "A", "02-28": "A"}, chart_id="weekly", **WEEKLY
    )
    lake = Lake({"chart_data": rows})
    gaps = "SELECT chart_id, sum(gap_before) FROM snapshots GROUP BY chart_id ORDER BY chart_id"
    dates = "SELECT chart_id, count_if(is_gap) FROM coverage GROUP BY chart_id ORDER BY chart_id"
    assert lake.ask(gaps) == lake.ask(dates) == [("top", 6 + 41), ("weekly", 1 + 0 + 4)]


def test_a_gap_of_thirty_years_is_that_many_days():
    rows = document("01", "A", chart_date=day("01").replace(year=1994)) + document("01", "A")
    lake = Lake({"chart_data": rows})
    assert lake.ask("SELECT count(*), sum(CAST(is_gap AS INTEGER)) FROM coverage") == [(10958, 10956)]
