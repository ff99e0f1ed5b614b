"""Logging in to Spotify: a browser, a page on this machine, a file for one pair of eyes."""

from __future__ import annotations

import hashlib
import http.client
import os
import socket
import stat
import threading
import time
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import Clock, Reply, Service, of

from chartlake.errors import CredentialsError, SettingsError, SourceError
from chartlake.sources.http import Client
from chartlake.sources.spotify import Settings
from chartlake.sources.spotify.login import login
from chartlake.sources.spotify.stored import Login, days_left, read_login, write_login

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GIVEN = of({"access_token": "ACCESS", "refresh_token": "REFRESH", "expires_in": 3600})


class Browser:
    """Does on its own thread what a person's browser would, after they agreed."""

    def __init__(self, act: Callable[[Browser], None]) -> None:
        self._act = act
        self.shown = ""
        self.replies: list[int] = []
        self.pages: list[str] = []

    def __call__(self, address: str) -> None:
        self.shown = address
        self.query = dict(parse_qsl(urlsplit(address).query))
        self.redirect = urlsplit(self.query["redirect_uri"])
        self._thread = threading.Thread(target=self._act, args=(self,), daemon=True)
        self._thread.start()

    def done(self) -> None:
        self._thread.join(5)

    def visit(self, query: dict[str, str], *, path: str | None = None, host: str | None = None) -> None:
        connection = http.client.HTTPConnection(self.redirect.hostname or "", self.redirect.port, timeout=2)
        try:
            target = f"{self.redirect.path if path is None else path}?{urlencode(query)}"
            connection.request("GET", target, headers={"Host": host or self.redirect.netloc})
            reply = connection.getresponse()
            self.replies.append(reply.status)
            self.pages.append(reply.read().decode() + str(reply.headers))
        finally:
            connection.close()

    def agree(self) -> None:
        self.visit({"code": "CODE", "state": self.query["state"]})


def logged_in(
    service: Service, client: Client, path: Path, browser: Browser, *, patience: float = 5.0, **more: object
) -> Login:
    settings = Settings(accounts_url=service.url, client_id="app", **more)  # type: ignore[arg-type]
    try:
        return login(
            settings,
            client=client,
            secrets=lambda _: None,
            open_browser=browser,
            path=path,
            patience=patience,
        )
    finally:
        if browser.shown:
            browser.done()


def test_a_person_agrees_once(service: Service, client: Client, clock: Clock, tmp_path: Path):
    service.answers(GIVEN)
    path = tmp_path / "deep" / "down" / "spotify.json"
    browser = Browser(Browser.agree)
    stored = logged_in(service, client, path, browser)
    assert stored == read_login(path) == Login(refresh_token="REFRESH", authorized_at=clock.now())

    shown = urlsplit(browser.shown)
    assert (f"{shown.scheme}://{shown.netloc}", shown.path) == (service.url, "/authorize")
    assert browser.redirect.hostname == "127.0.0.1"
    assert browser.redirect.path == "/callback"
    assert browser.query["response_type"] == "code"
    assert browser.query["client_id"] == "app"
    assert browser.query["scope"] == "playlist-read-private playlist-read-collaborative"
    assert browser.query["code_challenge_method"] == "S256"
    assert len(browser.query["state"]) >= 32

    [asked] = service.asked
    verifier = asked.form["code_verifier"]
    assert 43 <= len(verifier) <= 128
    challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    assert browser.query["code_challenge"] == challenge
    assert asked.form == {
        "grant_type": "authorization_code",
        "code": "CODE",
        "redirect_uri": browser.query["redirect_uri"],
        "client_id": "app",
        "code_verifier": verifier,
    }
    assert browser.replies == [200]
    assert "CODE" not in browser.pages[0]
    assert browser.query["state"] not in browser.pages[0]
    assert "default-src 'none'" in browser.pages[0]


