"""Spotify at the command line: secrets, logins, rate limits."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from chartlake.demo import CLIENT_SECRETS, DEVELOPMENT_APP, EDITORIAL_PLAYLIST, EXTENDED_APP, OWN_PLAYLIST
from chartlake.demo.faults import rate_limited
from chartlake.demo.services import Services

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Ran

CHARTLAKE = [str(Path(sys.executable).with_name("chartlake"))]


@pytest.fixture
def spotify(at_home: Path, services: Services, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A chartlake.toml with Top 50 - Global, for an app of the extended flavour."""
    monkeypatch.setenv("CHARTLAKE_SPOTIFY_CLIENT_ID", EXTENDED_APP)
    monkeypatch.setenv("CHARTLAKE_SPOTIFY_CLIENT_SECRET", CLIENT_SECRETS[EXTENDED_APP])
    path = at_home / "chartlake.toml"
    path.write_text(
        f"""
        lake = "./lake"
        [spotify]
        flavour = "extended"
        api_url = "{services.spotify_api}"
        accounts_url = "{services.spotify_accounts}"
        retention_days = 30
        [[chart]]
        source = "spotify"
        id = "{EDITORIAL_PLAYLIST}"
        """
    )
    return path


def test_a_wrong_credential_is_told(ran: Callable[..., Ran], spotify: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CHARTLAKE_SPOTIFY_CLIENT_SECRET", "wrong-secret-canary")
    code, answer, talk = ran("run")
    assert (code, "CHARTLAKE_SPOTIFY_CLIENT_SECRET" in answer + talk) == (4, True)
    assert "wrong-secret-canary" not in answer + talk


def test_a_secret_may_lie_in_a_file(ran: Callable[..., Ran], spotify: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("CHARTLAKE_SPOTIFY_CLIENT_SECRET")
    (spotify.parent / "secret").write_text(CLIENT_SECRETS[EXTENDED_APP] + "\n")
    monkeypatch.setenv("CHARTLAKE_SPOTIFY_CLIENT_SECRET_FILE", str(spotify.parent / "secret"))
    code, answer, _ = ran("run")
    assert (code, answer.splitlines()[1].split("\t")[:3]) == (0, ["spotify", EDITORIAL_PLAYLIST, "published"])
    monkeypatch.setenv("CHARTLAKE_SPOTIFY_CLIENT_SECRET_FILE", "nowhere")
    code, _, talk = ran("run")
    assert (code, "CHARTLAKE_SPOTIFY_CLIENT_SECRET_FILE" in talk) == (2, True)


def test_a_rate_limit_ends_the_run_and_is_remembered(
    ran: Callable[..., Ran], spotify: Path, services: Services
):
    services.misbehave(rate_limited("86400"), service="spotify_api")
    code, answer, _ = ran("run")
    assert (code, answer.splitlines()[1].split("\t")[2]) == (75, "deferred")
    asked = len(services.seen)
    code, answer, _ = ran("run")
    assert (code, "left alone until" in answer) == (75, True)
    assert len(services.seen) == asked


def test_a_login_goes_through_the_browser(
    ran: Callable[..., Ran], at_home: Path, services: Services, monkeypatch: pytest.MonkeyPatch
):
    settings = at_home / "chartlake.toml"
    settings.write_text(
        f"""
        lake = "./lake"
        [spotify]
        client_id = "{DEVELOPMENT_APP}"
        api_url = "{services.spotify_api}"
        accounts_url = "{services.spotify_accounts}"
        retention_days = 30
        [[chart]]
        source = "spotify"
        id = "https://open.spotify.com/playlist/{OWN_PLAYLIST}?si=x"
        """
    )
    assert ran("run")[0] == 4
    follow = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1]).read()"
    (at_home / "browse").write_text(follow)
    environment = {**os.environ, "BROWSER": f"{sys.executable} {at_home / 'browse'} %s"}
    done = subprocess.run(
        [*CHARTLAKE, "login", "spotify"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, "180 days" in done.stdout) == (0, True), done.stderr
    stored = at_home / ".local/state/chartlake/spotify.json"
    assert stored.stat().st_mode & 0o777 == 0o600
    code, answer, _ = ran("run", OWN_PLAYLIST)
    assert (code, answer.splitlines()[1].split("\t")[:3]) == (0, ["spotify", OWN_PLAYLIST, "published"])
