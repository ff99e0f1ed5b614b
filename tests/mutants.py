"""Faults planted on purpose into a copy of the product: each must be found, or the proof proves little."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

SOURCE = Path(__file__).parent.parent / "src" / "chartlake"


class Mutant(NamedTuple):
    """A piece of the product's text, and what stands there instead."""

    file: str
    text: str
    instead: str
    light: float = 0.97
    """The share of runs in lakes in which nothing is compacted."""


MUTANTS = {
    "a capture is acknowledged before it is written": Mutant(
        "capture.py",
        "        store.put(key, packed(document))\n",
        "        if content is None:\n            store.put(key, packed(document))\n",
    ),
    "raw is deleted before its rows are written": Mutant(
        "publish.py",
        "        put(store, record, objects)\n        try:\n",
        "        store.delete(pending for pending, settled in self._moves if pending != settled)\n"
        "        put(store, record, objects)\n        try:\n",
    ),
    "raw is settled before its rows are written": Mutant(
        "publish.py",
        "        put(store, record, objects)\n        try:\n            store.move(self._moves)\n",
        "        try:\n            store.move(self._moves)\n            put(store, record, objects)\n",
    ),
    "names are made from the time": Mutant(
        "publish.py",
        'batch=blake3(f"{self._named}{named}".encode()).hexdigest()[:16],',
        'batch=blake3(f"{id(self)}{named}".encode()).hexdigest()[:16],',
    ),
    "a batch of several leaves no mark": Mutant(
        "publish.py", "if len(self._moves) > 1 else None", "if False else None"
    ),
    "the record is written after the tables": Mutant(
        "publish.py",
        "    store.put(layout.batch_key(record.batch), sealed(record))\n"
        "    for key, data in objects:\n        store.put(key, data)\n",
        "    for key, data in objects:\n        store.put(key, data)\n"
        "    store.put(layout.batch_key(record.batch), sealed(record))\n",
    ),
    "entries are written before songs": Mutant(
        "publish.py",
        "            for table in PUBLISHED\n            if self._rows",
        "            for table in reversed(PUBLISHED)\n            if self._rows",
    ),
    "the sweep goes after new documents only": Mutant(
        "sweep.py",
        "    yield from finish(store, now=now)\n    for portion in portions(key for key in pending(store) if ready(key)):\n",
        "    yield from finish(store, now=now)\n    for portion in portions(pending(store)[-1:]):\n",
    ),
    "a rejected document loses its bytes": Mutant(
        "sweep.py", "        store.move([(lies or key, settled)])\n", "        store.delete([lies or key])\n"
    ),
    "poison is left where it lies": Mutant(
        "sweep.py",
        "            outcomes.append(_set_aside(store, key, stored, rejected, now=now, lies=lies))\n",
        "            outcomes.append(_unreadable(key, StorageError()))\n",
    ),
    "a killed run is entered beside its own rows": Mutant(
        "ledger.py",
        "if source not in told\n",
        "if source not in told or True\n",
    ),
    "the oldest snapshot wins": Mutant(
        "views/snapshots.sql",
        "ORDER BY captured_at DESC, raw_hash DESC, transform_version DESC",
        "ORDER BY captured_at, raw_hash, transform_version",
    ),
    "a row that lies twice counts twice": Mutant(
        "views/chart_entries.sql",
        """QUALIFY row_number() OVER (
    PARTITION BY d.source, d.chart_id, d.chart_date, d.position ORDER BY d.raw_key DESC
) = 1
""",
        "",
    ),
    "a compaction deletes before it puts": Mutant(
        "compact.py",
        "    publish.put(store, record, [(record.table_key(name), data) for name, (data, _) in made.items()])\n",
        "    for one in batches:\n        publish.discard(store, layout.batch_key(one.batch), one)\n"
        "    publish.put(store, record, [(record.table_key(name), data) for name, (data, _) in made.items()])\n",
        light=0.0,
    ),
    "a killed run is never entered": Mutant(
        "ledger.py", "        if mark is not None and _alive(mark, now):\n", "        if mark is not None:\n"
    ),
}


def planted(name: str, folder: Path) -> Path:
    """A copy of the product with that fault in it: a folder to put first on the path."""
    mutant = MUTANTS[name]
    shutil.copytree(SOURCE, folder / "chartlake", ignore=shutil.ignore_patterns("__pycache__"))
    file = folder / "chartlake" / mutant.file
    text = file.read_text(encoding="utf-8")
    assert text.count(mutant.text) == 1, (
        f"{name}: its text stands {text.count(mutant.text)} times in {mutant.file}"
    )
    file.write_text(text.replace(mutant.text, mutant.instead), encoding="utf-8")
    return folder
