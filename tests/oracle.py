"""What a lake says, read with nothing of the product: plain Python over the bytes of its objects.

Who wins is written here once more, from the design and not from the views.  What was read of an
object is remembered by its bytes, so that thousands of lakes that share objects cost little.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from arro3.io import read_parquet

Objects = Mapping[str, bytes]
"""A lake: what lies under each key."""

Entries = dict[tuple[str, str, str], list[tuple[int, str | None]]]
"""By source, chart and chart_date: positions and songs."""

TABLES = "transformed_data/"
PENDING, PROCESSED, REJECTED = (f"raw_data/{zone}/" for zone in ("to_be_processed", "processed", "rejected"))
FILE = re.compile(
    r"transformed_data/(?P<table>\w+)/month=\d{4}-\d\d/(?:compact-)?(?P<source>[^/]+)-(?P<batch>[0-9a-f]{16})\.parquet"
)


class Document(NamedTuple):
    """What tells the rows of one document, as one transform read it."""

    source: str
    captured_at: datetime
    raw_hash: str
    version: int


class File(NamedTuple):
    """What lies in one file of a table."""

    rows: list[dict[str, Any]]
    documents: list[Document]


@dataclass
class Seen:
    """What a reader sees.

    Attributes:
        entries: Who wins, for every chart and day.
        winners: The document that won it.
        documents: All documents that have a row among the entries.
        torn: What is there in part only.
        ledger: Rows of the ledger, double ones dropped.
    """

    entries: Entries = field(default_factory=dict)
    winners: dict[tuple[str, str, str], Document] = field(default_factory=dict)
    documents: set[Document] = field(default_factory=set)
    torn: list[str] = field(default_factory=list)
    ledger: list[dict[str, Any]] = field(default_factory=list)


_files: dict[bytes, File | None] = {}


def objects_of(folder: Path) -> dict[str, bytes]:
    """The objects of a lake that lies in a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.relative_to(folder).parts[0].startswith(".")
    }


def read(data: bytes) -> File | None:
    """The rows of a file, or None if it is no whole Parquet file."""
    if data not in _files:
        if len(_files) > 20_000:
            _files.clear()
        _files[data] = _read(data)
    return _files[data]


def _read(data: bytes) -> File | None:
    try:
        table = read_parquet(BytesIO(data)).read_all()
    except Exception:  # noqa: BLE001 - whatever it is, the file is torn
        return None
    columns = {name: table[name].to_pylist() for name in table.schema.names}
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    return File(
        rows,
        [
            Document(row["source"], row["captured_at"], row.get("raw_hash") or "", row["transform_version"])
            for row in rows
        ],
    )


def seen(lake: Objects) -> Seen:
    """What a reader sees who reads every file that is there."""
    found = Seen()
    tables: dict[str, list[File]] = {}
    for key in sorted(lake):
        if not key.startswith(TABLES):
            continue
        named = FILE.fullmatch(key)
        file = read(lake[key])
        if named is None or file is None:
            found.torn.append(f"{key} is no whole file")
        else:
            tables.setdefault(named["table"], []).append(file)
    _entries(found, tables)
    _halves(found, tables)
    ledger = {json.dumps(row, default=str): row for file in tables.get("run_data", []) for row in file.rows}
    found.ledger = list(ledger.values())
    return found


def _entries(found: Seen, tables: dict[str, list[File]]) -> None:
    best: dict[tuple[str, str, str], tuple[datetime, str, int]] = {}
    rows: dict[tuple[tuple[str, str, str], tuple[datetime, str, int]], dict[int, str | None]] = {}
    for file in tables.get("chart_data", []):
        for row, document in zip(file.rows, file.documents, strict=True):
            found.documents.add(document)
            day: date = row["chart_date"]
            at = (row["source"], row["chart_id"], str(day))
            rank = (document.captured_at, document.raw_hash, document.version)
            if at not in best or best[at] < rank:
                best[at] = rank
                found.winners[at] = document
            rows.setdefault((at, rank), {})[row["position"]] = row["song_id"]
    for at, rank in best.items():
        found.entries[at] = sorted(rows[at, rank].items())


