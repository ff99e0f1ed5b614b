"""What happens on the sockets: faults, many at once, and a clean end."""

from __future__ import annotations

import gc
import gzip
import json
import socket
import struct
import threading
import warnings
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPConnection, IncompleteRead
from time import monotonic, sleep
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit

import pytest

from chartlake.demo.faults import (
    answering,
    as_html,
    dripping,
    failing,
    oversized,
    rate_limited,
    resetting,
    slow,
    truncated,
    with_broken_gzip,
    with_wrong_length,
)
from chartlake.demo.services import Seen, Services

Asking = Callable[..., Any]

TRACKS = "/playlist/3155776842/tracks?limit=100"


@pytest.mark.parametrize(
    "retry_after", [None, "0", "120", "86400", "-5", "abc", "Wed, 03 Jun 2026 06:00:00 GMT"]
)
@pytest.mark.parametrize("style", ["json", "text", "quota"])
def test_a_rate_limit_says_whatever_it_is_told_to(
    services: Services, fetch: Asking, retry_after: str | None, style: Any
):
    services.misbehave(rate_limited(retry_after, style=style))

    got = fetch(services.deezer + TRACKS)

    assert (got.status, got.headers.get("Retry-After")) == (429, retry_after)
    if style == "text":
        assert got.body == b"Too many requests"
    else:
        assert got.json["error"].get("reason") == ("QUOTA_EXCEEDED" if style == "quota" else None)


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_may_fail_in_html(services: Services, fetch: Asking, status: int):
    services.misbehave(failing(status, retry_after="7"))

    got = fetch(services.deezer + TRACKS)

    assert (got.status, got.headers["Retry-After"]) == (status, "7")
    assert got.headers["Content-Type"].startswith("text/html")


def test_html_may_stand_where_json_belongs(services: Services, fetch: Asking):
    services.misbehave(as_html())

    got = fetch(services.deezer + TRACKS)

    assert got.status == 200
    assert got.body.startswith(b"<!doctype html>")


def test_any_other_answer_can_be_given(services: Services, fetch: Asking):
    services.misbehave(answering(302, Location="/elsewhere"))

    got = fetch(services.deezer + TRACKS)

    assert (got.status, got.headers["Location"]) == (302, "/elsewhere")


def test_an_answer_may_be_late(services: Services, fetch: Asking):
    services.misbehave(slow(0.25), times=2)

    with pytest.raises(TimeoutError):
        fetch(services.deezer + TRACKS, timeout=0.05)
    began = monotonic()
    assert len(fetch(services.deezer + TRACKS).json["data"]) == 100
    assert monotonic() - began >= 0.25


def test_a_body_may_drip(services: Services, fetch: Asking):
    services.misbehave(dripping(0.6))
    began = monotonic()

    got = fetch(services.deezer + TRACKS, timeout=0.4)

    assert monotonic() - began >= 0.5, "no single piece is late, but the whole is"
    assert len(got.json["data"]) == 100


@pytest.mark.parametrize("portion", [0.0, 0.5])
def test_a_connection_may_be_reset(services: Services, fetch: Asking, portion: float):
    services.misbehave(resetting(portion))

    with pytest.raises((ConnectionResetError, URLError)) as caught:
        fetch(services.deezer + TRACKS)

    reason = caught.value.reason if isinstance(caught.value, URLError) else caught.value
    assert isinstance(reason, ConnectionResetError)


def test_a_body_may_be_cut_off(services: Services, fetch: Asking):
    services.misbehave(truncated(0.25))

    with pytest.raises(IncompleteRead) as caught:
        fetch(services.deezer + TRACKS)

    whole = len(fetch(services.deezer + TRACKS).body)
    assert len(caught.value.partial) == pytest.approx(whole / 4, abs=1)


def test_a_length_may_be_wrong(services: Services, fetch: Asking):
    services.misbehave(with_wrong_length(10))
    services.misbehave(with_wrong_length(-10))

    with pytest.raises(IncompleteRead):
        fetch(services.deezer + TRACKS)
    with pytest.raises(json.JSONDecodeError):
        _ = fetch(services.deezer + TRACKS).json


def test_gzip_comes_to_who_takes_it(services: Services, fetch: Asking):
    plain = fetch(services.deezer + TRACKS)
    small = fetch(services.deezer + TRACKS, Accept_Encoding="gzip, deflate")

    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == "gzip"
    assert len(small.body) < len(plain.body) / 5
    assert gzip.decompress(small.body) == plain.body
    assert small.body[4:8] == bytes(4), "the clock is in it"


def test_gzip_may_be_broken(services: Services, fetch: Asking):
    services.misbehave(with_broken_gzip())

    got = fetch(services.deezer + TRACKS, Accept_Encoding="gzip")

    assert got.headers["Content-Encoding"] == "gzip"
    with pytest.raises((zlib.error, OSError, EOFError)):
        gzip.decompress(got.body)


@pytest.mark.parametrize("sent", ["as it is", "compressed"])
def test_a_body_may_be_far_too_large(services: Services, fetch: Asking, sent: str):
    size, bomb = 3_000_000, sent == "compressed"
    services.misbehave(oversized(size, bomb=bomb))

    got = fetch(services.deezer + TRACKS, Accept_Encoding="gzip")

    assert (got.headers.get("Content-Encoding") == "gzip") == bomb
    body = gzip.decompress(got.body) if bomb else got.body
    assert len(body) == size
    assert json.loads(body)
    assert len(got.body) < 20_000 or not bomb


