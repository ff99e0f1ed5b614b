"""The page of figures: every proof is on it, and one that did not run is told so."""

from __future__ import annotations

import sys
from pathlib import Path

from proving import Tally

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tools"))
import reliability  # noqa: E402

PROMISES = ["Nothing lost", "Poison never blocks"]
PROOF = reliability.Proof("tests/proof/test_x.py", "test_kills[run]", "kills of …", 1)
ANOTHER = PROOF._replace(test="test_kills[rebuild]")
FLIPS = reliability.Proof("tests/test_y.py", "test_flips", "flips", 2)


def made(*results: Tally, known: tuple[reliability.Proof, ...] = (PROOF, ANOTHER, FLIPS)) -> str:
    return reliability.page(
        list(known), [(one, 1_790_000_000.0) for one in results], promises=PROMISES, where="Here."
    )


def tally(**said: object) -> Tally:
    shown = {
        "what": "kills of run",
        "promise": 1,
        "cases": 300,
        "random": True,
        "passed": True,
        "gate": "long",
    }
    return Tally(**{**shown, "test": "tests/proof/test_x.py::test_kills[run]", **said})  # type: ignore[arg-type]


def test_every_proof_of_the_tests_is_known():
    known = reliability.proofs()
    calls = sum(
        path.read_text().count("    with proven(") + path.read_text().count("        proven(")
        for path in (ROOT / "tests").rglob("test_*.py")
        if path.name != Path(__file__).name
    )
    assert len(known) == calls >= 6
    assert {"quick", "long"} == {proof.gate for proof in known}
    assert all(proof.promise for proof in known)


def test_what_ran_is_told_with_its_bound_and_what_did_not_as_not_run():
    page = made(tally(), tally(what="kills of rebuild", test="tests/proof/test_x.py::test_kills[rebuild]"))
    assert (
        "| kills of run (one process) | long | 300 | 0 | 0 | 0 | 0 | 0 |  | &lt; 0.01 | 2026-09-21 |" in page
    )
    assert "kills of rebuild" in page
    assert "| flips | quick |" in page.partition("## 2. Poison")[2]
    assert page.count("**not run**") == 1
    assert "| kills of … (rebuild) | long |" in made(tally())


def test_a_proof_is_known_as_often_as_it_is_run():
    found = [proof for proof in reliability.proofs() if proof.test == "test_every_call"]
    known = reliability.collected(found)
    assert len(known) == 10
    assert {proof.gate for proof in known} == {"long"}


def test_a_failure_is_told_and_a_result_without_a_proof_is_not():
    page = made(tally(passed=False, lost=2), tally(what="gone", test="tests/test_gone.py::test_gone"))
    assert "**failed**" in page
    assert "gone (one process)" not in page


def test_other_designs_stand_apart():
    page = made(tally(what="side by side: another", compared=True, twice=7))
    assert "another" in page.partition("## Side by side")[2]
    assert "another" not in page.partition("## Side by side")[0]
