"""Deezer, Apple and ListenBrainz, as they answer when all is well and when they say no."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from chartlake.demo import CHARTS, FIRST_DAY, WEEKS
from chartlake.demo.answers import Asked
from chartlake.demo.apple import Apple
from chartlake.demo.deezer import BUSY, QUOTA, Deezer
from chartlake.demo.faults import answering
from chartlake.demo.listenbrainz import ListenBrainz
from chartlake.demo.services import Services
from chartlake.demo.world import the_world
from chartlake.snapshot import Envelope, page, sealed
from chartlake.transform import understood

Asking = Callable[..., Any]

WORLDWIDE = "/playlist/3155776842"
WEEK = "/1/stats/sitewide/recordings?range=week"


def test_deezer_gives_a_chart_in_pages(services: Services, fetch: Asking):
    first = fetch(f"{services.deezer}{WORLDWIDE}/tracks?limit=60").json
    second = fetch(first["next"]).json
    whole = fetch(f"{services.deezer}{WORLDWIDE}/tracks?limit=100").json

    assert [track["id"] for track in first["data"] + second["data"]] == [t["id"] for t in whole["data"]]
    assert {page["total"] for page in (first, second, whole)} == {100}
    assert len({page["checksum"] for page in (first, second, whole)}) == 1
    assert "next" not in second
    assert "next" not in whole
    assert second["prev"].startswith(services.deezer)


def test_deezer_pages_are_as_long_as_is_usual_unless_asked(services: Services, fetch: Asking):
    assert len(fetch(f"{services.deezer}{WORLDWIDE}/tracks").json["data"]) == 25
    assert len(fetch(f"{services.deezer}/chart/0/tracks").json["data"]) == 10


def test_a_deezer_playlist_tells_the_same_as_its_tracks(services: Services, fetch: Asking):
    whole = fetch(services.deezer + WORLDWIDE).json
    tracks = fetch(f"{services.deezer}{WORLDWIDE}/tracks?limit=100").json

    assert whole["tracks"]["data"] == tracks["data"]
    assert (whole["title"], whole["nb_tracks"]) == ("Top Worldwide", 100)
    assert whole["checksum"] == tracks["checksum"]


def test_deezer_writes_as_php_does(services: Services, fetch: Asking):
    got = fetch(services.deezer + WORLDWIDE)

    assert b"https:\\/\\/www.deezer.com" in got.body
    assert got.body.isascii()
    assert got.headers["x-org"] == "FR"


def test_deezer_tells_the_isrc_with_the_track_alone(services: Services, fetch: Asking):
    chart = fetch(f"{services.deezer}/chart/0/tracks?limit=100").json["data"]
    tracks = [fetch(f"{services.deezer}/track/{track['id']}").json for track in chart[:5]]
    known = {song.deezer_id: song for song in the_world().songs}

    assert [track["position"] for track in chart] == list(range(1, 101))
    assert all("isrc" not in track for track in chart)
    for track in tracks:
        song = known[track["id"]]
        assert track["isrc"] == song.isrc
        assert [artist["name"] for artist in track["contributors"]] == [a.name for a in song.artists]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/playlist/1/tracks", 200, 800),
        ("/track/-1", 200, 800),
        ("/chart/132/tracks", 200, 800),
        ("/playlist/abc", 200, 500),
        ("/nothing", 404, None),
    ],
)
def test_deezer_says_no_with_status_200(
    services: Services, fetch: Asking, path: str, status: int, code: int | None
):
    got = fetch(services.deezer + path)
    error = got.json["error"]

    assert got.status == status
    assert (error.get("code") if isinstance(error, dict) else None) == code


@pytest.mark.parametrize(("body", "code"), [(QUOTA, 4), (BUSY, 700)], ids=["quota", "busy"])
def test_deezer_can_be_overrun(services: Services, fetch: Asking, body: bytes, code: int | None):
    services.misbehave(answering(200, body), service="deezer")

    got = fetch(services.deezer + WORLDWIDE)

    assert (got.status, got.json["error"]["code"]) == (200, code)
    assert "Retry-After" not in got.headers


@pytest.mark.parametrize("size", [10, 25, 50, 100])
@pytest.mark.parametrize("kind", ["songs", "albums"])
def test_apple_gives_four_sizes_of_two_kinds(services: Services, fetch: Asking, size: int, kind: str):
    feed = fetch(f"{services.apple}/api/v2/us/music/most-played/{size}/{kind}.json").json["feed"]

    assert len(feed["results"]) == len({result["id"] for result in feed["results"]}) == size
    assert {result["kind"] for result in feed["results"]} == {kind}
    assert feed["country"] == "us"


def test_apple_says_when_a_feed_was_made_and_misspells_explicit(services: Services, fetch: Asking):
    services.today = datetime(2026, 7, 9, 23, 59, tzinfo=UTC)

    feed = fetch(f"{services.apple}/api/v2/us/music/most-played/100/songs.json").json["feed"]
    ratings = [result.get("contentAdvisoryRating") for result in feed["results"]]

    assert feed["updated"] == "Thu, 09 Jul 2026 00:00:26 +0000"
    assert parsedate_to_datetime(feed["updated"]) <= services.today
    assert set(ratings) == {None, "Explict"}
    assert 10 <= ratings.count("Explict") <= 40


def test_apple_charts_differ_by_country(services: Services, fetch: Asking):
    us, jp = (
        [
            result["id"]
            for result in fetch(f"{services.apple}/api/v2/{country}/music/most-played/50/songs.json").json[
                "feed"
            ]["results"]
        ]
        for country in ("us", "jp")
    )

    assert us != jp
    assert set(us) & set(jp)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("us/music/most-played/101/songs.json", 500),
        ("us/music/most-played/30/songs.json", 404),
        ("us/music/most-played/50/movies.json", 404),
        ("qq/music/most-played/50/songs.json", 404),
        ("US/music/most-played/50/songs.json", 404),
    ],
)
def test_apple_says_no(services: Services, fetch: Asking, path: str, status: int):
    assert fetch(f"{services.apple}/api/v2/{path}").status == status


def test_listenbrainz_gives_a_week(services: Services, fetch: Asking):
    services.today = datetime(2026, 6, 18, 6, 30, tzinfo=UTC)

    got = fetch(f"{services.listenbrainz}{WEEK}&count=100")
    payload = got.json["payload"]
    counts = [recording["listen_count"] for recording in payload["recordings"]]

    assert len(counts) == payload["count"] == 100
    assert counts == sorted(set(counts), reverse=True)
    assert datetime.fromtimestamp(payload["from_ts"], UTC) == datetime(2026, 6, 8, tzinfo=UTC)
    assert datetime.fromtimestamp(payload["to_ts"], UTC) == datetime(2026, 6, 15, tzinfo=UTC)
    assert datetime.fromtimestamp(payload["last_updated"], UTC).date() == services.today.date()
    assert got.headers["X-RateLimit-Remaining"]


def test_a_week_of_listenbrainz_holds_still_until_monday(services: Services, fetch: Asking):
    def recordings() -> list[object]:
        return fetch(services.listenbrainz + WEEK).json["payload"]["recordings"]

    services.today = datetime(2026, 6, 15, 6, 30, tzinfo=UTC)
    monday = recordings()
    services.today += timedelta(days=6)
    sunday = recordings()
    services.today += timedelta(days=1)

    assert monday == sunday != recordings()


def test_listenbrainz_counts_on_from_an_offset(services: Services, fetch: Asking):
    whole = fetch(f"{services.listenbrainz}{WEEK}&count=60").json["payload"]
    second = fetch(f"{services.listenbrainz}{WEEK}&count=40&offset=20").json["payload"]

    assert second["recordings"] == whole["recordings"][20:]
    assert second["total_recording_count"] == whole["total_recording_count"] > 100


def test_listenbrainz_gives_no_more_than_a_thousand_at_once(services: Services, fetch: Asking):
    payload = fetch(f"{services.listenbrainz}{WEEK}&count=5000").json["payload"]

    assert payload["count"] == 1000
    assert len(payload["recordings"]) == payload["total_recording_count"]


def test_listenbrainz_does_not_know_everything(services: Services, fetch: Asking):
    recordings = fetch(f"{services.listenbrainz}{WEEK}&count=100").json["payload"]["recordings"]
    unmatched = [recording for recording in recordings if not recording["recording_mbid"]]

    assert 1 <= len(unmatched) <= 20
    assert all(recording["artist_mbids"] == [] for recording in unmatched)
    assert all(recording["track_name"] and recording["artist_name"] for recording in recordings)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        *(
            (f"range={name}", 200)
            for name in ("this_week", "month", "quarter", "half_yearly", "year", "all_time")
        ),
        ("range=fortnight", 400),
        ("range=week&count=-1", 400),
        ("range=week&offset=x", 400),
        ("", 200),
    ],
)
def test_listenbrainz_knows_ranges(services: Services, fetch: Asking, query: str, status: int):
    got = fetch(f"{services.listenbrainz}/1/stats/sitewide/recordings?{query}")

    assert got.status == status
    assert ("error" in got.json) == (status == 400)


def test_listenbrainz_may_not_be_ready(services: Services, fetch: Asking):
    services.misbehave(answering(204), service="listenbrainz")

    got = fetch(services.listenbrainz + WEEK)

    assert (got.status, got.body) == (204, b"")
    assert fetch(services.listenbrainz + WEEK).status == 200


def test_answers_depend_on_what_is_asked_and_on_the_day_alone():
    world = the_world()
    asked = {
        Deezer: Asked(method="GET", path=WORLDWIDE, now=datetime(2026, 6, 9, 5, tzinfo=UTC), base="http://x"),
        Apple: Asked(
            method="GET",
            path="/api/v2/us/music/most-played/50/songs.json",
            now=datetime(2026, 6, 9, 5, tzinfo=UTC),
            base="http://x",
        ),
        ListenBrainz: Asked(
            method="GET",
            path="/1/stats/sitewide/recordings",
            query={"range": "week"},
            now=datetime(2026, 6, 9, 5, tzinfo=UTC),
            base="http://x",
        ),
    }

    for service, question in asked.items():
        assert service(world)(question) == service(world)(question)


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("deezer", f"{WORLDWIDE}/tracks?limit=100"),
        ("apple", "/api/v2/us/music/most-played/100/songs.json"),
        ("listenbrainz", f"{WEEK}&count=100"),
    ],
)
def test_our_own_readers_read_every_position(services: Services, fetch: Asking, source: str, path: str):
    body = fetch(getattr(services, source) + path).body
    document = sealed(
        Envelope(
            chartlake=1,
            source=source,
            chart_id="x",
            cadence="daily",
            captured_at=services.today,
            pages=[page(body)],
        )
    )

    reading = understood(document, name="x.json")

    assert [entry.position for entry in reading.entries] == list(range(1, 101))
    assert {entry.item_type for entry in reading.entries} == {"track"}
    assert reading.chart_date == services.today.date()
    assert reading.promised in (None, 100)


def test_the_charts_of_the_demo_are_due_in_its_weeks():
    assert FIRST_DAY.weekday() == 0
    assert WEEKS == 12
    assert {chart.source for chart in CHARTS} == {"spotify", "deezer", "apple", "listenbrainz"}
    assert len({(chart.source, chart.id) for chart in CHARTS}) == len(CHARTS)
