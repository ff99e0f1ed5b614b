"""The ledger: one row for each chart in each run, also for runs that were killed.

A run leaves a mark before it does anything and takes it away when its rows are written.
A mark whose process is gone tells the next run what was abandoned.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from blake3 import blake3

from chartlake import layout, parquet
from chartlake.errors import MissingObject
from chartlake.snapshot import Moment
from chartlake.tables import RUN_DATA
from chartlake.transform import TRANSFORM_VERSION
from chartlake.transform.reading import in_days, in_microseconds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chartlake.store import Store

State = Literal["published", "unchanged", "rejected", "failed", "deferred", "abandoned"]

_HALF = 8
"""Digits of a file's name that tell the run, and digits that vouch for its bytes."""

_LONGEST_RUN = timedelta(hours=24)
"""After this a mark of another machine, whose processes cannot be seen, counts as abandoned."""


class LedgerRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of run_data; the columns' meaning stands in `chartlake.tables`."""

    run_id: str
    source: str
    chart_id: str | None
    started_at: datetime
    state: State
    ended_at: datetime | None = None
    scheduled_for: datetime | None = None
    reason: str | None = None
    chart_date: date | None = None
    items_in: int = 0
    rows_out: int = 0
    rejects: int = 0
    requests: int = 0
    bytes: int = 0
    captured_at: datetime | None = None
    raw_hash: str | None = None


class _Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A run that was begun: who runs it, and which charts it was to capture."""

    run_id: str
    started_at: Moment
    host: str
    process: str
    charts: list[tuple[str, str]]


def new_run_id(now: datetime) -> str:
    """A name for a run: when it began, and something that no other has."""
    return f"{layout.instant(now)}-{os.urandom(3).hex()}"


def begin(store: Store, run_id: str, charts: Iterable[tuple[str, str]], *, now: datetime) -> None:
    """Leave the mark of a run."""
    mark = _Mark(
        run_id=run_id,
        started_at=now,
        host=socket.gethostname(),
        process=_process(os.getpid()),
        charts=list(charts),
    )
    store.put(layout.open_run_key(run_id), msgspec.json.encode(mark))


def finish(store: Store, run_id: str, rows: Iterable[LedgerRow]) -> None:
    """Write the rows of a run and take its mark away."""
    write(store, rows)
    store.delete([layout.open_run_key(run_id)])


def write(store: Store, rows: Iterable[LedgerRow]) -> None:
    """Write rows, one object for each run, source and month."""
    groups: dict[tuple[str, str, str], list[LedgerRow]] = {}
    for row in rows:
        month = layout.month_of(row.captured_at or row.started_at)
        groups.setdefault((row.run_id, row.source, month), []).append(row)
    for (run_id, source, month), together in groups.items():
        put(store, parquet.written(RUN_DATA, _columns(together)), month=month, source=source, run_id=run_id)


def put(
    store: Store, data: bytes, *, month: str, source: str, run_id: str = "", compacted: bool = False
) -> str:
    """Put a file of the ledger, and tell its key.

    Its name tells which run wrote it, if one did, and vouches for its bytes, for nothing could
    make it again.
    """
    found = blake3(data).hexdigest()
    batch = (_named_after(run_id) if run_id else found[_HALF : 2 * _HALF]) + found[:_HALF]
    key = layout.table_key(RUN_DATA.name, month=month, source=source, batch=batch, compacted=compacted)
    store.put(key, data)
    return key


def is_intact(batch: str, data: bytes) -> bool:
    """Whether a file of the ledger holds the bytes that its name vouches for."""
    return batch[_HALF:] == blake3(data).hexdigest()[:_HALF]


def _named_after(run_id: str) -> str:
    return blake3(run_id.encode("utf-8", "replace")).hexdigest()[:_HALF]


def settle_abandoned(store: Store, *, now: datetime) -> list[LedgerRow]:
    """Enter runs that were killed as abandoned, and take their marks away.

    Returns:
        The rows entered.
    """
    entered: list[LedgerRow] = []
    for stored in list(store.list(layout.OPEN_RUNS)):
        mark: _Mark | None = None
        with suppress(MissingObject, ValueError):
            mark = msgspec.json.decode(store.get(stored.key), type=_Mark)
        if mark is not None and _alive(mark, now):
            continue
        if mark is not None:
            # Killed between its last rows and its mark, a run has told of these sources itself.
            told = _sources_told(store, mark.run_id)
            rows = [
                _abandoned(mark, source, chart_id) for source, chart_id in mark.charts if source not in told
            ]
            write(store, rows)
            entered += rows
        store.delete([stored.key])
    return entered


def _sources_told(store: Store, run_id: str) -> set[str]:
    """The sources of which a run has written its rows."""
    begins = _named_after(run_id)
    files = [layout.table_file(stored.key) for stored in store.list(f"{layout.TABLES}{RUN_DATA.name}/")]
    return {file.source for file in files if file is not None and file.batch.startswith(begins)}


def _abandoned(mark: _Mark, source: str, chart_id: str) -> LedgerRow:
    return LedgerRow(
        run_id=mark.run_id,
        source=source,
        chart_id=chart_id,
        started_at=mark.started_at,
        state="abandoned",
        reason="the run ended without a word; whatever it had captured is taken up by the next",
    )


def _alive(mark: _Mark, now: datetime) -> bool:
    if mark.host != socket.gethostname():
        return now - mark.started_at < _LONGEST_RUN
    pid = mark.process.partition(":")[0]
    return pid.isdigit() and _process(int(pid)) == mark.process


def _process(pid: int) -> str:
    """A process told from a later one of the same number by when it began; empty if it is gone."""
    try:
        os.kill(pid, 0)
    except PermissionError:
        pass
    except (ProcessLookupError, OverflowError):
        return ""
    began = ""
    with suppress(OSError, IndexError):
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        began = stat.rpartition(")")[2].split()[19]
    return f"{pid}:{began}"


def _columns(rows: list[LedgerRow]) -> dict[str, Any]:
    stored = [
        {
            **msgspec.structs.asdict(row),
            "captured_at": row.captured_at or row.started_at,
            "transform_version": TRANSFORM_VERSION,
        }
        for row in rows
    ]
    return {column.name: [_number(row[column.name]) for row in stored] for column in RUN_DATA.columns}


def _number(value: Any) -> Any:
    if isinstance(value, datetime):
        return in_microseconds(value)
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")  # A file name may be no text.
    return in_days(value) if isinstance(value, date) else value
