"""Apple: which feed, which host."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from scripted import Clock, Reply, Service, of

from chartlake.errors import SettingsError, SourceError, TryLater
from chartlake.sources import Chart, open_source
from chartlake.sources.apple import Settings, Source
from chartlake.sources.http import Client

SONGS = Chart(source="apple", id="us-songs")
FEED = of(
    {"feed": {"title": "Top Songs", "updated": "Mon, 01 Jun 2026 06:00:00 +0000", "results": [{"id": "1"}]}}
)
EMPTY = of({"feed": {"title": "Top Songs", "results": []}})


@pytest.fixture
def second() -> Iterator[Service]:
    with Service() as started:
        yield started


@pytest.fixture
def source(service: Service, second: Service, client: Client) -> Source:
    settings = Settings(urls=[service.url, second.url])
    opened = open_source("apple", settings, client=client, secrets=lambda _: None)
    assert isinstance(opened, Source)
    return opened


@pytest.mark.parametrize(
    ("identity", "size", "path"),
    [
        ("us-songs", None, "/api/v2/us/music/most-played/100/songs.json"),
        ("de-albums", 10, "/api/v2/de/music/most-played/10/albums.json"),
        ("jp-songs", 50, "/api/v2/jp/music/most-played/50/songs.json"),
    ],
)
def test_the_feed(service: Service, source: Source, identity: str, size: int | None, path: str):
    service.answers(FEED)
    found = source.capture(Chart(source="apple", id=identity, size=size))
    assert [asked.path for asked in service.asked] == [path]
    assert found.pages == [FEED.body]
    assert found.chart_name == "Top Songs"
    assert [(request.url, request.status) for request in found.requests] == [(service.url + path, 200)]


def test_a_name_in_the_settings_stays(service: Service, source: Source):
    service.answers(FEED)
    assert source.capture(Chart(source="apple", id="us-songs", name="Mine")).chart_name is None


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(Reply(503), id="503"),
        pytest.param(Reply(404), id="404"),
        pytest.param(Reply(403), id="403"),
        pytest.param(Reply(200, b"<html>"), id="HTML"),
        pytest.param(EMPTY, id="an empty feed"),
        pytest.param(of({"feed": []}), id="another shape"),
        pytest.param(of({}, 429, Retry_After="3600"), id="429"),
        pytest.param(Reply(301, b"", {"Location": "https://example.com/"}), id="moved"),
    ],
)
def test_the_second_host_is_asked_where_the_first_fails(
    service: Service, second: Service, source: Source, trouble: Reply
):
    service.answers(trouble)
    second.answers(FEED)
    found = source.capture(SONGS)
    assert found.pages == [FEED.body]
    assert len(second.asked) == 1
    assert 1 <= len(service.asked) <= 4
    assert len(found.requests) == len(service.asked) + 1


def test_an_empty_feed_is_asked_for_again(service: Service, source: Source):
    service.answers(EMPTY, FEED)
    assert source.capture(SONGS).pages == [FEED.body]


@pytest.mark.parametrize(
    ("first", "then", "why"),
    [
        (Reply(404), Reply(404), "no chart us-songs; check the country"),
        (Reply(404), Reply(503), "no chart us-songs"),
        (of([]), of([]), r"cannot give the chart us-songs \(status 200\)"),
    ],
)
def test_no_host_has_it(
    service: Service, second: Service, source: Source, first: Reply, then: Reply, why: str
):
    service.answers(first)
    second.answers(then)
    with pytest.raises(SourceError, match=why):
        source.capture(SONGS)


def test_a_limit_at_either_host_is_an_answer(service: Service, second: Service, source: Source, clock: Clock):
    service.answers(Reply(404))
    second.answers(of({}, 429, Retry_After="3600"))
    with pytest.raises(TryLater) as later:
        source.capture(SONGS)
    assert later.value.not_before == clock.now() + timedelta(hours=1)


@pytest.mark.parametrize(
    "identity", ["", "us", "songs", "us-playlists", "US-songs", "usa-songs", "us-songs/..", "ü-songs"]
)
def test_ids_that_are_none(source: Source, identity: str):
    with pytest.raises(SettingsError, match="such as us-songs"):
        source.accepts(Chart(source="apple", id=identity))


@pytest.mark.parametrize("size", [0, 1, 99, 200])
def test_sizes_that_are_none(source: Source, size: int):
    with pytest.raises(SettingsError, match="write 10, 25, 50 or 100"):
        source.accepts(Chart(source="apple", id="us-songs", size=size))


def test_no_host(client: Client):
    with pytest.raises(SettingsError, match="names no address"):
        open_source("apple", Settings(urls=[]), client=client, secrets=lambda _: None)
