"""Lakes of some months, and what there is to see in them."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chartlake import layout
from chartlake.dictionary import VIEWS
from chartlake.ledger import LedgerRow, write
from chartlake.sweep import sweep
from chartlake.warehouse import Warehouse
from making import playlist, put_pending

if TYPE_CHECKING:
    from pathlib import Path

    from chartlake.store import Store

LATER = datetime(2026, 8, 3, 12, tzinfo=UTC)
"""A moment at which June and July are over."""


def moment(text: str) -> datetime:
    """``06-30`` is half past six on 30 June 2026, UTC; ``06-30 18`` eighteen o'clock."""
    day, _, hour = text.partition(" ")
    return datetime.fromisoformat(f"2026-{day}T{hour or '06'}:30:00+00:00")


def publish(store: Store, *snapshots: tuple[str, tuple[int, ...]], chart_id: str = "one") -> None:
    """Publish snapshots as one batch for each month: when they were captured, and their songs."""
    for when, songs in snapshots:
        put_pending(store, playlist(*songs), captured_at=moment(when), chart_id=chart_id)
    list(sweep(store, now=LATER))


def ledger(store: Store, when: str, state: Any = "published", source: str = "spotify") -> None:
    """Enter a run in the ledger."""
    at = moment(when)
    write(store, [LedgerRow(run_id=f"run {when}", source=source, chart_id="one", started_at=at, state=state)])


def three_months(store: Store) -> None:
    """Batches of one document and of several, some of which overlap, and a ledger."""
    publish(store, ("06-01", (1, 2, 3)))
    publish(store, ("06-01", (1, 2, 3)), ("06-02", (2, 1, 4)))
    publish(store, ("06-02", (2, 1, 4)), ("06-03", (4, 1)))
    publish(store, ("06-03 18", (5, 1)))
    publish(store, ("07-01", (1, 5, 6)), ("07-02", (1, 7)))
    publish(store, ("08-01", (1, 2)))
    publish(store, ("08-02", (2, 1)))
    for when in ("06-01", "06-02", "06-03", "07-01", "08-01"):
        ledger(store, when)


def keys(store: Store, zone: str) -> list[str]:
    """What lies in a zone."""
    return [stored.key for stored in store.list(zone)]


def contents(store: Store, *zones: str) -> dict[str, bytes]:
    """What lies in some zones, byte for byte."""
    return {key: store.get(key) for zone in zones for key in keys(store, zone)}


def everything(store: Store, folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all views."""
    warehouse = Warehouse(store, folder / f"{os.urandom(4).hex()}.duckdb")
    assert warehouse.refresh() == []
    return {view.name: warehouse.ask(f"SELECT * FROM {view.name} ORDER BY ALL").rows for view in VIEWS}


def entries(store: Store, folder: Path) -> list[tuple[Any, ...]]:
    """Chart dates, positions and songs."""
    warehouse = Warehouse(store, folder / f"{os.urandom(4).hex()}.duckdb")
    assert warehouse.refresh() == []
    orphans = "SELECT count(*) FROM chart_data ANTI JOIN song_data USING (song_id)"
    assert warehouse.ask(orphans).rows == [(0,)], "an entry without its song"
    return warehouse.ask(
        "SELECT strftime(chart_date, '%m-%d'), position, song_id FROM chart_entries ORDER BY ALL"
    ).rows


def count(store: Store, folder: Path, sql: str) -> int:
    """The one number that a query finds."""
    warehouse = Warehouse(store, folder / f"{os.urandom(4).hex()}.duckdb")
    assert warehouse.refresh() == []
    [(number,)] = warehouse.ask(sql).rows
    return int(number)


def files(store: Store, table: str, month: str = "") -> list[str]:
    """The names of a table's files."""
    return [
        key.rpartition("/")[2] for key in keys(store, f"{layout.TABLES}{table}/") if f"month={month}" in key
    ]
