"""Services that misbehave, over real sockets: nothing too early, no end without a reason, all or nothing."""

from __future__ import annotations

import gzip
import random
import zlib
from datetime import timedelta
from email.utils import format_datetime
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from scripted import HANGS_UP, RESET, Clock, Reply, Service, of, sends

from chartlake.errors import CredentialsError, SourceError, TryLater
from chartlake.sources import Chart, open_source
from chartlake.sources.apple import Settings as AppleSettings
from chartlake.sources.deezer import Settings as DeezerSettings
from chartlake.sources.http import Client
from chartlake.sources.listenbrainz import Settings as ListenBrainzSettings
from editing import edited, one_run
from proving import proven

if TYPE_CHECKING:
    from collections.abc import Callable

BUDGET = 120.0
QUOTA = {"error": {"status": 429, "message": "quota", "reason": "QUOTA_EXCEEDED"}}

CHARTS: dict[str, tuple[Chart, Callable[[str], Any], dict[str, Any]]] = {
    "deezer": (
        Chart(source="deezer", id="3155776842"),
        lambda url: DeezerSettings(url=url),
        {"data": [{"id": 1, "title": "S"}], "total": 1},
    ),
    "apple": (
        Chart(source="apple", id="us-songs"),
        lambda url: AppleSettings(urls=[url]),
        {"feed": {"title": "T", "results": [{"id": "1"}]}},
    ),
    "listenbrainz": (
        Chart(source="listenbrainz", id="week"),
        lambda url: ListenBrainzSettings(url=url),
        {"payload": {"recordings": [{"track_name": "S"}]}},
    ),
}
"""A chart of each source that needs no login, its settings, and a good answer."""

Wait = tuple[str, float | None]
"""Headers of a 429, and the seconds that they mean; None is nothing readable."""


def waits(now: Any) -> dict[str, Wait]:
    """Everything that is written into Retry-After."""

    def at(**later: float) -> str:
        return format_datetime(now + timedelta(**later), usegmt=True)

    return {
        "0": ("Retry-After: 0", 0), "1": ("Retry-After: 1", 1), "59": ("Retry-After: 59", 59),
        "60": ("Retry-After: 60", 60), "61": ("Retry-After: 61", 61), "599": ("Retry-After: 599", 599),
        "a day": ("Retry-After: 86400", 86400), "-5": ("Retry-After: -5", None),
        "abc": ("Retry-After: abc", None), "empty": ("Retry-After:", None),
        "blank": ("Retry-After:   ", None),
        "a fraction": ("Retry-After: 1.5", None), "signed": ("Retry-After: +5", None),
        "of another script": ("Retry-After: \u0661\u0662".encode().decode("latin-1"), None),
        "huge": ("Retry-After: 99999999999", 7 * 86400), "endless": (f"Retry-After: {'9' * 4000}", None),
        "a past date": (f"Retry-After: {at(seconds=-90)}", 0),
        "a date": (f"Retry-After: {at(seconds=40)}", 40),
        "a far date": (f"Retry-After: {at(days=4000)}", 7 * 86400),
        "no such date": ("Retry-After: Fri, 99 Foo 2026 12:00:30 GMT", None),
        "beside a wrong clock": (f"Date: {at(hours=9)}\r\nRetry-After: {at(hours=9, seconds=30)}", 30),
        "two of them": ("Retry-After: 10\r\nRetry-After: 20", 20),
        "two alike": ("Retry-After: 10\r\nRetry-After: 10", 10),
        "a list": ("Retry-After: 10, 3", 10), "no header": ("X-Nothing: 1", None),
        "in other letters": ("rEtRy-AfTeR: 7", 7), "another header": ("X-RateLimit-Reset-In: 9", 9),
        "with a tab": ("Retry-After:\t7\t", 7),
    }  # fmt: skip


def refusing(lines: str, status: int = 429, body: bytes = b"{}") -> Reply:
    head = f"HTTP/1.1 {status} No\r\n{lines}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return sends(head.encode("latin-1") + body)


class Timed:
    """A script that notes when each request came, in seconds of the clock."""

    def __init__(self, clock: Clock, *replies: Reply) -> None:
        self.clock, self.left, self.at = clock, list(replies), []

    def __call__(self, _: Any) -> Reply:
        self.at.append(self.clock.passed)
        return self.left.pop(0) if len(self.left) > 1 else self.left[0]


