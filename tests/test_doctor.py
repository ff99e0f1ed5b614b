"""What `doctor` finds: one thing is broken at a time, and that one is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from chartlake.demo import CLIENT_SECRETS, EXTENDED_APP
from chartlake.demo.faults import failing, truncated
from chartlake.demo.services import Services
from chartlake.doctor.ground import _room
from chartlake.sources.spotify.stored import Login, write_login

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Ran


@pytest.fixture
def recorder(at_home: Path, services: Services, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A set-up in which nothing is wrong, but for the schedule."""
    monkeypatch.setenv("PATH", str(at_home))  # No scheduler is there.
    services.today = datetime.now(UTC)
    write_login(
        at_home / "login.json",
        Login(refresh_token="login-canary", authorized_at=datetime.now(UTC) - timedelta(days=10)),
    )
    path = at_home / "chartlake.toml"
    path.write_text(
        f"""
        lake = "./lake"
        [spotify]
        client_id = "made-up"
        retention_days = 30
        login_file = "{at_home}/login.json"
        api_url = "{services.spotify_api}"
        accounts_url = "{services.spotify_accounts}"
        [deezer]
        url = "{services.deezer}"
        [[chart]]
        source = "deezer"
        id = "3155776842"
        [[chart]]
        source = "spotify"
        id = "0madeUpPlaylistOfMine1"
        """
    )
    return path


def found(ran: Callable[..., Ran], *arguments: str) -> tuple[int, dict[tuple[str, str], str]]:
    """The exit code, and what is not ok."""
    code, answer, talk = ran("doctor", "--json", *arguments)
    assert "canary" not in answer + talk
    checks = json.loads(answer)
    assert {check["verdict"] for check in checks} <= {"ok", "warn", "fail"}
    wrong: dict[tuple[str, str], str] = {}
    for one in (check for check in checks if check["verdict"] != "ok"):
        key = (one["name"], one["verdict"])
        wrong[key] = f"{wrong.get(key, '')}{one['message']}\n"
    wrong.pop(("schedule", "warn"), None)
    return code, wrong


