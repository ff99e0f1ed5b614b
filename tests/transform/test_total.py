"""Whatever bytes arrive: rows that can be written, or a reason.  Never another exception."""

from __future__ import annotations

import json
import re
import zlib
from copy import deepcopy
from typing import Any

import pytest
from golden import CASES, DATA
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chartlake.errors import Rejected
from chartlake.parquet import written
from chartlake.quality import fields, judge
from chartlake.tables import PUBLISHED
from chartlake.transform import PROVIDERS, understood
from chartlake.transform.shred import Rows

DOCUMENTS = {case: (DATA / case).read_bytes() for case in CASES}
JSON_CASES = [case for case in CASES if case.endswith(".json")]
CSV_CASES = [case for case in CASES if case.endswith(".csv")]
NAME = "some-chart-2026-06-01.json"

bounded = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))


def settled(document: Any, name: str = NAME):
    """The reason why a document is rejected; None once its rows are written."""
    fields(document)
    try:
        reading = understood(document, name=name)
        judge(reading)
    except Rejected as rejected:
        return speaking(rejected)
    rows = Rows(1)
    rows.add(reading, raw_hash="0" * 64, raw_key="a-key")
    assert rows.count("chart_data") == reading.items
    for table in PUBLISHED:
        assert not rows.count(table.name) or written(table, rows.columns(table))
    return None


def speaking(rejected: Rejected) -> str:
    """Its reason, once it is seen to be one word beside a sentence."""
    assert re.fullmatch("[a-z-]+", rejected.reason)
    assert str(rejected)
    assert rejected.items >= 0
    return rejected.reason


HOSTILE = {
    "not a number": "NaN",
    "infinity": "Infinity",
    "too great a number": "1e999",
    "2 to the 70th": str(2**70),
    "minus 2 to the 70th": str(-(2**70)),
    "a fraction": "1.5",
    "lone surrogate": r'"\ud800"',
    "nothing at all": "",
    "null character": r'"a\u0000b"',
    "right to left": '"\u202eabc"',
    "empty": '""',
    "long": '"' + "x" * 1_000_000 + '"',
    "one that becomes many": '"' + "\ufdfa" * 200_000 + '"',
    "deep": "[" * 10_000 + "]" * 10_000,
    "deep objects": '{"a":' * 10_000 + "1" + "}" * 10_000,
    "null": "null",
    "true": "true",
    "list": "[]",
    "object": "{}",
    "code": '"javascript:alert(1)//\'); DROP TABLE chart_data; --"',
}


