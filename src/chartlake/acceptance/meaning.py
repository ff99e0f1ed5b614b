"""What its documents say: the transform, on good documents and on changed ones."""

from __future__ import annotations

import ast
import inspect
import json
import random
from typing import TYPE_CHECKING, Any

import msgspec

from chartlake.acceptance.changes import CHANGES, changed, paths
from chartlake.acceptance.stage import captured
from chartlake.acceptance.verdict import Check
from chartlake.errors import Rejected
from chartlake.notice import compared
from chartlake.quality import judge
from chartlake.snapshot import Envelope, sealed
from chartlake.state import ChartState
from chartlake.transform import provider_module
from chartlake.transform.reading import utc_day
from chartlake.transform.shred import filled

if TYPE_CHECKING:
    from chartlake.acceptance.stage import Subject
    from chartlake.transform.reading import Reading

_NOT_PURE = {"os", "time", "random", "socket", "pathlib", "urllib", "http", "requests", "httpx", "httpx2",
             "subprocess", "threading", "secrets", "uuid"}  # fmt: skip
_PURE_PARTS = {"urllib.parse", "http"}
_NOT_BELOW = (
    "chartlake.sources",
    "chartlake.store",
    "chartlake.config",
    "chartlake.cli",
    "chartlake.pipeline",
)
_LONG_AGO = "2001-01-01"
_MUTATIONS = 500


def _registered(subject: Subject) -> str | None:
    try:
        module = provider_module(subject.name)
    except Rejected as rejected:
        return f"nothing reads its documents: {rejected}"
    lacking = [name for name in ("Page", "read") if not hasattr(module, name)]
    return f"its transform has no {' and no '.join(lacking)}" if lacking else None


def _pure(subject: Subject) -> str | None:
    tree = ast.parse(inspect.getsource(provider_module(subject.name)))
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            foreign = name.partition(".")[0] in _NOT_PURE and name not in _PURE_PARTS
            if foreign or name.startswith(_NOT_BELOW):
                return f"its transform imports {name}; the same bytes must give the same rows in ten years"
    document = captured(subject)
    if subject.read(document) != subject.read(document):
        return "its transform gives another reading the second time"
    return None


def _placed(subject: Subject) -> str | None:
    reading = subject.read(captured(subject))
    positions = sorted(entry.position for entry in reading.entries)
    if positions != list(range(1, subject.entries + 1)):
        return f"its positions are not 1 to {subject.entries}, each once"
    if reading.items != subject.entries:
        return f"it counts {reading.items} items where there are {subject.entries}"
    if reading.promised not in (None, subject.entries):
        return f"it takes {reading.promised} for what its service promises, where there are {subject.entries}"
    return None


def _named(subject: Subject) -> str | None:
    reading = subject.read(captured(subject))
    if (reading.source, reading.chart_id) != (subject.name, subject.chart.id):
        return f"it reads a chart of {reading.source} {reading.chart_id}, and not the one that was asked for"
    if reading.chart_date > utc_day(reading.captured_at):
        return f"its chart is of {reading.chart_date}, which is after its capture"
    return None


def _known(subject: Subject) -> tuple[Reading, bytes, ChartState]:
    """The chart as it is, and what is remembered of it a day later."""
    document = captured(subject)
    reading = subject.read(document)
    state, _ = compared(ChartState(), reading, lambda: document, raw_hash="before")
    last = state.last
    if last is not None:
        # One song more than now, so that nothing is told of a chart that stands still.
        last = msgspec.structs.replace(
            last, chart_date=last.chart_date.replace(year=2001), ids=[*last.ids, "one more"]
        )
    seen = {name: dict.fromkeys(getattr(state, name), _LONG_AGO) for name in ("fields", "filled")}
    return reading, document, msgspec.structs.replace(state, last=last, **seen)


