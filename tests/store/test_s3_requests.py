"""How many requests S3 is asked for, counted on the way to a real server; and answers that are lost on it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from between import Between

from chartlake import pipeline
from chartlake.capture import capture
from chartlake.errors import StorageError
from chartlake.sources import Chart
from chartlake.store import open_store
from chartlake.sweep import take_up
from making import PLAYLIST, FakeSource, day, playlist, put_pending

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartlake.store import Store
    from conftest import Clock
    from seaweed import Seaweed

CHART = Chart(source="spotify", id=PLAYLIST)


@pytest.fixture
def between(seaweed: Seaweed, s3_address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Between]:
    with Between(seaweed.endpoint) as between:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", between.endpoint)
        yield between


@pytest.fixture
def store(between: Between, s3_address: str) -> Store:
    return open_store(s3_address)


def test_a_capture_alone_costs_four_requests_at_most(store: Store, between: Between, clock: Clock):
    for number in (1, 2):
        between.requests.clear()
        attempt = capture(CHART, source=FakeSource(playlist(number)), store=store, now=clock)
        assert attempt.state == "captured"
        clock.go_on(days=1)
    assert len(between.requests) <= 4, between.requests


def test_a_transform_alone_costs_eleven_requests_at_most(store: Store, between: Between):
    keys = [put_pending(store, playlist(1, 2, 3), captured_at=day(number)) for number in (1, 2)]
    take_up(store, keys[:1], now=day(4))
    between.requests.clear()
    take_up(store, keys[1:], now=day(4))
    assert len(between.requests) <= 11, between.requests


def test_a_batch_costs_two_requests_a_document_and_few_besides(store: Store, between: Between):
    keys = [put_pending(store, playlist(1, 2), captured_at=day(number)) for number in range(1, 21)]
    between.requests.clear()
    take_up(store, keys, now=day(25))
    kinds = [request.partition(" ")[0] for request in between.requests]
    assert (kinds.count("GET"), kinds.count("COPY")) == (20, 20)
    assert len(kinds) <= 2 * 20 + 12, between.requests


@pytest.mark.parametrize(
    ("call", "asked"),
    [
        ("get", ["GET"]),
        ("get some", ["GET"]),
        ("put", ["PUT"]),
        ("create", ["PUT"]),
        ("create again", ["PUT"]),
        ("move", ["COPY", "DELETE"]),
        ("move again", ["COPY", "HEAD", "DELETE"]),
        ("delete", ["DELETE"]),
        ("list", ["LIST"]),
    ],
)
def test_nothing_is_asked_that_need_not_be(store: Store, between: Between, call: str, asked: list[str]):
    store.put("a/k", b"1")
    store.put("b/l", b"2")
    between.requests.clear()
    {
        "get": lambda: store.get("a/k"),
        "get some": lambda: store.get("a/k", most=1),
        "put": lambda: store.put("a/k", b"3"),
        "create": lambda: store.create("a/n", b"3"),
        "create again": lambda: store.create("a/k", b"1"),
        "move": lambda: store.move([("a/k", "b/k")]),
        "move again": lambda: store.move([("a/l", "b/l")]),
        "delete": lambda: store.delete(["a/k", "b/l"]),
        "list": lambda: list(store.list("a/")),
    }[call]()
    assert [request.partition(" ")[0] for request in between.requests] == asked


@pytest.mark.parametrize("spoil", ["lost", "broken"])
@pytest.mark.parametrize("there", [None, b"another's", b"mine"], ids=["new", "another's", "the same"])
def test_a_create_whose_answer_is_lost_is_found_out_about(
    store: Store, between: Between, there: bytes | None, spoil: str
):
    if there is not None:
        store.put("claims/tick", there)
    between.requests.clear()
    between.spoil = lambda request, number: spoil if request.startswith("PUT") and number == 1 else None
    assert store.create("claims/tick", b"mine") is (there != b"another's")
    assert store.get("claims/tick") == (there or b"mine")


def test_a_create_that_comes_second_without_a_lost_answer_is_never_the_first(store: Store):
    assert store.create("claims/tick", b"mine") is True
    assert store.create("claims/tick", b"mine") is False


@pytest.mark.parametrize("spoil", ["busy", "conflict"])
@pytest.mark.parametrize("there", [None, b"another's"], ids=["new", "there"])
def test_a_create_that_was_not_done_is_tried_again(
    store: Store, between: Between, there: bytes | None, spoil: str
):
    if there is not None:
        store.put("claims/tick", there)
    between.requests.clear()
    between.spoil = lambda request, number: spoil if request.startswith("PUT") and number < 3 else None
    assert store.create("claims/tick", b"mine") is (there is None)
    assert store.get("claims/tick") == (there or b"mine")


def test_a_conflict_that_does_not_end_is_a_no(store: Store, between: Between):
    between.spoil = lambda _request, _number: "conflict"
    assert store.create("claims/tick", b"mine") is False


SPOILED = {
    "put": lambda store: store.put("a/k", b"2"),
    "get": lambda store: store.get("a/k"),
    "list": lambda store: list(store.list("a/")),
    "move": lambda store: store.move([("a/k", "b/k")]),
    "delete": lambda store: store.delete(["a/k"]),
}


@pytest.mark.parametrize("spoil", ["lost", "broken", "busy", "cut"])
@pytest.mark.parametrize("call", SPOILED)
def test_what_fails_in_passing_is_repeated(store: Store, between: Between, call: str, spoil: str):
    """Once each request; whatever comes of it, saying it again after an error brings it to its end."""
    store.put("a/k", b"1" * 1000)
    between.spoil = lambda _request, number: spoil if number == 1 else None
    between.requests.clear()
    for _ in range(3):
        try:
            SPOILED[call](store)
            break
        except StorageError as error:
            assert "run it again" in str(error)  # noqa: PT017 - it need not come at all
    between.spoil = lambda _request, _number: None
    left = {stored.key for zone in ("a/", "b/") for stored in store.list(zone)}
    assert left == {"move": {"b/k"}, "delete": set()}.get(call, {"a/k"})


def test_a_whole_run_survives_every_third_answer_being_spoiled(
    store: Store, between: Between, clock: Clock, s3_address: str
):
    kinds = ["lost", "broken", "busy", "cut"]
    between.spoil = lambda _request, _number: (
        kinds[len(between.requests) // 3 % 4] if len(between.requests) % 3 == 0 else None
    )
    for number in range(2):
        for _ in range(20):
            try:
                pipeline.run(store, [CHART], {"spotify": FakeSource(playlist(number, 7, 8))}, now=clock)
                break
            except StorageError:
                clock.go_on(seconds=1)
        clock.go_on(days=1)
    between.spoil = lambda _request, _number: None
    pipeline.run(store, [], {}, now=clock)
    assert list(store.list("raw_data/to_be_processed/")) == []
    assert len(list(store.list("raw_data/processed/"))) == 2
    assert clock() < day(5) + timedelta(days=1)
