"""Two to four workers over one lake, with crashes and lost answers: the quick share of the simulation."""

from __future__ import annotations

from proving import proven
from simulating import plant, simulate
from simulation import Run


def test_workers_crashes_and_lost_answers():
    with proven("workers, crashes, lost answers and events, simulated", promise=1, random=True) as tally:
        simulate(tally, seconds=14)


def test_planted_faults_are_found():
    with proven("faults planted into a copy of the product", promise=1, where="simulation") as tally:
        plant(tally, most=400)


def test_one_seed_is_one_run():
    first, second = Run(7), Run(7)
    assert first.go() == second.go()
    assert first.calls == second.calls
    assert first.lake.objects == second.lake.objects