@pytest.mark.parametrize("case", JSON_CASES)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_value_in_the_place_of_any_other(case: str, hostile: str):
    text = DOCUMENTS[case].decode()
    places = list(re.finditer(r'(?<=":)\s*("(?:[^"\\]|\\.)*"|-?[0-9.]+|null|true|false)', text))
    for place in places[:: max(1, len(places) // 12)]:
        settled((text[: place.start()] + HOSTILE[hostile] + text[place.end() :]).encode())


@pytest.mark.parametrize(
    "document",
    [b"", b"\0", b" ", b"\xef\xbb\xbf", b"{" * 10_000, b"[" * 10_000],
    ids=["empty", "null byte", "blank", "only a mark", "open braces", "open brackets"],
)
def test_what_is_no_document_at_all_is_rejected(document: bytes):
    assert settled(document) in {"malformed", "shape"}


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document[: len(document) // 2],
        lambda document: document[:-2],
        lambda document: document + document,
        lambda document: document + b"\0",
        lambda document: document.decode("utf-8-sig").encode("utf-16"),
        lambda document: b"[" + document + b"]",
        zlib.compress,
        lambda document: document.replace(b"Artist A", b"\xff\xfe"),
    ],
    ids=["half", "cut", "twice", "null behind", "utf-16", "in a list", "compressed", "not utf-8"],
)
@pytest.mark.parametrize("case", CASES)
def test_a_document_that_is_not_whole_is_rejected(case: str, change: Any):
    reason = settled(change(DOCUMENTS[case]), CASES[case])
    # Half a chart file is a chart file: nothing in it says how long it is.
    assert reason is not None or case in CSV_CASES


@pytest.mark.parametrize("case", CASES)
def test_a_mark_in_front_of_a_bare_document_changes_nothing(case: str):
    bare = b'"chartlake"' not in DOCUMENTS[case]
    marked = settled(b"\xef\xbb\xbf" + DOCUMENTS[case].removeprefix(b"\xef\xbb\xbf"), CASES[case])
    assert marked is None or not bare


@pytest.mark.parametrize("case", JSON_CASES)
def test_null_everywhere(case: str):
    def nulled(value: Any, depth: int):
        if isinstance(value, dict) and depth:
            return {name: nulled(member, depth - 1) for name, member in value.items()}
        return [nulled(member, depth - 1) for member in value] if isinstance(value, list) and depth else None

    for depth in range(8):
        settled(json.dumps(nulled(json.loads(DOCUMENTS[case]), depth)).encode())


NAMES = sorted(
    {name for case in JSON_CASES for name in re.findall(r'"([A-Za-z_0-9]+)":', DOCUMENTS[case].decode())}
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([0, -1, 2**31, 2**63, -(2**63), 2**70]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(
        ["2026-06-01T06:30:00Z", "Mon, 01 Jun 2026 00:10:00 +0000", "9999-12-31T23:59:59-23:59", "0000"]
    ),
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=25,
)


@bounded
@given(anything)
def test_any_json(value: Any):
    settled(json.dumps(value).encode())


@bounded
@given(
    st.sampled_from(PROVIDERS),
    st.lists(anything, max_size=3),
    st.dictionaries(st.sampled_from(NAMES), scalars, max_size=2),
)
def test_any_json_in_an_envelope(source: str, pages: Any, changes: Any):
    whole = {"chartlake": 1, "source": source, "chart_id": "c", "cadence": "daily"}
    settled(json.dumps({**whole, "captured_at": "2026-06-01T06:30:00Z", "pages": pages, **changes}).encode())


def places_in(value: Any, path: Any = ()):
    yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, member in inside:
        yield from places_in(member, (*path, step))


@bounded
@given(st.data(), st.sampled_from(JSON_CASES))
def test_any_part_of_a_document_replaced_or_taken_away(data: st.DataObject, case: str):
    whole = [json.loads(DOCUMENTS[case])]
    for _ in range(data.draw(st.integers(1, 3))):
        *path, last = data.draw(st.sampled_from([place for place in places_in(whole) if place]))
        around = whole
        for step in path:
            around = around[step]
        change = data.draw(st.sampled_from(["replace", "drop", "double"]))
        if change == "double" and isinstance(around, list):
            around.append(deepcopy(around[last]))
        elif change == "drop" and around is not whole:
            del around[last]
        else:
            around[last] = data.draw(anything)
    settled(json.dumps(whole[0]).encode(), CASES[case])


@bounded
@given(st.sampled_from(list(CASES)), st.data())
def test_any_bytes_of_a_document_replaced(case: str, data: st.DataObject):
    document = DOCUMENTS[case]
    at = data.draw(st.integers(0, len(document)))
    until = data.draw(st.integers(at, min(len(document), at + 40)))
    settled(document[:at] + data.draw(st.binary(max_size=20)) + document[until:], CASES[case])


cells = st.one_of(
    st.text(max_size=6), st.sampled_from(["1", "2", "-1", "", '"', "9" * 19, "spotify:track:a", "\0", ","])
)


@bounded
@given(st.sampled_from(CSV_CASES), st.lists(st.lists(cells, max_size=11), max_size=5))
def test_any_rows_below_a_header(case: str, rows: list[list[str]]):
    header = DOCUMENTS[case].decode().splitlines()[: 2 if "old" in case else 1]
    text = "\n".join([*header, *(",".join(row) for row in rows)])
    settled(text.encode("utf-8", "surrogatepass"), CASES[case])


def test_a_list_without_end_is_not_read():
    endless = b"[" + b"null," * 1_000_000 + b"null]"
    for document in (b'{"items":' + endless + b"}", b'{"data":' + endless + b"}"):
        assert settled(document) == "shape"
    rows = b"rank,uri,artist_names,track_name\n" + b"1,a,b,c\n" * 200_000
    assert settled(rows, "a-2026-06-01.csv") == "too-large"
