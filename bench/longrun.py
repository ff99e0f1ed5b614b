"""Sections 2 and 3: what a day costs beside history, and what questions cost in a large lake."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from measure import chartlake, documents, drop, python, size_of, used

Table = dict[str, Any]


def one_day(folder: Path, *, small: bool) -> list[Table]:
    """One more snapshot, with no history, some, and much."""
    histories = (0, 300, 1_000) if small else (0, 1_000, 10_000)
    every = documents(folder / "raw", histories[-1] + 1)
    rows: list[list[Any]] = []
    first: list[float] = []
    for history in histories:
        lake = folder / f"lake{history}"
        drop(every[:history], lake)
        if history:
            used(chartlake("transform", "--lake", lake), longest=900)
            used(chartlake("compact", "--lake", lake), longest=900)
        used(chartlake("query", "--lake", lake, "select count(*) from chart_entries"), longest=900)
        drop(every[history : history + 1], lake)
        published, _ = used(chartlake("transform", "--lake", lake))
        asked, _ = used(chartlake("query", "--lake", lake, "select count(*) from chart_history"))
        drawn, _ = used(chartlake("report", "--lake", lake, "--out", folder / "page.html"))
        cpu = [published.cpu, asked.cpu, drawn.cpu]
        first = first or cpu
        rows.append([f"{history:,} snapshots", *cpu, published.wall, published.peak, cpu[0] / first[0]])
        shutil.rmtree(lake)
    columns = [
        "history",
        "publish, CPU s",
        "query, CPU s",
        "page, CPU s",
        "publish, s",
        "publish, peak MiB",
        "times none",
    ]
    note = (
        "Publishing does not read history; the promise is 1.2 times at 10,000 snapshots. The query takes in "
        "the new files and asks chart_history of everything; the page holds every day of every chart."
    )
    return [{"title": "One snapshot more", "columns": columns, "rows": rows, "note": note}]


def questions(folder: Path, *, small: bool) -> list[Table]:
    """chart_history, song_runs and coverage, in the cache and on the files in place."""
    cases = {
        "1 M entries, a file a day": (1_000_000, ["--daily"]),
        "1 M entries, compacted": (1_000_000, []),
        **({} if small else {"20 M entries, compacted": (20_000_000, [])}),
    }
    found: dict[str, dict[str, float]] = {}
    for name, (entries, how) in cases.items():
        lake = folder / "lake"
        used(python("entries.py", lake, entries, *how), longest=600)
        _, said = used(python("ask.py", lake, folder / "cache.duckdb"), longest=600)
        found[name] = {**json.loads(said), "size of the files [MB]": size_of(lake) / 1e6}
        shutil.rmtree(lake)
        (folder / "cache.duckdb").unlink()
    asked = list(next(iter(found.values())))
    rows = [[question, *(one[question] for one in found.values())] for question in asked]
    return [
        {
            "title": "Seconds, the better of two",
            "columns": ["", *found],
            "rows": rows,
            "note": "DuckDB on all cores. 'files' reads the Parquet files where they lie, without a cache.",
        }
    ]
