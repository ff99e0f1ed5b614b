"""How answers and talk reach a person or a program: the only module that prints.

stdout is the answer, stderr is talk.  On a terminal a table is drawn; elsewhere it is
tab-separated; with --json it is one document.  What comes from the data is never taken for
markup or for control characters of the terminal.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from contextlib import contextmanager, suppress
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chartlake.progress import Progress

Form = Literal["auto", "json", "csv"]

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What moves a terminal's cursor, rings, ends a line, or turns the direction of a text."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a formula begins; the last four are the full-width signs that East Asian versions take too."""


def answer(
    columns: Sequence[str], rows: Sequence[Sequence[Any]], *, form: Form = "auto", heading: bool = True
) -> None:
    """Print a table: the answer."""
    if form == "json":
        print_json([dict(zip(columns, map(plain, row), strict=True)) for row in rows])
    elif form == "csv":
        _print_csv(columns, rows)
    elif sys.stdout.isatty():
        _draw(columns, rows)
    else:
        _print_tabs([*([columns] if heading else []), *rows])
    sys.stdout.flush()


def print_json(value: Any, *, on_one_line: bool = False) -> None:
    """Print one JSON document: the answer."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=None if on_one_line else 2, default=plain)
    sys.stdout.write("\n")
    sys.stdout.flush()


def say(text: str) -> None:
    """Print lines of an answer that is no table."""
    sys.stdout.write(lines_made_visible(text) + "\n")


def talk(text: str) -> None:
    """Tell a person something that is not the answer, in one line whatever is in it."""
    _tell(visible(text))


def complain(text: str) -> None:
    """Tell a person what went wrong and what to do.

    An engine's error may have several lines.  The later ones are indented, for what comes from the data
    must not look like another message.
    """
    _tell("error: " + lines_made_visible(text).replace("\n", "\n  "))


def _tell(text: str) -> None:
    # Where not even that can be written, the exit code has to do.
    with suppress(OSError):
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def plain(value: Any) -> Any:
    """A value as JSON knows it: moments in ISO 8601, everything unknown as text."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds" if value.microsecond else "seconds").replace(
            "+00:00", "Z"
        )
    return value.isoformat() if isinstance(value, date) else str(value)


def visible(value: Any) -> str:
    """A value as one line of harmless text: control and direction characters are written out."""
    if value is None:
        return ""
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", _text(str(plain(value))))


def _text(value: str) -> str:
    """Without what UTF-8 cannot say: bytes of a file name that are no text."""
    return value.encode("utf-8", "replace").decode("utf-8")


def lines_made_visible(text: str) -> str:
    """Text of several lines as harmless text: what `visible` does, line ends apart."""
    return "\n".join(
        _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", line) for line in _text(text).split("\n")
    )


def defused(value: Any) -> Any:
    """A value that no spreadsheet takes for a formula: such a text gets an apostrophe in front."""
    value = plain(value)
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


@contextmanager
def progress() -> Iterator[Progress]:
    """A progress bar on a terminal, and silence elsewhere."""
    from chartlake.progress import silent  # noqa: PLC0415 - only what is used is imported

    if not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def tell(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step, total=total)
            bars.update(tasks[step], completed=done, total=total)

        yield tell


def _draw(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    from rich import box  # noqa: PLC0415 - only a terminal needs it
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, column in enumerate(columns):
        numeric = any(isinstance(row[place], int | float) for row in rows[:100])
        table.add_column(Text(column), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(visible(value)) for value in row))
    Console(highlight=False, markup=False, emoji=False).print(table)


def _print_tabs(rows: Sequence[Sequence[Any]]) -> None:
    for row in rows:
        sys.stdout.write("\t".join(visible(value) for value in row) + "\n")


def _print_csv(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    for row in (columns, *rows):
        line = io.StringIO(newline="")
        # Only with this ending is a carriage return inside a cell quoted, and no row forged by it.
        csv.writer(line, lineterminator="\r\n").writerow([defused(value) for value in row])
        sys.stdout.write(line.getvalue().removesuffix("\r\n") + "\n")