def test_two_logins_share_nothing(service: Service, client: Client, tmp_path: Path):
    service.answers(GIVEN)
    browsers = [Browser(Browser.agree), Browser(Browser.agree)]
    for browser in browsers:
        logged_in(service, client, tmp_path / "spotify.json", browser)
    first, second = (browser.query for browser in browsers)
    assert first["state"] != second["state"]
    assert first["code_challenge"] != second["code_challenge"]


def strangers(browser: Browser) -> None:
    right = {"code": "CODE", "state": browser.query["state"]}
    browser.visit({"code": "EVIL", "state": "guessed"})
    browser.visit({"code": "EVIL"})
    browser.visit({"code": "EVIL", "state": "ü"})
    browser.visit(right, path="/favicon.ico")
    browser.visit(right, host=f"evil.example:{browser.redirect.port}")
    browser.visit(right, host=f"localhost:{browser.redirect.port}")
    browser.visit(right, host="127.0.0.1")
    browser.agree()


def test_only_the_request_that_knows_the_state_counts(service: Service, client: Client, tmp_path: Path):
    service.answers(GIVEN)
    browser = Browser(strangers)
    logged_in(service, client, tmp_path / "spotify.json", browser)
    assert browser.replies == [400] * 7 + [200]
    assert service.asked[0].form["code"] == "CODE"


def test_a_silent_connection_holds_nobody_up(service: Service, client: Client, tmp_path: Path):
    service.answers(GIVEN)

    def act(browser: Browser) -> None:
        with socket.create_connection((browser.redirect.hostname, browser.redirect.port)):
            browser.agree()

    began = time.monotonic()
    logged_in(service, client, tmp_path / "spotify.json", Browser(act))
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("act", "patience", "why"),
    [
        pytest.param(lambda _: None, 0.1, r"nobody agreed .* within 0\.1 seconds", id="nobody"),
        pytest.param(
            lambda browser: browser.visit({"code": "EVIL", "state": "guessed"}),
            0.3,
            "nobody agreed",
            id="a stranger",
        ),
        pytest.param(
            lambda browser: browser.visit({"error": "access_denied", "state": browser.query["state"]}),
            5.0,
            "refused in the browser",
            id="refused",
        ),
    ],
)
def test_no_consent(
    service: Service,
    client: Client,
    tmp_path: Path,
    act: Callable[[Browser], None],
    patience: float,
    why: str,
):
    with pytest.raises(CredentialsError, match=why):
        logged_in(service, client, tmp_path / "spotify.json", Browser(act), patience=patience)
    assert service.asked == []
    assert not (tmp_path / "spotify.json").exists()


def test_the_page_is_gone_afterwards(service: Service, client: Client, tmp_path: Path):
    service.answers(GIVEN)
    browser = Browser(Browser.agree)
    logged_in(service, client, tmp_path / "spotify.json", browser)
    with pytest.raises(ConnectionRefusedError):
        browser.agree()


@pytest.mark.parametrize(
    ("reply", "kind", "why"),
    [
        (
            of({"error": "invalid_grant"}, 400),
            CredentialsError,
            "did not accept what the browser brought back",
        ),
        (of({"error": "invalid_client"}, 400), CredentialsError, "does not know the app"),
        (of({"access_token": "ACCESS"}), SourceError, "no lasting login"),
        (of({"access_token": "ACCESS", "refresh_token": "a b"}), CredentialsError, "copy it again"),
        (Reply(404), SourceError, "answered 404"),
    ],
)
def test_no_login_is_stored_that_was_not_given(
    service: Service, client: Client, tmp_path: Path, reply: Reply, kind: type[Exception], why: str
):
    service.answers(reply)
    path = tmp_path / "spotify.json"
    write_login(path, Login(refresh_token="OLD", authorized_at=datetime(2026, 1, 1, tzinfo=UTC)))
    with pytest.raises(kind, match=why):
        logged_in(service, client, path, Browser(Browser.agree))
    kept = read_login(path)
    assert kept is not None
    assert kept.refresh_token == "OLD"


