"""A store that counts what is asked of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from measure import drop

from chartlake.pipeline import run
from chartlake.store import open_store

VERBS = ("get", "put", "list", "move", "delete")


class Counting:
    """A store, and how often each of its verbs was called; a create counts as a put."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.calls: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)
        verb = {"create": "put"}.get(name, name)
        if verb not in VERBS:
            return method

        def called(*arguments: Any, **options: Any) -> Any:
            self.calls[verb] += 1
            return method(*arguments, **options)

        return called


def counted(lake: Path, files: list[Path]) -> tuple[dict[str, int], int]:
    """Publish documents; the calls by verb, and the bytes that the tables, records and ledger take."""
    drop(files, lake)
    store: Any = Counting(open_store(str(lake)))
    run(store, [], {})
    wrote = sum(
        path.stat().st_size for path in lake.rglob("*") if path.is_file() and "raw_data" not in path.parts
    )
    return {verb: store.calls[verb] for verb in VERBS}, wrote
