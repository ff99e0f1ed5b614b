from __future__ import annotations

from collections.abc import Iterator

import pytest
from scripted import Clock, Service

from chartlake.sources.http import Client


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as started:
        yield started


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(clock: Clock) -> Iterator[Client]:
    with Client(clock=clock, connect=2.0, read=2.0) as opened:
        yield opened


@pytest.fixture
def closed_port() -> str:
    """An address where nobody listens."""
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"
