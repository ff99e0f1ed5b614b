"""Proofs that count: what was tried, what went wrong, and the table at the end of a run.

A proof is a test that tries many cases of one promise::

    with proven("killed at every store call", promise=1, where="one process") as tally:
        for case in cases:
            tally.cases += 1
            tally.lost += ...

Leaving the block checks the tally and writes it to ``build/proof``; an empty one is a failure, for a proof
that tried nothing proves nothing.  The last results of all proofs become docs/explanation/reliability.md.
"""

from __future__ import annotations

import os
import re
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "build" / "proof"


@dataclass
class Tally:
    """What a proof counted.

    Attributes:
        what: The fault, in a few words.
        promise: The number of the promise in docs/explanation/promises.md.
        where: What was driven: the functions in one process, or the real command.
        cases: How many cases were tried.
        lost: Cases that lost something acknowledged.
        twice: Cases that counted something twice.
        torn: Cases that showed a part of something whole.
        wedged: Cases that the next run did not bring to an end by itself.
        wrong: Cases that went wrong in any other way.
        planted: Faults planted on purpose into a copy of the product.
        found: How many of them the proof found.
        random: Whether the cases are drawn, so that none in N only bounds the rate.
        compared: Whether this is the same harness on another design, whose faults are told and not forbidden.
        note: A sentence for the table.
    """

    what: str
    promise: int
    where: str = "one process"
    cases: int = 0
    lost: int = 0
    twice: int = 0
    torn: int = 0
    wedged: int = 0
    wrong: int = 0
    planted: int = 0
    found: int = 0
    random: bool = False
    compared: bool = False
    note: str = ""
    test: str = ""
    gate: str = ""
    seconds: float = 0.0
    passed: bool = field(default=False)

    @property
    def bad(self) -> int:
        """How many cases went wrong."""
        return self.lost + self.twice + self.torn + self.wedged + self.wrong

    @property
    def bound(self) -> str:
        """What none in N cases says about the rate, with 95 % confidence."""
        if self.compared or not self.cases:
            return ""
        if not self.random:
            return "all of them"
        return f"< {3 / self.cases:.1g}" if not self.bad else f"{self.bad / self.cases:.1g}"

    def verdict(self) -> str:
        """What is wrong with it, or nothing."""
        if not self.cases:
            return "no case was tried"
        if self.bad and not self.compared:
            counted = {name: getattr(self, name) for name in ("lost", "twice", "torn", "wedged", "wrong")}
            return ", ".join(f"{count} {name}" for name, count in counted.items() if count)
        if self.found < self.planted:
            return f"{self.planted - self.found} of {self.planted} planted faults were not found"
        return ""


@contextmanager
def proven(what: str, *, promise: int, **how: object) -> Iterator[Tally]:
    """Count the cases of a proof; leaving it checks and records them."""
    tally = Tally(what=what, promise=promise, **how)  # type: ignore[arg-type]
    tally.test = os.environ.get("PYTEST_CURRENT_TEST", "").split(" ")[0]
    tally.gate = "long" if tally.test.startswith("tests/proof/") else "quick"
    started = time.perf_counter()
    try:
        yield tally
        said = tally.verdict()
        assert not said, f"{what}: {said}"
        tally.passed = True
    finally:
        tally.seconds = round(time.perf_counter() - started, 2)
        _record(tally)


def told(reporter: pytest.TerminalReporter, *, since: float) -> None:
    """Print the table of what was proven since a moment (s since 1970)."""
    tallies = [tally for tally, at in recorded() if at >= since]
    if not tallies:
        return
    reporter.section("proof")
    reporter.write_line(
        f"{'promise':>7}  {'cases':>9} {'lost':>5} {'twice':>5} {'torn':>5} {'wedged':>6} {'wrong':>5}  "
        f"{'mutants':>7}  {'bound':>12} {'s':>6}  what"
    )
    for tally in tallies:
        mutants = f"{tally.found}/{tally.planted}" if tally.planted else ""
        mark = "" if tally.passed else "  FAILED"
        reporter.write_line(
            f"{tally.promise:>7}  {tally.cases:>9,} {tally.lost:>5} {tally.twice:>5} {tally.torn:>5} "
            f"{tally.wedged:>6} {tally.wrong:>5}  {mutants:>7}  {tally.bound:>12} {tally.seconds:>6.1f}  "
            f"{tally.what} ({tally.where}){mark}"
        )


def recorded() -> list[tuple[Tally, float]]:
    """The last result of every proof and when it was written (s since 1970), by gate and promise."""
    found = [
        (Tally(**msgspec.json.decode(path.read_bytes())), path.stat().st_mtime)
        for path in sorted(RESULTS.glob("*.json"))
    ]
    return sorted(found, key=lambda one: (one[0].compared, one[0].gate, one[0].promise, one[0].what))


def _record(tally: Tally) -> None:
    RESULTS.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^a-z0-9]+", "-", f"{tally.gate} {tally.what} {tally.where}".lower()).strip("-")
    (RESULTS / f"{name}.json").write_bytes(msgspec.json.encode(asdict(tally)))
