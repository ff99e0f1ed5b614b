"""The steps as an orchestrator calls them: what went well is returned, what did not is raised."""

from __future__ import annotations

import importlib
import sys
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from chartlake import state
from chartlake.demo.faults import failing
from chartlake.errors import ChecksFailed, SettingsError, SourceError, TryLater
from chartlake.steps import LATEST, STEPS, run_step
from chartlake.store import open_store
from making import put_pending

if TYPE_CHECKING:
    from pathlib import Path

    from chartlake.demo.services import Services


class OwnDatetime(datetime):
    """A datetime of an orchestrator's own kind."""


@pytest.fixture
def settings(at_home: Path, services: Services) -> Path:
    path = at_home / "chartlake.toml"
    path.write_text(
        f"""
        lake = "./lake"
        [deezer]
        url = "{services.deezer}"
        [apple]
        urls = ["{services.apple}"]
        [[chart]]
        source = "deezer"
        id = "3155776842"
        [[chart]]
        source = "apple"
        id = "us-songs"
        """
    )
    return path


def test_the_steps_in_their_order_and_again(settings: Path):
    moment = datetime.now(timezone(timedelta(hours=9))) - timedelta(seconds=1)
    tick = OwnDatetime.fromtimestamp(moment.timestamp(), moment.tzinfo)
    done = {step: run_step(step, config=settings, scheduled_for=tick) for step in STEPS}
    charts = {"deezer 3155776842", "apple us-songs"}
    assert done["capture"].states == dict.fromkeys(charts, "captured")
    assert done["transform"].states == dict.fromkeys(charts, "published")
    assert [one.entries for one in done.values()] == [0, 200, 200]
    assert done["report"].file == str(settings.parent / "report.html")
    assert set(run_step("capture", config=settings, scheduled_for=tick).states.values()) == {"unchanged"}


def test_what_a_failed_capture_got_of_the_others_is_published(settings: Path, services: Services):
    services.misbehave(failing(404), service="deezer", times=9)
    with pytest.raises(SourceError, match="deezer 3155776842"):
        run_step("capture", config=settings)
    assert run_step("transform", config=settings).states == {}
    assert run_step("report", config=settings).entries == 100


def test_a_wait_says_until_when(settings: Path):
    until = datetime.now(UTC) + timedelta(hours=1)
    state.save(
        open_store(str(settings.parent / "lake")),
        "apple",
        "us-songs",
        state.ChartState(not_before=until),
    )
    with pytest.raises(TryLater) as wanted:
        run_step("capture", config=settings)
    assert wanted.value.not_before == until


def test_a_rejected_document_fails_the_transform_once(settings: Path):
    store = open_store(str(settings.parent / "lake"))
    put_pending(store, b'{"no": "chart"}', captured_at=datetime.now(UTC))
    with pytest.raises(ChecksFailed, match="chartlake show"):
        run_step("transform", config=settings)
    assert run_step("transform", config=settings).entries == 0


@pytest.mark.parametrize("off", [-timedelta(hours=1), LATEST + timedelta(minutes=1)], ids=["to come", "gone"])
def test_a_chart_is_not_captured_for_another_day(settings: Path, services: Services, off: timedelta):
    with pytest.raises(SettingsError, match="only what is now"):
        run_step("capture", config=settings, scheduled_for=datetime.now(UTC) - off)
    assert services.seen == []


def test_a_step_that_is_none_is_named(settings: Path):
    with pytest.raises(SettingsError, match="capture, transform, report"):
        run_step("publish", config=settings)


@pytest.mark.parametrize("name", ["dagster", "airflow"])
def test_a_missing_orchestrator_says_what_to_install(name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, f"chartlake.integrations.{name}", raising=False)
    with pytest.raises(SettingsError, match=f"pip install .*{name}"):
        importlib.import_module(f"chartlake.integrations.{name}")
