"""Deezer: paging, its errors at status 200, its quota."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from scripted import Asked, Clock, Reply, Service, of

from chartlake.errors import SettingsError, SourceError, TryLater
from chartlake.sources import Chart, open_source
from chartlake.sources.deezer import Settings, Source
from chartlake.sources.http import Client

TOP = Chart(source="deezer", id="3155776842", name="Top Worldwide")


@pytest.fixture
def source(service: Service, client: Client) -> Source:
    opened = open_source("deezer", Settings(url=service.url + "/"), client=client, secrets=lambda _: None)
    assert isinstance(opened, Source)
    return opened


def playlist(service: Service, count: int, **more: Any) -> Callable[[Asked], Reply]:
    """A playlist of so many tracks, as Deezer pages it."""

    def script(asked: Asked) -> Reply:
        assert asked.path == "/playlist/3155776842/tracks"
        index, limit = int(asked.query["index"]), int(asked.query["limit"])
        ends = min(index + limit, count)
        page: dict[str, Any] = {
            "data": [{"id": number, "title": f"Song {number}"} for number in range(index, ends)],
            "total": count,
            "checksum": "one",
            **more,
        }
        if ends < count:
            page.setdefault("next", f"{service.url}{asked.path}?limit={limit}&index={ends}")
        return of(page)

    return script


def ids(pages: list[bytes]) -> list[int]:
    return [track["id"] for page in pages for track in json.loads(page)["data"]]


@pytest.mark.parametrize(
    ("count", "size", "asked", "captured"),
    [
        pytest.param(100, None, [(100, 0)], 100, id="one page"),
        pytest.param(230, None, [(100, 0), (100, 100), (100, 200)], 230, id="three pages"),
        pytest.param(230, 50, [(50, 0)], 50, id="the first fifty"),
        pytest.param(230, 150, [(100, 0), (50, 100)], 150, id="one and a half pages"),
        pytest.param(30, 50, [(50, 0)], 30, id="fewer than wanted"),
        pytest.param(0, None, [(100, 0)], 0, id="none"),
    ],
)
def test_pages(
    service: Service,
    source: Source,
    count: int,
    size: int | None,
    asked: list[tuple[int, int]],
    captured: int,
):
    service.script = playlist(service, count)
    found = source.capture(Chart(source="deezer", id=TOP.id, size=size))
    assert ids(found.pages) == list(range(captured))
    assert [(int(one.query["limit"]), int(one.query["index"])) for one in service.asked] == asked
    assert [request.status for request in found.requests] == [200] * len(asked)
    assert found.received == sum(map(len, found.pages))
    assert found.requests[0].url == f"{service.url}/playlist/3155776842/tracks?limit={asked[0][0]}&index=0"


def test_pages_are_kept_as_they_are(service: Service, source: Source):
    body = b'{ "data" : [ {"id":1, "id":1, "title":"\\u00e9\xc3\xa9"} ] , "unknown":1e5}\n'
    service.answers(Reply(200, body))
    assert source.capture(TOP).pages == [body]


def error(code: int | None = None, **more: Any) -> dict[str, Any]:
    return {
        "error": {
            "type": "Exception",
            "message": "words of Deezer",
            **({"code": code} if code else {}),
            **more,
        }
    }


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        pytest.param(of(error(800)), "no public playlist 3155776842", id="800 no data"),
        pytest.param(of(error(800), 404), "no public playlist 3155776842", id="800 and 404"),
        pytest.param(of({"error": "Not Found"}, 404), "no public playlist", id="a text, and 404"),
        pytest.param(of({"error": "Not Found"}), "cannot give playlist", id="a text, and 200"),
        pytest.param(of(error(200)), "to its owner only", id="200 permission"),
        pytest.param(of(error(300)), "to its owner only", id="300 token"),
        pytest.param(of(error(500)), r"status 200, error 500", id="500 parameter"),
        pytest.param(of(error()), r"status 200\)", id="without a code"),
        pytest.param(of(error(code="800")), "cannot give", id="a code that is a text"),
        pytest.param(of(error(), 403), r"status 403\)", id="403"),
        pytest.param(Reply(403, b"<html>"), "status 403", id="403 in HTML"),
        pytest.param(of({"error": [], "results": True}), "cannot give", id="success, but no tracks"),
        pytest.param(of([]), "cannot give", id="a list"),
        pytest.param(of({"data": "x"}), "cannot give", id="another shape"),
    ],
)
def test_errors_are_final(service: Service, source: Source, reply: Reply, why: str):
    service.answers(reply)
    with pytest.raises(SourceError, match=why) as failed:
        source.capture(TOP)
    assert not isinstance(failed.value, TryLater)
    assert "words of Deezer" not in str(failed.value)
    assert len(service.asked) == 1


def test_an_empty_error_is_success(service: Service, source: Source):
    service.answers(of({"error": [], "data": [{"id": 1}]}))
    assert ids(source.capture(TOP).pages) == [1]


def test_busy_is_asked_again(service: Service, source: Source, clock: Clock):
    service.answers(of(error(700)), of(error(700)), of({"data": [{"id": 1}]}))
    assert len(source.capture(TOP).requests) == 3
    assert sum(clock.slept) < 2


def test_the_quota_is_waited_for(service: Service, source: Source, clock: Clock):
    service.answers(of(error(4)), of({"data": [{"id": 1}]}))
    source.capture(TOP)
    assert clock.slept == [5]


def test_a_quota_that_lasts_is_an_answer(service: Service, source: Source, clock: Clock):
    service.answers(of(error(4)))
    with pytest.raises(TryLater) as later:
        source.capture(TOP)
    assert later.value.not_before == clock.now() + timedelta(minutes=15)
    with pytest.raises(TryLater):
        source.capture(TOP)
    assert len(service.asked) == 5


def test_no_more_than_forty_requests_in_five_seconds(service: Service, source: Source, clock: Clock):
    service.answers(of({"data": [{"id": 1}]}))
    for _ in range(41):
        source.capture(TOP)
    assert clock.slept == [5]


@pytest.mark.parametrize("there", ["http://127.0.0.1:1/x", "https://api.deezer.com/x", "//x", "nonsense"])
def test_another_origin_is_not_followed(service: Service, source: Source, there: str):
    service.script = playlist(service, 3, next=there)
    with pytest.raises(SourceError, match="another address"):
        source.capture(TOP)
    assert len(service.asked) == 1


def test_a_service_that_ignores_the_index_is_noticed(service: Service, source: Source):
    first = playlist(service, 150)
    service.script = lambda asked: first(Asked("GET", asked.path, {**asked.query, "index": "0"}, {}))
    with pytest.raises(SourceError, match="stopped at position 100"):
        source.capture(TOP)
    assert len(service.asked) == 2


def test_a_service_that_never_ends_is_noticed(service: Service, source: Source):
    service.answers(of({"data": [], "next": f"{service.url}/more"}))
    with pytest.raises(SourceError, match="stopped at position 0"):
        source.capture(TOP)


def test_an_edit_between_two_pages_starts_again(service: Service, source: Source):
    old, new = playlist(service, 150, checksum="old"), playlist(service, 150, checksum="new")

    def script(asked: Asked) -> Reply:
        return old(asked) if len(service.asked) == 1 else new(asked)

    service.script = script
    found = source.capture(TOP)
    assert [json.loads(page)["checksum"] for page in found.pages] == ["new", "new"]
    assert len(found.requests) == 4


def test_an_edit_without_end_is_an_answer(service: Service, source: Source, clock: Clock):
    def script(asked: Asked) -> Reply:
        return playlist(service, 150 + len(service.asked))(asked)

    service.script = script
    with pytest.raises(TryLater, match="was edited while it was read, 3 times") as later:
        source.capture(TOP)
    assert later.value.not_before == clock.now() + timedelta(minutes=10)
    assert len(service.asked) == 6


@pytest.mark.parametrize(
    "identity", ["", "top", "-1", "12a", "٣", "²", "1" * 19, "https://www.deezer.com/playlist/1"]
)
def test_ids_that_are_none(service: Service, source: Source, identity: str):
    chart = Chart(source="deezer", id=identity)
    for ask in (source.accepts, source.capture):
        with pytest.raises(SettingsError, match="number of a playlist"):
            ask(chart)
    assert service.asked == []


@pytest.mark.parametrize("size", [0, -1, 10_001])
def test_sizes_that_are_none(source: Source, size: int):
    with pytest.raises(SettingsError, match="write 1 to 10000"):
        source.accepts(Chart(source="deezer", id=TOP.id, size=size))
