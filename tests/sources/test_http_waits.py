"""How long a service asks to wait, whatever it writes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartlake.sources.http.waits import LONGEST_STATED, exhausted, failure_pause, limit_pause, stated

NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)


def date(**later: int) -> str:
    return format_datetime(NOW + timedelta(**later), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({"retry-after": "0"}, 0, id="zero"),
        pytest.param({"retry-after": "1"}, 1, id="one"),
        pytest.param({"retry-after": " 599 "}, 599, id="spaces"),
        pytest.param({"retry-after": "86400"}, 86400, id="a day"),
        pytest.param({"retry-after": "99999999999"}, LONGEST_STATED, id="for ever is a week"),
        pytest.param({"retry-after": "9" * 5000}, None, id="no number at all"),
        pytest.param({"retry-after": "-5"}, None, id="negative"),
        pytest.param({"retry-after": "+5"}, None, id="signed"),
        pytest.param({"retry-after": "1.5"}, None, id="fraction"),
        pytest.param({"retry-after": "1_0"}, None, id="underscore"),
        pytest.param({"retry-after": "²"}, None, id="superscript"),
        pytest.param({"retry-after": "٣"}, None, id="arabic digit"),
        pytest.param({"retry-after": "abc"}, None, id="junk"),
        pytest.param({"retry-after": "10, 20"}, 20, id="two headers"),
        pytest.param({"retry-after": "10, abc"}, None, id="two headers, one of them junk"),
        pytest.param({"retry-after": ""}, None, id="empty"),
        pytest.param({}, None, id="none"),
        pytest.param({"retry-after": date(seconds=90)}, 90, id="date"),
        pytest.param({"retry-after": date(seconds=-90)}, 0, id="date gone by"),
        pytest.param({"retry-after": date(days=4000)}, LONGEST_STATED, id="far date"),
        pytest.param(
            {"retry-after": date(hours=1, seconds=7), "date": date(hours=1)},
            7,
            id="date beside a wrong clock",
        ),
        pytest.param({"retry-after": "Friday, 20-Nov-26 12:00:30 GMT"}, 30, id="date of RFC 850"),
        pytest.param({"retry-after": "Fri Nov 20 12:00:30 2026"}, 30, id="date of asctime"),
        pytest.param({"retry-after": "Fri, 99 Foo 2026 12:00:30 GMT"}, None, id="no such date"),
        pytest.param({"x-ratelimit-reset-in": "9"}, 9, id="ListenBrainz"),
        pytest.param({"retry-after": "2", "x-ratelimit-reset-in": "9"}, 2, id="both"),
    ],
)
def test_what_is_stated(headers: dict[str, str], seconds: float | None):
    assert stated(headers, NOW) == seconds


@given(st.text(), st.text())
def test_nothing_that_can_be_written_is_misread(retry_after: str, there: str):
    wait = stated({"retry-after": retry_after, "date": there}, NOW)
    assert wait is None or 0 <= wait <= LONGEST_STATED


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset-in": "9"}, 9),
        ({"x-ratelimit-remaining": "1", "x-ratelimit-reset-in": "9"}, None),
        ({"x-ratelimit-remaining": "0"}, None),
        ({"x-ratelimit-reset-in": "9"}, None),
    ],
)
def test_the_last_request_allowed(headers: dict[str, str], seconds: float | None):
    assert exhausted(headers) == seconds


def test_pauses_grow_to_a_limit_and_differ():
    assert [limit_pause(turn) for turn in range(5)] == [5, 10, 20, 40, 80]
    pauses = [[failure_pause(turn) for turn in (0, 3, 9, 10_000)] for _ in range(50)]
    for first, fourth, tenth, last in pauses:
        assert 0.25 <= first <= 0.5
        assert 2 <= fourth <= 4
        assert 8 <= tenth <= 16
        assert 8 <= last <= 16
    assert len({tuple(some) for some in pauses}) > 1
