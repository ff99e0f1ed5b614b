"""Everything that is promised in figures, measured side by side: docs/explanation/performance.md.

    make bench                  everything, some 25 minutes on two cores
    make bench ONLY="1 3"       some sections; the others keep the figures of their last time
    make bench SMALL=1          fewer documents and entries

Each section writes its figures to build/bench when it is done, so that what is cut off goes on.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import growing
import longrun
import transforms
from measure import adopt_orphans

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "build" / "bench"
PAGE = ROOT / "docs" / "explanation" / "performance.md"
SECTIONS = {
    "1": ("Transform", transforms.transform),
    "2": ("One day, beside history", longrun.one_day),
    "3": ("Questions to a large lake", longrun.questions),
    "4": ("Cold start of the commands", growing.cold_start),
    "5": ("Requests and bytes", growing.requests),
    "6": ("The page", growing.page),
    "7": ("Growth", growing.growth),
}
PACKAGES = ("msgspec", "arro3-core", "duckdb", "pandas", "polars", "dlt", "pyspark", "orjson", "pyarrow")


def main(arguments: list[str]) -> None:
    """Measure, print, and write the page."""
    small = "--small" in arguments
    only = [one for one in arguments if one in SECTIONS] or list(SECTIONS)
    RESULTS.mkdir(parents=True, exist_ok=True)
    adopt_orphans()
    for number in only:
        title, measure = SECTIONS[number]
        begun = time.monotonic()
        load = os.getloadavg()[0]
        with tempfile.TemporaryDirectory(prefix="chartlake-bench-") as folder:
            tables = measure(Path(folder), small=small)
        result = {
            "title": title,
            "tables": tables,
            "small": small,
            "at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
            "seconds": round(time.monotonic() - begun),
            "load": round(load, 1),
        }
        (RESULTS / f"{number}.json").write_text(json.dumps(result, indent=1), encoding="utf-8")
        print(f"\n## {title} ({result['seconds']} s)\n\n" + "\n\n".join(map(_drawn, tables)), flush=True)
    PAGE.write_text(page(), encoding="utf-8")


def page() -> str:
    """The page of all figures there are."""
    written = [_ABOUT, _machine()]
    for number in SECTIONS:
        path = RESULTS / f"{number}.json"
        if not path.exists():
            continue
        found = json.loads(path.read_text(encoding="utf-8"))
        how = f"Measured {found['at']} in {found['seconds']} s"
        how += ", with fewer documents and entries than the full run" if found["small"] else ""
        if found["load"] > 1:
            how += f", on a machine that did other work (load {found['load']}): compare within a table only"
        written.append(f"## {number}. {found['title']}\n\n{how}.")
        written += [_drawn(table) for table in found["tables"]]
    return "\n\n".join([*written, _LIMITS]) + "\n"


def _drawn(table: dict[str, Any]) -> str:
    lines = [f"| {' | '.join(table['columns'])} |", "|---" + "|---:" * (len(table["columns"]) - 1) + "|"]
    lines += [f"| {' | '.join(map(_cell, row))} |" for row in table["rows"]]
    after = [table["note"]] if table.get("note") else []
    return "\n\n".join([f"**{table['title']}**", "\n".join(lines), *after])


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    installed = []
    for name in PACKAGES:
        try:
            installed.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return (
        f"Machine: {os.cpu_count()} cores of {model}, {memory:.0f} GiB, "
        f"{platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}. Versions: {', '.join(installed)}."
    )


_ABOUT = """# Performance

<!-- Written by `make bench`; edit bench/all.py instead. -->

`make bench` makes its own data, runs everything below one after another on your machine and writes this page.
Programs take turns in one run, each in a process of its own that is charged with all it used, its start included.
Ratios within a table carry over to other machines; seconds do not."""

_LIMITS = """## Where chartlake is slower, and what the limit is

- **A single question to plain tables.** Where somebody wants one table of a few documents once, DuckDB's `read_json` or Polars answer without a lake: no hash, no check, no ledger, nothing synced to disk.
  The tables above charge chartlake with all of these in "whole transform", and without them in "decode to Parquet".
- **Wall time on many cores, one process.** DuckDB, Polars and Spark use every core for one job. chartlake uses one, and more by `--engine spark` or by several processes.
- **`song_runs` of everything** ranks the snapshots of every song, which sorts every entry once.
  Over 20 million entries that took 10 seconds of CPU, five or more on two idle cores: the join with the snapshots is 2 of them, the ranking 7.
  Numbers in the place of the ids won a tenth, and were not kept.
  A question with a chart in its WHERE does not sort the others: `chart_history` of one chart of a hundred took less than a second.
- **Spark on one machine.** Starting Java and the session costs 10 seconds of CPU before the first document; below some ten thousand documents one process is done sooner.
- **Twenty times the classic loop** was aimed at and is not had.
  Typed decoding alone (msgspec) is in the first table; reading, hashing and compressing what must be written come on top.
  Two thirds of decoding is stepping over the list of markets, which no reader of JSON can leave out.
  What is left to win is in the making of rows, where a Python object for each song of each day is the price of one transform for every engine."""


if __name__ == "__main__":
    main(sys.argv[1:])
