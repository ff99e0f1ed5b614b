"""Rows as CSV: UTF-8, a heading, commas, one line feed a row, quotes only where they are needed.

A spreadsheet takes a cell that begins like a formula for one, whoever wrote the song's title.
Such a text gets an apostrophe in front, unless the reader is a program and asks for exact cells.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_QUOTED = re.compile(r'[",\r\n]')
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a formula begins in some spreadsheet; the last four are full-width, as Japanese ones take them."""


def cell(value: Any, *, exact: bool = False) -> Any:
    """A value as a cell: moments in ISO 8601 with Z, everything else as Python spells it.

    Args:
        value: What DuckDB gives.
        exact: Leave a text alone that a spreadsheet would take for a formula.
    """
    if value is None or isinstance(value, int | float):
        return ("true" if value else "false") if isinstance(value, bool) else value
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds" if value.microsecond else "seconds") + (
            "" if value.tzinfo else "Z"
        )
    text = str(value)
    return text if exact or not text.startswith(_FORMULA) else f"'{text}"


def write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, exact: bool = False) -> int:
    """Write rows as a CSV file; how many they are."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(_line(columns))
        for row in rows:
            file.write(_line([cell(value, exact=exact) for value in row]))
            count += 1
    return count


def _line(cells: Sequence[Any]) -> str:
    # Not csv.writer: before Python 3.13 it leaves a carriage return without quotes.
    return ",".join(_quoted(one) for one in cells) + "\n"


def _quoted(value: Any) -> str:
    if value is None:
        return ""
    text = str(value)
    if _QUOTED.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text or '""'  # Nothing is null, two quotes are the empty text.
