"""Points at which chartlake can be made to die or to fail: how its promises are put to the proof.

Every step that changes something passes a point before and a point after it.  Passing one
does nothing, unless somebody watches (a test) or the environment says what is to happen::

    CHARTLAKE_FAILPOINTS="put batches:after@2=kill"    killed once the second record is put
    CHARTLAKE_FAILPOINTS="put state/runs:before=error" the store fails, and nothing is done
    CHARTLAKE_FAILPOINTS="put state/runs:after=error"  it is done, and the answer is lost
    CHARTLAKE_FAILPOINTS="*@17=kill"                   at the seventeenth point, whichever it is

Several are separated by semicolons.  A kill is a SIGKILL: nothing is tidied up.
"""

from __future__ import annotations

import os
import re
import signal
from collections import Counter
from contextlib import contextmanager
from difflib import get_close_matches
from typing import TYPE_CHECKING

from chartlake.errors import SettingsError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ANY = "*"
"""Stands for every point."""

_TABLES = ("artist_data", "album_data", "song_data", "credit_data", "chart_data", "run_data")
_STEPS = (
    "ask",  # a source for a chart
    "put raw_data/to_be_processed",
    "create raw_data/to_be_processed",  # by an import
    "put batches",
    *(f"put transformed_data/{table}" for table in _TABLES),
    "move raw_data/processed",  # into it, and so below
    "move raw_data/rejected",
    "move raw_data/to_be_processed",
    "put raw_data/rejected",  # a reason
    "put state/charts",
    "put state/batches",
    "put state/runs",
    "put state/removals",
    "put state/tombstones",
    "put state/superseded",
    "create state/superseded",
    "put state/compacted.json",
    "delete raw_data/to_be_processed",
    "delete raw_data/processed",
    "delete raw_data/rejected",
    "delete batches",
    "delete transformed_data/chart_data",  # and all the tables of its batch
    "delete transformed_data/run_data",
    "delete state/charts",
    "delete state/batches",
    "delete state/runs",
    "delete state/removals",
    "delete state/superseded",
    "delete report/index.html",  # the page that was published
)
_WITHIN = (
    "folder made",
    "file written",
    "file synced",
    "file named",
    "folder synced",
    "file copied",
    "copies synced",
    "file deleted",
    "deletions synced",
)
"""Steps within one call to a store in a folder; each has but one point, after it."""

POINTS = (*(f"{step}:{moment}" for step in _STEPS for moment in ("before", "after")), *_WITHIN)
"""The names of all points."""

_TOLD = re.compile(r"(?P<point>[^@=;]+?)(?:@(?P<time>[1-9]\d*))?=(?P<what>kill|error)")

_watcher: Callable[[str], None] | None = None


def reached(point: str) -> None:
    """A point is reached.

    Raises:
        StorageError: Somebody wants the step to fail here.
    """
    if _watcher is not None:
        _watcher(point)


@contextmanager
def around(step: str) -> Iterator[None]:
    """A step between its two points."""
    reached(f"{step}:before")
    yield
    reached(f"{step}:after")


def are_watched() -> bool:
    """Whether anything happens at a point."""
    return _watcher is not None


def watch(watcher: Callable[[str], None] | None) -> None:
    """Let a function know of every point that is reached from now on; None ends that."""
    global _watcher  # noqa: PLW0603 - a process dies as a whole
    _watcher = watcher


def arm(told: str) -> None:
    """Do what the environment says; nothing if it says nothing, or somebody watches already.

    Args:
        told: The value of ``CHARTLAKE_FAILPOINTS``.

    Raises:
        SettingsError: It says what cannot be.
    """
    if told and not are_watched():
        watch(_Trap([_parsed(one.strip()) for one in told.split(";") if one.strip()]))


class _Trap:
    """What is to happen at which point, the so many-th time it is reached."""

    def __init__(self, wanted: list[tuple[str, int, str]]) -> None:
        self._wanted = {(point, time): what for point, time, what in wanted}
        self._times: Counter[str] = Counter()

    def __call__(self, point: str) -> None:
        for name in (point, ANY):
            self._times[name] += 1
            what = self._wanted.get((name, self._times[name]))
            if what == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            elif what == "error":
                raise StorageError(f"CHARTLAKE_FAILPOINTS wants a failure at {point}; unset it")


def _parsed(told: str) -> tuple[str, int, str]:
    found = _TOLD.fullmatch(told)
    if found is None:
        raise SettingsError(
            f'CHARTLAKE_FAILPOINTS: {told!r} says nothing; write it like "put batches:after@2=kill"'
        )
    if found["point"] not in (*POINTS, ANY):
        close = get_close_matches(found["point"], POINTS, n=1, cutoff=0.3)
        raise SettingsError(
            f"CHARTLAKE_FAILPOINTS: there is no point {found['point']!r}; "
            f"{f'did you mean {close[0]!r}?' if close else 'it is for tests, unset it'}"
        )
    return found["point"], int(found["time"] or 1), found["what"]
