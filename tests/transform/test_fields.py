"""Every field of every source, changed as a service might: rejected, told of, or harmless.  Never silent.

What a change means for each kind of field stands in docs/reference/reasons.md, under drift.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, replace
from io import StringIO
from typing import Any

import msgspec
import pytest
from golden import CASES, DATA

from chartlake.acceptance.changes import CHANGES, changed, paths
from chartlake.errors import Rejected
from chartlake.notice import compared
from chartlake.quality import judge
from chartlake.state import ChartState
from chartlake.transform import understood
from chartlake.transform.shred import filled
from proving import proven

LONG_AGO = "2001-01-01"


@dataclass(frozen=True)
class Known:
    """A document as it should be, and what is remembered of its chart the day after."""

    document: bytes
    name: str
    state: ChartState
    columns: frozenset[str]
    chart: tuple[str, str]


def known(case: str) -> Known:
    document, name = (DATA / case).read_bytes(), CASES[case]
    reading = understood(document, name=name)
    judge(reading)
    state, _ = compared(ChartState(), reading, lambda: document, raw_hash="as it should be")
    assert state.last is not None
    # One song more than now: a chart that stands still is told of whatever happens to its fields.
    earlier = msgspec.structs.replace(
        state.last, chart_date=state.last.chart_date.replace(year=2001), ids=[*state.last.ids, "one more"]
    )
    seen = {name: dict.fromkeys(getattr(state, name), LONG_AGO) for name in ("fields", "filled")}
    state = msgspec.structs.replace(state, last=earlier, **seen)
    return Known(document, name, state, filled(reading), (reading.source, reading.chart_id))


def verdict(before: Known, document: bytes) -> str:
    """What becomes of a changed document: a reason, told, harmless, or SILENT."""
    try:
        reading = understood(document, name=before.name)
        judge(reading)
    except Rejected as rejected:
        return rejected.reason
    assert reading.items == len(reading.entries) > 0
    if (reading.source, reading.chart_id) != before.chart:
        return "another chart"
    _, warnings = compared(before.state, reading, lambda: document, raw_hash="changed")
    if warnings:
        return "told"
    lost = before.columns - filled(reading)
    return f"SILENT: {', '.join(sorted(lost))}" if lost else "harmless"


def enveloped(path: tuple[str, ...], document: Any) -> bool:
    """Whether a field is the service's, in an envelope that says which chart was asked for."""
    return "chartlake" in document and path[0] == "pages"


JSON_CASES = [case for case in CASES if case.endswith(".json")]
CSV_CASES = [case for case in CASES if case.endswith(".csv")]


def test_every_field_changed_is_rejected_told_or_harmless():
    with proven("every field dropped, renamed, retyped, nulled", promise=3, where="transform") as tally:
        found: Counter[str] = Counter()
        silent = []
        for case in JSON_CASES:
            before, document = known(case), json.loads((DATA / case).read_bytes())
            assert verdict(before, before.document) == "harmless"
            for path in sorted(paths(document)):
                for change in CHANGES:
                    said = verdict(before, json.dumps(changed(document, path, change)).encode())
                    tally.cases += 1
                    found[said.partition(":")[0]] += 1
                    # A bare document is of the chart it names; a captured one of that which was asked for.
                    astray = said == "another chart" and enveloped(path, document)
                    if said.startswith("SILENT") or astray:
                        silent.append((case, ".".join(path), change, said))
        tally.wrong = len(silent)
        tally.note = ", ".join(f"{count} {said}" for said, count in found.most_common())
        assert not silent, silent[:40]
        assert tally.cases > 3000
        assert {"shape", "told", "missing", "undated", "empty", "harmless"} <= found.keys()


def test_every_column_of_a_chart_file_changed_is_rejected_told_or_harmless():
    with proven("every column of a chart file changed", promise=3, where="transform") as tally:
        silent = []
        for case in CSV_CASES:
            before = known(case)
            whole = StringIO((DATA / case).read_text(encoding="utf-8-sig"))
            lines = [line for line in csv.reader(whole) if line]
            note, table = (lines[:1], lines[1:]) if "old" in case else ([], lines)
            for at, column in enumerate(table[0]):
                for what, cells in COLUMN_CHANGES.items():
                    rows = cells(deepcopy(table), at)
                    made = StringIO(newline="")
                    csv.writer(made).writerows([*note, *rows])
                    said = verdict(before, made.getvalue().encode())
                    tally.cases += 1
                    if said.startswith("SILENT"):
                        silent.append((case, column, what, said))
        tally.wrong = len(silent)
        assert not silent, silent[:20]


def _cells(value: Any) -> Any:
    return lambda table, at: [
        table[0], *([*row[:at], value(row[at]), *row[at + 1 :]] for row in table[1:])
    ]  # fmt: skip


COLUMN_CHANGES: dict[str, Any] = {
    "dropped": lambda table, at: [[*row[:at], *row[at + 1 :]] for row in table],
    "renamed": lambda table, at: [[*table[0][:at], table[0][at] + "_v2", *table[0][at + 1 :]], *table[1:]],
    "empty": _cells(lambda _: ""),
    "blank": _cells(lambda _: " "),
    "a word": _cells(lambda _: "null"),
    "a number": _cells(lambda _: "7"),
    "negative": _cells(lambda _: "-1"),
    "a fraction": _cells(lambda _: "0.5"),
    "longer": _cells(lambda cell: f"{cell} more"),
    "only the header": lambda table, _: table[:1],
}


def test_the_proof_sees_a_silent_loss():
    """It could fail: without what is remembered of columns, a field that says nothing is silent."""
    before = known("deezer/two_pages.json")
    blind = replace(before, state=msgspec.structs.replace(before.state, filled={}))
    nulled = json.dumps(
        changed(json.loads(before.document), ("pages", "[]", "data", "[]", "duration"), "null")
    ).encode()
    assert verdict(before, nulled) == "told"
    assert verdict(blind, nulled) == "SILENT: song_data.duration_ms"


@pytest.mark.parametrize(
    ("path", "column"),
    [
        (("pages", "[]", "data", "[]", "duration"), "song_data.duration_ms"),
        (("pages", "[]", "data", "[]", "album"), "album_data.album_id"),
        (("pages", "[]", "data", "[]", "artist"), "artist_data.artist_id"),
    ],
    ids=lambda value: str(value[-1]),
)
def test_a_column_that_is_emptied_is_told_once(path: tuple[str, ...], column: str):
    before = known("deezer/two_pages.json")
    document = json.dumps(changed(json.loads(before.document), path, "null")).encode()
    reading = understood(document, name="")
    after, warnings = compared(before.state, reading, lambda: document, raw_hash="changed")
    assert column in after.emptied
    assert any(warning.startswith("nothing fills ") for warning in warnings)
    again = msgspec.structs.replace(reading, chart_date=reading.chart_date.replace(year=2027))
    _, warnings = compared(after, again, lambda: document, raw_hash="changed again")
    assert not any(warning.startswith("nothing fills ") for warning in warnings)
