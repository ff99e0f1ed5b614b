"""Somebody is told: over a real socket, by a real program, and never at the expense of the run."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from werkzeug import Response

from chartlake import config, ledger
from chartlake.config import Notify, Settings
from chartlake.demo.faults import answering, rate_limited
from chartlake.errors import StorageError
from chartlake.notify import Event, of_error, tell
from chartlake.reminders import Reminders
from chartlake.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_httpserver import HTTPServer

    from chartlake.demo.services import Services
    from chartlake.store import Store
    from conftest import Ran

NOW = datetime(2026, 6, 1, 6, 30, tzinfo=UTC)
FAILURE = Event(kind="failure", message="it is down; try again", source="deezer", chart_id="1")


@pytest.fixture
def hook(httpserver: HTTPServer) -> HTTPServer:
    httpserver.expect_request("/hook/canary", method="POST").respond_with_data(
        "thanks", content_type="text/plain"
    )
    return httpserver


@pytest.fixture
def diary(at_home: Path) -> list[str]:
    """A command that writes down what it is given, and its environment."""
    program = (
        "import json, os, pathlib, sys; "
        "pathlib.Path('diary').write_text(json.dumps([json.load(sys.stdin), dict(os.environ), sys.argv[1:]]))"
    )
    return [sys.executable, "-c", program, "$HOME; `id`"]


def settings(**notify) -> Settings:
    return Settings(lake="./lake", notify=Notify(**notify))


def got(hook: HTTPServer) -> list[dict]:
    return [json.loads(request.get_data()) for request, _ in hook.log]


def read(diary_in: Path) -> list:
    return json.loads((diary_in / "diary").read_text())


def test_a_webhook_is_told_once(hook: HTTPServer):
    assert tell(settings(webhook=hook.url_for("/hook/canary")), [FAILURE], command="run", now=NOW) == []
    [told] = got(hook)
    assert told["events"] == [
        {"kind": "failure", "message": "it is down; try again", "source": "deezer", "chart_id": "1"}
    ]
    assert told["text"] == "chartlake run: failure: deezer 1: it is down; try again"
    assert (told["at"], told["command"], told["lake"]) == ("2026-06-01T06:30:00Z", "run", "./lake")
    assert hook.log[0][0].content_type == "application/json"


def test_a_webhook_may_be_a_secret(hook: HTTPServer, monkeypatch: pytest.MonkeyPatch, caplog):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("CHARTLAKE_NOTIFY_WEBHOOK", hook.url_for("/hook/canary"))
    assert tell(settings(), [FAILURE], command="run", now=NOW) == []
    assert len(got(hook)) == 1
    own = [record.getMessage() for record in caplog.records if record.name.startswith(("chartlake", "http"))]
    assert own
    assert "canary" not in " ".join(own)
    assert "canary" not in repr(settings(webhook=hook.url_for("/hook/canary")))


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Response("no", 404), "answered 404"),
        (Response("", 302, {"Location": "/elsewhere"}), "answered 302"),
        (Response("", 429, {"Retry-After": "9"}), "answered 429"),
        (Response("", 503), "answered 503"),
    ],
    ids=lambda one: str(getattr(one, "status_code", "")),
)
def test_a_webhook_that_refuses_is_told_and_not_asked_again(
    httpserver: HTTPServer, answer: Response, says: str
):
    httpserver.expect_request("/hook/canary").respond_with_response(answer)
    [complaint] = tell(
        settings(webhook=httpserver.url_for("/hook/canary")), [FAILURE], command="run", now=NOW
    )
    assert says in complaint
    assert "canary" not in complaint
    assert len(httpserver.log) == 1


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com/canary",
        "ftp://127.0.0.1/canary",
        "canary",
        "https://user:canary@example.com",
        "http://127.0.0.1:1/canary",
    ],
)
def test_an_address_that_may_not_be_called_is_not_shown(address: str):
    [complaint] = tell(settings(webhook=address), [FAILURE], command="run", now=NOW)
    assert "canary" not in complaint


def test_a_command_gets_the_same_on_its_input_and_no_secret(
    at_home: Path, diary: list[str], hook: HTTPServer, monkeypatch: pytest.MonkeyPatch
):
    for name in config.SECRETS:
        monkeypatch.setenv(name, "canary")
    monkeypatch.setenv("CHARTLAKE_NOTIFY_WEBHOOK", hook.url_for("/hook/canary"))
    assert tell(settings(command=diary), [FAILURE], command="run", now=NOW) == []
    told, environment, arguments = read(at_home)
    assert [told] == got(hook)
    assert arguments == ["$HOME; `id`"], "no shell has read it"
    assert "canary" not in json.dumps([told, environment])


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["nowhere-to-be-found"], "cannot be run"),
        ([sys.executable, "-c", "raise SystemExit(7)"], "ended with 7"),
    ],
)
def test_a_command_that_fails_is_told(at_home: Path, command: list[str], says: str):
    [complaint] = tell(settings(command=command), [FAILURE], command="run", now=NOW)
    assert says in complaint


@pytest.mark.parametrize("on", [["failure"], ["stale"], ["drift", "rejected"], []])
def test_only_what_is_wanted_is_told(hook: HTTPServer, on: list):
    events = [FAILURE, Event(kind="stale", message="late"), Event(kind="rejected", message="bad")]
    tell(settings(webhook=hook.url_for("/hook/canary"), on=on), events, command="run", now=NOW)
    assert [one["kind"] for told in got(hook) for one in told["events"]] == [
        event.kind for event in events if event.kind in on
    ]


def test_a_chat_takes_no_name_for_a_command(hook: HTTPServer):
    evil = Event(
        kind="rejected", message="<!channel> <http://evil|click>\n\x1b[31m", source="x", chart_id="<@U1>"
    )
    tell(settings(webhook=hook.url_for("/hook/canary")), [evil] * 9, command="run", now=NOW)
    [told] = got(hook)
    assert set("<>\n\x1b").isdisjoint(told["text"])
    assert told["text"].endswith("; and 4 more")
    assert len(told["events"]) == 9


# At the end of a run.


@pytest.fixture
def recorder(at_home: Path, services: Services, hook: HTTPServer) -> Path:
    (at_home / "chartlake.toml").write_text(
        f"""
        lake = "./lake"
        [notify]
        webhook = "{hook.url_for("/hook/canary")}"
        [deezer]
        url = "{services.deezer}"
        [[chart]]
        source = "deezer"
        id = "3155776842"
        """
    )
    return at_home


def test_a_run_that_goes_well_tells_nothing(
    ran: Callable[..., Ran], recorder: Path, services: Services, hook: HTTPServer
):
    services.today = datetime.now(UTC)
    assert ran("run")[0] == 0
    assert got(hook) == []


def test_a_run_that_fails_tells_why(
    ran: Callable[..., Ran], recorder: Path, services: Services, hook: HTTPServer
):
    services.misbehave(answering(404, b"{}"), service="deezer")
    assert ran("run")[0] == 1
    [told] = got(hook)
    assert [(one["kind"], one["chart_id"]) for one in told["events"]] == [("failure", "3155776842")]


def test_a_rate_limit_is_nothing_to_tell(
    ran: Callable[..., Ran], recorder: Path, services: Services, hook: HTTPServer
):
    services.misbehave(rate_limited("86400"), service="deezer")
    assert ran("run")[0] == 75
    assert got(hook) == []


def test_a_lake_that_cannot_be_written_is_told(ran: Callable[..., Ran], recorder: Path, hook: HTTPServer):
    (recorder / "lake").write_text("a file where a folder is needed")
    assert ran("run")[0] == StorageError.exit_code
    [told] = got(hook)
    assert [one["kind"] for one in told["events"]] == ["failure"]
    assert of_error(StorageError("x"))[0].message == "x"


def test_what_was_rejected_and_what_is_stale_is_told(
    ran: Callable[..., Ran], recorder: Path, hook: HTTPServer, services: Services
):
    services.today = datetime.now(UTC)
    assert ran("run")[0] == 0
    waiting = recorder / "lake" / "raw_data" / "to_be_processed"
    (waiting / "half.json").write_text('{"items": [')
    with (recorder / "chartlake.toml").open("a") as file:
        file.write('\n[[chart]]\nsource = "apple"\nid = "us-songs"\n')
    code, _, _ = ran("run", "3155776842")
    assert code == 3
    assert [one["kind"] for one in got(hook)[-1]["events"]] == ["rejected"]
    assert ran("status")[0] == 3
    assert len(got(hook)) == 1, "looking tells nobody"
    assert ran("status", "--notify")[0] == 3
    assert (got(hook)[-1]["command"], got(hook)[-1]["events"][0]["kind"]) == ("status", "rejected")


def test_a_stale_chart_is_told_by_a_run(ran: Callable[..., Ran], recorder: Path, hook: HTTPServer):
    (recorder / "chartlake.toml").write_text(
        (recorder / "chartlake.toml").read_text() + '\n[[chart]]\nsource = "listenbrainz"\nid = "week"\n'
    )
    row = ledger.LedgerRow(
        run_id="long ago",
        source="listenbrainz",
        chart_id="week",
        started_at=NOW,
        state="failed",
        reason="down",
    )
    ledger.write(open_store(str(recorder / "lake")), [row])
    assert ran("run", "3155776842")[0] == 0
    [told] = got(hook)
    assert [(one["kind"], one["chart_id"]) for one in told["events"]] == [("stale", "week")]
    assert ran("run", "3155776842")[0] == 0
    assert len(got(hook)) == 1, "the same is told once a day"
    ledger.write(
        open_store(str(recorder / "lake")),
        [msgspec.structs.replace(row, run_id="later", started_at=NOW + timedelta(1), reason="still down")],
    )
    assert ran("run", "3155776842")[0] == 0
    assert "still down" in got(hook)[-1]["events"][0]["message"]
    assert ran("status", "--notify")[0] == 3
    assert len(got(hook)) == 3, "who asks is told"


def test_what_was_told_is_due_once_a_day_and_whenever_it_changes(store: Store):
    late = Event(kind="stale", message="late", source="deezer", chart_id="1")
    other = Event(kind="stale", message="late", source="deezer", chart_id="2")
    reminders = Reminders(store)
    assert reminders.due([late, other], now=NOW) == [late, other]
    reminders.remember([late], now=NOW)
    later = Reminders(store)
    assert later.due([late, other], now=NOW + timedelta(hours=17)) == [other]
    assert later.due([late], now=NOW + timedelta(hours=18)) == [late], "another day has begun"
    changed = msgspec.structs.replace(late, message="later still")
    assert later.due([changed], now=NOW) == [changed]
    later.remember([], now=NOW)
    assert Reminders(store).due([late], now=NOW) == [late], "what was well meanwhile is news"


def test_a_message_that_reached_nobody_is_sent_again(
    ran: Callable[..., Ran], recorder: Path, hook: HTTPServer, diary: list[str]
):
    text = (recorder / "chartlake.toml").read_text()
    text += '\n[[chart]]\nsource = "listenbrainz"\nid = "week"\n'
    (recorder / "chartlake.toml").write_text(text.replace("/hook/canary", "/nowhere"))
    row = ledger.LedgerRow(
        run_id="long ago", source="listenbrainz", chart_id="week", started_at=NOW, state="failed"
    )
    ledger.write(open_store(str(recorder / "lake")), [row])
    assert "the webhook was not told" in ran("run", "3155776842")[2]
    (recorder / "chartlake.toml").write_text(text)
    assert ran("run", "3155776842")[0] == 0
    assert [one["kind"] for one in got(hook)[-1]["events"]] == ["stale"]


def test_a_message_that_fails_does_not_fail_the_run(
    ran: Callable[..., Ran], recorder: Path, httpserver: HTTPServer
):
    text = (recorder / "chartlake.toml").read_text().replace("/hook/canary", "/nowhere")
    (recorder / "chartlake.toml").write_text(text.replace("[notify]", '[notify]\ncommand = ["nowhere"]'))
    waiting = recorder / "lake" / "raw_data" / "to_be_processed"
    waiting.mkdir(parents=True)
    (waiting / "half.json").write_text('{"items": [')
    code, answer, talk = ran("run", "--json")
    assert (code, json.loads(answer)["exit_code"]) == (3, 3)
    assert talk.count("warning: the ") == 2


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('hook = "x"', "did you mean webhook"),
        ('on = ["everything"]', "everything"),
        ('command = "mail"', "array"),
    ],
)
def test_a_wrong_setting_is_told(ran: Callable[..., Ran], at_home: Path, line: str, says: str):
    (at_home / "chartlake.toml").write_text(f'lake = "./lake"\n[notify]\n{line}\n')
    code, _, talk = ran("status")
    assert (code, says in talk) == (2, True), talk
