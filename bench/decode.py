"""Raw documents to Parquet files and nothing else: no checks, no hashes, no ledger, no durable writes.

python bench/decode.py FOLDER_OF_RAW_FILES FOLDER_FOR_OUTPUT
"""

from __future__ import annotations

import sys
from pathlib import Path

from chartlake import parquet
from chartlake.tables import PUBLISHED
from chartlake.transform import understood
from chartlake.transform.shred import Rows

PORTION = 1000


def main(raw: Path, out: Path) -> None:
    """Transform every file of a folder."""
    out.mkdir(parents=True)
    paths = sorted(raw.glob("*.json"))
    for start in range(0, len(paths), PORTION):
        rows = Rows(1)
        for path in paths[start : start + PORTION]:
            reading = understood(path.read_bytes(), name=path.name)
            rows.add(reading, raw_hash=path.name, raw_key=path.name)
        for table in PUBLISHED:
            data = parquet.written(table, rows.columns(table))
            (out / f"{table.name}-{start}.parquet").write_bytes(data)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
