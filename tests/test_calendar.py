"""Two years of days, in zones that change their clocks: one snapshot for each, whatever clocks do."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from chartlake import pipeline
from chartlake.schedule import moved, next_time, times_from
from chartlake.sources import Chart
from chartlake.transform import provider_module
from chartlake.transform.reading import Header
from chartlake.warehouse import Warehouse
from making import PLAYLIST, FakeSource, playlist
from proving import proven

if TYPE_CHECKING:
    from pathlib import Path

    from chartlake.store import Store

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca",
         "Pacific/Apia", "Asia/Kathmandu")  # fmt: skip
"""Zones that change by an hour or half an hour, in either half of the year, and two that do not."""

BEGINS, ENDS = datetime(2027, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
"""Two years with a leap day, and the turns of three."""

CHART = Chart(source="spotify", id=PLAYLIST)


def days(begins: datetime, ends: datetime) -> list[date]:
    return [begins.date() + timedelta(days=number) for number in range((ends - begins).days)]


def hours(zone: str) -> list[datetime]:
    """Every hour of the two years as a clock of that zone shows it; one hour comes twice, one not at all."""
    place, moment, found = ZoneInfo(zone), BEGINS, []
    while moment < ENDS:
        found.append(moment.astimezone(place))
        moment += timedelta(hours=1)
    return found


@pytest.mark.parametrize("zone", ZONES)
def test_every_hour_of_two_years_is_of_its_day_in_utc(zone: str):
    module = provider_module("deezer")
    page = module.Page(data=[], total=0)
    with proven(f"every hour of two years, {zone}", promise=1, where="transform") as tally:
        seen: dict[date, set[datetime]] = {}
        for moment in hours(zone):
            for tick in (None, moment):
                late = moment + timedelta(minutes=25) if tick else moment
                header = Header(chart_id="c", captured_at=late, scheduled_for=tick)
                said = module.read(header, [page]).chart_date
                tally.cases += 1
                tally.wrong += said != moment.astimezone(UTC).date()
                seen.setdefault(said, set()).add(moment.astimezone(UTC))
        tally.lost += len(set(days(BEGINS, ENDS)) - seen.keys())
        tally.twice += len(seen.keys() - set(days(BEGINS, ENDS)))
        assert {len(moments) for moments in seen.values()} == {24}


@pytest.mark.parametrize("zone", ZONES)
def test_a_crontab_in_the_time_of_the_place_captures_every_day(zone: str):
    """It is written with the offset of the day it was installed on, and cron skips an hour in spring."""
    place = ZoneInfo(zone)
    with proven(f"crontabs over two years, {zone}", promise=1, where="schedule") as tally:
        for first, installed in (
            (f, i) for f in range(0, 24, 3) for i in (BEGINS, BEGINS + timedelta(days=190))
        ):
            ahead = installed.astimezone(place).utcoffset()
            local = [moved(one, ahead) for one in times_from(time(first, 17))]
            ticks = sorted(
                tick.astimezone(UTC)
                for day in days(BEGINS - timedelta(days=2), ENDS + timedelta(days=2))
                for one in local
                # A time that a clock leaves out does not come; one that comes twice is run once, or twice.
                for tick in {datetime.combine(day, one, place).replace(fold=fold) for fold in (0, 1)}
                if tick.astimezone(UTC).astimezone(place).time() == one
            )
            captured = {tick.date() for tick in ticks}
            tally.cases += len(captured)
            tally.lost += len(set(days(BEGINS, ENDS)) - captured)
            assert max(later - sooner for sooner, later in pairwise(ticks)) < timedelta(hours=20)


def test_the_next_time_is_always_ahead_and_within_a_day():
    dice = random.Random(1)
    for _ in range(20_000):
        times = times_from(time(dice.randrange(24), dice.randrange(1, 60)))
        now = BEGINS + timedelta(seconds=dice.randrange(2 * 366 * 86400))
        then = next_time(times, now)
        assert then is not None
        assert timedelta() < then - now <= timedelta(days=1)
        assert then.time() in times


class Crooked:
    """A clock that somebody sets forward or back for an hour or a day, now and then."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.true = datetime(2028, 2, 26, tzinfo=UTC)
        self.off = timedelta()

    def __call__(self) -> datetime:
        return self.true + self.off

    def go_on(self) -> None:
        self.true += timedelta(hours=6)
        self.off = self.dice.choice(
            [timedelta()] * 6 + [timedelta(days=1), timedelta(days=-1), timedelta(hours=1)]
        )


@pytest.mark.parametrize("seed", range(3))
def test_one_snapshot_a_day_whatever_the_clock_does(store: Store, tmp_path: Path, seed: int):
    """Over a leap day and the end of a month, every tick by two schedules at once."""
    clock, number = Crooked(random.Random(seed)), 0
    with proven("clocks that jump, and two schedules", promise=1, where="one process", random=True) as tally:
        for tick in range(4 * 7):
            number += 1
            body = playlist(number % 7, number % 7 + 1, 20 + tick // 4)
            for _ in range(2):
                source = FakeSource(body)
                summary = pipeline.run(store, [CHART], {"spotify": source}, now=clock)
                assert summary.rows[0].state in {"published", "unchanged"}
                tally.cases += 1
            clock.go_on()
        rows = (
            Warehouse(store, tmp_path / "cache.duckdb")
            .ask(
                "SELECT chart_date, count(*), count(DISTINCT raw_hash) FROM chart_entries "
                "GROUP BY ALL ORDER BY 1"
            )
            .rows
        )
        wanted = days(datetime(2028, 2, 26, tzinfo=UTC), datetime(2028, 3, 4, tzinfo=UTC))
        found = {row[0]: row[1:] for row in rows}
        tally.lost += len(set(wanted) - found.keys())
        # A clock of yesterday or tomorrow may record a day at either end, and none twice.
        tally.twice += sum(counts != (3, 1) for counts in found.values())
        assert found.keys() - set(wanted) <= {date(2028, 2, 25), date(2028, 3, 4)}


def test_a_tick_that_comes_twice_is_one_snapshot(store: Store, tmp_path: Path):
    tick = datetime(2028, 2, 29, 23, 17, tzinfo=UTC)
    with proven("a schedule that fires twice", promise=1, where="one process") as tally:
        for late in (
            timedelta(minutes=1),
            timedelta(minutes=2),
            timedelta(hours=1),
            timedelta(hours=1, minutes=1),
        ):
            now = tick + late
            source = FakeSource(json.dumps(json.loads(playlist(1, 2, 3))).encode())
            pipeline.run(store, [CHART], {"spotify": source}, now=lambda now=now: now, scheduled_for=tick)
            tally.cases += 1
        rows = (
            Warehouse(store, tmp_path / "cache.duckdb")
            .ask("SELECT DISTINCT chart_date, raw_hash FROM chart_data")
            .rows
        )
        tally.twice += len(rows) - 1
        assert [row[0] for row in rows] == [date(2028, 2, 29)]
