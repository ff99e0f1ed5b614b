"""Sections 4 to 7: starting, asking for things, the page, and growth."""

from __future__ import annotations

import math
import shutil
import sys
from pathlib import Path
from typing import Any

from measure import chartlake, documents, drop, used

Table = dict[str, Any]

COMMANDS = {
    "--version": [],
    "--help": [],
    "plan": [],
    "transform": [],
    "status": [],
    "tables": [],
    "query": ["select 1"],
}


def cold_start(folder: Path, *, small: bool) -> list[Table]:
    """Every kind of command on a lake of three days."""
    lake = folder / "lake"
    _filled(lake, documents(folder / "raw", 30))
    settings = folder / "chartlake.toml"
    settings.write_text(
        f'lake = "{lake}"\n[[chart]]\nsource = "deezer"\nid = "3155776842"\n', encoding="utf-8"
    )
    rows = []
    bare = [used([sys.executable, "-c", "pass"])[0] for _ in range(3 if small else 7)]
    for name, command in [("python alone", None), *COMMANDS.items()]:
        if command is None:
            taken = bare
        else:
            arguments = [name, *command] + ([] if name.startswith("--") else ["--config", str(settings)])
            taken = [used(chartlake(*arguments))[0] for _ in range(3 if small else 7)]
        rows.append(
            [
                name,
                *(1000 * min(getattr(one, what) for one in taken) for what in ("cpu", "wall")),
                taken[0].peak,
            ]
        )
    note = "The Lambda function's start is measured where its zip is built: `make test-aws`."
    columns = ["command", "CPU ms", "ms", "peak MiB"]
    return [{"title": "The least of some runs", "columns": columns, "rows": rows, "note": note}]


def requests(folder: Path, *, small: bool) -> list[Table]:  # noqa: ARG001
    """What is asked of a store for one snapshot alone, and in a batch."""
    from counting import counted  # noqa: PLC0415

    rows = []
    every = documents(folder / "raw", 1000)
    for number in (1, 10, 100, 1000):
        verbs, stored = counted(folder / str(number), every[:number])
        rows.append([f"{number:,}", *(count / number for count in verbs.values()), stored / number])
    columns = ["snapshots at once", "get", "put", "list", "move", "delete", "bytes stored"]
    note = (
        "Calls to the store for each snapshot, from pending to published, ledger and sweep included. In S3 "
        "a get, put or list is one request, a move one copy for each document, a delete one for a thousand."
    )
    return [{"title": "Per snapshot", "columns": columns, "rows": rows, "note": note}]


def page(folder: Path, *, small: bool) -> list[Table]:
    """How heavy the page is."""
    rows = []
    cases = (
        [("90 days, 3 charts", 90, 3)]
        if small
        else [("1 year, 3 charts", 365, 3), ("5 years, 10 charts", 1826, 10)]
    )
    for name, days, charts in cases:
        lake = folder / "lake"
        every = documents(folder / "raw", days * 10)
        wanted = [one for place, one in enumerate(every) if place % 10 < charts]
        _filled(lake, wanted)
        used(chartlake("query", "--lake", lake, "select 1"), longest=600)
        drawn, _ = used(chartlake("report", "--lake", lake, "--out", folder / "page.html"), longest=600)
        rows.append([name, (folder / "page.html").stat().st_size / 1000, drawn.cpu, drawn.wall, drawn.peak])
        shutil.rmtree(lake)
        shutil.rmtree(folder / "raw")
    columns = ["", "KB", "CPU s to make", "s to make", "peak MiB"]
    note = "The time to drawn in a browser is held by the tests of the page (tests/report)."
    return [{"title": "The page", "columns": columns, "rows": rows, "note": note}]


def growth(folder: Path, *, small: bool) -> list[Table]:
    """Time and memory of the whole transform at 1, 10 and 100 times."""
    unit = 20 if small else 100
    sizes, taken = [unit, 10 * unit, 100 * unit], []
    every = documents(folder / "raw", sizes[-1])
    for number in sizes:
        lake = folder / "lake"
        drop(every[:number], lake)
        one, _ = used(chartlake("transform", "--lake", lake), longest=900)
        taken.append(one)
        shutil.rmtree(lake)
    rows = [[f"{number:,}", one.cpu, one.wall, one.peak] for number, one in zip(sizes, taken, strict=True)]
    slopes = [_exponent(taken[1:], what) for what in ("cpu", "wall", "peak")]
    rows.append(["exponent, 10 to 100 times", *slopes])
    note = "An exponent of 1 is linear; of memory 0 is flat."
    return [
        {"title": "Documents", "columns": ["documents", "CPU s", "s", "peak MiB"], "rows": rows, "note": note}
    ]


def _exponent(taken: list[Any], what: str) -> float:
    return math.log10(getattr(taken[1], what) / getattr(taken[0], what))


def _filled(lake: Path, files: list[Path]) -> None:
    drop(files, lake)
    used(chartlake("transform", "--lake", lake), longest=900)
