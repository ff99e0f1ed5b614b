"""Who wins: of documents for one date, of values for one column, of credits for one song."""

from __future__ import annotations

from typing import Any

import pytest
from lakes import Lake, Row
from made import album, artist, credits_of, document, moment, song

EARLY, LATE = moment("01", 6), moment("01", 18)


@pytest.mark.parametrize(
    ("documents", "winner"),
    [
        pytest.param(
            [{"songs": "A", "captured_at": EARLY, "raw_hash": "f"}, {"songs": "B", "captured_at": LATE}],
            "B",
            id="the document captured last",
        ),
        pytest.param(
            [{"songs": "A", "raw_hash": "a"}, {"songs": "B", "raw_hash": "b"}],
            "B",
            id="of two captured at once, the greater hash",
        ),
        pytest.param(
            [
                {"songs": "A", "raw_hash": "a", "transform_version": 2},
                {"songs": "B", "raw_hash": "b", "transform_version": 1},
            ],
            "B",
            id="and the hash goes before the transform_version",
        ),
        pytest.param(
            [{"songs": "A", "transform_version": 2}, {"songs": "B", "transform_version": 1}],
            "A",
            id="a document in its greatest transform_version",
        ),
        pytest.param(
            [
                {"songs": "A", "captured_at": EARLY, "transform_version": 9},
                {"songs": "B", "captured_at": LATE, "transform_version": 1},
            ],
            "B",
            id="the newer document, though an older one was transformed by a newer version",
        ),
        pytest.param(
            [{"songs": "A B C", "captured_at": EARLY}, {"songs": "C A", "captured_at": LATE}],
            "C A",
            id="a shorter correction leaves no old tail",
        ),
        pytest.param(
            [{"songs": "A B C", "transform_version": 1}, {"songs": "C A", "transform_version": 2}],
            "C A",
            id="a shorter reading of the same document leaves no old tail",
        ),
        pytest.param([{"songs": "A B"}, {"songs": "A B"}], "A B", id="a row in two files is one row"),
    ],
)
def test_of_documents_for_one_date(documents: list[Row], winner: str):
    rows = [row for one in documents for row in document("01", **one)]
    for order in (rows, rows[::-1]):
        lake = Lake({"chart_data": order})
        assert lake.ask("SELECT position, song_id FROM chart_entries ORDER BY position") == list(
            enumerate(winner.split(), 1)
        )
        assert lake.ask("SELECT song_id FROM chart_history ORDER BY position") == [
            (one,) for one in winner.split()
        ]


def test_the_snapshot_tells_how_many_documents_there_were():
    rows = (
        document("01", "A", captured_at=EARLY)
        + document("01", "A", captured_at=EARLY, transform_version=2)
        + document("01", "A", captured_at=LATE)
        + document("01", "A", captured_at=LATE, raw_hash="f")
    )
    lake = Lake({"chart_data": rows})
    assert lake.ask("SELECT documents, captured_at, raw_hash FROM snapshots") == [(3, LATE, "f")]


@pytest.mark.parametrize(
    ("seen", "known"),
    [
        pytest.param(
            [song("01", name="old", popularity=5), song("02", name="new", popularity=6)],
            ("new", 6),
            id="the last value",
        ),
        pytest.param(
            [song("01", name="old", popularity=5), song("02", name="new")],
            ("new", 5),
            id="a source that no longer sends popularity erases nothing",
        ),
        pytest.param(
            [song("02", name="new"), song("01", name="old", popularity=5)],
            ("new", 5),
            id="whatever order they arrive in",
        ),
        pytest.param(
            [
                song("01", name="a", raw_hash="a"),
                song("01", raw_hash="c"),
                song("01", name="b", raw_hash="b"),
            ],
            ("b", None),
            id="of documents captured at once, the greatest hash that says anything",
        ),
        pytest.param(
            [song("01", name="one", transform_version=1), song("01", name="two", transform_version=2)],
            ("two", None),
            id="of one document, its greatest transform_version",
        ),
        pytest.param([song("01"), song("02")], (None, None), id="a song of which nothing is known is a song"),
        pytest.param([song("01", popularity=0), song("02")], (None, 0), id="0 is a value"),
    ],
)
def test_of_values_for_one_column(seen: list[Row], known: tuple[Any, ...]):
    lake = Lake({"song_data": seen})
    assert lake.ask("SELECT name, popularity FROM songs") == [known]


