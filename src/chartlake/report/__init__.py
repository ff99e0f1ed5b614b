"""The lake as a page to look at: one HTML file that needs no network.

The first view is drawn here, so that it is there without any script; the script draws other
days, charts and songs from the same data.  ``page.py`` puts the parts together, ``reading.py``
asks the views for what they show.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from chartlake.errors import StorageError
from chartlake.report.page import page
from chartlake.report.reading import read

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from chartlake.warehouse import Warehouse

FILE_NAME = "report.html"


class Written(NamedTuple):
    """A page that was written: where it lies, its size [bytes], and how much it shows."""

    path: Path
    bytes: int
    charts: int
    entries: int


def write(warehouse: Warehouse, path: Path, *, now: datetime, title: str | None = None) -> Written:
    """Write the page of a lake.

    The same tables make the same bytes, but for what is said of ``now``.  A lake without charts
    makes a page that says so.

    Args:
        warehouse: The lake's cache, brought up to date.
        path: The file to write; it appears whole or not at all.
        now: When that is (UTC).
        title: What the page is called; else after its first chart.

    Raises:
        StorageError: The cache cannot be read, or the file not written.
    """
    lake = read(warehouse)
    text = page(lake, now=now, title=title).encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        passing = path.with_name(f".{path.name}.passing")
        passing.write_bytes(text)
        passing.replace(path)
    except OSError as error:
        raise StorageError(f"{path} cannot be written ({error.strerror}); name another with --out") from error
    return Written(path, len(text), len(lake.charts), lake.entries)
