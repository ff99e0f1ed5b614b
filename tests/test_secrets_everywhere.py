"""Every command with secrets about, whatever the services say: none comes out anywhere, in no spelling."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from base64 import b16encode, b32encode, b64encode, urlsafe_b64encode
from contextlib import suppress
from datetime import UTC, datetime
from itertools import product
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest
from scripted import RESET, Reply, Service, of
from spotify_dialect import ID, Spotify

from chartlake import cli
from chartlake.config import Settings
from chartlake.doctor.network import network_checks
from chartlake.sources import Chart
from chartlake.sources.deezer import Settings as DeezerSettings
from chartlake.sources.http import Client
from chartlake.sources.spotify.stored import Login, write_login
from proving import proven

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CANARIES = {
    "CHARTLAKE_SPOTIFY_CLIENT_SECRET": "canary/secret+51f0=&x",
    "CHARTLAKE_SPOTIFY_REFRESH_TOKEN": "canary-refresh-77aa",
    "access token": "canary-access-90be",
    "webhook": "canary-webhook-3d2d",
    "query": "canary-query-aa01",
}
CLIENT = "app-of-the-tests"


def spellings(secret: str) -> set[bytes]:
    """A secret as it may come out: as it is, encoded, escaped, backwards, alone or behind the client's id."""
    found: set[str] = set()
    for text in (secret, f"{CLIENT}:{secret}", secret[::-1], f"{CLIENT}:{secret}"[::-1]):
        raw = text.encode()
        coded = [b64encode(raw).decode(), urlsafe_b64encode(raw).decode(), b32encode(raw).decode()]
        found |= {
            text,
            quote(text, safe=""),
            quote_plus(text),
            json.dumps(text)[1:-1],
            raw.hex(),
            b16encode(raw).decode(),
        }
        found |= {one.rstrip("=") for one in coded} | {one.rstrip("=")[::-1] for one in coded}
    # In base 64 a text looks otherwise behind one or two letters more.
    for before in (b" ", b"  "):
        found.add(b64encode(before + secret.encode()).decode()[4:-4])
    return {one.encode() for one in found if len(one) > 8}


FORMS = {name: spellings(secret) for name, secret in CANARIES.items()}


def told(content: bytes) -> list[str]:
    """The secrets that a text holds."""
    return [name for name, forms in FORMS.items() if any(form in content for form in forms)]


def test_every_spelling_of_a_secret_is_seen():
    for name, forms in FORMS.items():
        assert len(forms) >= 12
        for form in forms:
            assert name in told(b"x" + form + b"y")
    basic = b64encode(f"{CLIENT}:{CANARIES['CHARTLAKE_SPOTIFY_CLIENT_SECRET']}".encode())
    assert told(b"Authorization: Basic " + basic) == ["CHARTLAKE_SPOTIFY_CLIENT_SECRET"]


ECHO = " ".join(CANARIES.values())

TROUBLES: dict[str, Reply | None] = {
    "all is well": None,
    "400": of({"error": ECHO, "error_description": ECHO}, 400),
    "401": of({"error": {"status": 401, "message": ECHO}}, 401),
    "403": Reply(403, ECHO.encode()),
    "404": Reply(404, ECHO.encode()),
    "429": of({"error": {"reason": ECHO}}, 429, Retry_After="999"),
    "another shape": of({"access_token": 1, "items": ECHO, "name": [ECHO]}),
    "moved": Reply(302, b"", {"Location": f"https://example.invalid/?token={CANARIES['access token']}"}),
}
"""Answers that end a capture at once: those that are asked for again are in test_capture_secrets.py."""

ALWAYS = [["capture"], ["run"], ["status", "--notify"], ["plan"], ["doctor"], ["run", "--json"]]
ONCE = [
    ["transform"], ["tables"], ["tables", "chart_entries"], ["report"], ["retry", "--list"], ["compact"],
    ["rebuild"],
    ["rebuild", "--verify"], ["query", "select * from run_data"],
    ["query", "--csv", "select * from chart_entries"],
    ["query", "--json", "select * from duckdb_settings()"], ["query", "select * from duckdb_secrets()"],
    ["show", "nothing"], ["schedule", "show"], ["doctor", "--json", "--offline"], ["status", "--json"],
    ["plan", "--json"], ["capture", "--json"], ["retract", "0000"],
    ["login", "spotify", "--no-browser", "--help"],
    ["diff", ID, "2026-06-01", "2026-06-02"], ["forget", "spotify", "--yes"],
]  # fmt: skip


