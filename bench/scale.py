"""From one chart a day to millions: what a lake in S3 would cost, reckoned from measured unit costs.

python bench/scale.py            writes the table into docs/explanation/scale.md
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

PAGE = Path(__file__).parent.parent / "docs" / "explanation" / "scale.md"
BEGINS, ENDS = "<!-- reckoned by bench/scale.py -->", "<!-- until here -->"

# Measured: make bench, sections 1 and 5, of Top 50 documents of 198 KB on one core of an EPYC.
RAW_BYTES = 14_000  # compressed
TABLE_BYTES_IN_BATCH = 2_500  # per document, in a batch of 1,000
TABLE_BYTES_ALONE = 52_000  # five files of one document, its record, its chart's state
TRANSFORM_SECONDS = 0.0011  # whole transform, per document of a batch
ALONE_SECONDS = 0.35  # a process started for one document
LOOK_SECONDS = 0.0035  # the look at a chart's newest document, once a day
DOCUMENTS_A_BATCH = 1_000
CHARTS_A_SOURCE = 5  # sources with charts of their own: batches are made for each

# Requests, counted (tests/store/test_s3_requests.py and section 5).
CAPTURE_PUTS, CAPTURE_GETS = 3, 1
ALONE_PUTS, ALONE_GETS = 9, 3
BATCH_PUTS = 9  # record, mark, five tables, ledger, run
DOCUMENT_PUTS, DOCUMENT_GETS = 1, 1  # the copy to processed; the document
LOOK_PUTS, LOOK_GETS = 1, 2  # the chart's state, and the document again

# List prices of us-east-1 as remembered in November 2026; look them up before relying on them.
PUT, GET = 0.005 / 1000, 0.0004 / 1000
GB_MONTH = 0.023
DPU_HOUR, CORES_A_DPU = 0.44, 4
GB_SECOND = 0.0000133334
_DAYS = 30.4


class Day(NamedTuple):
    """One day of a lake: what is asked of S3, what lies there afterwards, and what that costs."""

    charts: int
    puts: float
    gets: float
    files: float
    megabytes: float
    seconds: float
    dollars: float


def day(charts: int) -> Day:
    """A day on which so many charts are captured once, and published in batches if they are many."""
    alone = charts <= 100  # An event for each: the functions publish them one by one.
    batches = charts if alone else max(CHARTS_A_SOURCE, math.ceil(charts / DOCUMENTS_A_BATCH))
    puts = charts * (CAPTURE_PUTS + DOCUMENT_PUTS + LOOK_PUTS)
    puts += charts * (ALONE_PUTS - DOCUMENT_PUTS) if alone else batches * BATCH_PUTS
    puts += math.ceil(charts / 1000) * 2  # listings
    gets = charts * (CAPTURE_GETS + LOOK_GETS + (ALONE_GETS if alone else DOCUMENT_GETS))
    tables = TABLE_BYTES_ALONE if alone else TABLE_BYTES_IN_BATCH
    seconds = charts * (ALONE_SECONDS if alone else TRANSFORM_SECONDS) + charts * LOOK_SECONDS
    compute = seconds * GB_SECOND if alone else max(seconds / CORES_A_DPU / 3600, 2 * 2 / 60) * DPU_HOUR
    kept = charts * (RAW_BYTES + tables) / 1e9 * GB_MONTH / _DAYS  # of one day, for one day
    return Day(
        charts,
        puts,
        gets,
        charts + batches * 6,
        charts * (RAW_BYTES + tables) / 1e6,
        seconds,
        puts * PUT + gets * GET + compute + kept * 365 / 2,
    )


def table() -> str:
    """The table of the page."""
    lines = [
        "| charts a day | PUT, COPY, LIST | GET | new objects | MB kept | CPU s | USD a day | largest part |",
        "|---:|---:|---:|---:|---:|---:|---:|---|",
    ]
    for charts in (1, 100, 10_000, 1_000_000, 5_000_000):
        one = day(charts)
        part = "requests" if (one.puts * PUT + one.gets * GET) > one.dollars / 2 else "workers and storage"
        lines.append(
            f"| {charts:,} | {one.puts:,.0f} | {one.gets:,.0f} | {one.files:,.0f} | {one.megabytes:,.2f} "
            f"| {one.seconds:,.1f} | {one.dollars:,.4f} | {part} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    said = PAGE.read_text(encoding="utf-8")
    before, rest = said.split(BEGINS)
    _, after = rest.split(ENDS)
    PAGE.write_text(f"{before}{BEGINS}\n\n{table()}\n\n{ENDS}{after}", encoding="utf-8")
