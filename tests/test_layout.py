from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chartlake import layout

DIGEST = "0123456789abcdef" * 4
MOMENT = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
KEY = re.compile(r"[A-Za-z0-9_./=-]+")
names = st.text(max_size=300)


@given(names, names)
def test_two_names_never_share_a_spelling(one: str, other: str):
    assume(one != other)
    assert layout.spelled(one) != layout.spelled(other)


@given(names)
def test_a_name_is_one_segment_of_allowed_characters_that_fits_a_file_system(name: str):
    written = layout.spelled(name)
    assert KEY.fullmatch(written)
    assert "/" not in written
    assert written.strip(".")
    assert len(written) <= 200


@given(names, names)
def test_no_key_leaves_its_prefix(source: str, chart_id: str):
    key = layout.raw_key(source, chart_id, MOMENT, DIGEST)
    assert key.startswith(layout.TO_BE_PROCESSED)
    assert not {"", ".", ".."} & set(key.split("/"))
    assert len(key.split("/")) == 5


@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60))
def test_a_key_tells_its_source_and_chart(source: str, chart_id: str):
    assume(not any(0xD800 <= ord(letter) <= 0xDFFF for letter in source + chart_id))
    assume(max(len(layout.spelled(source)), len(layout.spelled(chart_id))) < 150)
    assert layout.chart_in(layout.raw_key(source, chart_id, MOMENT, DIGEST)) == (source, chart_id)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("37i9dQZEVXbMDoHDwVN2tF", "37i9dQZEVXbMDoHDwVN2tF"),
        ("us-songs", "us-songs"),
        ("a b:c", "a=20b=3Ac"),
        ("50=60", "50=3D60"),
        ("..", "=2E=2E"),
        ("../../etc/passwd", "..=2F..=2Fetc=2Fpasswd"),
        ("é", "=C3=A9"),
        ("", "="),
    ],
)
def test_spelling(name: str, written: str):
    assert layout.spelled(name) == written


def test_a_raw_key():
    key = layout.raw_key("deezer", "3155776842", MOMENT, DIGEST)
    assert key == "raw_data/to_be_processed/deezer/3155776842/20261120T063000.000000Z-0123456789ab.json.zst"
    assert layout.settled_key(key, DIGEST, zone=layout.PROCESSED) == key.replace(
        "to_be_processed", "processed"
    )
    assert layout.pending_key(layout.settled_key(key, DIGEST, zone=layout.REJECTED)) == key
    assert layout.digest_in(key) == "0123456789ab"
    assert layout.month_in(key) == "2026-11"


@pytest.mark.parametrize(
    ("dropped", "settled"),
    [
        (
            "spotify_raw_2023-07-14 10:20:30.123456.json",
            "spotify_raw_2023-07-14=2010=3A20=3A30.123456-0123456789ab.json",
        ),
        ("folder of mine/x.json", "folder=20of=20mine/x-0123456789ab.json"),
        ("no ending", "no=20ending-0123456789ab"),
        ("x-0123456789ab.json", "x-0123456789ab.json"),
    ],
)
def test_a_document_dropped_by_hand_keeps_its_name_and_gets_its_hash(dropped: str, settled: str):
    key = layout.TO_BE_PROCESSED + dropped
    assert layout.settled_key(key, DIGEST, zone=layout.PROCESSED) == layout.PROCESSED + settled


@given(st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=80))
def test_settling_a_settled_name_changes_nothing(name: str):
    once = layout.settled_key(layout.TO_BE_PROCESSED + name, DIGEST, zone=layout.PROCESSED)
    again = layout.settled_key(layout.pending_key(once), DIGEST, zone=layout.PROCESSED)
    assert again == once
    assert KEY.fullmatch(once)


def test_months_and_instants_are_utc():
    late = datetime(2026, 12, 1, 1, 0, tzinfo=timezone(timedelta(hours=2)))
    assert layout.month_of(late) == "2026-11"
    assert layout.instant(late) == "20261130T230000.000000Z"
