"""What `plan` foretells is what `run` then does."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from chartlake import layout
from chartlake.demo import CLIENT_SECRETS, EDITORIAL_PLAYLIST, EXTENDED_APP
from chartlake.demo.faults import rate_limited
from chartlake.store import open_store
from making import day, playlist, put_pending

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chartlake.demo.services import Services
    from conftest import Ran


@pytest.fixture
def recorder(at_home: Path, services: Services, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CHARTLAKE_SPOTIFY_CLIENT_ID", EXTENDED_APP)
    monkeypatch.setenv("CHARTLAKE_SPOTIFY_CLIENT_SECRET", CLIENT_SECRETS[EXTENDED_APP])
    monkeypatch.setenv("PATH", str(at_home))  # No scheduler is there.
    services.today = datetime.now(UTC)
    path = at_home / "chartlake.toml"
    path.write_text(
        f"""
        lake = "./lake"
        [spotify]
        flavour = "extended"
        api_url = "{services.spotify_api}"
        accounts_url = "{services.spotify_accounts}"
        retention_days = 30
        [deezer]
        url = "{services.deezer}"
        [apple]
        urls = ["{services.apple}"]
        [listenbrainz]
        url = "{services.listenbrainz}"
        [[chart]]
        source = "spotify"
        id = "{EDITORIAL_PLAYLIST}"
        [[chart]]
        source = "deezer"
        id = "3155776842"
        size = 100
        [[chart]]
        source = "apple"
        id = "us-songs"
        [[chart]]
        source = "apple"
        id = "us-albums"
        [[chart]]
        source = "listenbrainz"
        id = "week"
        cadence = "weekly"
        """
    )
    return path


def plan(ran: Callable[..., Ran], *arguments: str) -> dict:
    code, answer, _ = ran("plan", "--json", *arguments)
    assert code == 0
    return json.loads(answer)


def kept() -> set[str]:
    store = open_store("lake")
    return {
        stored.key
        for zone in (layout.PROCESSED, layout.BATCHES, layout.TABLES)
        for stored in store.list(zone)
    }


def test_it_asks_nobody_and_a_first_run_sends_what_it_says(
    ran: Callable[..., Ran], recorder: Path, services: Services
):
    told = plan(ran)
    assert services.seen == []
    assert [chart["requests"] for chart in told["charts"]] == [4, 1, 1, 1, 1]
    assert {(chart["basis"], chart["bytes"]) for chart in told["charts"]} == {("paging", None)}
    ran("run")
    assert len(services.seen) == told["requests"]
    assert len(kept()) <= told["objects"]


def test_the_second_run_costs_what_the_ledger_says(
    ran: Callable[..., Ran], recorder: Path, services: Services
):
    services.today -= timedelta(days=8)
    ran("run")
    services.seen.clear()
    before = kept()
    told = plan(ran)
    assert services.seen == []
    assert kept() == before
    services.today += timedelta(days=8)
    code, answer, _ = ran("run", "--json")
    rows = json.loads(answer)["charts"]
    assert (code, {row["state"] for row in rows}) == (0, {"published"})
    assert [chart["requests"] for chart in told["charts"]] == [row["requests"] for row in rows]
    assert {chart["basis"] for chart in told["charts"]} == {"ledger"}
    for chart, row in zip(told["charts"], rows, strict=True):
        assert 0.8 < chart["bytes"] / row["bytes"] < 1.2
    assert len(kept() - before) == told["objects"]


def test_who_wants_to_be_left_alone_is_not_asked(ran: Callable[..., Ran], recorder: Path, services: Services):
    services.misbehave(rate_limited("86400"), service="deezer")
    assert ran("run", "deezer")[0] == 75
    [chart] = plan(ran, "deezer")["charts"]
    assert (chart["action"], chart["requests"], chart["objects"], chart["basis"]) == ("wait", 0, 0, "nothing")
    assert datetime.fromisoformat(chart["not_before"]) > datetime.now(UTC) + timedelta(hours=23)


def test_what_waits_is_told(ran: Callable[..., Ran], recorder: Path):
    put_pending(open_store("lake"), playlist(1), captured_at=day(1))
    assert plan(ran, "us-songs")["backlog"] == 1


def test_for_people_it_is_a_table(ran: Callable[..., Ran], recorder: Path):
    code, answer, talk = ran("plan")
    assert (code, answer.splitlines()[3].split("\t")[:3]) == (0, ["apple", "us-songs", "capture"])
    assert "requests: 8," in talk
    assert "schedule install" in talk


def test_what_cannot_be_asked_for_is_told(ran: Callable[..., Ran], recorder: Path):
    recorder.write_text(recorder.read_text().replace('"us-songs"', '"us_songs"'))
    code, _, talk = ran("plan")
    assert (code, "no Apple chart" in talk) == (2, True)
