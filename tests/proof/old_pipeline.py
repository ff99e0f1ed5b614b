"""The design of the older two-Lambda pipelines, written anew from its description: only for comparison.

Everything pending is read; for each document three CSV files are written directly, under names made
of the time; then each document is copied to ``processed`` and deleted.  Nothing is synced, nothing is
named after its content, and nothing remembers what was done.
"""

from __future__ import annotations

import csv
import json
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

COLUMNS = {
    "album": ("album_id", "album_name"),
    "artist": ("artist_id", "artist_name"),
    "songs": ("song_id", "song_name", "position", "song_added"),
}


def transform(lake: Path) -> None:
    """What the second Lambda does."""
    pending = sorted((lake / "raw_data/to_processed").glob("*.json"))
    documents = [json.loads(path.read_text()) for path in pending]
    for document in documents:
        for kind, columns in COLUMNS.items():
            folder = lake / "transformed_data" / f"{kind}_data"
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / f"{kind}_transformed_{datetime.now(UTC)}.csv").open("w", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(columns)
                writer.writerows([[row.get(column, "x") for column in columns] for row in document["items"]])
    for path in pending:
        processed = lake / "raw_data/processed"
        processed.mkdir(exist_ok=True)
        shutil.copyfile(path, processed / path.name)
        path.unlink()
    for document in documents:
        print(document["snapshot"], flush=True)


if __name__ == "__main__":
    # A Lambda is warm when its event comes: what is killed is its work, not Python's start.
    print(flush=True)
    sys.stdin.readline()
    transform(Path(sys.argv[1]))