def _halves(found: Seen, tables: dict[str, list[File]]) -> None:
    """An entry without its song, a song without its album or artist, an album without its artist."""

    def there(table: str, column: str) -> set[tuple[Document, str]]:
        return {
            (document, row[column])
            for file in tables.get(table, [])
            for row, document in zip(file.rows, file.documents, strict=True)
        }

    for table, column, other, named in (
        ("chart_data", "song_id", "song_data", "song_id"),
        ("chart_data", "song_id", "credit_data", "entity_id"),
        ("song_data", "album_id", "album_data", "album_id"),
        ("song_data", "artist_id", "artist_data", "artist_id"),
        ("credit_data", "artist_id", "artist_data", "artist_id"),
    ):
        missing = {one for one in there(table, column) if one[1] is not None} - there(other, named)
        if table == "chart_data" or not missing:
            found.torn += [f"{table} has {name}, {other} has not" for _, name in sorted(missing, key=str)]
            continue
        # Of a batch in the making nobody has seen an entry yet.
        shown = found.documents
        found.torn += [
            f"{table} has {name}, {other} has not" for of, name in sorted(missing, key=str) if of in shown
        ]


def leftovers(lake: Objects) -> list[str]:
    """What a lake at rest does not hold: work that somebody would have to clean up."""
    left = [f"{key} still waits" for key in lake if key.startswith(PENDING)]
    left += [
        f"{key} was never settled"
        for key in lake
        if key.startswith(("state/batches/", "state/runs/", "state/removals/"))
    ]
    named = {
        zone: {key.removeprefix(zone) for key in lake if key.startswith(zone)}
        for zone in (PROCESSED, REJECTED)
    }
    left += [f"{key} lies in two places" for key in sorted(named[PROCESSED] & named[REJECTED])]
    reasons = {name.removesuffix(".reason.json") for name in named[REJECTED] if name.endswith(".reason.json")}
    documents = {name for name in named[REJECTED] if not name.endswith(".reason.json")}
    left += [f"{name} was rejected without a reason" for name in sorted(documents - reasons)]
    left += _unaccounted(lake)
    return left


def _unaccounted(lake: Objects) -> list[str]:
    """Files without a batch, batches without their files, and documents that are in no batch."""
    records = [json.loads(lake[key]) for key in lake if key.startswith("batches/")]
    batches = {record["batch"]: record for record in records}
    left: list[str] = []
    files: dict[str, set[str]] = {}
    for key in lake:
        named = FILE.fullmatch(key)
        if named is not None and named["table"] != "run_data":
            files.setdefault(named["batch"], set()).add(named["table"])
            if named["batch"] not in batches:
                left.append(f"{key} belongs to no batch")
    # Half of a batch does no harm where whole ones hold all that is in it.
    whole = {
        one["key"]
        for batch, record in batches.items()
        if files.get(batch, set()) >= {table for table, rows in record["rows"].items() if rows}
        for one in record["documents"]
    }
    held = {one["hash"] for record in records for one in record["documents"] if one["key"] in whole}
    left += [
        f"the document {one['hash'][:12]} is in no whole batch"
        for record in records
        for one in record["documents"]
        if one["hash"] not in held
    ]
    left += [f"{key} is in no whole batch" for key in lake if key.startswith(PROCESSED) and key not in whole]
    # A copy of the same document under another name may have gone, but not the only one.
    stored = {one["hash"] for record in records for one in record["documents"] if one["key"] in lake}
    left += [
        f"the document {one['hash'][:12]} of a batch is nowhere"
        for record in records
        for one in record["documents"]
        if one["hash"] not in stored
    ]
    return left
