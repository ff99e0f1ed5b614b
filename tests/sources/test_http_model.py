"""Whatever a service answers, and however long it takes: no call before its time, none past the budget."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import Clock

from chartlake.errors import SourceError, TryLater
from chartlake.sources.http import Answer, Client
from chartlake.sources.http.failure import Failed

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

    from chartlake.sources.http.ask import Ask

BUDGET = 120.0
ROUNDING = 1e-6
HOSTS = ("https://a.example", "https://b.example")


@dataclass(frozen=True)
class Event:
    """What happens to one request: how long it takes, and what comes of it."""

    seconds: float
    status: int
    retry_after: str | None = None
    body: bytes = b"{}"


class Scripted(Client):
    """A client whose exchanges are made up; everything else is the client's own."""

    def __init__(self, clock: Clock, events: list[Event]) -> None:
        super().__init__(budget=BUDGET, clock=clock)
        self.time = clock
        self.events = events
        self.sent: list[tuple[float, str]] = []
        self.forbidden: dict[str, float] = {}

    def exchange(self, ask: Ask, url: httpx2.URL, *, before: float) -> Answer:  # noqa: ARG002 - its interface
        now = self.time.monotonic()
        assert now < before, "sent past the budget"
        assert now >= self.forbidden.get(url.host, 0.0) - ROUNDING, "sent before its time"
        self.sent.append((now, url.host))
        event = self.events.pop(0) if self.events else Event(0.1, 200)
        self.time.pass_by(min(event.seconds, before - now))
        if event.status == 0:
            raise Failed("broke off", heard=True)
        headers = {} if event.retry_after is None else {"retry-after": event.retry_after}
        if event.status in {429, 503} and event.retry_after is not None and event.retry_after.isdigit():
            self.forbidden[url.host] = self.time.monotonic() + float(event.retry_after)
        return Answer(event.status, headers, event.body)


QUOTA = b'{"error": {"reason": "QUOTA_EXCEEDED"}}'
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
