from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from scripted import Clock, Service

from chartlake.sources.http import Client


@pytest.fixture(scope="session")
def listening() -> Iterator[Service]:
    """One socket for all tests: to stop it takes longer than most of them."""
    with Service() as started:
        yield started


@pytest.fixture
def service(listening: Service) -> Service:
    listening.forget()
    return listening


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
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"
