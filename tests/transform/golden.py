"""Documents of every shape, and the rows that they are to give.

``python tests/transform/golden.py`` writes the expected rows anew; read the difference.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chartlake.tables import CHART_DATA, PUBLISHED
from chartlake.transform import understood
from chartlake.transform.shred import Rows

if TYPE_CHECKING:
    from chartlake.transform.reading import Reading

DATA = Path(__file__).parents[1] / "data"

CASES = {
    "spotify/items_until_2025.json": "spotify_raw_2026-05-31 10:20:30.123456.json",
    "spotify/playlist_of_2026.json": "",
    "deezer/two_pages.json": "",
    "deezer/numbered_chart.json": "anything-2026-05-31.json",
    "deezer/whole_playlist.json": "anything-2026-05-31.json",
    "apple/songs.json": "",
    "apple/albums.json": "albums of Germany 2026-06-01.json",
    "apple/albums_until_2021.json": "new.json",
    "listenbrainz/week.json": "",
    "listenbrainz/bare.json": "top.json",
    "chartfile/new.csv": "regional-global-weekly-2026-05-28.csv",
    "chartfile/old.csv": "regional-se-weekly-2020-01-17--2020-01-24 (1).csv",
    "chartfile/viral.csv": "viral-de-daily-2026-05-28.csv",
    "chartfile/part_of_collection.csv": "top200-argentina-2017-01-01.csv",
}
"""Documents, and the file names under which they come."""


def reading_of(case: str) -> Reading:
    return understood((DATA / case).read_bytes(), name=CASES[case])


def told(reading: Reading) -> dict[str, Any]:
    """A reading and its rows, provenance apart and without nulls, for people to read."""
    rows = Rows(1)
    rows.add(reading, raw_hash="", raw_key="")
    about = {
        name: value
        for name in reading.__struct_fields__
        if name != "entries" and (value := getattr(reading, name)) is not None
    }
    return json.loads(
        json.dumps({"reading": about, **{t.name: _rows(rows, t) for t in PUBLISHED}}, default=str)
    )


OF_THE_DOCUMENT = {column.name for column in CHART_DATA.columns[:5]} | {
    "raw_key", "source", "captured_at", "raw_hash", "transform_version",
}  # fmt: skip
"""Columns that are the same for all rows of a document."""


def _rows(rows: Rows, table: Any) -> list[dict[str, Any]]:
    columns = {
        name: [_spelled(name, value) for value in values]
        for name, values in rows.columns(table).items()
        if name not in OF_THE_DOCUMENT
    }
    return [
        {name: values[at] for name, values in columns.items() if values[at] is not None}
        for at in range(rows.count(table.name))
    ]


def _spelled(name: str, value: Any) -> Any:
    if value is not None and name == "release_date":
        return str(date(1970, 1, 1) + timedelta(days=value))
    if value is not None and name == "added_at":
        return str(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value))
    return value


def expected(case: str) -> Path:
    return (DATA / case).with_suffix(".rows.json")


if __name__ == "__main__":
    for one in CASES:
        lines = told(reading_of(one))
        text = ",\n".join(
            f'"{name}": '
            + (
                "[\n" + ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in part) + "\n]"
                if isinstance(part, list) and part
                else json.dumps(part, ensure_ascii=False)
            )
            for name, part in lines.items()
        )
        expected(one).write_text("{\n" + text + "\n}\n", encoding="utf-8")