@pytest.fixture
def world(
    at_home: Path, service_of_secrets: tuple[Service, Spotify], monkeypatch: pytest.MonkeyPatch
) -> Path:
    service, _ = service_of_secrets
    for name, secret in CANARIES.items():
        if name.startswith("CHARTLAKE_"):
            monkeypatch.setenv(name, secret)
    monkeypatch.setenv("CHARTLAKE_SPOTIFY_CLIENT_ID", CLIENT)
    monkeypatch.setenv("CHARTLAKE_NOTIFY_WEBHOOK", f"{service.url}/hook/{CANARIES['webhook']}")
    write_login(
        at_home / "private" / "login.json",
        Login(refresh_token=CANARIES["CHARTLAKE_SPOTIFY_REFRESH_TOKEN"], authorized_at=datetime.now(UTC)),
    )
    program = "import sys; open('notified', 'ab').write(sys.stdin.buffer.read())"
    (at_home / "chartlake.toml").write_text(
        f"""
        lake = "./lake"
        [notify]
        command = [{json.dumps(sys.executable)}, "-c", {json.dumps(program)}]
        [spotify]
        api_url = "{service.url}/v1"
        accounts_url = "{service.url}"
        retention_days = 30
        login_file = "private/login.json"
        [[chart]]
        source = "spotify"
        id = "{ID}"
        """
    )
    return at_home


@pytest.fixture
def service_of_secrets() -> Iterator[tuple[Service, Spotify]]:
    with Service() as service:
        spotify = Spotify(service.url, grant={"access_token": CANARIES["access token"]})
        service.script = spotify
        yield service, spotify


@pytest.mark.parametrize("flavour", ["development"])  # the other is in test_capture_secrets
def test_no_command_tells_a_secret(
    world: Path,
    service_of_secrets: tuple[Service, Spotify],
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    flavour: str,
):
    service, spotify = service_of_secrets
    monkeypatch.setenv("CHARTLAKE_SPOTIFY__FLAVOUR", flavour)
    places = ["/api/token", f"/v1/playlists/{ID}"]
    with proven(
        f"secrets in whatever {flavour} commands say", promise=7, where="the command's own code"
    ) as tally:
        for (what, reply), place in product(TROUBLES.items(), places):
            spotify.overrides = {} if reply is None else {place: lambda _, reply=reply: reply}
            for arguments in [*ALWAYS, *(ONCE if reply is None and place == places[0] else [])]:
                (world / "lake" / "state").mkdir(parents=True, exist_ok=True)
                for state in (world / "lake" / "state").rglob("*.json"):
                    state.unlink()  # what was deferred is asked for again
                caplog.clear()
                with caplog.at_level(logging.DEBUG), suppress(SystemExit):
                    cli.run(arguments)
                said = capsys.readouterr()
                logged = "\n".join(f"{one.getMessage()} {vars(one)}" for one in caplog.records)
                tally.cases += 1
                got = told(f"{said.out}\n{said.err}\n{logged}".encode())
                tally.wrong += bool(got)
                assert not got, (what, place, arguments, got)
        kept = [path for path in world.rglob("*") if path.is_file() and "private" not in path.parts]
        for path in kept:
            tally.cases += 1
            got = told(str(path).encode() + path.read_bytes())
            assert not got, (path, got)
        sent = [asked for asked in service.asked if asked.path.startswith("/hook/")]
        assert sent, "nobody was told anything"
        assert (world / "notified").stat().st_size > 100
        for asked in sent:
            tally.cases += 1
            assert not told(asked.body + json.dumps({**asked.headers, "x": asked.query}).encode())
        assert any(
            CANARIES["access token"] in asked.headers.get("authorization", "") for asked in service.asked
        )


def test_no_address_of_the_settings_tells_a_secret(service_of_secrets: tuple[Service, Spotify]):
    service, _ = service_of_secrets
    address = f"{service.url}/?api_key={CANARIES['query']}&limit=1"
    settings = Settings(
        lake="x", charts=[Chart(source="deezer", id="1")], sources={"deezer": DeezerSettings(url=address)}
    )
    with Client(connect=2.0, read=2.0) as client:
        checks = list(network_checks(settings, client, now=lambda: datetime.now(UTC)))
        requests = client.latest.requests if client.latest else []
    assert checks
    assert not told(repr([*checks, *requests]).encode())


def test_no_traceback_tells_a_secret(service_of_secrets: tuple[Service, Spotify]):
    """Not even one that a bug would show: neither in a message nor in what stands behind it."""
    service, _ = service_of_secrets
    for reply in (*TROUBLES.values(), Reply(500, ECHO.encode()), Reply(200, b"<html>" + ECHO.encode())):
        service.answers(reply or RESET)
        with Client(connect=2.0, read=2.0, budget=3.0) as client:
            said = ""
            try:
                client.visit().get(
                    service.url,
                    headers={"Authorization": f"Bearer {CANARIES['access token']}"},
                    params={"api_key": CANARIES["query"]},
                    attempts=1,
                )
            except Exception as error:  # noqa: BLE001 - whatever it is
                said = "".join(traceback.format_exception(error))
            assert not told(said.encode())
            assert not told(repr([client, vars(client), client.latest.requests]).encode())
