"""Nobody leads a request elsewhere: no address in disguise, no service, no redirect of a webhook."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from scripted import Clock, Reply, Service

from chartlake.config import Notify
from chartlake.config import Settings as OurSettings
from chartlake.errors import SettingsError, SourceError
from chartlake.notify import Event, tell
from chartlake.sources.http import Client
from chartlake.sources.http.address import checked
from proving import proven

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 6, 1, tzinfo=UTC)

HOSTS = (
    "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "169.254.170.2", "0.0.0.0", "0",
    "255.255.255.255", "224.0.0.1", "[::]", "[fe80::1]", "[fd00::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1",
    "0177.0.0.1", "017700000001", "127.0.0.1.", "127.0.0.01", "127.0.0.1.nip.io", "localhost.",
    "localhost.evil.example",
    "localtest.me", "ip6-localhost", "LOCALHOST.evil", "evil.example", "metadata.google.internal",
    "instance-data",
    "%31%32%37.0.0.1", "\u2460\u2461\u2466.0.0.1", "127\u30020\u30020\u30021", "\uff4cocalhost.evil",
    "127.0.0.1@evil.example",
    "evil.example@127.0.0.1", "127.0.0.1%00.evil.example", "127.0.0.1#@evil.example",
    "127.0.0.1\\@evil.example",
    "127.0.0.1:80@evil.example", "[127.0.0.1]", "[::1%25lo]", "[::1", "", ":80", "127.0.0.1:99999", "a b",
    "a\nb",
)  # fmt: skip
"""Hosts that plain http is not for: other machines, and this one in disguise."""

SCHEMES = (
    "file:///etc/passwd", "file://127.0.0.1/etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/",
    "dict://127.0.0.1/",
    "ldap://127.0.0.1/", "unix:///run/x", "data:text/plain,x", "javascript:1", "jar:file:///x",
    "//127.0.0.1/",
    "127.0.0.1", "http:127.0.0.1", "http:/evil.example", "ws://127.0.0.1/", "https:///x", "https://",
    "HTTP://evil.example",
    "https://user@evil.example/", "https://:word@evil.example/", "about:blank",
)  # fmt: skip

HERE = {"http://127.0.0.1:99999/", "http://127.0.0.1#@evil.example/", "http://127\u30020\u30020\u30021/"}

ADDRESSES = (*(f"http://{host}/" for host in HOSTS), *SCHEMES)


@pytest.fixture
def other() -> Iterator[Service]:
    """Somebody else on this machine, who is never to be asked."""
    with Service() as started:
        yield started


def test_an_address_that_is_none_of_ours_is_not_called(client: Client):
    with proven("addresses in disguise", promise=7, where="real sockets") as tally:
        for address in ADDRESSES:
            visit = client.visit()
            tally.cases += 1
            if address in HERE:
                # Taken apart by the code that connects, it is this machine and nothing else.
                assert checked(address).host == "127.0.0.1"
                continue
            with pytest.raises(SettingsError):
                visit.get(address, attempts=1)
            tally.wrong += bool(visit.requests)
            assert visit.requests == [], address
            # A webhook may be one of this machine or any of https, and nothing else either.
            settings = OurSettings(lake="x", notify=Notify(webhook=address))
            if address:
                [complaint] = tell(settings, [Event(kind="failure", message="m")], command="run", now=NOW)
                assert "may not be called" in complaint, address
        assert tally.cases >= 60


def test_a_redirect_is_followed_within_its_origin_only(service: Service, other: Service, clock: Clock):
    with proven("redirects to elsewhere", promise=7, where="real sockets") as tally:
        targets = [
            *ADDRESSES, f"{other.url}/x", "//evil.example/", "http://evil.example/", "https://evil.example/",
            service.url.replace("127.0.0.1", "localhost"), service.url.replace("http:", "https:"),
            service.url.replace("127.0.0.1", "127.0.0.2"), service.url.replace("//", "//x@"),
            "\\\\evil.example\\x",
        ]  # fmt: skip
        for target in targets:
            for status in (301, 302, 303, 307, 308):
                service.forget()
                latin = target.encode("utf-8").decode("latin-1").replace("\n", "").replace("\r", "")
                service.answers(Reply(status, b"", {"Location": latin}))
                with Client(clock=clock, connect=2.0, read=2.0) as client:
                    visit = client.visit()
                    tally.cases += 1
                    with contextlib.suppress(SourceError):
                        visit.get(
                            f"{service.url}/chart", headers={"Authorization": "Bearer canary"}, attempts=1
                        )
                    asked = {request.url.split("/")[2] for request in visit.requests}
                tally.wrong += asked != {service.url.split("/")[2]}
                assert asked == {service.url.split("/")[2]}, (target, asked)
        assert other.asked == []


def test_a_webhook_follows_no_redirect(service: Service, other: Service):
    for target in (f"{other.url}/x", "/elsewhere", "file:///etc/passwd"):
        service.forget()
        service.answers(Reply(307, b"", {"Location": target}))
        settings = OurSettings(lake="x", notify=Notify(webhook=f"{service.url}/hook"))
        [complaint] = tell(settings, [Event(kind="failure", message="m")], command="run", now=NOW)
        assert "answered 307" in complaint
        assert len(service.asked) == 1
    assert other.asked == []
