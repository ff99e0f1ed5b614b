"""The client against services that misbehave, on real sockets."""

from __future__ import annotations

import gzip
import json
import logging
import ssl
import subprocess
import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import httpcore2
import pytest
from scripted import HANGS_UP, RESET, Clock, Reply, Service, gzipped, of, sends

from chartlake import __version__
from chartlake.errors import SettingsError, SourceError, TryLater
from chartlake.sources import BUILT_IN
from chartlake.sources.http import Answer, Client
from chartlake.sources.http.wire import translated

if TYPE_CHECKING:
    pass

GOOD = of({"good": True})
CUT = sends(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"good": ')
CUT_CHUNK = sends(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{"good": \r\n')
CUT_GZIP = Reply(200, gzip.compress(b'{"good": true}')[:-9], {"Content-Encoding": "gzip"})
QUOTA = {"error": {"status": 429, "message": "Too many requests", "reason": "QUOTA_EXCEEDED"}}


def test_an_answer_is_taken_as_it_is(service: Service, client: Client):
    body = b'  {"name": "D\xc3\x81KITI", "again": 1, "again": 2}\n'
    service.answers(Reply(200, body, {"X-Seen": "yes"}))
    visit = client.visit()
    answer = visit.get(f"{service.url}/x", params={"limit": 5, "q": "a b&c"}, headers={"X-Own": "1"})
    assert (answer.status, answer.body, answer.headers["x-seen"]) == (200, body, "yes")
    [asked] = service.asked
    assert (asked.method, asked.path, asked.query) == ("GET", "/x", {"limit": "5", "q": "a b&c"})
    assert asked.headers["user-agent"] == f"chartlake/{__version__}"
    assert asked.headers["accept-encoding"] == "gzip"
    assert asked.headers["x-own"] == "1"
    [request] = visit.requests
    assert (request.url, request.status) == (f"{service.url}/x?limit=5&q=a+b%26c", 200)
    assert visit.received == len(body)


def test_gzip_is_unpacked_and_counted_unpacked(service: Service, client: Client):
    body = json.dumps(["same"] * 1000).encode()
    service.answers(gzipped(body))
    visit = client.visit()
    assert visit.get(service.url).body == body
    assert visit.received == len(body)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418])
def test_a_4xx_is_an_answer(service: Service, client: Client, status: int):
    service.answers(Reply(status, b"in plain text"))
    answer = client.visit().get(service.url)
    assert (answer.status, answer.body) == (status, b"in plain text")
    assert len(service.asked) == 1


def test_no_content_is_an_answer(service: Service, client: Client):
    service.answers(Reply(204))
    assert client.visit().get(service.url).status == 204


PASSING = {
    "reset": RESET,
    "hangs up": HANGS_UP,
    "500": Reply(500),
    "502": Reply(502, b"<html>"),
    "503": Reply(503),
    "504": Reply(504, b"{}"),
    "empty": Reply(200, b""),
    "HTML": Reply(200, b"<html>maintenance</html>"),
    "half a document": Reply(200, b'{"good": '),
    "two documents": Reply(200, b"{} {}"),
    "not UTF-8": Reply(200, b'{"good": "\xff"}'),
    "too deep": Reply(200, b"[" * 100_000 + b"]" * 100_000),
    "body cut off": CUT,
    "chunk cut off": CUT_CHUNK,
    "gzip cut off": CUT_GZIP,
    "gzip that is none": Reply(200, b'{"good": true}', {"Content-Encoding": "gzip"}),
    "gzip twice": Reply(200, gzip.compress(b"{}") * 2, {"Content-Encoding": "gzip"}),
    "no HTTP": sends(b"220 smtp.example ESMTP\r\n"),
    "wrong length": sends(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}"),
}


@pytest.mark.parametrize("trouble", PASSING.values(), ids=PASSING.keys())
def test_passing_trouble_passes(service: Service, client: Client, clock: Clock, trouble: Reply):
    service.answers(trouble, trouble, GOOD)
    visit = client.visit()
    assert visit.get(service.url).body == GOOD.body
    assert len(service.asked) == len(visit.requests) == 3
    first, second = clock.slept
    assert 0.25 <= first <= 0.5 <= second <= 1.0


LASTING = {
    "reset": (RESET, "broke off the connection"),
    "503": (Reply(503), "answered 503"),
    "HTML": (Reply(200, b"<html>"), "not JSON"),
    "gzip cut off": (CUT_GZIP, "damaged"),
}


@pytest.mark.parametrize(("trouble", "why"), LASTING.values(), ids=LASTING.keys())
def test_lasting_trouble_ends_in_a_sentence(
    service: Service, client: Client, clock: Clock, trouble: Reply, why: str
):
    service.answers(trouble)
    visit = client.visit()
    with pytest.raises(SourceError, match=why) as failed:
        visit.get(service.url)
    assert "127.0.0.1" in str(failed.value)
    assert "run again" in str(failed.value)
    assert len(service.asked) == len(visit.requests) == len(clock.slept) + 1 == 8
    assert client.latest is visit
    assert clock.passed < 60


def test_attempts_can_be_fewer(service: Service, client: Client):
    service.answers(Reply(503))
    with pytest.raises(SourceError):
        client.visit().get(service.url, attempts=2)
    assert len(service.asked) == 2


def test_a_host_that_is_not_there(client: Client, closed_port: str):
    visit = client.visit()
    with pytest.raises(SourceError, match=r"127\.0\.0\.1 cannot be reached; check the network"):
        visit.get(closed_port)
    assert [request.status for request in visit.requests] == [0] * 3


def test_a_name_that_is_not_there(client: Client):
    with pytest.raises(SourceError, match=r"nowhere\.invalid cannot be reached"):
        client.visit().get("https://nowhere.invalid/", attempts=1)


def test_what_is_no_tls_is_not_reached(service: Service, client: Client):
    with pytest.raises(SourceError, match="cannot be reached"):
        client.visit().get(service.url.replace("http:", "https:"), attempts=1)
    assert service.asked == []


@pytest.mark.parametrize(
    "url",
    ["http://example.com/", "file:///etc/passwd", "http://169.254.169.254/", "https://me:word@a.example/"],
)
def test_addresses_that_are_not_called(client: Client, url: str):
    visit = client.visit()
    for ask in (visit.get, lambda url: visit.post(url, form={})):
        with pytest.raises(SettingsError):
            ask(url)
    assert visit.requests == []


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param(b'"' + b"x" * (16 << 20) + b'"', {}, id="plain"),
        pytest.param(
            gzip.compress(b'"' + bytes(16 << 20) + b'"', 1), {"Content-Encoding": "gzip"}, id="bomb"
        ),
    ],
)
def test_more_than_16_mib_is_not_taken_in(
    service: Service, client: Client, body: bytes, headers: dict[str, str]
):
    service.answers(Reply(200, body, headers))
    with pytest.raises(SourceError, match="more than 16 MiB"):
        client.visit().get(service.url)
    assert len(service.asked) == 1