def test_faults_meet_the_requests_they_are_meant_for_and_as_many(services: Services, fetch: Asking):
    services.misbehave(failing(500), service="apple", times=2)
    services.misbehave(failing(503), service="deezer", path="/playlist/*/tracks")
    services.misbehave(failing(502), path="*index=50*")

    tracks = services.deezer + TRACKS
    assert fetch(services.deezer + "/playlist/3155776842").status == 200
    assert [fetch(tracks).status for _ in range(2)] == [503, 200]
    assert [fetch(tracks + "&index=50").status for _ in range(2)] == [502, 200]
    apple = f"{services.apple}/api/v2/us/music/most-played/10/songs.json"
    assert services.faults_left == 2
    assert [fetch(apple).status for _ in range(3)] == [500, 500, 200]
    assert services.faults_left == 0


def test_what_was_asked_is_known_but_no_secret(services: Services, fetch: Asking, basic: Asking):
    services.misbehave(failing(503), service="deezer")
    fetch(services.deezer + TRACKS)
    fetch(
        services.spotify_accounts + "/api/token",
        data={"grant_type": "client_credentials"},
        Authorization=basic("demo-extended"),
    )

    assert services.seen == [
        Seen("deezer", "GET", TRACKS, 503),
        Seen("spotify_accounts", "POST", "/api/token", 200),
    ]


def test_a_connection_carries_many_requests(services: Services):
    connection = HTTPConnection(urlsplit(services.deezer).netloc)
    ports = set()
    for _ in range(50):
        connection.request("GET", TRACKS)
        answer = connection.getresponse()
        assert len(answer.read()) > 100_000
        ports.add(connection.sock.getsockname()[1])
    connection.close()

    assert len(ports) == 1


def test_head_and_body_leave_together(services: Services):
    host, port = urlsplit(services.deezer).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")
        received = connection.recv(65536)

    assert received.startswith(b"HTTP/1.1 404 Not Found\r\n")
    assert received.endswith(b'{"error":"Not Found"}')


def test_many_at_once_get_what_one_gets(services: Services, fetch: Asking):
    paths = [
        services.deezer + TRACKS,
        f"{services.apple}/api/v2/us/music/most-played/100/songs.json",
        f"{services.listenbrainz}/1/stats/sitewide/recordings?range=week&count=100",
    ] * 20
    alone = {path: fetch(path).body for path in paths[:3]}

    with ThreadPoolExecutor(12) as pool:
        together = list(pool.map(lambda path: (path, fetch(path).body), paths))

    assert together == [(path, alone[path]) for path in paths]


def test_the_day_moves_when_it_is_told_to(services: Services, fetch: Asking):
    first = fetch(services.deezer + TRACKS)
    services.today = services.today.replace(day=2)
    second = fetch(services.deezer + TRACKS)

    assert first.body != second.body
    assert first.headers["Date"] == "Mon, 01 Jun 2026 06:30:00 GMT"
    assert second.headers["Date"] == "Tue, 02 Jun 2026 06:30:00 GMT"


def test_the_same_ports_make_the_same_bytes(fetch: Asking):
    def bodies(port: int) -> list[bytes]:
        with Services(first_port=port) as services:
            return [
                fetch(services.deezer + "/playlist/3155776842/tracks").body,
                fetch(services.apple + "/api/v2/us/music/most-played/10/songs.json").body,
            ]

    for port in range(21_000, 30_000, 97):
        with suppress(OSError):
            assert bodies(port) == bodies(port)
            return
    pytest.fail("no five ports in a row are free")


def test_a_port_that_is_taken_leaves_nothing_running():
    with Services() as running:
        before = threading.active_count()
        with (
            pytest.raises(OSError, match="in use"),
            Services(first_port=int(running.deezer.rpartition(":")[2]) - 1),
        ):
            pass
        assert threading.active_count() == before


def test_services_listen_on_this_machine_alone(services: Services):
    for base in (services.spotify_api, services.spotify_accounts, services.deezer, services.apple):
        assert base.startswith("http://127.0.0.1:")
    for server in services._servers.values():
        assert server.socket.getsockname()[0] == "127.0.0.1"


def test_nobody_speaks_of_a_client_that_goes_away(services: Services, capfd: pytest.CaptureFixture[str]):
    server = services._servers["deezer"]
    with socket.create_connection(server.server_address[:2]) as connection:
        connection.sendall(b"GET /chart/0/tr")
        while not server._open:
            sleep(0.01)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    while server._open:
        sleep(0.01)

    assert capfd.readouterr() == ("", "")


def test_the_end_is_clean_even_in_the_middle_of_things():
    before = set(threading.enumerate())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with Services() as services:
            host, port = urlsplit(services.deezer).netloc.split(":")
            idle = socket.create_connection((host, int(port)))
            waiting = socket.create_connection((host, int(port)))
            services.misbehave(slow(60))
            waiting.sendall(b"GET /playlist/3155776842 HTTP/1.1\r\nHost: x\r\n\r\n")
            while not services.seen:
                sleep(0.01)
            began = monotonic()
        assert monotonic() - began < 2
        assert (idle.recv(1), waiting.recv(1)) == (b"", b"")
        idle.close()
        waiting.close()
        gc.collect()

    assert set(threading.enumerate()) == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)))
