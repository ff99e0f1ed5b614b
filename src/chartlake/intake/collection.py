"""A chart file of many charts and days, taken apart without ever holding all of it.

The collections that go round have 26 million rows in 3.5 GB.  A chart of a day is a few
hundred rows that lie together, and only these are held.
"""

from __future__ import annotations

import csv
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from blake3 import blake3

from chartlake.errors import Rejected
from chartlake.snapshot import LARGEST, plausible
from chartlake.transform.chartfile import opened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from chartlake.transform.chartfile import Table

_LONGEST_LINE = 1024 * 1024
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Part(NamedTuple):
    """One chart of one day: its rows as they were written, below the header of the file.

    Attributes:
        chart_id: Chart and region, such as ``top200-argentina``.
        region: The region in small letters, if it is named.
        day: The date, ISO 8601.
        text: Header and rows.
    """

    chart_id: str
    region: str | None
    day: str
    text: str

    @property
    def captured_at(self) -> datetime:
        """The beginning of the day, UTC."""
        return _midnight(self.day)


def refuse_unsorted(file: Path) -> None:
    """Read a collection once to see that it can be taken apart.

    Where the rows of a chart and day lie apart, some would be published as if they were all.

    Raises:
        Rejected: They do, or the file cannot be taken apart for another reason.
        csv.Error, UnicodeDecodeError, OSError: It cannot be read.
    """
    met: set[bytes] = set()
    for part in charts_in(file):
        mark = blake3(f"{part.chart_id} {part.day}".encode()).digest(8)
        if mark in met:
            raise Rejected(
                f"the rows of {part.chart_id} {part.day} do not lie together; "
                "sort the file by date, region and chart",
                reason="unsorted",
            )
        met.add(mark)


def charts_in(file: Path) -> Iterator[Part]:
    """Each chart and day of a collection, in the order of the file.

    A row that does not say where it belongs stays with the rows before it: there it is
    counted, and not lost.

    Raises:
        Rejected: It is no collection, or a part of it is too large.
        csv.Error, UnicodeDecodeError, OSError: It cannot be read.
    """
    verbatim: list[str] = []
    with file.open(encoding="utf-8-sig", newline="") as stream:
        lines = iter(lambda: stream.readline(_LONGEST_LINE), "")
        table = opened(csv.reader(_noted(lines, verbatim), strict=True))
        if table is None or not table.layout.date:
            raise Rejected("its header is that of no known collection", reason="shape")
        header = "".join(verbatim)
        verbatim.clear()
        current: tuple[str, str, str] | None = None
        rows: list[str] = []
        size = 0
        for row in table.rows:
            chart = _chart_of(table, row) or current
            if chart is None:
                raise Rejected("its first row names no chart or no date; correct the row", reason="shape")
            if current is not None and chart != current:
                yield _part(current, header, rows)
                rows, size = [], 0
            current = chart
            rows += verbatim
            size += sum(map(len, verbatim))
            verbatim.clear()
            if size > LARGEST:
                raise Rejected("it has too many rows of one chart and day", reason="too-large")
        if current is not None:
            yield _part(current, header, rows)


def _part(chart: tuple[str, str, str], header: str, rows: list[str]) -> Part:
    name, region, day = chart
    return Part("-".join(f"{name} {region}".split()), region or None, day, header + "".join(rows))


def _noted(lines: Iterable[str], verbatim: list[str]) -> Iterator[str]:
    """The lines of a file, each also appended to ``verbatim``: a row is kept as it was written."""
    for line in lines:
        if len(line) >= _LONGEST_LINE:
            raise Rejected("one line of it is longer than 1 MiB", reason="too-large")
        verbatim.append(line)
        yield line


def _chart_of(table: Table, row: Sequence[str]) -> tuple[str, str, str] | None:
    """Chart, region and date that a row names, or None if that cannot be read."""
    if len(row) != table.width:
        return None
    columns = table.layout
    chart, region = table.cell(row, columns.chart).lower(), table.cell(row, columns.region).lower()
    day = table.cell(row, columns.date)
    return (chart, region, day) if chart and _is_date(day) else None


@lru_cache(maxsize=1024)
def _is_date(text: str) -> bool:
    try:
        return _DATE.fullmatch(text) is not None and plausible(_midnight(text))
    except ValueError:
        return False


def _midnight(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)