def test_first_and_last_seen():
    lake = Lake({"song_data": [song("03"), song("01"), song("02", name="a")]})
    assert lake.ask("SELECT first_seen, last_seen FROM songs") == [(moment("01"), moment("03"))]


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        pytest.param(
            credits_of("01", "A", "x y z") + credits_of("02", "A", "y x"),
            [(1, "y"), (2, "x")],
            id="credits are taken whole: the third of an older document is gone",
        ),
        pytest.param(
            credits_of("01", "A", "x y") + credits_of("02", "B", "z"),
            [(1, "x"), (2, "y")],
            id="from the newest document that has any for the song",
        ),
        pytest.param(
            credits_of("01", "A", "x y", raw_hash="a") + credits_of("01", "A", "z", raw_hash="b"),
            [(1, "z")],
            id="of two captured at once, the greater hash",
        ),
        pytest.param(
            credits_of("01", "A", "x y", transform_version=1)
            + credits_of("01", "A", "y", transform_version=2),
            [(1, "y")],
            id="of one document, its greatest transform_version",
        ),
        pytest.param(
            credits_of("01", "A", "x x") * 2,
            [(1, "x"), (2, "x")],
            id="a row in two files is one row, an artist credited twice is two",
        ),
    ],
)
def test_of_credits_for_one_song(seen: list[Row], told: Any):
    for order in (seen, seen[::-1]):
        lake = Lake({"credit_data": order})
        assert (
            lake.ask("SELECT credit_position, artist_id FROM song_artists WHERE song_id = 'A' ORDER BY 1")
            == told
        )


def test_credits_of_an_album_are_not_those_of_a_song_with_its_id():
    seen = credits_of("01", "A", "x") + credits_of("02", "A", "y", entity="album")
    lake = Lake({"credit_data": seen})
    assert lake.ask("SELECT artist_id, artist_name FROM song_artists") == [("x", "X")]
    assert lake.ask("SELECT album_id, artist_id FROM album_artists") == [("A", "y")]


def test_every_credited_artist_has_the_entry_once():
    lake = Lake(
        {
            "chart_data": document("01", "A B - A"),
            "credit_data": credits_of("01", "A", "x y x") + credits_of("01", "B", "y"),
            "artist_data": [artist("01", "x", name="X"), artist("02", "y", name="Y")],
        }
    )
    days = "SELECT artist_name, entries, best_position, share FROM artist_days ORDER BY artist_id"
    assert lake.ask(days) == [("X", 2, 1, 0.5), ("Y", 3, 1, 0.75)]


def test_a_chart_of_albums_counts_the_albums_artists():
    lake = Lake(
        {
            "chart_data": document("01", "A", item_type="album"),
            "credit_data": credits_of("01", "A", "x", entity="album") + credits_of("01", "A", "y"),
        }
    )
    assert lake.ask("SELECT artist_id FROM artist_days") == [("x",)]


def test_one_recording_under_several_ids():
    lake = Lake(
        {
            "song_data": [
                song("01", song_id="A", isrc="GBAYE0601498"),
                song("01", song_id="B", isrc="gb-aye-06-01498"),
                song("01", song_id="7", isrc="GBAYE0601498", source="deezer"),
                song("01", song_id="C", isrc="USUM71703861"),
                song("01", song_id="D", isrc=""),
                song("01", song_id="E"),
            ]
        }
    )
    grouped = "SELECT isrc, source, song_id, ids_in_group FROM songs_by_isrc ORDER BY ALL"
    assert lake.ask(grouped) == [
        ("GBAYE0601498", "deezer", "7", 3),
        ("GBAYE0601498", "spotify", "A", 3),
        ("GBAYE0601498", "spotify", "B", 3),
        ("USUM71703861", "spotify", "C", 1),
    ]


@pytest.mark.parametrize(
    ("view", "columns"),
    [
        ("classic_album", "album_id name release_date total_tracks url"),
        ("classic_artist", "artist_id artist_name external_url"),
        ("classic_song", "song_id song_name duration_ms url popularity song_added album_id artist_id"),
    ],
)
def test_classic_columns_are_the_older_pipelines_columns_in_their_order(view: str, columns: str):
    lake = Lake({})
    assert [row[0] for row in lake.ask(f"DESCRIBE {view}")] == columns.split()


def test_classic_tables_hold_spotify_only():
    page = "https://open.spotify.com/track/A"
    lake = Lake(
        {
            "chart_data": document("01", "A", added_at=moment("01", 5))
            + document("02", "A", added_at=moment("02", 23))
            + document("03", "A", added_at=None)
            + document("09", "A", added_at=moment("09"), source="deezer"),
            "song_data": [
                song("01", name="N", duration_ms=1000, url=page, popularity=7, album_id="X", artist_id="x"),
                song("01", name="N", source="deezer"),
            ],
            "album_data": [album("01", name="Al", total_tracks=3), album("01", source="deezer")],
            "artist_data": [artist("01", "x", name="Ar", url="u"), artist("01", "x", source="deezer")],
        }
    )
    assert lake.ask("FROM classic_song") == [("A", "N", 1000, page, 7, moment("02").date(), "X", "x")]
    assert lake.ask("FROM classic_album") == [("X", "Al", None, 3, None)]
    assert lake.ask("FROM classic_artist") == [("x", "Ar", "u")]
