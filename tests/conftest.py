"""What every test may use, named after the words of the design."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from chartlake.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from chartlake.store import Store

_missing: dict[str, int] = {}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """The store of an empty lake."""
    return open_store(str(tmp_path / "lake"))


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, now: datetime) -> None:
        self.moment = now

    def __call__(self) -> datetime:
        return self.moment

    def go_on(self, **by: float) -> None:
        self.moment += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    """Half past six in the morning of a Monday, in UTC."""
    return Clock(datetime(2026, 6, 1, 6, 30, tzinfo=UTC))


def debian_program(name: str) -> str:
    """The path of a program that a Debian package brings; where it is missing the test is skipped.

    In CI a missing one is a failure: there the packages are installed first.
    """
    path = shutil.which(name)
    if path is None:
        if os.environ.get("CI"):
            pytest.fail(f"{name} is missing; .ci/run installs it")
        _missing[name] = _missing.get(name, 0) + 1
        pytest.skip(f"needs Debian's {name}: apt install {name}")
    return path


@pytest.fixture
def strace() -> str:
    """The system call tracer."""
    return debian_program("strace")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None] | None:
    """Say in the last lines what was left out, and what would let it run."""
    for name, count in sorted(_missing.items()):
        terminalreporter.write_line(
            f"skipped for want of {name}: {count} tests; apt install {name} lets them run"
        )
