"""The HTTP client among made-up answers, with a clock that jumps: when it sends, and when it ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from scripted import Clock

from chartlake.errors import SourceError, TryLater
from chartlake.sources.http import Answer, Client
from chartlake.sources.http.failure import Failed

if TYPE_CHECKING:
    import random

    import httpx2

    from chartlake.sources.http.ask import Ask

BUDGET = 120.0
ROUNDING = 1e-6
HOSTS = ("https://a.example", "https://b.example")
QUOTA = b'{"error": {"reason": "QUOTA_EXCEEDED"}}'
STATUSES = (0, 200, 200, 404, 429, 429, 500, 503)
WAITS = (None, None, "0", "1", "30", "60", "61", "599", "86400", "-5", "abc", "", "9" * 18, "5, 7",
         "Mon, 01 Jun 2026 06:31:00 GMT", "Sun, 31 May 2026 06:31:00 GMT",
         "Mon, 01 Jun 2099 06:31:00 GMT")  # fmt: skip
BODIES = (b"{}", b"{}", b"", b"<html>", QUOTA)


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
        self.begin(clock, events)

    def begin(self, clock: Clock, events: list[Event]) -> None:
        """Begin anew: it takes a while to make one."""
        self.clock = self.time = clock
        self.events = events
        self.sent: list[tuple[float, str]] = []
        self.forbidden: dict[str, float] = {}
        self._closed_until.clear()
        self._paces.clear()

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
            wait = min(float(event.retry_after), 7 * 86400.0)
            self.forbidden[url.host] = self.time.monotonic() + wait
        return Answer(event.status, headers, event.body)


_made: dict[type[Scripted], Scripted] = {}


def kept_waiting(dice: random.Random, kind: type[Scripted] = Scripted) -> str | None:
    """What is wrong with how a client goes through one story; None if nothing is."""
    draw = dice.random
    events = [
        Event(
            draw() * dice.choice([1, 20, 200]), dice.choice(STATUSES), dice.choice(WAITS), dice.choice(BODIES)
        )
        for _ in range(dice.randrange(24))
    ]
    clock = Clock()
    client = _made.get(kind) or _made.setdefault(kind, kind(clock, events))
    client.begin(clock, events)
    for _ in range(dice.randint(1, 4)):
        began, sent = clock.monotonic(), len(client.sent)
        visit = client.visit()
        later = None
        try:
            visit.get(dice.choice(HOSTS))
        except TryLater as error:
            later = error.not_before - clock.now()
        except SourceError:
            pass
        except AssertionError as broken:
            return str(broken)
        if clock.monotonic() > began + BUDGET + ROUNDING:
            return f"it took {clock.monotonic() - began} seconds"
        if not len(visit.requests) == len(client.sent) - sent <= 8:
            return f"it sent {len(client.sent) - sent} requests, and tells of {len(visit.requests)}"
        if later is not None and not timedelta() < later <= timedelta(days=7):
            return f"it wants to be asked in {later}"
        clock.pass_by(draw() * dice.choice([1, 100, 1000]))
    return None


class Hasty(Scripted):
    """Takes no refusal to heart."""

    def close_for(self, url: httpx2.URL, seconds: float) -> None:
        """Forget it at once."""


class Patient(Scripted):
    """Waits for as long as it is told to, however long that is."""

    def closed_for(self, url: httpx2.URL) -> float:
        """Sleep, and say that there is nothing to wait for."""
        self.clock.sleep(super().closed_for(url))
        return 0.0


FAULTY = (Hasty, Patient)
"""Clients that are wrong in a way that the proof is to see."""
