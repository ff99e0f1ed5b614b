"""docs/explanation/reliability.md: what was proven, when, where, and what was not.

``make reliability`` writes it from the last results of the proofs on this machine, which `make test`
and `make proof` leave in build/proof.  Proofs are found in the tests, not among the results: one that
left no result is told as not run, and one that failed as failed.
"""

from __future__ import annotations

import ast
import os
import platform
import re
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from proving import RESULTS, Tally, recorded  # noqa: E402 - the tests are no package

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PAGE = ROOT / "docs" / "explanation" / "reliability.md"
PROMISES = ROOT / "docs" / "explanation" / "promises.md"

INTRODUCTION = """\
<!-- Made by `make reliability` from the last results; edit tools/reliability.py instead. -->

# Reliability, in figures

Every [promise](promises.md), what was tried against it, and what came of it, as of the last run of each proof.
The quick gate is `make test`, the long one `make proof`; both end in this table, and neither takes "skipped" for good news.

- **lost**: something acknowledged was gone. **twice**: a reader saw it doubly. **torn**: a part of something whole was seen. **wedged**: the next plain run did not finish by itself. **wrong**: anything else, such as a message that does not say what to do.
- **planted**: faults put on purpose into a copy of the product, and how many of them the proof found. A proof that finds none looks at nothing.
- **bound**: what none in N drawn cases says, with 95 % confidence: a rate below 3 in N. Where all cases were tried there is nothing to estimate.
- A case is one process killed or one fault met, and a look at the lake by an oracle that shares no code with the pipeline: it decodes the files itself and compares them with what the test had served.
"""

SIDE_BY_SIDE = """
## Side by side

The same rounds on three designs: put fifty rows down, begin, kill at a drawn moment, run to the end, and count in the end.
The older pipelines' design is written anew from its description: names made of the time, copy then delete, nothing synced.
dlt is run with its defaults; what a killed run had extracted is not fed to it again, which favours it, and importing it is not part of what is killed.
Its documentation says that the load step requires more attention; `dlt pipeline abort-packages` frees a wedged one by hand. One destination, one table, one machine: these figures are no verdict on it.
"""

NOT_PROVEN = """
## What no figure here says

- SIGKILL does not empty the page cache: that data survive a power cut rests on the order of syncs, which is checked call by call, and on disks that keep what they say is synced.
- The faults of the system are injected by strace into the first thread; DuckDB's own cache is left out, for it may be deleted at any time.
- DuckDB itself ends the process where the system refuses to open its control group files; nothing is lost by that, and no sentence is told.
- A flipped bit in a file that is superseded already, in the hour before it goes, may show until then. Flipped bits in a document that was dropped by hand under a name without a hash cannot be told from another document.
- Nothing of this ran against a real service or on AWS.
"""


class Proof(NamedTuple):
    """A place in the tests where something is proven."""

    file: str
    test: str
    what: str
    promise: int | None

    @property
    def gate(self) -> str:
        """Which gate runs it."""
        return "long" if self.file.startswith("tests/proof/") else "quick"


def proofs(folder: Path = ROOT / "tests") -> list[Proof]:
    """Every call of ``proven`` in the tests."""
    return [
        proof
        for path in sorted(folder.rglob("*.py"))
        if path.name != "proving.py"
        for proof in _in_file(path, folder.parent)
    ]


def collected(found: list[Proof]) -> list[Proof]:
    """Each proof as often as pytest runs it: once for each of its parameters."""
    files = sorted({proof.file for proof in found})
    listed = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider", *files],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    return [
        proof._replace(test=line.partition("::")[2])
        for proof in found
        for line in listed
        if line.partition("[")[0] == f"{proof.file}::{proof.test}"
    ]