@pytest.mark.parametrize("source", CHARTS)
def test_every_form_of_retry_after(service: Service, source: str):
    chart, settings, good = CHARTS[source]
    with proven(f"forms of Retry-After ({source})", promise=6, where="real sockets") as tally:
        for (_, (lines, wait)), status in product(waits(Clock().now()).items(), (429, 503)):
            clock = Clock()
            service.forget()
            service.script = timed = Timed(clock, refusing(lines, status), of(good))
            with Client(clock=clock, connect=2.0, read=2.0) as client:
                opened = open_source(source, settings(service.url), client=client, secrets=lambda _: None)
                tally.cases += 1
                later = None
                try:
                    opened.capture(chart)
                except TryLater as error:
                    later = (error.not_before - clock.now()).total_seconds()
            early = wait is not None and len(timed.at) > 1 and timed.at[1] - timed.at[0] < wait - 1e-6
            slow = clock.passed > BUDGET
            told = (later is not None) == (wait is not None and wait > 60)
            exact = later is None or wait is None or abs(later - wait) < 1.5
            tally.wrong += early or slow or not told or not exact
            assert not early, (source, lines, status)
            assert told, (source, lines, status, later, timed.at)
            assert exact, (source, lines, status, later)


def head(status: int, *lines: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status} X", *lines, "", ""]).encode()


def bomb() -> bytes:
    """32 MiB in 32 KiB, and JSON besides."""
    packed = zlib.compressobj(9, wbits=31)
    return packed.compress(b'"' + bytes(32 << 20) + b'"') + packed.flush()


