"""Section 1: raw documents to tables, by chartlake and by others, in turns."""

from __future__ import annotations

import shutil
import statistics
import sys
from pathlib import Path
from typing import Any

from measure import Failed, Used, chartlake, python, size_of, used
from measure import documents as made

CONTESTANTS = {
    "reading the bytes": "others/limits.py read",
    "typed decoding alone (msgspec)": "others/limits.py msgspec-typed",
    "untyped decoding alone (msgspec)": "others/limits.py msgspec",
    "untyped decoding alone (orjson)": "others/limits.py orjson",
    "chartlake: decode to Parquet": "decode.py",
    "chartlake: whole transform": "chartlake",
    "chartlake: whole transform, --engine spark": "chartlake --engine spark",
    "classic pandas loop": "classic.py",
    "DuckDB read_json, records=true, 2 threads": "others/duck.py",
    "Polars scan_ndjson": "others/polars_.py",
    "PySpark local[2]": "others/spark_.py",
    "dlt into DuckDB": "others/dlt_.py",
}
BASE = "classic pandas loop"
SLOW = {BASE, "PySpark local[2]", "dlt into DuckDB", "Polars scan_ndjson"}
"""At 50,000 documents these take longer than the whole bench may, or more memory than there is."""

Table = dict[str, Any]


def transform(folder: Path, *, small: bool) -> list[Table]:
    """2,000 documents by all; many by those that can."""
    few, many, runs = (1_000, 3_000, 1) if small else (2_000, 50_000, 3)
    tables = [_side_by_side(folder, few, list(CONTESTANTS), runs)]
    quick = [name for name in CONTESTANTS if name not in SLOW]
    tables.append(_side_by_side(folder, many, quick, 1))
    return tables


def _side_by_side(folder: Path, documents: int, names: list[str], runs: int) -> Table:
    raw = folder / f"raw{documents}"
    made(raw, documents)
    size = size_of(raw) / 1e6
    found: dict[str, list[Used]] = {name: [] for name in names}
    wrote: dict[str, int] = {}
    for _ in range(runs):
        for name in names:
            try:
                one, wrote[name] = _once(name, raw, folder / "work")
            except Failed as failed:
                print(f"{name}: {failed}", file=sys.stderr)
                continue
            found[name].append(one)
    shutil.rmtree(raw)
    base = statistics.median(one.cpu for one in found[BASE]) if found.get(BASE) else None
    rows = []
    for name, taken in found.items():
        if not taken:
            rows.append([name, "-", "-", "-", "-", "-", "-"])
            continue
        cpu, wall = (statistics.median(getattr(one, what) for one in taken) for what in ("cpu", "wall"))
        peak = max(one.peak for one in taken)
        times = base / cpu if base else "-"
        rows.append([name, cpu, wall, size / cpu, peak, wrote[name] / 1e6, times])
    columns = ["", "CPU s", "s", "MB per CPU s", "peak MiB", "MB written", "times the classic loop"]
    note = (
        "The classic loop keeps an album once for each file that shows it, and no positions; dlt merges into "
        "a database; the others write one row for each song, album, artist and credit of each document. Only "
        "the whole transform hashes, checks, keeps a ledger, moves the documents and waits for the disk."
    )
    title = f"{documents:,} documents, {size:,.0f} MB; median of {runs}"
    return {"title": title, "columns": columns, "rows": rows, "note": note}


def _once(name: str, raw: Path, work: Path) -> tuple[Used, int]:
    """One run; what it used, and the bytes that it wrote."""
    shutil.rmtree(work, ignore_errors=True)
    program, *arguments = CONTESTANTS[name].split()
    here = raw
    if program in ("chartlake", "classic.py"):  # These two move the documents.
        here = work / "lake" / "raw_data" / "to_be_processed"
        shutil.copytree(raw, here, copy_function=_linked)
    if program == "chartlake":
        one, _ = used(chartlake("transform", "--lake", work / "lake", *arguments))
        return one, size_of(work / "lake" / "transformed_data")
    out = work / "out"
    one, _ = used(python(program, *arguments, here, *([] if "limits" in program else [out])))
    wrote = size_of(out / "transformed_data" if program == "classic.py" else out) if out.exists() else 0
    return one, wrote


def _linked(source: str, target: str) -> None:
    Path(target).hardlink_to(source)
