"""Canaries: whatever happens, no secret comes out anywhere but at the service it belongs to."""

from __future__ import annotations

import logging
import traceback
from base64 import b64encode
from typing import TYPE_CHECKING

import msgspec
import pytest
from scripted import RESET, Clock, Reply, Service, of, sends
from spotify_dialect import ID, Spotify
from test_spotify_login import Browser

from chartlake.errors import ChartlakeError
from chartlake.sources import Chart, open_source
from chartlake.sources.http import Client
from chartlake.sources.spotify import Settings
from chartlake.sources.spotify.login import login
from chartlake.sources.spotify.stored import Login, write_login

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET, REFRESH, REPLACED, ACCESS, CODE = (
    "canary-secret-51f0",
    "canary-refresh-77aa",
    "canary-replaced-19c3",
    "canary-access-90be",
    "canary-code-3d2d",
)
CANARIES = [SECRET, REFRESH, REPLACED, ACCESS, CODE]
ECHO = " ".join(CANARIES).encode()
"""What a hostile or careless service sends back."""


LIBRARIES = ("httpx2", "httpcore2", "httpcore2.http11", "httpcore2.connection", "httpcore2.proxy")


@pytest.fixture
def heard(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """Everything that was said anywhere: what every library logs, and what a test adds."""
    said: list[str] = []
    with caplog.at_level(logging.DEBUG):
        yield said
    said += [f"{record.getMessage()} {record.__dict__}" for record in caplog.get_records("call")]
    text = "\n".join(said)
    assert "GET " in text or "POST " in text, "nothing was heard at all"
    for canary in CANARIES:
        for form in (canary.encode(), b64encode(canary.encode()), b64encode(f"app:{canary}".encode())):
            assert form.decode().rstrip("=") not in text
        assert canary.encode().hex() not in text


@pytest.fixture
def talkative(client: Client) -> Iterator[None]:
    """Somebody wants to know everything from the libraries."""
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.NOTSET if "." in name else logging.WARNING)


TROUBLES = {
    "none": None,
    "401": of({"error": {"status": 401, "message": ECHO.decode()}}, 401),
    "403": Reply(403, b"premium " + ECHO),
    "404": Reply(404, ECHO),
    "400": of({"error": ECHO.decode(), "error_description": ECHO.decode()}, 400),
    "invalid_grant": of({"error": "invalid_grant", "error_description": ECHO.decode()}, 400),
    "invalid_client": of({"error": "invalid_client"}, 401),
    "429": of({"error": {"reason": ECHO.decode()}}, 429, Retry_After="999"),
    "quota": of({"error": {"reason": "QUOTA_EXCEEDED", "message": ECHO.decode()}}, 429),
    "500": Reply(500, ECHO),
    "HTML": Reply(200, b"<html>" + ECHO),
    "another shape": of({"access_token": 1, "items": ECHO.decode(), "next": 3, "name": []}),
    "half a document": Reply(200, b'{"access_token": "' + ACCESS.encode()),
    "reset": RESET,
    "no HTTP": sends(ECHO + b"\r\n\r\n"),
    "cut off": sends(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + ECHO),
    "moved": Reply(302, b"", {"Location": f"https://example.com/?token={ACCESS}"}),
    "moved in a circle": Reply(302, b"", {"Location": f"?access_token={ACCESS}"}),
    "next elsewhere": of({"items": [{}], "next": f"https://example.com/?token={ACCESS}"}),
}


@pytest.mark.parametrize("place", ["/api/token", f"/v1/playlists/{ID}", f"/v1/playlists/{ID}/items"])
@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES.keys())
@pytest.mark.parametrize("flavour", ["development", "extended"])
def test_a_capture_keeps_its_secrets(
    service: Service,
    client: Client,
    clock: Clock,
    heard: list[str],
    tmp_path: Path,
    flavour: str,
    trouble: Reply | None,
    place: str,
):
    spotify = Spotify(service.url, grant={"access_token": ACCESS, "refresh_token": REPLACED})
    path = place.replace("items", "tracks") if flavour == "extended" else place
    spotify.overrides[path] = lambda _: trouble
    service.script = spotify
    file = tmp_path / "spotify.json"
    write_login(file, Login(refresh_token=REFRESH, authorized_at=clock.now()))
    secrets = {"CHARTLAKE_SPOTIFY_CLIENT_ID": "app", "CHARTLAKE_SPOTIFY_CLIENT_SECRET": SECRET}
    settings = Settings(
        flavour=flavour,  # type: ignore[arg-type]
        api_url=f"{service.url}/v1",
        accounts_url=service.url,
        retention_days=30,
        login_file=str(file),
    )
    source = open_source("spotify", settings, client=client, secrets=secrets.get)
    try:
        captured = source.capture(Chart(source="spotify", id=ID))
    except ChartlakeError as error:
        assert trouble is not None
        heard += [str(error), repr(error), *traceback.format_exception(error)]
    else:
        heard += [repr(captured.requests), msgspec.json.encode(captured.notes).decode()]
        if trouble is None:
            heard += map(bytes.decode, captured.pages)
    heard += [repr(source), repr(vars(source)), repr(settings)]
    assert service.asked


@pytest.mark.parametrize("place", ["/api/token", f"/v1/playlists/{ID}"])
@pytest.mark.parametrize(
    "trouble", ["none", "401", "403", "400", "HTML", "another shape", "reset", "cut off"]
)
def test_a_capture_keeps_its_secrets_from_the_libraries_logs(
    service: Service,
    client: Client,
    clock: Clock,
    heard: list[str],
    talkative: None,
    tmp_path: Path,
    trouble: str,
    place: str,
):
    flavour = "development"
    test_a_capture_keeps_its_secrets(
        service, client, clock, heard, tmp_path, flavour, TROUBLES[trouble], place
    )
    assert service.asked


@pytest.mark.parametrize(
    "trouble", ["none", "invalid_grant", "500", "HTML", "another shape", "reset", "no HTTP"]
)
def test_a_login_keeps_its_secrets(
    service: Service,
    client: Client,
    heard: list[str],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    trouble: str,
):
    given = of({"access_token": ACCESS, "refresh_token": REFRESH})
    service.answers(TROUBLES[trouble] or given)
    browser = Browser(lambda browser: browser.visit({"code": CODE, "state": browser.query["state"]}))
    try:
        stored = login(
            Settings(accounts_url=service.url, client_id="app"),
            client=client,
            secrets=lambda _: None,
            open_browser=browser,
            path=tmp_path / "spotify.json",
        )
    except ChartlakeError as error:
        heard += [str(error), *traceback.format_exception(error)]
    else:
        heard += [repr(stored)]
    heard += [*browser.pages, *capfd.readouterr()]