def test_an_extended_app_needs_no_login(service: Service, client: Client, tmp_path: Path):
    browser = Browser(Browser.agree)
    with pytest.raises(SettingsError, match="needs no login"):
        logged_in(service, client, tmp_path / "spotify.json", browser, flavour="extended")
    assert not browser.shown


def test_without_a_client_id_no_browser_is_opened(service: Service, client: Client, tmp_path: Path):
    browser = Browser(Browser.agree)
    settings = Settings(accounts_url=service.url)
    with pytest.raises(CredentialsError, match="CHARTLAKE_SPOTIFY_CLIENT_ID is not set"):
        login(settings, client=client, secrets=lambda _: None, open_browser=browser, path=tmp_path / "x")
    assert not browser.shown


# ---- the file


MAY = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def test_the_file_is_for_its_owner_only(tmp_path: Path):
    path = tmp_path / "chartlake" / "spotify.json"
    for token in ("ONE", "TWO"):
        write_login(path, Login(refresh_token=token, authorized_at=MAY))
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert [file.name for file in path.parent.iterdir()] == ["spotify.json"]
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert read_login(path) == Login(refresh_token="TWO", authorized_at=MAY)


def test_a_lax_umask_changes_nothing(tmp_path: Path):
    before = os.umask(0)
    try:
        write_login(tmp_path / "spotify.json", Login(refresh_token="ONE", authorized_at=MAY))
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "spotify.json").stat().st_mode) == 0o600


def test_a_link_is_replaced_and_not_written_through(tmp_path: Path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("untouched")
    path = tmp_path / "spotify.json"
    path.symlink_to(elsewhere)
    write_login(path, Login(refresh_token="ONE", authorized_at=MAY))
    assert elsewhere.read_text() == "untouched"
    assert not path.is_symlink()


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path):
    path = tmp_path / "spotify.json"
    path.mkdir()
    with pytest.raises(CredentialsError, match="cannot be written"):
        write_login(path, Login(refresh_token="ONE", authorized_at=MAY))
    assert [file.name for file in tmp_path.iterdir()] == ["spotify.json"]


def test_no_file_is_no_login(tmp_path: Path):
    assert read_login(tmp_path / "spotify.json") is None


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b'{"refresh_token": 1}', b'{"refresh_token": "REF', b"\xff"]
)
def test_a_file_that_holds_no_login(tmp_path: Path, content: bytes):
    path = tmp_path / "spotify.json"
    path.write_bytes(content)
    with pytest.raises(CredentialsError, match="holds no login; run `chartlake login spotify`") as refused:
        read_login(path)
    assert "REF" not in str(refused.value)


def test_a_file_that_cannot_be_read(tmp_path: Path):
    with pytest.raises(CredentialsError, match="cannot be read"):
        read_login(tmp_path)


def test_a_login_does_not_show_its_token():
    assert repr(Login(refresh_token="ONE", authorized_at=MAY)) == "<Login of 2026-05-01>"


@pytest.mark.parametrize(
    ("later", "left"),
    [
        (timedelta(), 180),
        (timedelta(seconds=1), 179),
        (timedelta(days=150), 30),
        (timedelta(days=179, hours=23), 0),
        (timedelta(days=180), 0),
        (timedelta(days=9999), 0),
        (timedelta(days=-1), 181),
    ],
)
def test_days_left(later: timedelta, left: int):
    assert days_left(MAY, MAY + later) == left


@given(st.integers(-3000, 30_000), st.integers(0, 400))
def test_days_left_only_fall(agreed: int, days: int):
    authorized_at = MAY + timedelta(days=agreed)
    now = authorized_at + timedelta(days=days)
    assert 0 <= days_left(authorized_at, now + timedelta(hours=1)) <= days_left(authorized_at, now) <= 180