# ---- rate limits


@pytest.mark.parametrize(
    ("retry_after", "waited"), [("1", 1), ("59", 59), ("60", 60), ("Mon, 01 Jun 2026 06:30:40 GMT", 40)]
)
def test_a_short_limit_is_waited_for(
    service: Service, client: Client, clock: Clock, retry_after: str, waited: float
):
    service.answers(sends_limit(retry_after), GOOD)
    assert client.visit().get(service.url).body == GOOD.body
    assert clock.slept == [pytest.approx(waited)]


def sends_limit(retry_after: str) -> Reply:
    """A refusal without a Date of its own, so that dates are measured by the test's clock."""
    head = f"HTTP/1.1 429 No\r\nRetry-After: {retry_after}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    return sends(head.encode())


@pytest.mark.parametrize(("retry_after", "left"), [("61", 61), ("599", 599), ("86400", 86400)])
def test_a_long_limit_is_an_answer(
    service: Service, client: Client, clock: Clock, retry_after: str, left: float
):
    service.answers(of({}, 429, Retry_After=retry_after))
    began = clock.now()
    with pytest.raises(TryLater, match=r"127\.0\.0\.1 asks to be left alone until 2026-06-0") as later:
        client.visit().get(service.url)
    assert later.value.not_before == began + timedelta(seconds=left)
    assert (clock.slept, len(service.asked)) == ([], 1)


