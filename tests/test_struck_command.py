"""The real command, killed and failed from outside: a share of what `make proof` tries in full."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

import scenarios
from crashing import home, mutated
from proving import proven
from striking import campaigns, ended, prepared, strike_all, strikes
from tracing import calls, tracer, unsafe

if TYPE_CHECKING:
    from pathlib import Path

    from chartlake.demo.services import Services
    from scenarios import Scenario

WITHOUT_SYNC = {
    "of files": {"store/folder.py": ("                os.fsync(handle)\n            yield", "            yield")},
    "of folders": {"store/folder.py": ("        os.fsync(handle)\n    finally", "        pass\n    finally")},
    "of new folders": {"store/folder.py": ('        _sync_folder(parent or ".")\n', "")},
    "before a delete": {"store/folder.py": ("        self._sync(copy for _, copy in pairs)\n", "")},
}


def test_everything_is_durable_before_it_is_relied_on(tmp_path: Path, services: Services, strace: str):
    with proven(
        "relied on before it was synced", promise=1, where="the real command", note="order of its system calls"
    ) as tally:
        for scenario in scenarios.ALL:
            lake = scenario.prepare(tmp_path / scenario.name, services)
            done = lake.ran(*scenario.command, before=tracer(strace, tmp_path / "log"))
            assert done.returncode == 0, done.stderr
            traced = calls(tmp_path / "log")
            assert sum(call.name == "fsync" for call in traced) > 20
            tally.cases += 1
            tally.lost += len(found := list(unsafe(traced, lake.lake)))
            assert found == []
        for what, edits in WITHOUT_SYNC.items():
            lake = home(tmp_path / what / "home", source=mutated(tmp_path / what, edits))
            lake.drop(1, 1, 2)
            lake.drop(2, 2, 1)
            assert lake.ran("transform", before=tracer(strace, tmp_path / "log")).returncode == 0
            tally.planted += 1
            tally.found += any(unsafe(calls(tmp_path / "log"), lake.lake))


@pytest.mark.parametrize("scenario", scenarios.ALL, ids=lambda scenario: scenario.name)
def test_a_fault_at_some_system_calls(tmp_path: Path, services: Services, strace: str, scenario: Scenario):
    with proven(f"some faults of the system during {scenario.name}", promise=1, where="the real command") as tally:
        ready = prepared(scenario, tmp_path, services, strace)
        chosen = random.Random(20260601).sample(list(strikes(ready.calls)), 6)
        endings = strike_all(ready, chosen, tally, tmp_path, services, strace)
        tally.note = ended(endings)


def test_killed_at_any_moment(tmp_path: Path):
    with proven("SIGKILL at any moment", promise=1, where="the real command", random=True) as tally:
        campaigns(tally, tmp_path, 30, seed=1)
