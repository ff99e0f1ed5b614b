"""Each check that rejects catches its planted document, and nothing else does."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartlake import quality
from chartlake.errors import Rejected
from chartlake.quality import REJECTING, drift, fields, judge, noticed
from chartlake.transform.reading import Album, Entry, Reading, Song


def song(place: int, song_id: str | None = None):
    return Entry(
        position=place, item_type="track", song=Song(song_id=song_id or f"song{place}", name="S"), title="S"
    )


def missing(place: int):
    return Entry(position=place, item_type="missing")


def reading(*entries: Any, **changes: Any):
    """A reading of four songs that passes, or one that differs from it."""
    good = Reading(
        source="a-source",
        chart_id="a-chart",
        chart_name=None,
        region=None,
        cadence="daily",
        captured_at=datetime(2026, 6, 1, 6, 30, tzinfo=UTC),
        chart_date=date(2026, 6, 1),
        entries=list(entries) or [song(place) for place in (1, 2, 3, 4)],
        items=len(entries) or 4,
        promised=len(entries) or 4,
    )
    return msgspec.structs.replace(good, **changes)


PLANTED = {
    "empty": reading(entries=[], items=0, promised=0),
    "unreconciled": reading(items=5, promised=5),
    "positions": reading(song(1), song(2), song(4)),
    "incomplete": reading(promised=50),
    "missing": reading(song(1), song(2), song(3), missing(4), missing(5)),
    "future": reading(chart_date=date(2026, 6, 2)),
    "double": reading(song(1), song(2, "song1")),
}


def test_every_check_has_a_planted_document():
    assert list(PLANTED) == [check.name for check in REJECTING]
    assert {check.severity for check in REJECTING} == {"reject"}
    assert {check.severity for check in quality.WARNING} == {"warn"}


@pytest.mark.parametrize("name", PLANTED)
def test_only_its_own_check_catches_a_planted_document(name: str):
    assert [check.name for check in REJECTING if check.verdict(PLANTED[name]) is not None] == [name]


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_document_is_rejected_with_the_name_of_its_check(name: str):
    with pytest.raises(Rejected, match=r"\w+ \w+") as caught:
        judge(PLANTED[name])
    assert (caught.value.reason, caught.value.items) == (name, PLANTED[name].items)


def album(place: int):
    return Entry(position=place, item_type="album", album=Album(album_id="one", name="A"))


@pytest.mark.parametrize(
    "good",
    [
        reading(),
        reading(song(1)),
        reading(song(2), song(1)),
        reading(promised=None),
        reading(chart_date=date(2026, 5, 1)),
        reading(song(1), song(2, "song1"), repeats=True),
        reading(song(1), missing(2), song(3)),
        reading(*[song(place) for place in (1, 2, 3, 4, 5, 6)], missing(7), missing(8)),
        reading(album(1), missing(2)),
        reading(captured_at=datetime.fromisoformat("2026-06-01T23:30:00-05:00"), chart_date=date(2026, 6, 2)),
    ],
    ids=[
        "plain",
        "one",
        "unordered",
        "no promise",
        "older",
        "repeats",
        "one of three",
        "a quarter",
        "albums",
        "zone",
    ],
)
def test_what_is_unusual_and_right_passes(good: Reading):
    judge(good)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (reading(entries=[]), "unreconciled"),
        (reading(missing(1)), "missing"),
        (reading(missing(1), missing(2)), "missing"),
        (reading(*[song(place) for place in (1, 2, 3, 4, 5)], missing(6), missing(7)), "missing"),
        (reading(song(0), song(1)), "positions"),
        (reading(song(1), song(1, "other")), "positions"),
        (reading(song(2)), "positions"),
        (reading(album(1), album(2)), "double"),
        (reading(promised=-1), "incomplete"),
        (reading(promised=3), "incomplete"),
    ],
)
def test_what_is_wrong_is_rejected(bad: Reading, reason: str):
    with pytest.raises(Rejected) as caught:
        judge(bad)
    assert caught.value.reason == reason


# what is noticed


@pytest.mark.parametrize(
    ("current", "previous", "words"),
    [
        (["a", "b"], ["a", "b"], "the same as"),
        (["c", "d"], ["a", "b"], "nothing in it"),
        (["b", "a"], ["a", "b"], None),
        (["a", "c"], ["a", "b"], None),
        (["a"], [], None),
        ([], ["a"], None),
        ([], [], None),
    ],
)
def test_standing_still_and_becoming_another_chart_are_noticed(
    current: list[str], previous: list[str], words: str | None
):
    notes = noticed(current, previous)
    assert len(notes) == (words is not None)
    assert all(words in note and ";" in note for note in notes)


# fields


def test_fields_are_paths_of_the_pages():
    page = {"items": [{"track": {"name": "S", "ids": {}}}, {"track": None, "rank": 1}], "next": None}
    paths = {"items", "items[].track", "items[].track.name", "items[].track.ids", "items[].rank", "next"}
    envelope = {"chartlake": 1, "source": "spotify", "requests": [{"url": "u"}], "pages": [page, page]}
    assert fields(json.dumps(page).encode()) == paths == fields(json.dumps(envelope).encode())


def test_fields_of_a_chart_file_are_its_columns():
    text = "\ufeffrank,uri,artist_names,track_name\n1,a,b,c\n"
    envelope = {"chartlake": 1, "pages": [text]}
    columns = {"rank", "uri", "artist_names", "track_name"}
    assert fields(text.encode()) == columns == fields(json.dumps(envelope).encode())


def test_names_that_are_data_are_no_fields():
    by_id = {"0AbCdEfGhIjKlMnOpQrStU": {"name": "a"}, "4fouWK6XVHhzl78KzQ1UjL": {"name": "b"}, "20260601": {}}
    many = {f"name_{letter}{other}": 1 for letter in "abcdefgh" for other in "abcdefgh"}
    assert fields(json.dumps({"tracks": by_id, "many": many}).encode()) == {
        "tracks", "tracks.*", "tracks.*.name", "many", "many.*",
    }  # fmt: skip


@pytest.mark.parametrize(
    "document", [b"", b"{", b"[1]", b"17", b"\xff", b"[" * 100_000, b'{"chartlake":1,"pages":7}']
)
def test_what_cannot_be_read_has_no_fields(document: Any):
    assert fields(document) == frozenset()


def test_fields_are_bounded_in_number_and_depth():
    deep = b'{"a":' * 900 + b"1" + b"}" * 900
    assert len(fields(deep)) == quality.DEEPEST_FIELD
    wide = {
        f"a{one}": {f"b{two}": {f"c{three}": 1 for three in range(9)} for two in range(9)} for one in range(9)
    }
    assert len(fields(json.dumps(wide).encode())) == quality.MOST_FIELDS


# drift

SEEN = {"items": "2026-05-01", "items[].track": "2026-05-01", "items[].track.name": "2026-05-01"}


@pytest.mark.parametrize(
    ("now", "day", "appeared", "vanished"),
    [
        (set(SEEN), "2026-06-01", set(), set()),
        ({*SEEN, "items[].item"}, "2026-06-01", {"items[].item"}, set()),
        ({"items", "items[].item", "items[].item.name"}, "2026-06-01",
         {"items[].item", "items[].item.name"}, {"items[].track"}),
        ({"items", "items[].track", "items[].track.id"}, "2026-06-01",
         {"items[].track.id"}, {"items[].track.name"}),
        ({"items", "items[].track"}, "2026-06-01", set(), set()),
        ({"items"}, "2026-06-01", set(), set()),
        ({"items", "items[].track", "items[].track.id"}, "2026-05-01", {"items[].track.id"}, set()),
    ],
    ids=["same", "new", "renamed", "inner renamed", "null everywhere", "empty list", "of an earlier day"],
)  # fmt: skip
def test_drift_tells_what_came_and_went(now: Any, day: Any, appeared: set[str], vanished: set[str]):
    assert drift(SEEN, frozenset(now), day) == (appeared, vanished)


paths = st.lists(st.sampled_from(["a", "b", "c[]", "d"]), min_size=1, max_size=3).map(".".join)


@given(st.dictionaries(paths, st.sampled_from(["2026-05-01", "2026-06-01"])), st.frozensets(paths))
def test_what_appeared_was_unknown_and_what_vanished_is_not_there(seen: dict[str, str], now: Any):
    appeared, vanished = drift(seen, now, "2026-06-01")
    assert appeared == now - seen.keys()
    assert vanished <= seen.keys() - now
    assert drift({**seen, **dict.fromkeys(now, "2026-06-01")}, now, "2026-06-01")[0] == set()