def changed(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_of_a_sound_set_up_nothing_is_told(ran: Callable[..., Ran], recorder: Path, services: Services):
    before = sorted(recorder.parent.rglob("*"))
    assert found(ran) == (0, {})
    assert [one.service for one in services.seen] == ["deezer", "spotify_api", "spotify_accounts"]
    assert sorted(recorder.parent.rglob("*")) == before, "it leaves nothing behind"
    code, answer, talk = ran("doctor")
    assert (code, answer.splitlines()[0]) == (0, "what\thow\twhy")
    assert "failures: 0" in talk


def test_offline_nobody_is_asked(ran: Callable[..., Ran], recorder: Path, services: Services):
    assert found(ran, "--offline") == (0, {})
    assert services.seen == []


@pytest.mark.parametrize(
    ("old", "new", "what", "says"),
    [
        ('id = "3155776842"', 'id = "top"', ("settings", "fail"), "no Deezer chart"),
        ("retention_days = 30", "", ("settings", "fail"), "retention_days"),
        ('"0madeUpPlaylistOfMine1"', '"37i9dQZEVXbMDoHDwVN2tF"', ("settings", "fail"), "its own playlists"),
        ('client_id = "made-up"', 'client_secret = "canary"', ("settings", "fail"), "environment"),
        ('client_id = "made-up"', "", ("credentials", "fail"), "client_id"),
        ("[deezer]", '[notify]\nwebhook = "https://hooks.example/services/T0/B0/canary0123456789"\n[deezer]',
         ("settings", "warn"), "CHARTLAKE_NOTIFY_WEBHOOK"),
    ],
    ids=["chart", "retention", "editorial", "secret", "client id", "webhook"],
)  # fmt: skip
def test_what_is_wrong_in_the_settings(
    ran: Callable[..., Ran], recorder: Path, old: str, new: str, what: tuple[str, str], says: str
):
    changed(recorder, old, new)
    code, wrong = found(ran, "--offline")
    assert code == (what[1] == "fail")
    assert list(wrong) == [what]
    assert says in wrong[what]


def test_a_secret_in_the_file_is_found(
    ran: Callable[..., Ran], recorder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CHARTLAKE_SPOTIFY_REFRESH_TOKEN", "token-canary")
    changed(recorder, "[deezer]", "# token-canary\n[deezer]")
    code, wrong = found(ran, "--offline")
    assert (code, list(wrong)) == (1, [("settings", "fail")])


@pytest.mark.parametrize(
    ("days", "what"),
    [(10, None), (148, None), (151, ("credentials", "warn")), (181, ("credentials", "fail"))],
)
def test_a_login_that_ends_is_told(ran: Callable[..., Ran], recorder: Path, days: int, what):
    agreed = datetime.now(UTC) - timedelta(days=days)
    write_login(recorder.parent / "login.json", Login(refresh_token="login-canary", authorized_at=agreed))
    assert list(found(ran, "--offline")[1]) == ([what] if what else [])


@pytest.mark.parametrize(
    ("make", "verdict", "says"),
    [
        (lambda path: path.unlink(), "fail", "chartlake login"),
        (lambda path: path.write_text("canary"), "fail", "holds no login"),
        (lambda path: path.chmod(0o644), "warn", "chmod 600"),
    ],
    ids=["none", "broken", "open"],
)
def test_a_login_that_is_not_as_it_should_be(ran, recorder: Path, make: Callable, verdict: str, says: str):
    make(recorder.parent / "login.json")
    _, wrong = found(ran, "--offline")
    assert says in wrong["credentials", verdict]


def test_an_app_with_extended_quota_needs_its_secret(
    ran: Callable[..., Ran], recorder: Path, monkeypatch: pytest.MonkeyPatch
):
    changed(recorder, 'client_id = "made-up"', 'flavour = "extended"')
    code, wrong = found(ran, "--offline")
    assert (code, "CHARTLAKE_SPOTIFY_CLIENT_SECRET_FILE" in wrong["credentials", "fail"]) == (1, True)
    monkeypatch.setenv("CHARTLAKE_SPOTIFY_CLIENT_ID", EXTENDED_APP)
    file = recorder.parent / "secret"
    file.write_text(CLIENT_SECRETS[EXTENDED_APP])
    file.chmod(0o600)
    monkeypatch.setenv("CHARTLAKE_SPOTIFY_CLIENT_SECRET_FILE", str(file))
    assert found(ran, "--offline") == (0, {})
    file.chmod(0o640)
    assert "chmod 600" in found(ran, "--offline")[1]["credentials", "warn"]
    file.write_text("")
    assert "empty" in found(ran, "--offline")[1]["credentials", "fail"]
    changed(recorder, '"0madeUpPlaylistOfMine1"', '"37i9dQZEVXbMDoHDwVN2tF"')
    file.write_text("canary")
    assert "2024" in found(ran, "--offline")[1]["spotify", "warn"]


@pytest.mark.parametrize(
    ("fault", "what", "says"),
    [
        (failing(503), ("network", "warn"), "503"),
        (truncated(), ("network", "fail"), "broke off"),
    ],
    ids=["busy", "broken off"],
)
def test_a_host_that_does_not_answer(ran, recorder: Path, services: Services, fault, what, says: str):
    services.misbehave(fault, service="deezer", times=9)
    code, wrong = found(ran)
    assert (code, list(wrong), says in wrong[what]) == (int(what[1] == "fail"), [what], True)
    assert len([one for one in services.seen if one.service == "deezer"]) == 1, "it is asked once"


def test_a_host_that_is_not_there(ran: Callable[..., Ran], recorder: Path, services: Services):
    changed(recorder, services.deezer, "http://127.0.0.1:9")
    code, wrong = found(ran)
    assert (code, "cannot be reached" in wrong["network", "fail"]) == (1, True)


@pytest.mark.parametrize(
    ("apart", "what"),
    [
        (timedelta(seconds=30), None),
        (timedelta(minutes=-5), ("clock", "warn")),
        (timedelta(hours=2), ("clock", "fail")),
        (timedelta(days=-1), ("clock", "fail")),
    ],
)
def test_a_clock_that_is_wrong(ran, recorder: Path, services: Services, apart: timedelta, what):
    services.today = datetime.now(UTC) + apart
    assert list(found(ran)[1]) == ([what] if what else [])


def test_one_host_with_a_wrong_clock_is_not_this_machine(ran, recorder: Path, services: Services):
    with Services(today=datetime.now(UTC) + timedelta(days=2)) as late:
        changed(recorder, services.deezer, late.deezer)
        assert found(ran) == (0, {})


@pytest.mark.parametrize(
    ("free", "verdict"), [(5_000_000_000, "ok"), (500_000_000, "warn"), (50_000_000, "fail")]
)
def test_a_disk_that_fills_up(tmp_path: Path, free: int, verdict: str):
    assert _room(free, tmp_path).verdict == verdict


@pytest.mark.parametrize(("lake", "says"), [("/proc/lake", "lake"), ("chartlake.toml", "no folder")])
def test_a_lake_that_cannot_be_written(ran: Callable[..., Ran], recorder: Path, lake: str, says: str):
    code, wrong = found(ran, "--offline", "--lake", lake)
    assert (code, says in wrong["lake", "fail"]) == (1, True)


def test_a_file_that_is_no_table_is_told(ran: Callable[..., Ran], recorder: Path):
    folder = recorder.parent / "lake" / "transformed_data" / "chart_data" / "month=2026-06"
    folder.mkdir(parents=True)
    (folder / "x.parquet").write_text("not Parquet")
    code, wrong = found(ran, "--offline")
    assert (code, "x.parquet" in wrong["cache", "warn"]) == (0, True)


def test_without_settings_that_is_told(ran: Callable[..., Ran]):
    code, wrong = found(ran)
    assert (code, "chartlake init" in wrong["settings", "fail"]) == (1, True)


def test_without_a_schedule_that_is_told(ran: Callable[..., Ran], recorder: Path):
    assert "schedule install" in ran("doctor", "--offline")[1]
