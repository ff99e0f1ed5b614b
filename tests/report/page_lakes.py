"""Lakes of many kinds, and their pages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from page_worlds import HOSTILE, Made, world

from chartlake.report.page import page
from chartlake.report.reading import read

if TYPE_CHECKING:
    from pathlib import Path

    from chartlake.warehouse import Warehouse

NOW = datetime(2026, 6, 2, 7, 15, tzinfo=UTC)

LAKES: dict[str, tuple[tuple[Made, ...], dict[str, Any]]] = {
    "daily, with gaps": (
        (
            Made(dates=70, depth=20, gone=frozenset({3, 40, 41, 60})),
            Made(chart_id="us", name="USA", dates=66, depth=20),
        ),
        {},
    ),
    "weekly": ((Made(cadence="weekly", dates=40, depth=30, gone=frozenset({20})),), {}),
    "deep and odd": ((Made(dates=12, depth=240, odd=True),), {}),
    "albums": (
        (
            Made(dates=20, depth=10, albums=True),
            Made(chart_id="other", name="Zwei", dates=20, depth=15, albums=True),
        ),
        {},
    ),
    "more than a year": ((Made(dates=500, depth=5),), {}),
    "the last days in full": (
        (Made(dates=90, depth=10), Made(chart_id="old", name="Old", dates=20, depth=10)),
        {"in_full": 100, "days_in_full": 30},
    ),
    "hostile names": ((Made(dates=40, depth=60),), {"names": HOSTILE}),
    "one day": ((Made(dates=1, depth=4),), {}),
}
"""Lakes by what is special about them: their charts, and how they are made or read."""


class Lakes:
    """The lakes above, each made once, with their pages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made: dict[str, Warehouse] = {}

    def warehouse(self, kind: str) -> Warehouse:
        if kind not in self._made:
            charts, how = LAKES[kind]
            self._made[kind] = world(*charts, names=how.get("names", ())).lake(self._place(kind))
        return self._made[kind]

    def page(self, kind: str, **changes: Any) -> str:
        how = {key: value for key, value in LAKES[kind][1].items() if key != "names"}
        return page(read(self.warehouse(kind), **how), now=NOW, **changes)

    def file(self, kind: str, **changes: Any) -> Path:
        file = self._place(kind) / "report.html"
        file.write_text(self.page(kind, **changes), encoding="utf-8")
        return file

    def _place(self, kind: str) -> Path:
        place = self.folder / kind.replace(" ", "-").replace(",", "")
        place.mkdir(exist_ok=True)
        return place
