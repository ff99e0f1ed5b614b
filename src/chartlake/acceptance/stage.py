"""A source in front of its service: a real socket, a clock that waits for nobody, faults on demand."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from chartlake import layout
from chartlake.capture import Attempt, capture
from chartlake.demo.server import Server
from chartlake.snapshot import unpacked
from chartlake.sources import open_source
from chartlake.sources.http import Client
from chartlake.store import open_store
from chartlake.transform import understood

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from chartlake.demo.answers import Answer, Answering, Asked
    from chartlake.demo.faults import Fault
    from chartlake.sources import Chart, Source
    from chartlake.store import Store
    from chartlake.transform.reading import Reading

MOMENT = datetime(2026, 6, 1, 6, 30, tzinfo=UTC)
"""When a check takes place, unless its subject says otherwise."""

BUDGET = 120.0
"""Seconds that a capture may take, waits included."""


def _read(document: bytes) -> Reading:
    return understood(document, name="")


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A source, as its author describes it to the checks.

    Attributes:
        name: The source's name.
        answers: Its service when all is well: from what is asked to what it answers.  What it says
            of ``chart`` is the same every time, and in one page at least.
        settings: Makes the source's settings for a service at an address.
        chart: A chart that the service has.
        entries: How many positions it has.
        refused: Charts that cannot be asked for.
        secrets: The secrets that the source needs, by name.
        at: The moment (UTC) at which the service is asked.
        opened: Makes the source from its settings, a client and secrets.
        read: What a captured document says.
    """

    name: str
    answers: Answering
    settings: Callable[[str], Any]
    chart: Chart
    entries: int
    refused: tuple[Chart, ...]
    secrets: Mapping[str, str] = field(default_factory=dict)
    at: datetime = MOMENT
    opened: Callable[..., Source] = open_source
    read: Callable[[bytes], Reading] = _read


class Still:
    """A clock that stands still, and jumps when somebody sleeps."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self.passed = 0.0

    def now(self) -> datetime:
        """The moment (UTC)."""
        return self._at + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        """Seconds since some beginning."""
        return self.passed

    def sleep(self, seconds: float) -> None:
        """Be that much later at once."""
        self.passed += seconds


class Stage:
    """A source, its service, and what passes between them.

    Attributes:
        subject: What is checked.
        source: The source, opened.
        clock: Its clock.
        asked: Every request that arrived.
        moments: When each did, in seconds of the clock.
        served: The bodies of the answers, as they were meant before any fault.
        base: Where the service answers.
    """

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.clock = Still(subject.at)
        self.asked: list[Asked] = []
        self.moments: list[float] = []
        self.served: list[bytes] = []
        self._fault: Fault | None = None
        self._path: str | None = None
        self._left = 0
        self._server = Server(self._answer, now=self.clock.now)
        self.base = self._server.base
        self.client = Client(budget=BUDGET, clock=self.clock, connect=5.0, read=5.0, exchange=30.0)
        self.source = self.open()

    def open(self) -> Source:
        """The source once more, with nothing remembered but the client's connections."""
        return self.subject.opened(
            self.subject.name,
            self.subject.settings(self.base),
            client=self.client,
            secrets=self.subject.secrets.get,
        )

    def close(self) -> None:
        """End connections and service."""
        self.client.close()
        self._server.close()

    def misbehave(self, fault: Fault, *, path: str | None = None, times: int = 1_000_000) -> None:
        """Let the next requests, or those for one path, meet a fault."""
        self._fault, self._path, self._left = fault, path, times

    def paths(self) -> list[str]:
        """The paths that a capture asks for, each once, in order."""
        self.source.capture(self.subject.chart)
        return list(dict.fromkeys(one.path for one in self.asked))

    def document(self, store: Store) -> tuple[Attempt, bytes]:
        """Capture the chart into a lake: what came of it, and the document; empty if there is none."""
        before = {stored.key for stored in store.list(layout.TO_BE_PROCESSED)}
        attempt = capture(self.subject.chart, source=self.source, store=store, now=self.clock.now)
        fresh = [stored.key for stored in store.list(layout.TO_BE_PROCESSED) if stored.key not in before]
        return attempt, unpacked(store.get(fresh[0])) if fresh else b""

    def _answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        self.moments.append(self.clock.passed)
        answer = self.subject.answers(asked)
        if self._fault is None or not self._left or self._path not in {None, asked.path}:
            self.served.append(answer.body)
            return answer
        self._left -= 1
        return self._fault(answer)


@contextmanager
def staged(subject: Subject) -> Iterator[Stage]:
    """A stage for one check."""
    stage = Stage(subject)
    try:
        yield stage
    finally:
        stage.close()


@contextmanager
def lake() -> Iterator[tuple[Store, Path]]:
    """An empty lake for a moment, and the folder it is in."""
    with TemporaryDirectory(prefix="chartlake-") as folder:
        yield open_store(str(Path(folder) / "lake")), Path(folder)


def captured(subject: Subject) -> bytes:
    """The document that a capture makes when all is well."""
    with staged(subject) as stage, lake() as (store, _):
        return stage.document(store)[1]


@contextmanager
def heard() -> Iterator[list[str]]:
    """Whatever is logged meanwhile, by anybody at any level."""
    root, ear = logging.getLogger(), _Ear()
    level = root.level
    root.addHandler(ear)
    root.setLevel(logging.DEBUG)
    try:
        yield ear.said
    finally:
        root.removeHandler(ear)
        root.setLevel(level)


class _Ear(logging.Handler):
    """Keeps what it hears."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record, with all that it carries."""
        self.said.append(f"{record.getMessage()} {vars(record)}")
