"""What a file name states, before its document is moved into processed and after."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chartlake import layout
from chartlake.snapshot import stated_moment, stated_name

DIGEST = "0123456789ab" + "c" * 52


def moment(*parts: Any):
    return datetime(*parts, tzinfo=UTC)


STATED = {
    "spotify_raw_2023-07-14 10:20:30.123456.json": moment(2023, 7, 14, 10, 20, 30, 123456),
    "spotify_raw_2023-07-14 10:20:30.json": moment(2023, 7, 14, 10, 20, 30),
    "spotify_raw_2023-07-14T10-20-30.json": moment(2023, 7, 14, 10, 20, 30),
    "spotify_raw_20230714_102030.json": moment(2023, 7, 14, 10, 20, 30),
    "spotify_raw_20230714102030.json": moment(2023, 7, 14, 10, 20, 30),
    "raw-202307141020.json": moment(2023, 7, 14, 10, 20),
    "raw 2023-07-14 1020": moment(2023, 7, 14, 10, 20),
    "20261120T063000.000000Z-0123456789ab.json.zst": moment(2026, 11, 20, 6, 30),
    "2023-07-14T10:20:30.1234567891Z.json": moment(2023, 7, 14, 10, 20, 30),
    "2023-07-14T10:20:30.123456789Z.json": moment(2023, 7, 14, 10, 20, 30, 123456),
    "2023-07-14T10:20:30+02:00.json": moment(2023, 7, 14, 8, 20, 30),
    "2023-07-14 00:20:30-0530.json": moment(2023, 7, 14, 5, 50, 30),
    "2023-07-14 10:20:30-0001.json": moment(2023, 7, 14, 10, 20, 30),
    "2023_07_14.json": moment(2023, 7, 14),
    "top 2023.07.14.json": moment(2023, 7, 14),
    "regional-global-daily-2022-01-13.csv": moment(2022, 1, 13),
    "regional-global-daily-2022-01-13 (1).csv": moment(2022, 1, 13),
    "regional-global-weekly-2020-01-17--2020-01-24.csv": moment(2020, 1, 24),
    "weekly-2020-01-17-2020-01-24.csv": moment(2020, 1, 24),
    "weekly_20200117-20200124.csv": moment(2020, 1, 24),
    "3155776842-2026-06-01.json": moment(2026, 6, 1),
    "2012123112-2026-06-01.json": moment(2026, 6, 1),
    "top-2023-07-14-9950.json": moment(2023, 7, 14),
    "top_2023-07-14_50.json": moment(2023, 7, 14),
    "top-2023-07-14-100.json": moment(2023, 7, 14),
    "spotify_raw_2023-07-14=2010=3A20=3A30.123456-0123456789ab.json": moment(2023, 7, 14, 10, 20, 30, 123456),
    "1689330030.json": None,
    "1689330030123.json": None,
    "2031000000.json": None,
    "2012123123.json": None,
    "2012123123595.json": None,
    "2012123123595999.json": None,
    "playlist-20230714abcd.json": None,
    "2023-13-14.json": None,
    "2023-02-30.json": None,
    "2023-0714.json": None,
    "1949-12-31.json": None,
    "2200-01-01.json": None,
    "9999-12-31T23:59:59-14:00.json": None,
    "\u0662\u0660\u0662\u0663-\u0660\u0667-\u0661\u0664.json": None,
    "chart.json": None,
    "": None,
}


@pytest.mark.parametrize("name", STATED)
def test_a_name_states_a_moment_or_none(name: str):
    assert stated_moment(layout.plain_name(name)) == STATED[name]


@pytest.mark.parametrize("name", [name for name in STATED if name])
def test_it_states_the_same_once_its_document_is_moved(name: str):
    assert stated_moment(layout.plain_name(moved(name))) == STATED[name]


@pytest.mark.parametrize(
    ("name", "rest"),
    [
        ("regional-global-daily-2022-01-13.csv", "regional-global-daily"),
        ("regional-global-daily-2022-01-13 (1).csv", "regional-global-daily"),
        ("regional-global-weekly-2020-01-17--2020-01-24.csv", "regional-global-weekly"),
        ("2022-01-13 Top 50.json", "Top 50"),
        ("spotify_raw_2023-07-14 10:20:30.123456.json", "spotify_raw"),
        ("chärts von 2022-01-13 heute.JSON", "chärts von heute"),
        ("12345678901234-2022-01-13.json", "12345678901234"),
        ("2022-01-13.csv", ""),
    ],
)
def test_a_name_states_its_chart_too(name: str, rest: str):
    assert stated_name(layout.plain_name(name)) == rest == stated_name(layout.plain_name(moved(name)))


def moved(name: str):
    """The name of a pending document of that file name, once it lies in processed."""
    pending = layout.TO_BE_PROCESSED + name
    settled = layout.settled_key(pending, DIGEST, zone=layout.PROCESSED)
    assert settled == layout.settled_key(layout.pending_key(settled), DIGEST, zone=layout.PROCESSED)
    return settled.rpartition("/")[2]


file_names = st.builds(
    lambda *parts: "".join(parts).replace("/", "").replace("\0", ""),
    st.lists(
        st.one_of(
            st.text(max_size=8),
            st.text("0123456789-_:. =ABCDEFabcdefTZ", max_size=30),
            st.sampled_from([*STATED, "=2D", "=3D20", "=-" + "0" * 24, "-" + DIGEST[:12], ".json", ".csv"]),
            st.datetimes(datetime(1950, 1, 1), datetime(2199, 12, 31)).map(str),  # noqa: DTZ001 - made zoneless
        ),
        min_size=1,
        max_size=4,
    ).map("".join),
    st.sampled_from(["", "x" * 170, "ö" * 90, "0" * 200]),
    st.sampled_from([".json", ".json.zst", ".csv", ".JSON", ".txt", ""]),
)


@given(file_names.filter(bool))
@example("ö" * 100 + "2023-07-14 10:20:30.json")
@example("2023-07-14 10:20:30" + "x" * 250 + ".json")
@example("a b=-" + "0" * 24 + "2020-01-01.json")
@example(".json")
@example("2023-01-01 a=3D20.json")
@example("\udcff2020-01-01.json")
def test_any_name_states_the_same_before_and_after_the_move(name: str):
    before, after = layout.plain_name(name), layout.plain_name(moved(name))
    assert stated_moment(before) == stated_moment(after)
    assert stated_name(before) == stated_name(after)
    stated_name(after).encode()


@given(file_names.filter(bool))
def test_a_moved_name_is_a_name_that_every_store_takes(name: str):
    assert len(moved(name)) <= 255
    assert layout.digest_in(moved(name)) == DIGEST[:12]
    assert layout._SPELLED.fullmatch(moved(name))
