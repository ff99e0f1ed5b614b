"""Whatever a service answers, and however long it takes: no call before its time, none past the budget."""

from __future__ import annotations

import random
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import Clock

from chartlake.errors import SourceError, TryLater
from proving import proven
from waiting import BUDGET, FAULTY, HOSTS, QUOTA, ROUNDING, Event, Scripted, kept_waiting

if TYPE_CHECKING:
    from collections.abc import Iterator

EVENTS = st.builds(
    Event,
    seconds=st.floats(0, 200),
    status=st.sampled_from([0, 200, 200, 404, 429, 429, 500, 503]),
    retry_after=st.sampled_from([None, None, "0", "1", "30", "60", "61", "599", "86400", "-5", "abc"]),
    body=st.sampled_from([b"{}", b"{}", b"", b"<html>", QUOTA]),
)


@pytest.fixture(scope="module")
def made() -> Iterator[list[Scripted]]:
    """Clients to be closed, once for all examples."""
    clients: list[Scripted] = []
    yield clients
    for client in clients:
        client.close()


@settings(max_examples=400, deadline=None)
@given(
    events=st.lists(EVENTS, max_size=40),
    visits=st.lists(st.tuples(st.sampled_from(HOSTS), st.floats(0, 1000)), min_size=1, max_size=6),
)
def test_no_call_before_its_time_and_none_past_the_budget(
    made: list[Scripted], events: list[Event], visits: list[tuple[str, float]]
):
    clock = Clock()
    client = Scripted(clock, list(events))
    made.append(client)
    told: list[timedelta] = []
    for host, pause in visits:
        began, sent = clock.monotonic(), len(client.sent)
        visit = client.visit()
        try:
            answer = visit.get(host)
        except TryLater as later:
            told.append(later.not_before - clock.now())
        except SourceError:
            assert len(client.sent) > sent
        else:
            assert answer.status in {200, 404}
        assert clock.monotonic() <= began + BUDGET + ROUNDING
        assert len(visit.requests) == len(client.sent) - sent <= 8
        clock.pass_by(pause)
    assert all(timedelta() < wait <= timedelta(days=7) for wait in told)


def test_answers_and_waits_of_every_kind():
    with proven(
        "answers and waits of every kind", promise=6, where="a clock that jumps", random=True
    ) as tally:
        for faulty in FAULTY:
            tally.planted += 1
            tally.found += any(kept_waiting(random.Random(number), faulty) for number in range(500))
        seed = int(time.time()) // 86400
        for number in range(5000):
            wrong = kept_waiting(random.Random(f"{seed} {number}"))
            tally.cases += 1
            tally.wrong += wrong is not None
            assert wrong is None, (seed, number, wrong)
        tally.note = f"seed {seed}"
