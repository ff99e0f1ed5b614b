"""What one small change of a document means."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from chartlake.errors import Rejected
from chartlake.quality import judge
from chartlake.transform import PROVIDERS, understood
from chartlake.transform.reading import address, microseconds, named_id, release_day


def envelope(source: str, *pages: Any, **changes: Any):
    """A captured snapshot of the first of June 2026."""
    whole = {
        "chartlake": 1,
        "source": source,
        "chart_id": "a-chart",
        "cadence": "daily",
        "captured_at": "2026-06-01T06:30:00Z",
        "pages": list(pages),
        **changes,
    }
    return json.dumps({name: value for name, value in whole.items() if value is not ...}).encode()


def read(document: Any, name: str = ""):
    return understood(document if isinstance(document, bytes) else json.dumps(document).encode(), name=name)


def refusal(document: Any, name: str = ""):
    with pytest.raises(Rejected) as caught:
        judge(read(document, name))
    return caught.value.reason


def deezer(*ids: Any, total: Any = ..., **changes: Any):
    tracks = [{"id": one, "title": f"Song {one}", "artist": {"id": 1, "name": "A"}} for one in ids]
    page = {"data": tracks, "total": total, **changes}
    return {name: value for name, value in page.items() if value is not ...}


def apple(*results: Any, **changes: Any):
    feed = {
        "id": "https://rss.example/api/v2/us/music/most-played/10/songs.json",
        "country": "us",
        "updated": "Mon, 01 Jun 2026 00:10:00 +0000",
        "results": list(results) or [{"id": "1", "name": "Song"}],
    }
    return {"feed": {name: value for name, value in (feed | changes).items() if value is not ...}}


def listenbrainz(*names: Any, **changes: Any):
    payload = {
        "recordings": [{"track_name": name, "artist_name": "A"} for name in names],
        "count": len(names),
        "offset": 0,
        "range": "week",
        "last_updated": 1780272000,
    }
    return {"payload": {name: value for name, value in (payload | changes).items() if value is not ...}}


def chart_file(*rows: Any, header: str = "rank,uri,artist_names,track_name,streams"):
    return "\n".join([header, *rows]) + "\n"


GOOD = {
    "spotify": {"items": [{"track": {"id": "1", "name": "Song"}}]},
    "deezer": deezer(1),
    "apple": apple(),
    "listenbrainz": listenbrainz("Song"),
    "chartfile": chart_file("1,spotify:track:1,A,Song,5"),
}


@pytest.mark.parametrize("source", PROVIDERS)
def test_an_envelope_of_every_provider_is_read(source: str):
    reading = read(envelope(source, GOOD[source]))
    judge(reading)
    assert (reading.source, reading.chart_id, reading.items) == (source, "a-chart", 1)
    assert reading.captured_at == datetime(2026, 6, 1, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize("source", PROVIDERS)
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"chartlake": 2}, "format"),
        ({"cadence": "hourly"}, "shape"),
        ({"captured_at": "2026-06-01T06:30:00"}, "shape"),
        ({"captured_at": "0001-01-01T00:00:00+23:59"}, "undated"),
        ({"captured_at": "9999-12-31T23:59:59-23:59"}, "undated"),
        ({"scheduled_for": "2026-06-01T06:30:00"}, "shape"),
        ({"captured_at": ...}, "shape"),
        ({"pages": {}}, "shape"),
        ({"pages": [17]}, "shape"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else value,
)
def test_an_envelope_that_is_none_is_rejected(source: str, changes: Any, reason: str):
    assert refusal(envelope(source, GOOD[source], **changes)) == reason


def test_an_envelope_without_pages_is_rejected_by_every_provider():
    assert {refusal(envelope(source)) for source in PROVIDERS} <= {"shape", "undated"}


def test_an_envelope_spelled_unlike_ours_is_read_all_the_same():
    whole = json.loads(envelope("deezer", GOOD["deezer"]))
    assert read(json.dumps(dict(reversed(whole.items())), indent=2).encode()).source == "deezer"
    assert refusal(envelope("nobody", {})) == "source"


@pytest.mark.parametrize(
    ("document", "source"),
    [
        ({"id": "p", "tracks": {"items": []}}, "spotify"),
        ({"id": "p", "tracks": {"items": []}, "items": {"items": []}}, "spotify"),
        ({"href": "https://api.spotify.com/v1/playlists/p/tracks", "items": []}, "spotify"),
        ({"id": 1, "tracks": {"data": []}}, "deezer"),
        ({"data": [], "total": 0}, "deezer"),
        (apple(), "apple"),
        (listenbrainz(), "listenbrainz"),
        (b"\xef\xbb\xbf" + json.dumps(listenbrainz()).encode(), "listenbrainz"),
        (chart_file().encode(), "chartfile"),
        (chart_file().replace("\n", "\r\n").encode("utf-8-sig"), "chartfile"),
    ],
)
def test_a_bare_document_is_recognised(document: Any, source: str):
    assert read(document, "some-chart-2026-06-01.json").source == source


@pytest.mark.parametrize(
    "document",
    [
        {"error": {"type": "Exception", "message": "Quota limit exceeded", "code": 4}},
        {"error": {"status": 404, "message": "Resource not found"}},
        {"feed": {"author": {"name": {"label": "x"}}, "entry": []}},
        {"payload": {"artists": []}},
        {"tracks": 17},
        [{"id": 1}],
        17,
        None,
        b"rank,artist,song\n1,A,B\n",
    ],
    ids=str,
)
def test_what_is_no_chart_is_rejected(document: Any):
    assert refusal(document, "2026-06-01.json") in {"shape", "malformed"}


# Deezer


@pytest.mark.parametrize(
    ("pages", "size", "promised"),
    [
        ([deezer(1, 2, total=2)], ..., 2),
        ([deezer(1, total=3), deezer(2, total=3)], ..., 3),
        ([deezer(1, total=3), deezer(2, total=4)], ..., -1),
        ([deezer(1, 2, total=100)], 2, 2),
        ([deezer(1, 2, total=2)], 50, 2),
        ([deezer(1, 2)], ..., None),
        ([deezer(1, 2, total=2), deezer(1, 2, total=2)], ..., 2),
    ],
    ids=[
        "all",
        "a page lacks",
        "edited meanwhile",
        "as many as asked",
        "fewer than asked",
        "unsaid",
        "page twice",
    ],
)
def test_deezer_says_how_many_tracks_there_are(pages: Any, size: Any, promised: Any):
    assert read(envelope("deezer", *pages, size=size)).promised == promised


def test_a_deezer_chart_says_how_many_tracks_that_answer_holds():
    first, second = (
        {"data": [{"id": place, "title": "S", "position": place} for place in places], "total": len(places)}
        for places in ([1, 2], [3])
    )
    assert read(envelope("deezer", first, second)).promised == 3


def test_deezer_positions_count_only_where_all_tracks_have_one():
    tracks = [{"id": 5, "title": "S", "position": 2}, {"id": 6, "title": "T"}]
    reading = read(envelope("deezer", {"data": tracks}))
    assert [(entry.position, entry.title) for entry in reading.entries] == [(1, "S"), (2, "T")]


def test_a_playlist_that_comes_before_its_pages_is_not_counted_twice():
    whole = {"id": 7, "title": "Of Ours", "tracks": {"data": deezer(1)["data"]}}
    reading = read(envelope("deezer", whole, deezer(1, 2, total=2)))
    assert (reading.items, reading.chart_name) == (2, "Of Ours")


@pytest.mark.parametrize(
    ("page", "name", "chart"),
    [
        (deezer(1, next="https://api.deezer.com/playlist/77/tracks?index=1"), "2026-06-01.json", "77"),
        (deezer(1, prev="https://api.deezer.com/chart/132/tracks"), "2026-06-01.json", "chart-132"),
        (deezer(1), "3155776842-2026-06-01.json", "3155776842"),
        (deezer(1), "Top Worldwide 2026-06-01 10:20 (2).json", "Top Worldwide"),
    ],
)
def test_a_bare_deezer_page_is_named_by_what_it_says_or_its_file(page: Any, name: str, chart: Any):
    assert read(page, name).chart_id == chart


@pytest.mark.parametrize(("name", "reason"), [("2026-06-01.json", "unnamed"), ("top.json", "undated")])
def test_a_bare_deezer_page_that_nothing_names_is_rejected(name: str, reason: str):
    assert refusal(deezer(1), name) == reason


# Apple


@pytest.mark.parametrize(
    ("updated", "day"),
    [
        ("Wed, 27 Apr 2022 08:49:26 +0000", date(2022, 4, 27)),
        ("Wed, 27 Apr 2022 23:49:26 -0700", date(2022, 4, 28)),
        ("27 Apr 2022 08:49:26 GMT", date(2022, 4, 27)),
        ("2019-05-27T01:42:09.000-07:00", date(2019, 5, 27)),
    ],
)
def test_an_apple_feed_is_of_the_day_it_was_made(updated: Any, day: Any):
    assert read(envelope("apple", apple(updated=updated))).chart_date == day


@pytest.mark.parametrize(
    "updated",
    ["yesterday", "", ..., "Wed, 27 Foo 2022 08:49:26 +0000", "Wed, 31 Apr 2022 08:49:26 +0000",
     "Wed, 27 Apr 2022 08:49:26 +9999", "Wed, 27 Apr 9999 08:49:26 +0000", "2022-04-27T08:49:26"],
)  # fmt: skip
def test_an_apple_feed_that_was_made_nobody_knows_when_is_rejected(updated: Any):
    assert refusal(envelope("apple", apple(updated=updated))) == "undated"


@pytest.mark.parametrize(
    ("name", "captured_at"),
    [
        ("us.json", datetime(2026, 6, 1, 0, 10, tzinfo=UTC)),
        ("us 2026-06-01.json", datetime(2026, 6, 1, 0, 10, tzinfo=UTC)),
        ("us 2026-05-31 20:10.json", datetime(2026, 6, 1, 0, 10, tzinfo=UTC)),
        ("us 2026-06-01 07:00.json", datetime(2026, 6, 1, 7, 0, tzinfo=UTC)),
    ],
    ids=["no time", "a day", "time of a country", "a time"],
)
def test_a_bare_feed_was_captured_when_its_name_says_and_not_before_it_was_made(name: str, captured_at: Any):
    assert read(apple(), name).captured_at == captured_at


def test_a_feed_of_long_after_the_date_in_its_name_is_of_the_future():
    assert refusal(apple(), "us 2026-05-20.json") == "future"


@pytest.mark.parametrize(
    ("joined", "url", "name"),
    [
        ("Artist A", "https://music.apple.com/us/artist/artist-a/1", "Artist A"),
        ("Artist A & Artist B", "https://music.apple.com/us/artist/artist-a/1", "Artist A"),
        ("Artist A, Jr. & Artist B", "https://music.apple.com/us/artist/artist-a-jr/1", "Artist A, Jr."),
        ("A & B", "https://music.apple.com/us/artist/a-b/1", "A & B"),
        ("A$AP & B", "https://music.apple.com/us/artist/a%24ap/1", "A$AP"),
        ("ÄRTIST, B", "https://music.apple.com/us/artist/%C3%A4rtist/1", "ÄRTIST"),
        ("Artist A", None, "Artist A"),
        ("Artist A", "https://music.apple.com/us/artist/other/1", "Artist A"),
        ("Artist A & Artist B", None, None),
        ("Artist A & Artist B", "https://music.apple.com/us/artist/other/1", None),
        ("", None, None),
    ],
)
def test_an_apple_artist_has_the_name_that_is_his_own(joined: str, url: str | None, name: str):
    page = apple({"id": "1", "name": "S", "artistId": "9", "artistName": joined, "artistUrl": url})
    song = read(envelope("apple", page)).entries[0].song
    assert [(one.artist_id, one.name) for one in song.artists] == [("9", name)]


@pytest.mark.parametrize(
    ("rating", "explicit"),
    [("Explict", True), ("Explicit", True), ("Clean", False), (None, None), ("18", None)],
)
def test_explicit_is_said_only_where_it_is_said(rating: Any, explicit: Any):
    page = apple({"id": "1", "name": "S", "contentAdvisoryRating": rating})
    assert read(envelope("apple", page)).entries[0].song.explicit is explicit


def test_a_feed_of_neither_songs_nor_albums_is_rejected():
    page = apple({"id": "1", "name": "S", "kind": "playlists"}, id="https://rss.example/playlists.json")
    assert refusal(envelope("apple", page)) == "shape"


# ListenBrainz


def test_listenbrainz_pages_are_put_in_order_and_their_positions_counted_on():
    reading = read(envelope("listenbrainz", listenbrainz("c", offset=2), listenbrainz("a", "b")))
    assert [(entry.position, entry.title) for entry in reading.entries] == [(1, "a"), (2, "b"), (3, "c")]
    assert reading.promised == 3


@pytest.mark.parametrize(
    ("pages", "reason"),
    [
        ([listenbrainz("a", offset=1)], "positions"),
        ([listenbrainz("a"), listenbrainz("c", offset=2)], "positions"),
        ([listenbrainz("a", count=2)], "incomplete"),
        ([listenbrainz("a"), listenbrainz("b", offset=1, last_updated=1780271000)], "incomplete"),
        ([listenbrainz("a", last_updated=...)], "undated"),
        ([listenbrainz("a", last_updated=0)], "undated"),
        ([listenbrainz("a", last_updated=2**62)], "undated"),
        ([listenbrainz("a", offset=-1)], "shape"),
        ([listenbrainz("a", last_updated=1780272000 + 86400)], "future"),
        ([listenbrainz()], "empty"),
    ],
    ids=[
        "begins late",
        "gap",
        "short",
        "of two days",
        "undated",
        "1970",
        "far",
        "negative",
        "future",
        "empty",
    ],
)
def test_listenbrainz_that_does_not_hold_together_is_rejected(pages: Any, reason: str):
    assert refusal(envelope("listenbrainz", *pages)) == reason


# chart files


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (["1,spotify:track:1,A,S,5", "2,spotify:track:2,A"], "unreconciled"),
        (["1,spotify:track:1,A,S,5", "two,spotify:track:2,A,S,5"], "unreconciled"),
        (["1,spotify:track:1,A,S,5", "2,spotify:track:2,A,S,many"], "unreconciled"),
        (["1,spotify:track:1,A,S,5", "²,spotify:track:2,A,S,5"], "unreconciled"),
        (["one,spotify:track:1,A,S,5"], "unreconciled"),
        (["1,spotify:track:1,A,S,5", "3,spotify:track:2,A,S,5"], "positions"),
        (["1,spotify:track:1,A,S,5", "2,spotify:track:1,A,S,5"], "double"),
        ([], "empty"),
        (['1,spotify:track:1,"A"B,S,5'], "malformed"),
        (['1,spotify:track:1,"A,S,5'], "malformed"),
        (["1,spotify:track:1," + "A" * 200_000 + ",S,5"], "malformed"),
    ],
    ids=[
        "short row",
        "rank",
        "streams",
        "power",
        "only row",
        "gap",
        "twice",
        "empty",
        "quote",
        "open quote",
        "long",
    ],
)
def test_a_chart_file_with_a_bad_row_is_rejected_whole(rows: list[list[str]], reason: str):
    assert refusal(envelope("chartfile", chart_file(*rows))) == reason


def test_a_row_of_another_day_makes_a_file_of_many_charts_unreadable():
    header = "title,rank,date,artist,url,region,chart,trend,streams"
    row = "S,1,2026-05-31,A,u,Global,top200,NEW_ENTRY,1"
    assert refusal(envelope("chartfile", chart_file(row, header=header))) == "unreconciled"


@pytest.mark.parametrize(
    ("name", "reason"), [("2026-06-01.csv", "unnamed"), ("regional-global-daily.csv", "undated")]
)
def test_a_bare_chart_file_that_its_name_does_not_name_is_rejected(name: str, reason: str):
    assert refusal(chart_file("1,spotify:track:1,A,S,5").encode(), name) == reason


@pytest.mark.parametrize("blank", ["", " ", "\t"])
def test_blank_lines_are_no_rows(blank: str):
    text = chart_file("1,spotify:track:1,A,S,5", blank, "2,spotify:track:2,A,S,5", blank)
    assert read(envelope("chartfile", text)).items == 2


# what all share


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2020-11-27", ("2020-11-27", "day")),
        ("2020-11", ("2020-11-01", "month")), ("2020", ("2020-01-01", "year")),
        ("0000", None), ("1859", None), ("2028", None), ("2020-13", None), ("2020-02-30", None), ("", None),
        (None, None), ("2020-", None), ("2020-1" + "0" * 5000, None),
        ("\uff12\uff10\uff12\uff10", None), ("27.11.2020", None),
    ],
    ids=lambda value: str(value)[:20],
)  # fmt: skip
def test_a_release_date_is_a_day_or_unknown(text: Any, told: Any):
    days, precision = release_day(text, 2026)
    assert (days is None) == (told is None)
    if told is not None:
        assert (str(date.fromordinal(date(1970, 1, 1).toordinal() + days)), precision) == told


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("2026-06-01T05:00:00Z", True), ("2026-06-01T05:00:00+02:00", True), ("1970-01-01T00:00:00Z", False),
        ("0001-01-01T00:00:00+23:59", False), ("9999-12-31T23:59:59-23:59", False),
        ("soon", False), (None, False),
        ("2026-06-01T05:00:00" + "0" * 5000, False),
    ],
    ids=lambda value: str(value)[:30],
)  # fmt: skip
def test_a_moment_is_known_or_unknown_and_never_an_error(text: Any, known: Any):
    assert (microseconds(text) is not None) == known


@pytest.mark.parametrize(
    ("text", "kept"),
    [("https://a.example/", True), ("http://a.example/", True), ("javascript:alert(1)", False),
     ("data:text/html,x", False), (" https://a.example", False),
     ("//a.example", False), ("", False), (None, False)],
)  # fmt: skip
def test_an_address_is_one_of_the_web_or_none(text: Any, kept: Any):
    assert address(text) == (text if kept else None)


def test_what_has_no_id_is_known_by_its_name_in_any_spelling():
    assert named_id("Café  SONG", "A") == named_id("cafe\u0301 song", "a") != named_id("cafe song", "a")
    # Who would be told apart by their five thousandth letter only is not worth 300 MiB.
    assert named_id("\ufdfa" * 5000) == named_id("\ufdfa" * 5000 + "a")