@pytest.mark.parametrize("retry_after", ["-5", "abc", "²", "", None])
def test_a_limit_without_a_time_is_waited_for_with_growing_pauses(
    service: Service, client: Client, clock: Clock, retry_after: str | None
):
    limit = sends_limit(retry_after) if retry_after and retry_after.isascii() else Reply(429)
    service.answers(limit, limit, GOOD)
    assert client.visit().get(service.url).body == GOOD.body
    assert clock.slept == [5, 10]


def test_a_limit_without_a_time_that_lasts_is_an_answer(service: Service, client: Client, clock: Clock):
    service.answers(Reply(429, b"Too many requests"))
    with pytest.raises(TryLater) as later:
        client.visit().get(service.url)
    assert clock.slept == [5, 10, 20, 40]
    assert later.value.not_before == clock.now() + timedelta(minutes=15)


def test_a_limit_of_zero_seconds_is_no_reason_to_hammer(service: Service, client: Client, clock: Clock):
    service.answers(of({}, 429, Retry_After="0"))
    with pytest.raises(TryLater):
        client.visit().get(service.url)
    assert len(service.asked) == 8
    assert sum(clock.slept) > 10


def test_no_wait_goes_past_the_budget(service: Service, clock: Clock):
    service.answers(of({}, 429, Retry_After="40"))
    began = clock.now()
    with Client(clock=clock, budget=100) as client, pytest.raises(TryLater) as later:
        client.visit().get(service.url)
    assert clock.slept == [40, 40]
    assert later.value.not_before == began + timedelta(seconds=120)


@pytest.mark.parametrize(
    ("headers", "left"), [({}, 86400), ({"Retry_After": "30"}, 30), ({"Retry_After": "48925"}, 48925)]
)
def test_a_used_up_quota_is_never_waited_for(
    service: Service, client: Client, clock: Clock, headers: dict[str, str], left: float
):
    service.answers(of(QUOTA, 429, **headers))
    with pytest.raises(TryLater) as later:
        client.visit().get(service.url)
    assert later.value.not_before == clock.now() + timedelta(seconds=left)
    assert (clock.slept, len(service.asked)) == ([], 1)


def test_what_is_closed_is_not_asked_again_by_other_visits(service: Service, client: Client, clock: Clock):
    service.answers(of({}, 429, Retry_After="3600"), GOOD)
    with Service() as other:
        other.answers(GOOD)
        first = moment(client, service)
        clock.pass_by(3000)
        assert moment(client, service) == first
        assert len(service.asked) == 1
        assert client.visit().get(other.url).status == 200
    clock.pass_by(560)
    assert client.visit().get(service.url).status == 200
    assert clock.slept == [40]


def moment(client: Client, service: Service):
    with pytest.raises(TryLater) as later:
        client.visit().get(service.url)
    return later.value.not_before


def test_a_503_may_say_when(service: Service, client: Client, clock: Clock):
    service.answers(of({}, 503, Retry_After="20"), GOOD)
    client.visit().get(service.url)
    assert clock.slept == [20]


def test_the_last_request_allowed_closes_the_window(service: Service, client: Client, clock: Clock):
    service.answers(of({}, X_RateLimit_Remaining="0", X_RateLimit_Reset_In="7"), GOOD)
    client.visit().get(service.url)
    client.visit().get(service.url)
    assert clock.slept == [7]


def test_the_longer_of_two_waits_counts(service: Service, client: Client, clock: Clock):
    service.answers(of({}, 429, Retry_After="2", X_RateLimit_Remaining="0", X_RateLimit_Reset_In="9"), GOOD)
    client.visit().get(service.url)
    assert clock.slept == [9]


def test_a_200_may_mean_trouble(service: Service, client: Client, clock: Clock):
    service.answers(of("limited"), of("busy"), of("fine"))
    answer = client.visit().get(service.url, judge=lambda body: None if b"fine" in body else json.loads(body))
    assert answer.body == b'"fine"'
    assert clock.slept[0] == 5
    assert len(clock.slept) == 2


def test_a_pace_is_kept_in_every_window(service: Service, client: Client, clock: Clock):
    service.answers(GOOD)
    client.keep_pace(service.url, requests=4, seconds=5.0)
    sent = []
    for _ in range(11):
        client.visit().get(service.url)
        sent.append(clock.passed)
        clock.pass_by(0.5)
    assert sent[:5] == [0.0, 0.5, 1.0, 1.5, 5.0]
    assert all(later - earlier >= 5.0 for earlier, later in zip(sent, sent[4:], strict=False))


