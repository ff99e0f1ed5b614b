"""How recording goes: what `status` says is what `coverage` says."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from chartlake import pipeline
from chartlake.config import Settings
from chartlake.errors import SourceError, TryLater
from chartlake.sources import Chart
from chartlake.sources.spotify.stored import Login, write_login
from chartlake.status import explained, overdue, status
from chartlake.warehouse import Warehouse
from making import PLAYLIST, FakeSource, day, playlist, put_pending

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chartlake.status import Status
    from chartlake.store import Store
    from conftest import Clock, Ran

DAILY = Chart(source="spotify", id=PLAYLIST, name="Tests' Top")
WEEKLY = Chart(source="spotify", id="another", cadence="weekly")


@pytest.fixture
def cache(store: Store, tmp_path: Path) -> Warehouse:
    return Warehouse(store, tmp_path / "cache.duckdb")


def told(store: Store, cache: Warehouse, now: datetime, *charts: Chart) -> Status:
    cache.refresh()
    return status(store, Settings(lake=store.address, charts=list(charts)), cache, now=now)


@pytest.mark.parametrize(
    ("last", "cadence", "now", "late"),
    [
        ("2026-06-01", "daily", "2026-06-03T12:00", False),
        ("2026-06-01", "daily", "2026-06-03T12:01", True),
        ("2026-06-01", "weekly", "2026-06-18T12:00", False),
        ("2026-06-01", "weekly", "2026-06-18T12:01", True),
        ("2026-06-03", "daily", "2026-06-02T00:00", False),
    ],
)
def test_a_chart_is_stale_when_it_is_late_by_one_and_a_half_intervals(last, cadence, now, late):
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert overdue(date.fromisoformat(last), cadence, now=moment) is late


def a_life(store: Store, clock: Clock, chart: Chart, chance: random.Random) -> None:
    """Some weeks of recording in which everything happens."""
    later = {"fails": SourceError("it is down; try again"), "is bad": playlist(None, None, None)}
    for number in range(1, 22):
        clock.moment = day(number)
        for what in chance.choices(
            ["goes well", "fails", "waits", "is bad", "nobody"], k=chance.randint(1, 2)
        ):
            if what == "nobody":
                continue
            answer = later.get(what, playlist(number, 100))
            if what == "waits":
                answer = TryLater("wait", not_before=clock() + timedelta(minutes=30))
            pipeline.run(store, [chart], {"spotify": FakeSource(answer)}, now=clock)
            clock.go_on(hours=1)


@pytest.mark.parametrize("seed", range(4))
def test_what_it_says_is_what_coverage_says(store: Store, cache: Warehouse, clock: Clock, seed: int):
    chance = random.Random(seed)
    for chart in (DAILY, WEEKLY):
        a_life(store, clock, chart, chance)
    said = {chart.chart_id: chart for chart in told(store, cache, day(22), DAILY, WEEKLY).charts}
    counted: dict[tuple[str, str], int] = dict.fromkeys(
        [(one, state) for one in said for state in ("recorded", "failed", "rejected", "deferred", "missing")],
        0,
    )
    for chart_id, state in cache.ask("select chart_id, state from coverage").rows:
        counted[chart_id, state] += 1
    for (chart_id, state), number in counted.items():
        assert getattr(said[chart_id], state) == number, (chart_id, state)
    for chart_id, unchanged, last in cache.ask(
        "select chart_id, sum(unchanged), "
        "(select max(chart_date) from snapshots s where s.chart_id = c.chart_id) "
        "from coverage c group by chart_id"
    ).rows:
        assert (said[chart_id].unchanged, said[chart_id].last) == (unchanged, last)
    for chart_id, state, reason in cache.ask(
        "select chart_id, last(state order by started_at), last(reason order by started_at) "
        "from run_data group by chart_id"
    ).rows:
        assert (said[chart_id].last_state, said[chart_id].reason) == (state, reason)


def test_a_chart_is_new_then_fresh_then_stale_then_ended(store: Store, cache: Warehouse, clock: Clock):
    def freshness(*charts: Chart) -> list[str]:
        return [chart.freshness for chart in told(store, cache, clock(), *charts).charts]

    assert freshness(DAILY) == ["new"]
    pipeline.run(store, [DAILY], {"spotify": FakeSource(playlist(1, 2))}, now=clock)
    assert freshness(DAILY, WEEKLY) == ["fresh", "new"]
    clock.go_on(days=3)
    assert freshness(DAILY) == ["stale"]
    assert freshness(WEEKLY) == ["new", "ended"]
    assert freshness() == ["stale"], "without chartlake.toml all that was recorded is judged"


def test_a_chart_that_never_succeeds_is_stale_some_day(store: Store, cache: Warehouse, clock: Clock):
    broken = FakeSource(SourceError("there is no such playlist; correct its id"))
    pipeline.run(store, [DAILY], {"spotify": broken}, now=clock)
    said = told(store, cache, clock(), DAILY)
    assert said.fine
    assert [(chart.freshness, explained(chart)) for chart in said.troubled] == [
        ("new", "failed on 2026-06-01: there is no such playlist; correct its id")
    ]
    clock.go_on(days=2)
    [chart] = told(store, cache, clock(), DAILY).stale
    assert "correct its id" in explained(chart)


@pytest.mark.parametrize(
    ("runs", "says"),
    [
        ([(1, playlist(1))], "nobody has tried since 2026-06-01"),
        ([(1, playlist(1)), (9, SourceError("it is down; try again"))], "failed on 2026-06-09: it is down"),
    ],
)
def test_why_a_chart_is_stale(store: Store, cache: Warehouse, clock: Clock, runs: list, says: str):
    for number, answer in runs:
        clock.moment = day(number)
        pipeline.run(store, [DAILY], {"spotify": FakeSource(answer)}, now=clock)
    [chart] = told(store, cache, day(20), DAILY).stale
    assert says in explained(chart)


def test_what_waits_and_what_was_rejected_is_counted(store: Store, cache: Warehouse, clock: Clock):
    pipeline.run(store, [DAILY], {"spotify": FakeSource(playlist(1, 2))}, now=clock)
    assert told(store, cache, clock(), DAILY).fine
    pipeline.run(store, [WEEKLY], {"spotify": FakeSource(playlist(None))}, now=clock)
    put_pending(store, playlist(1), captured_at=day(3))
    one = told(store, cache, clock(), DAILY)
    assert (one.backlog, one.rejected, one.fine) == (1, {"missing": 1}, False)


def test_a_limit_is_shown_while_it_holds(store: Store, cache: Warehouse, clock: Clock):
    until = clock() + timedelta(hours=5)
    pipeline.run(store, [DAILY], {"spotify": FakeSource(TryLater("wait", not_before=until))}, now=clock)
    assert [chart.not_before for chart in told(store, cache, clock(), DAILY).charts] == [until]
    clock.go_on(hours=6)
    assert [chart.not_before for chart in told(store, cache, clock(), DAILY).charts] == [None]


# The command.


def test_the_command_ends_with_3_where_something_is_stale(ran: Callable[..., Ran], lake: Path, capsys):
    capsys.readouterr()
    code, answer, talk = ran("status", "--lake", "lake")
    assert code == 3
    assert answer.splitlines()[1].split("\t")[:4] == ["spotify", PLAYLIST, "stale", "2026-06-03"]
    assert "nobody has" in talk
    code, answer, _ = ran("status", "--lake", "lake", "--json")
    told = json.loads(answer)
    assert (code, told["fine"], told["charts"][0]["recorded"]) == (3, False, 3)


def test_what_was_taken_out_on_purpose_is_no_alarm(ran: Callable[..., Ran], lake: Path, capsys):
    (lake.parent / "chartlake.toml").write_text(
        'lake = "./lake"\n[[chart]]\nsource = "apple"\nid = "us-songs"\n'
    )
    wanted = "select min(raw_hash) from chart_entries"
    capsys.readouterr()
    code, answer, _ = ran("query", "--csv", wanted)
    assert ran("retract", answer.split()[-1])[0] == 0
    code, answer, _ = ran("status", "--json")
    told = json.loads(answer)
    assert (code, told["retracted"], told["rejected"]) == (0, 1, {})


def test_the_days_of_a_login_are_told(ran: Callable[..., Ran], at_home: Path):
    (at_home / "chartlake.toml").write_text(
        'lake = "./lake"\n[spotify]\nretention_days = 30\nlogin_file = "login.json"\n'
        '[[chart]]\nsource = "spotify"\nid = "0madeUpPlaylistOfMine1"\n'
    )
    assert json.loads(ran("status", "--json")[1])["login_days_left"] is None
    agreed = datetime.now(UTC) - timedelta(days=160, minutes=1)
    write_login(at_home / "login.json", Login(refresh_token="canary", authorized_at=agreed))
    code, answer, _ = ran("status", "--json")
    assert (code, json.loads(answer)["login_days_left"], "canary" in answer) == (0, 19, False)
    assert "login ends in 19 days" in ran("status")[2]
