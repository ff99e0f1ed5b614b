"""Many seeds of `simulation` in processes of their own, over the product or a copy with a fault in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from mutants import MUTANTS, planted

if TYPE_CHECKING:
    from proving import Tally

HERE = Path(__file__).parent
SOURCE = HERE.parent / "src"
PROCESSES = 2
KINDS = ("lost", "twice", "torn", "wedged")


def simulate(tally: Tally, *, seconds: float, first: int = 0) -> None:
    """Run as many seeds as fit into so much processor time of each process."""
    with ThreadPoolExecutor(PROCESSES) as pool:
        wanted = [
            pool.submit(
                _ran,
                SOURCE,
                "--first",
                str(first + number),
                "--step",
                str(PROCESSES),
                "--seconds",
                str(seconds),
            )
            for number in range(PROCESSES)
        ]
        for one in wanted:
            _counted(tally, one.result())


def _counted(tally: Tally, ran: dict[str, Any]) -> None:
    tally.cases += ran["schedules"]
    for seed, faults in ran["bad"].items():
        kind = faults[0].partition(":")[0]
        kind = kind if kind in KINDS else "wrong"
        setattr(tally, kind, getattr(tally, kind) + 1)
        sys.stderr.write(f"seed {seed}: {faults[0]}\n    python tests/simulation.py {seed}\n")


def plant(tally: Tally, *, most: int) -> None:
    """Plant every fault, and look for it in so many seeds."""
    with ThreadPoolExecutor(PROCESSES) as pool:
        for name, found in pool.map(lambda name: (name, _found(name, most)), MUTANTS):
            tally.planted += 1
            tally.found += found is not None
            tally.cases += found or most
            sys.stderr.write(f"{name}: {f'found within {found} seeds' if found else 'NOT FOUND'}\n")


def _found(name: str, most: int) -> int | None:
    with TemporaryDirectory() as folder:
        source = planted(name, Path(folder))
        ran = _ran(
            source,
            "--most",
            str(most),
            "--seconds",
            "600",
            "--views",
            "5",
            "--stop",
            "--light",
            str(MUTANTS[name].light),
        )
    return ran["schedules"] if ran["bad"] else None


def _ran(source: Path, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(HERE / "simulation.py"), *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(source), str(HERE)])},
        capture_output=True, text=True, check=False, timeout=3000,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    said: dict[str, Any] = json.loads(done.stdout)
    assert said["product"].startswith(str(source)), "it was another product that was tried"
    return said