# ---- deadlines: real time, since the waiting happens on the wire


SLOW = {
    "silence": [b"", b""],
    "a slow head": [bytes([byte]) for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 500],
    "endless continues": [b"HTTP/1.1 100 Continue\r\n\r\n"] * 500,
    "a slow body": [b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", *[b" "] * 500],
    "slow chunks": [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *[b"1\r\n \r\n"] * 500],
}


@pytest.mark.parametrize("parts", SLOW.values(), ids=SLOW.keys())
def test_no_server_is_slow_enough_to_exceed_the_budget(service: Service, parts: list[bytes]):
    service.answers(sends(*parts, pause=0.6 if len(parts) == 2 else 0.02))
    began = time.monotonic()
    with Client(budget=0.4) as client, pytest.raises(SourceError, match="did not answer in time"):
        client.visit().get(service.url)
    assert time.monotonic() - began < 0.7


def test_one_exchange_does_not_eat_the_whole_budget(service: Service):
    service.answers(sends(*[b"H"] * 500, pause=0.02), GOOD)
    began = time.monotonic()
    with Client(budget=30, exchange=0.2) as client:
        visit = client.visit()
        assert visit.get(service.url).body == GOOD.body
    assert time.monotonic() - began < 3
    assert [request.status for request in visit.requests] == [0, 200]


def test_a_capture_that_takes_too_long_ends(service: Service, client: Client, clock: Clock):
    service.script = lambda _: clock.pass_by(50) or GOOD
    visit = client.visit()
    for _ in range(2):
        visit.get(service.url)
    # The third answer comes after its end, by the test's clock; a fourth is not asked for.
    clock.pass_by(25)
    with pytest.raises(SourceError, match="a capture may take 120 seconds"):
        visit.get(service.url)
    assert len(service.asked) == 2
    assert client.visit().get(service.url).status == 200


# ---- redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_within_the_origin_is_followed(service: Service, client: Client, status: int):
    service.answers(Reply(status, b"", {"Location": "/there?x=1"}), GOOD)
    visit = client.visit()
    assert visit.get(f"{service.url}/here", headers={"Authorization": "Bearer mine"}).body == GOOD.body
    assert [asked.path for asked in service.asked] == ["/here", "/there"]
    assert service.asked[1].headers["authorization"] == "Bearer mine"
    assert [request.status for request in visit.requests] == [status, 200]


def test_three_redirects_are_followed_and_no_more(service: Service, client: Client):
    there = Reply(302, b"", {"Location": "/again"})
    service.answers(there, there, there, GOOD)
    assert client.visit().get(service.url).body == GOOD.body
    service.answers(there)
    with pytest.raises(SourceError, match="in a circle"):
        client.visit().get(service.url)
    assert len(service.asked) == 8


@pytest.mark.parametrize(
    "location",
    ["{other}/there", "//127.0.0.1:1/", "http://example.com/", "file:///etc/passwd", "https://[", "{user}"],
)
def test_credentials_never_leave_the_origin(service: Service, client: Client, location: str):
    with Service() as other:
        other.answers(GOOD)
        target = location.format(other=other.url, user=service.url.replace("//", "//me:word@"))
        service.answers(Reply(302, b"", {"Location": target}))
        with pytest.raises(SourceError, match="another address, which is not followed"):
            client.visit().get(service.url, headers={"Authorization": "Bearer mine"})
        assert (len(service.asked), other.asked) == (1, [])


def test_a_form_is_never_redirected(service: Service, client: Client):
    service.answers(Reply(307, b"", {"Location": "/there"}))
    with pytest.raises(SourceError, match="not followed"):
        client.visit().post(service.url, form={"a": "b"})
    assert len(service.asked) == 1


# ---- forms


def test_a_form_is_posted(service: Service, client: Client):
    service.answers(GOOD)
    assert client.visit().post(f"{service.url}/token", form={"a": "1 2", "b": "ü&"}).body == GOOD.body
    [asked] = service.asked
    assert (asked.method, asked.form) == ("POST", {"a": "1 2", "b": "ü&"})
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("trouble", "times"),
    [
        pytest.param(RESET, 1, id="reset"),
        pytest.param(HANGS_UP, 1, id="hangs up"),
        pytest.param(CUT, 1, id="cut off"),
        pytest.param(Reply(200, b"<html>"), 1, id="HTML"),
        pytest.param(Reply(503), 3, id="503"),
        pytest.param(Reply(429), 3, id="429"),
    ],
)
def test_a_form_is_not_sent_twice_once_it_may_have_been_heard(
    service: Service, client: Client, trouble: Reply, times: int
):
    service.answers(trouble, trouble, GOOD)
    if times == 1:
        with pytest.raises(SourceError):
            client.visit().post(service.url, form={})
    else:
        assert client.visit().post(service.url, form={}).body == GOOD.body
    assert len(service.asked) == times