def _in_file(path: Path, root: Path) -> Iterator[Proof]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        said = {
            node.targets[0].id: _text(node.value)
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "proven":
                what = _text(call.args[0], said) if call.args else "…"
                number = next((one.value for one in call.keywords if one.arg == "promise"), None)
                promise = number.value if isinstance(number, ast.Constant) else None
                yield Proof(path.relative_to(root).as_posix(), function.name, what, promise)


def _text(node: ast.expr, said: dict[str, str] | None = None) -> str:
    """A string as it is written, with … for what is only known when it runs."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) for part in node.values)
    if isinstance(node, ast.Name) and said:
        return said.get(node.id, "…")
    return "…"


def page(
    known: list[Proof], results: Iterable[tuple[Tally, float]], *, promises: list[str], where: str
) -> str:
    """The whole page.

    Args:
        known: The proofs that there are.
        results: Their last results, and when (s since 1970).
        promises: The promises, the first one first.
        where: The machine and the versions.
    """
    tests = {f"{proof.file}::{proof.test}" for proof in known}
    # A result whose proof is gone or has another name says nothing any more.
    last = [(tally, at) for tally, at in results if tally.test in tests]
    ran = {tally.test for tally, _ in last}
    missing = [proof for proof in known if f"{proof.file}::{proof.test}" not in ran]
    parts = [INTRODUCTION, f"\n{where}\n"]
    for number, promise in enumerate(promises, 1):
        of_it = [(tally, at) for tally, at in last if tally.promise == number and not _beside(tally)]
        unrun = [proof for proof in missing if proof.promise == number]
        if of_it or unrun:
            parts.append(f"\n## {number}. {promise}\n\n{_table(of_it, unrun)}")
    beside = [(tally, at) for tally, at in last if _beside(tally)]
    if beside:
        parts.append(f"{SIDE_BY_SIDE}\n{_table(beside, [])}")
    others = [proof for proof in missing if proof.promise not in range(1, len(promises) + 1)]
    if others:
        parts.append(f"\n## Other proofs\n\n{_table([], others)}")
    return "".join([*parts, NOT_PROVEN])


def _beside(tally: Tally) -> bool:
    return tally.compared or tally.what.startswith("side by side")


def _table(results: list[tuple[Tally, float]], missing: list[Proof]) -> str:
    rows = [
        "| what was tried | gate | cases | lost | twice | torn | wedged | wrong | planted | bound | when | test |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for tally, at in sorted(results, key=lambda one: (one[0].gate, one[0].what)):
        planted = f"{tally.found} of {tally.planted}" if tally.planted else ""
        what = f"{tally.what} ({tally.where})"
        when = f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"
        cells = [what, tally.gate, f"{tally.cases:,}", tally.lost, tally.twice, tally.torn, tally.wedged,
                 tally.wrong, planted, tally.bound, when if tally.passed else f"**failed** {when}"]  # fmt: skip
        rows.append(_row([*cells, _test(tally.test)]))
    rows += [
        _row([_what(proof), proof.gate, *[""] * 8, "**not run**", _test(f"{proof.file}::{proof.test}")])
        for proof in missing
    ]
    notes = [f"- {tally.what}: {tally.note}." for tally, _ in results if tally.note]
    return "\n".join([*rows, *(["", *notes] if notes else []), ""])


def _what(proof: Proof) -> str:
    """What it proves, with its parameter where only that tells which one it is."""
    parameter = proof.test.partition("[")[2].removesuffix("]")
    return f"{proof.what} ({parameter})" if parameter else proof.what


def _row(cells: Iterable[object]) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|").replace("<", "&lt;") for cell in cells) + " |"


def _test(test: str) -> str:
    file, _, name = test.partition("::")
    return f"`{file}::{name.partition('[')[0]}`"


def _where() -> str:
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    parts = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "msgspec", "arro3-core"))
    return (
        f"Written on {datetime.now(UTC):%Y-%m-%d} at {commit or 'no commit'}: {platform.system()} "
        f"{platform.release().partition('-')[0]} on {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, {parts}."
    )


def main() -> int:
    """Write the page; the exit code, 1 if a proof failed or was not run."""
    promises = re.findall(r"^## (.+)$", PROMISES.read_text(encoding="utf-8"), re.MULTILINE)
    known, results = collected(proofs()), recorded() if RESULTS.exists() else []
    PAGE.write_text(page(known, results, promises=promises, where=_where()), encoding="utf-8")
    ran = {tally.test for tally, _ in results}
    missing = [proof for proof in known if f"{proof.file}::{proof.test}" not in ran]
    tests = {f"{proof.file}::{proof.test}" for proof in known}
    failed = [tally for tally, _ in results if tally.test in tests and not tally.passed]
    print(f"{PAGE.relative_to(ROOT)}: {len(known)} proofs, {len(missing)} not run, {len(failed)} failed")
    return 1 if missing or failed else 0


if __name__ == "__main__":
    sys.exit(main())
