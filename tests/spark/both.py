"""A lake done by one process and the same lake done by Spark, and what is to be equal in them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chartlake import layout

if TYPE_CHECKING:
    from chartlake.store import Store

OF_ITS_RUN = ("run_id", "started_at", "ended_at", "captured_at")
"""Columns of the ledger that tell one run from another."""


def objects(store: Store) -> dict[str, Any]:
    """Every object of a lake but the ledger and what tells one run from another."""
    found: dict[str, Any] = {}
    for zone in ("raw_data/", layout.BATCHES, layout.TABLES, "state/charts/"):
        for stored in store.list(zone):
            if "/run_data/" in stored.key:
                continue
            data = store.get(stored.key)
            found[stored.key] = _untimed(data) if stored.key.endswith(layout.REASON_SUFFIX) else data
    return found


def _untimed(reason: bytes) -> dict[str, Any]:
    said = json.loads(reason)
    del said["rejected_at"]
    return said


def copied(store: Store, to: Store) -> None:
    """Every object of a lake in another one."""
    for zone in ("raw_data/", layout.BATCHES, layout.TABLES, "state/"):
        for stored in list(store.list(zone)):
            to.put(stored.key, store.get(stored.key))