def test_a_form_is_sent_again_where_nobody_heard_it(client: Client, closed_port: str):
    visit = client.visit()
    with pytest.raises(SourceError, match="cannot be reached"):
        visit.post(closed_port, form={})
    assert len(visit.requests) == 3


# ---- what is kept, and what is not


def test_cookies_are_not_kept(service: Service, client: Client):
    service.answers(of({}, Set_Cookie="a=b; Path=/"))
    client.visit().get(service.url)
    client.visit().get(service.url)
    assert "cookie" not in service.asked[1].headers


def test_connections_are_kept(service: Service, client: Client):
    service.answers(GOOD)
    visit = client.visit()
    for _ in range(5):
        visit.get(service.url)
    client.visit().get(service.url)
    assert len({asked.peer for asked in service.asked}) == 1


def test_one_debug_line_for_each_request(service: Service, client: Client, caplog: pytest.LogCaptureFixture):
    service.answers(Reply(503), GOOD)
    with caplog.at_level(logging.DEBUG, logger="chartlake"):
        client.visit().get(f"{service.url}/x", params={"limit": 1, "access_token": "mine"})
    lines = [record.getMessage() for record in caplog.records if record.name == "chartlake"]
    assert lines == [f"GET {service.url}/x?limit=1&access_token=hidden {status}" for status in (503, 200)]


def test_what_cannot_be_sent_is_not_quoted(service: Service, client: Client):
    for header in ("Bearer mine\r\nX: y", "Bearer mine\u2028"):
        with pytest.raises(SourceError, match="check the credentials for line breaks") as failed:
            client.visit().get(service.url, headers={"Authorization": header})
        assert "mine" not in str(failed.value)
    assert service.asked == []


def test_an_answer_does_not_show_its_body():
    assert repr(Answer(200, {}, b'{"access_token": "mine"}')) == "<Answer 200, 24 bytes>"


def test_this_machine_is_not_asked_for_through_a_proxy(
    service: Service, closed_port: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, closed_port)
    service.answers(GOOD)
    with Client(clock=clock) as client:
        assert client.visit().get(service.url).body == GOOD.body
        with pytest.raises(SourceError, match=r"example\.com cannot be reached"):
            client.visit().get("https://example.com/", attempts=1)


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "http://", "ftp://127.0.0.1:1"])
def test_a_proxy_that_cannot_be_used(proxy: str, clock: Clock, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("https_proxy", proxy)
    with Client(clock=clock) as client, pytest.raises(SettingsError, match="HTTPS_PROXY"):
        client.visit().get("https://example.com/")


def test_https_goes_through_the_proxy_of_the_environment(
    service: Service, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("https_proxy", service.url.replace("http://", "http://me:word@"))
    with Client(clock=clock) as client, pytest.raises(SourceError, match="proxy"):
        client.visit().get("https://example.com/", attempts=1)


def test_a_certificate_that_is_not_trusted_is_not_tried_again():
    refused = httpcore2.ConnectError("certificate verify failed")
    refused.__cause__ = ssl.SSLCertVerificationError("self-signed certificate")
    with pytest.raises(SourceError, match="certificate that is not trusted"), translated("a.example"):
        raise refused


def test_what_only_names_charts_loads_no_http_library():
    modules = ", ".join(f"chartlake.sources.{name}" for name in BUILT_IN)
    heavy = "{'httpx2', 'httpcore2', 'stamina', 'urllib.request', 'http.server'}"
    code = f"import sys, {modules}, chartlake.config; print(sorted({heavy} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout == "[]\n"