def _drifting(subject: Subject) -> str | None:
    before, document, state = _known(subject)
    whole, columns = json.loads(document), filled(before)
    for path in sorted(path for path in paths(whole) if path[0] == "pages"):
        for change in CHANGES:
            said = _said(subject, json.dumps(changed(whole, path, change)).encode(), state)
            if isinstance(said, str):
                continue
            reading, warnings = said
            at = f"{'.'.join(path[1:])} {change}"
            if reading.chart_id != before.chart_id or reading.source != before.source:
                return f"{at}: it is taken for another chart"
            if (lost := columns - filled(reading)) and not warnings:
                return f"{at}: {', '.join(sorted(lost))} are empty, and nobody is told"
            if len(reading.entries) < reading.items:
                return f"{at}: {reading.items} items give {len(reading.entries)} entries"
    return None


def _said(subject: Subject, document: bytes, state: ChartState) -> str | tuple[Reading, list[str]]:
    """Why a document is rejected, or what it says and what is told of it."""
    try:
        reading = subject.read(document)
        judge(reading)
    except Rejected as rejected:
        return rejected.reason
    return reading, compared(state, reading, lambda: document, raw_hash="after")[1]


def _new_field(subject: Subject) -> str | None:
    _, document, state = _known(subject)
    whole = json.loads(document)
    for page in whole["pages"]:
        if isinstance(page, dict):
            page["a_new_field"] = 1
    said = _said(subject, json.dumps(whole).encode(), state)
    if isinstance(said, str):
        return f"a field that nobody knows makes it reject a document ({said})"
    return None if any("a_new_field" in warning for warning in said[1]) else "nobody is told of a new field"


def _emptied_lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _emptied_lists(member) for name, member in value.items()}
    return [] if isinstance(value, list) else value


def _empty(subject: Subject) -> str | None:
    envelope = msgspec.json.decode(captured(subject), type=Envelope[Any])
    hollow: dict[str, list[Any]] = {
        "no page": [],
        "empty lists": [_emptied_lists(page) for page in envelope.pages],
        "empty objects": [{} for _ in envelope.pages],
        "nulls": [None for _ in envelope.pages],
        "texts": ["" for _ in envelope.pages],
        "lists": [[] for _ in envelope.pages],
    }
    for what, pages in hollow.items():
        document = sealed(msgspec.structs.replace(envelope, pages=pages))
        if not isinstance(_said(subject, document, ChartState()), str):
            return f"a document of {what} is published"
    return None


def _torn(subject: Subject) -> str | None:
    """Documents changed at random: rows, or a reason; any other error comes through as it is."""
    document, dice = captured(subject), random.Random(0)  # noqa: S311 - the same every time
    for _ in range(_MUTATIONS):
        damaged = bytearray(document)
        for _ in range(dice.randint(1, 4)):
            at = dice.randrange(len(damaged))
            damaged[at : at + dice.randint(0, 4)] = dice.choice(_SCRAPS)
        said = _said(subject, bytes(damaged), ChartState())
        if isinstance(said, tuple) and said[0].items != len(said[0].entries):
            return f"{said[0].items} items give {len(said[0].entries)} entries"
    return None


_SCRAPS = (
    b"",
    b"0",
    b"-1",
    b"1e999",
    b'"',
    b"null",
    b"[]",
    b"{}",
    b"\\ud800",
    b"\xff",
    b"\x00",
    b"9" * 30,
    b"[" * 99,
)


CHECKS = (
    Check("transform", "a transform of its name is registered, with a Page and a read", _registered),
    Check("pure", "the transform knows no clock, network, file or chance", _pure),
    Check("positions", "positions are 1 to n, items in are entries out, and totals agree", _placed),
    Check("names", "a document is of the chart that was asked for, of no day to come", _named),
    Check(
        "drift", "a field dropped, renamed, retyped or nulled is rejected, told of, or harmless", _drifting
    ),
    Check("new fields", "a new field harms nothing and is told of", _new_field),
    Check("empty documents", "a document without an item is rejected", _empty),
    Check("damaged documents", "a document changed at random gives rows or a reason", _torn),
)
"""Checks of the transform."""