def troubles(good: bytes) -> dict[str, Reply]:
    """What a service and whatever stands before it may do to one answer."""
    zipped, size = gzip.compress(good), len(good)
    return {
        "a reset": RESET,
        "no answer": HANGS_UP,
        "half a head": sends(b"HTTP/1.1 200 OK\r\nContent-Le"),
        "no HTTP": sends(b"\x16\x03\x01\x02\x00\x01"),
        "another protocol": sends(b"SSH-2.0-x\r\n"),
        "a body cut off": sends(head(200, f"Content-Length: {size}") + good[: size // 2]),
        "no body": sends(head(200, f"Content-Length: {size}")),
        "a length too great": sends(head(200, f"Content-Length: {size + 9}") + good),
        "a length too small": sends(head(200, f"Content-Length: {size - 3}", "Connection: close") + good),
        "no length that is one": sends(head(200, "Content-Length: many") + good),
        "a negative length": sends(head(200, "Content-Length: -1") + good),
        "two lengths": sends(head(200, f"Content-Length: {size}", "Content-Length: 3") + good),
        "chunks cut off": sends(head(200, "Transfer-Encoding: chunked") + b"5\r\n" + good[:5]),
        "chunks of no length": sends(head(200, "Transfer-Encoding: chunked") + b"zz\r\n"),
        "a chunk without end": sends(head(200, "Transfer-Encoding: chunked") + b"f" * 40 + b"\r\n"),
        "gzip cut off": Reply(200, zipped[:-9], {"Content-Encoding": "gzip"}),
        "two gzips": Reply(200, zipped * 2, {"Content-Encoding": "gzip"}),
        "gzip that is none": Reply(200, good, {"Content-Encoding": "gzip"}),
        "another encoding": Reply(200, good, {"Content-Encoding": "br"}),
        "a gzip bomb": Reply(200, bomb(), {"Content-Encoding": "gzip"}),
        "17 MiB": Reply(200, b'"' + b"x" * (17 << 20) + b'"'),
        "endless heads": sends(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 40_000),
        "an endless line": sends(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 300_000),
        "HTML": Reply(200, b"<!doctype html><title>Log in</title>"),
        "an empty body": Reply(200, b""),
        "no content": Reply(204),
        "nothing modified": Reply(304),
        "a circle": Reply(302, b"", {"Location": "?"}),
        "to another host": Reply(302, b"", {"Location": "https://example.invalid/"}),
        "to a file": Reply(301, b"", {"Location": "file:///etc/passwd"}),
        "to the cloud's own address": Reply(307, b"", {"Location": "http://169.254.169.254/latest/meta-data/"}),
        "to this machine in disguise": Reply(302, b"", {"Location": "http://2130706433/"}),
        "a redirect to nowhere": Reply(302),
        "bytes that are no text": Reply(200, b'{"data": ["\xff\xfe"]}'),
        "deep": Reply(200, b"[" * 50_000 + b"]" * 50_000),
        "401": Reply(401, b"{}"),
        "403": Reply(403, b"{}"),
        "404": Reply(404, b"{}"),
        "500": Reply(500),
        "599": Reply(599),
        "a used-up quota": of(QUOTA, 429),
        "a used-up quota for an hour": of(QUOTA, 429, Retry_After="3600"),
    }  # fmt: skip


@pytest.mark.parametrize("source", CHARTS)
def test_lasting_trouble_ends_in_time_with_a_reason(service: Service, source: str):
    chart, settings, good = CHARTS[source]
    with proven(f"lasting trouble of every kind ({source})", promise=6, where="real sockets") as tally:
        for what, reply in troubles(of(good).body).items():
            clock = Clock()
            service.forget()
            service.answers(reply)
            with Client(clock=clock, connect=2.0, read=2.0) as client:
                opened = open_source(source, settings(service.url), client=client, secrets=lambda _: None)
                tally.cases += 1
                with pytest.raises((SourceError, CredentialsError)) as failed:
                    opened.capture(chart)
            tally.wrong += clock.passed > BUDGET or not str(failed.value).isprintable()
            assert clock.passed <= BUDGET, what
            assert len(service.asked) <= 16, what


def test_stalls_and_drips_end_in_time(service: Service):
    """With a clock that goes: half a second is given, and no more is taken."""
    with proven("stalls and drips", promise=6, where="real sockets") as tally:
        for reply in (
            sends(b"", b"", pause=3.0),
            sends(*[b"H"] * 40, pause=0.1),
            sends(head(200, "Content-Length: 40"), *[b" "] * 40, pause=0.1),
            sends(head(200, "Transfer-Encoding: chunked"), *[b"1\r\n \r\n"] * 40, pause=0.1),
            sends(head(100), *[head(100)] * 40, pause=0.1),
        ):
            service.answers(reply)
            with Client(budget=0.5, connect=0.3, read=0.3, exchange=0.4) as client:
                opened = open_source(
                    "deezer", DeezerSettings(url=service.url), client=client, secrets=lambda _: None
                )
                began = client.clock.monotonic()
                with pytest.raises(SourceError):
                    opened.capture(CHARTS["deezer"][0])
                took = client.clock.monotonic() - began
            tally.cases += 1
            tally.wrong += took > 1.5
            assert took < 1.5


# Lists that are edited between two pages, and services that lie about them


@pytest.mark.parametrize("source", ["spotify", "deezer"])
def test_whatever_is_edited_the_capture_is_one_true_version(service: Service, source: str):
    with proven(f"a {source} playlist edited between its pages", promise=1, where="real sockets",
                random=True) as tally:  # fmt: skip
        whole = 0
        for seed in range(60):
            found, versions = edited(service, source, random.Random(seed))
            tally.cases += 1
            tally.torn += found is not None and found not in versions
            whole += found is not None
        assert 10 < whole < 60


LIES: dict[str, Callable[[dict[str, Any], int], dict[str, Any]]] = {
    "a total that is too great": lambda page, _: page | {"total": 999},
    "a total that is too small": lambda page, _: page | {"total": 1},
    "a total that is none": lambda page, _: page | {"total": "many"},
    "a negative total": lambda page, _: page | {"total": -1},
    "another total each time": lambda page, index: page | {"total": 150 + index},
    "the index ignored": lambda page, _: page | {"data": [{"id": n} for n in range(100)]},
    "pages that repeat": lambda page, _: page | {"data": [{"id": 1}] * 100, "next": page.get("next")},
    "an empty page, and more to come": lambda page, _: page | {"data": []},
    "no more, half way": lambda page, _: {name: page[name] for name in page if name != "next"},
    "no list": lambda *_: {"total": 150},
    "null for a list": lambda page, _: page | {"data": None},
    "nulls for songs": lambda page, _: page | {"data": [None] * 100},
    "more for ever": lambda page, _: page | {"next": "SAME"},
    "more elsewhere": lambda page, _: page | {"next": "http://127.0.0.1:1/x"},
}  # fmt: skip


def test_a_service_that_lies_about_its_list_gives_all_of_it_or_nothing(service: Service, tmp_path: Any):
    """Whatever it says, 150 entries are published, or none and a reason."""
    with proven("a service that lies about its list", promise=1, where="real sockets") as tally:
        for what, lie in LIES.items():
            service.forget()

            def script(asked: Any, lie: Any = lie) -> Reply:
                index = int(asked.query.get("index", 0))
                songs = [{"id": n, "title": f"S{n}"} for n in range(index, min(index + 100, 150))]
                page: dict[str, Any] = {"data": songs, "total": 150, "checksum": "one"}
                if index + 100 < 150:
                    page["next"] = f"{service.url}{asked.path}?limit=100&index={index + 100}"
                page = lie(page, index)
                if page.get("next") == "SAME":
                    page["next"] = f"{service.url}{asked.path}?limit=100&index={index}"
                return of(page)

            service.script = script
            row = one_run(service, tmp_path / what)
            tally.cases += 1
            tally.torn += row.state == "published" and row.rows_out != 150
            tally.wrong += row.state not in {"published", "failed", "rejected", "deferred"}
            assert row.state == "published" or row.reason, what
