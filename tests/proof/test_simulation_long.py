"""The long share of the simulation: other seeds than the quick one."""

from __future__ import annotations

from proving import proven
from simulating import simulate


def test_workers_crashes_and_lost_answers():
    with proven("workers, crashes, lost answers and events, simulated", promise=1, random=True) as tally:
        simulate(tally, seconds=840, first=1_000_000)
