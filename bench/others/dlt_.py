"""The same documents into DuckDB by dlt: flat rows, merged by their keys, loaded as Parquet.

python dlt_.py FOLDER OUT
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"

import dlt
import orjson


def _tracks(raw: Path) -> Iterator[tuple[str, int, dict[str, Any], dict[str, Any]]]:
    for path in sorted(raw.glob("*.json")):
        for position, item in enumerate(orjson.loads(path.read_bytes())["items"], 1):
            yield path.name, position, item, item["track"]


def _entries(raw: Path) -> Iterator[dict[str, Any]]:
    for name, position, item, track in _tracks(raw):
        yield {
            "raw_key": name, "position": position, "song_id": track["id"], "title": track["name"],
            "added_at": item["added_at"], "popularity": track["popularity"],
        }  # fmt: skip


def _songs(raw: Path) -> Iterator[dict[str, Any]]:
    for _, _, _, track in _tracks(raw):
        yield {
            "song_id": track["id"], "name": track["name"], "duration_ms": track["duration_ms"],
            "explicit": track["explicit"], "isrc": track["external_ids"]["isrc"],
            "album_id": track["album"]["id"], "artist_id": track["artists"][0]["id"],
        }  # fmt: skip


def _albums(raw: Path) -> Iterator[dict[str, Any]]:
    for _, _, _, track in _tracks(raw):
        album = track["album"]
        yield {"album_id": album["id"], "name": album["name"], "release_date": album["release_date"]}


def _artists(raw: Path) -> Iterator[dict[str, Any]]:
    for _, _, _, track in _tracks(raw):
        yield from ({"artist_id": one["id"], "name": one["name"]} for one in track["artists"])


if __name__ == "__main__":
    raw, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True)
    pipeline = dlt.pipeline(
        "bench",
        pipelines_dir=str(out / "state"),
        destination=dlt.destinations.duckdb(str(out / "bench.duckdb")),
    )
    resources = [
        dlt.resource(
            _entries(raw), name="chart_data", primary_key=("raw_key", "position"), write_disposition="merge"
        ),
        dlt.resource(_songs(raw), name="song_data", primary_key="song_id", write_disposition="merge"),
        dlt.resource(_albums(raw), name="album_data", primary_key="album_id", write_disposition="merge"),
        dlt.resource(_artists(raw), name="artist_data", primary_key="artist_id", write_disposition="merge"),
    ]
    pipeline.run(resources, loader_file_format="parquet")
