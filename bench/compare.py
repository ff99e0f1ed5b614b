"""The transform beside the classic pandas loop, in one run: CPU seconds, memory, and their ratio.

    .venv/bin/python bench/compare.py PYTHON_WITH_PANDAS [DOCUMENTS] [RUNS]

Every program is a process of its own and is charged with all that it used, start included.
They take turns, so that a noisy machine is noisy for all of them.  Quote the ratios.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent


class Used(NamedTuple):
    """What a process used: CPU seconds, and peak memory in MiB."""

    cpu: float
    peak: float


def used(command: list[str]) -> Used:
    """Run a process to its end."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} ended with {process.returncode}")
    return Used(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def main() -> None:
    """Measure, and print a table."""
    classic_python = sys.argv[1]
    documents = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    runs = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    results: dict[str, list[Used]] = {"classic loop": [], "decode to Parquet": [], "whole transform": []}
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "raw"
        # In a process of its own: what this one holds would count as its children's memory.
        making = [sys.executable, str(HERE / "documents.py"), str(raw), str(documents)]
        size = int(subprocess.run(making, check=True, capture_output=True, text=True).stdout) / 1e6
        for _ in range(runs):
            for name, timings in results.items():
                timings.append(once(name, classic_python, raw, Path(folder) / "work"))
    print(f"{documents} documents, {size:.0f} MB, median of {runs} runs\n")
    print("| | CPU s | MB per CPU s | peak MiB | times the classic loop |\n|---|---|---|---|---|")
    base = [one.cpu for one in results["classic loop"]]
    for name, timings in results.items():
        cpu = statistics.median(one.cpu for one in timings)
        ratio = statistics.median(before / one.cpu for before, one in zip(base, timings, strict=True))
        peak = max(one.peak for one in timings)
        print(f"| {name} | {cpu:.2f} | {size / cpu:.0f} | {peak:.0f} | {ratio:.1f} |")


def once(name: str, classic_python: str, raw: Path, work: Path) -> Used:
    """One run of one program on a fresh copy of the documents."""
    shutil.rmtree(work, ignore_errors=True)
    waiting = work / "lake" / "raw_data" / "to_be_processed"
    shutil.copytree(raw, waiting)
    os.sync()
    if name == "classic loop":
        return used([classic_python, str(HERE / "classic.py"), str(waiting), str(work / "out")])
    if name == "decode to Parquet":
        return used([sys.executable, str(HERE / "decode.py"), str(waiting), str(work / "out")])
    return used([sys.executable, "-m", "chartlake", "transform", "--lake", str(work / "lake")])


if __name__ == "__main__":
    main()
