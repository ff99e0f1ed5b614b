"""The real command, killed and failed at every system call that touches the lake, and at any moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import scenarios
from proving import proven
from striking import campaigns, ended, prepared, strike_all, strikes

if TYPE_CHECKING:
    from pathlib import Path

    from chartlake.demo.services import Services
    from scenarios import Scenario


@pytest.mark.parametrize("scenario", scenarios.ALL, ids=lambda scenario: scenario.name)
@pytest.mark.parametrize("kind", ["SIGKILL", "errors"])
def test_every_call(tmp_path: Path, services: Services, strace: str, scenario: Scenario, kind: str):
    what = "SIGKILL" if kind == "SIGKILL" else "ENOSPC, EDQUOT, EIO, EMFILE"
    with proven(
        f"{what} at every system call of {scenario.name}", promise=1, where="the real command"
    ) as tally:
        ready = prepared(scenario, tmp_path, services, strace)
        chosen = [one for one in strikes(ready.calls) if (one.fault == "SIGKILL") == (kind == "SIGKILL")]
        endings = strike_all(ready, chosen, tally, tmp_path, services, strace)
        tally.note = ended(endings)


def test_killed_at_any_moment(tmp_path: Path):
    with proven("SIGKILL at any moment", promise=1, where="the real command", random=True) as tally:
        campaigns(tally, tmp_path, 320, seed=100)
