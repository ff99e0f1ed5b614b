"""What must hold before rows are published, and what is worth a warning.

A check is a value: a name, what it means, how grave it is, and a verdict.  Checks that
reject see one reading alone, so that the order in which documents arrive changes nothing.
Comparisons with what came before only warn.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

import msgspec

from chartlake.errors import Rejected
from chartlake.transform.chartfile import LONGEST_HEADER, begun
from chartlake.transform.reading import Reading, utc_day

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Judged = TypeVar("Judged")


@dataclass(frozen=True)
class Check(Generic[Judged]):
    """Something that must hold.

    Attributes:
        name: One word; of a rejected document it is the reason.
        meaning: What must hold and why, as a sentence without a full stop.
        severity: ``reject`` keeps the rows out, ``warn`` only tells.
        verdict: What is wrong with the thing judged, as a sentence; None if nothing is.
    """

    name: str
    meaning: str
    severity: Literal["reject", "warn"]
    verdict: Callable[[Judged], str | None]


MOST_MISSING = 0.25
"""The share of positions that may be missing.  Removed songs are a few in a list; where a
service renames the field that holds the song (Spotify did in 2026), all of them are."""


def _empty(reading: Reading) -> str | None:
    return None if reading.items else "it holds no item"


def _unreconciled(reading: Reading) -> str | None:
    if len(reading.entries) == reading.items or not reading.items:
        return None
    return f"it holds {reading.items} items, and {len(reading.entries)} of them could be read"


def _misplaced(reading: Reading) -> str | None:
    positions = sorted(entry.position for entry in reading.entries)
    wrong = next((place for place, position in enumerate(positions, 1) if place != position), None)
    return (
        None if wrong is None else f"its positions are not 1 to {len(positions)}: {wrong} is wrong or double"
    )


def _incomplete(reading: Reading) -> str | None:
    if reading.promised is None or reading.promised == reading.items:
        return None
    if reading.promised < 0:
        return "its pages do not belong together"
    return f"it holds {reading.items} of the {reading.promised} items that the source says there are"


def _unread(reading: Reading) -> str | None:
    missing = sum(entry.item_type == "missing" for entry in reading.entries)
    # In a list of three, one removed song is more than a quarter and nothing unusual.
    if missing <= MOST_MISSING * len(reading.entries) or (missing == 1 and len(reading.entries) > 1):
        return None
    return f"{missing} of its {len(reading.entries)} positions cannot be read"


def _of_the_future(reading: Reading) -> str | None:
    captured = utc_day(reading.captured_at)
    if reading.chart_date <= captured:
        return None
    return f"it stands for {reading.chart_date}, and was captured on {captured}"


def _double(reading: Reading) -> str | None:
    if reading.repeats:
        return None
    seen: set[str] = set()
    for entry in reading.entries:
        shown = entry.song.song_id if entry.song else entry.album.album_id if entry.album else None
        if shown in seen:
            return f"{shown!r} stands at two positions, which this source does not do"
        if shown is not None:
            seen.add(shown)
    return None


REJECTING: tuple[Check[Reading], ...] = (
    Check("empty", "a document holds at least one item", "reject", _empty),
    Check("unreconciled", "as many entries come out as items go in", "reject", _unreconciled),
    Check("positions", "the positions are 1 to n, each once", "reject", _misplaced),
    Check("incomplete", "all items are there that the source says there are", "reject", _incomplete),
    Check("missing", "at least three of four positions can be read", "reject", _unread),
    Check("future", "a chart is not of a day after its capture", "reject", _of_the_future),
    Check("double", "nothing stands at two positions where the source cannot repeat", "reject", _double),
)
"""The checks that every reading passes before its rows are published, in this order."""


def judge(reading: Reading) -> None:
    """Let a reading pass.

    Raises:
        Rejected: It fails a check, whose name is the reason.
    """
    for check in REJECTING:
        if (wrong := check.verdict(reading)) is not None:
            raise Rejected(wrong, reason=check.name, items=reading.items)


@dataclass(frozen=True)
class Comparison:
    """What a chart holds, and what it held in the snapshot before: ids in the order of the chart."""

    current: Sequence[str]
    previous: Sequence[str]


def _nothing_new(charts: Comparison) -> str | None:
    if not charts.previous or list(charts.current) != list(charts.previous):
        return None
    return "it is the same as the snapshot before; see whether the source still updates it"


def _everything_new(charts: Comparison) -> str | None:
    if not charts.current or not charts.previous or not set(charts.previous).isdisjoint(charts.current):
        return None
    return "nothing in it was in the snapshot before; see whether it is still the same chart"


WARNING: tuple[Check[Comparison], ...] = (
    Check("stale", "a chart changes from one snapshot to the next", "warn", _nothing_new),
    Check("replaced", "a chart keeps something from one snapshot to the next", "warn", _everything_new),
)
"""The comparisons that are made once a snapshot is published."""


def noticed(current: Sequence[str], previous: Sequence[str]) -> list[str]:
    """What is worth telling about a snapshot, beside the one before: a sentence each.

    Args:
        current: The ids of its songs or albums, in the order of the chart.
        previous: The same of the snapshot before.
    """
    charts = Comparison(current, previous)
    return [wrong for check in WARNING if (wrong := check.verdict(charts)) is not None]


MOST_FIELDS = 500
DEEPEST_FIELD = 12
_MOST_VALUES = 200_000
_MOST_NAMES = 60
_CONTAINERS = frozenset({dict, list})
_FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,40}")
_LONG_NAME, _MANY_DIGITS = 20, 5


def fields(document: bytes) -> frozenset[str]:
    """The paths of the fields in a document, such as ``items[].track.name``; none if it is unreadable.

    Of a captured snapshot the pages are described and not the envelope; of a chart file the
    columns.  A name that is data (an id, or one of more than 60 in an object) is written
    ``*``.  This reads every value and costs some ten times what the transform does: it is
    for one document of a chart and day, not for each.
    """
    try:
        content = msgspec.json.decode(document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        content = document[:LONGEST_HEADER].decode("utf-8", "replace")
    enveloped = isinstance(content, dict) and "chartlake" in content
    pages = content.get("pages") if enveloped else [content]
    files = [begun(one) for one in _members(pages) if isinstance(one, str)]
    found = {column for table in files if table is not None for column in table.places}
    level: dict[str, list[Any]] = {"": [one for one in _members(pages) if isinstance(one, dict)]}
    visited = 0
    for _ in range(DEEPEST_FIELD):
        level = _below(level, found)
        visited += sum(map(len, level.values()))
        # Level by level, so that a bound cuts off what lies deepest.
        if not level or visited > _MOST_VALUES or len(found) > MOST_FIELDS:
            break
    return frozenset(sorted(found)[:MOST_FIELDS])


def _below(level: dict[str, list[Any]], found: set[str]) -> dict[str, list[Any]]:
    """The objects and lists one step further in, by path; every path of a member joins ``found``."""
    inner: dict[str, list[Any]] = {}
    for path, values in level.items():
        begins = f"{path}." if path else ""
        paths: dict[str, str] = {}
        for value in values:
            if isinstance(value, list):
                # Most lists are long and hold names of countries: which types there are shows at once.
                if not _CONTAINERS.isdisjoint(map(type, value)):
                    nested = [one for one in value if isinstance(one, (dict, list))]
                    inner.setdefault(f"{path}[]", []).extend(nested)
                continue
            named = len(value) <= _MOST_NAMES
            for name, member in value.items():
                known = paths.get(name) if named else f"{begins}*"
                if known is None:
                    known = paths[name] = f"{begins}{name if _is_field(name) else '*'}"
                if type(member) in _CONTAINERS:
                    inner.setdefault(known, []).append(member)
        found.update(paths.values())
        if any(isinstance(value, dict) and len(value) > _MOST_NAMES for value in values):
            found.add(f"{begins}*")
    return inner


@lru_cache(4096)
def _is_field(name: str) -> bool:
    """Whether a name is one that somebody chose for a field, rather than an id."""
    digits = sum(letter.isdigit() for letter in name)
    coded = digits >= _MANY_DIGITS or (digits and len(name) > _LONG_NAME)
    return _FIELD_NAME.fullmatch(name) is not None and not coded


def _members(pages: Any) -> list[Any]:
    return pages if isinstance(pages, list) else []


def drift(seen: Mapping[str, str], now: frozenset[str], day: str) -> tuple[set[str], set[str]]:
    """The fields that came and went, beside all that a chart's documents ever had.

    A field counts as gone only where its neighbours are still there: what a null, an empty
    list or a field gone itself would have held is not told apart from it.

    Args:
        seen: Every field known, and the day it was first seen (ISO 8601).
        now: The fields of the document looked at.
        day: The day of that document.

    Returns:
        What appeared, and what vanished that was known on an earlier day.
    """
    around = {_parent(path) for path in now}
    vanished = {path for path, first in seen.items() if first < day and path not in now}
    return set(now - seen.keys()), {path for path in vanished if _parent(path) in around}


def _parent(path: str) -> str:
    return path.rpartition(".")[0]
