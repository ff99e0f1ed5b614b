"""The real command, killed and failed from outside: a share of what `make proof` tries in full."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

import scenarios
from chartlake.demo.services import Services
from crashing import home, mutated
from debian import debian_program
from proving import proven
from striking import Prepared, campaigns, ended, prepared, strike_all, strikes
from tracing import calls, tracer, unsafe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WITHOUT_SYNC = {
    "of files": ("                os.fsync(handle)\n                reached(", "                reached("),
    "of folders": ("        os.fsync(handle)\n    finally", "        pass\n    finally"),
    "of new folders": ('        _sync_folder(parent or ".")\n', ""),
    "before a delete": ("        self._sync(copy for _, copy in pairs)\n", ""),
}


@pytest.fixture(scope="module")
def running() -> Iterator[Services]:
    with Services() as services:
        yield services


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory, running: Services) -> dict[str, Prepared]:
    """Every scenario, made ready once; ``run`` last, for the services stay at its day."""
    strace, folder = debian_program("strace"), tmp_path_factory.mktemp("ready")
    order = sorted(scenarios.ALL, key=lambda scenario: scenario.name == "run")
    return {one.name: prepared(one, folder / one.name, running, strace) for one in order}


def test_everything_is_durable_before_it_is_relied_on(
    tmp_path: Path, ready: dict[str, Prepared], strace: str
):
    with proven(
        "relied on before it was synced",
        promise=1,
        where="the real command",
        note="the order of its system calls",
    ) as tally:
        for one in ready.values():
            assert sum(call.name == "fsync" for call in one.traced) > 20
            tally.cases += 1
            tally.lost += len(found := list(unsafe(one.traced, one.counted.lake)))
            assert found == []
        for what, edit in WITHOUT_SYNC.items():
            lake = home(tmp_path / what / "home", source=mutated(tmp_path / what, {"store/folder.py": edit}))
            lake.drop(1, 1, 2)
            lake.drop(2, 2, 1)
            assert lake.ran("transform", before=tracer(strace, tmp_path / "log")).returncode == 0
            tally.planted += 1
            tally.found += any(unsafe(calls(tmp_path / "log"), lake.lake))


@pytest.mark.parametrize("scenario", [one.name for one in scenarios.ALL])
def test_a_fault_at_some_system_calls(
    tmp_path: Path, running: Services, ready: dict[str, Prepared], strace: str, scenario: str
):
    with proven(f"some faults of the system during {scenario}", promise=1, where="the real command") as tally:
        chosen = random.Random(20260601).sample(list(strikes(ready[scenario].calls)), 3)
        tally.note = ended(strike_all(ready[scenario], chosen, tally, tmp_path, running, strace))


def test_killed_at_any_moment(tmp_path: Path):
    with proven("SIGKILL at any moment", promise=1, where="the real command", random=True) as tally:
        campaigns(tally, tmp_path, 30, seed=1)
