"""A year in the life of a lake: outages, late files, restarts at every step, a source forgotten.

What is compared at the end was counted by the world itself, with plain loops over plain dictionaries.
"""

from __future__ import annotations

import base64
import json
import os
import random
import re
import zlib
from datetime import date, datetime, timedelta
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

import year_loops
from chartlake import layout, pipeline, report
from chartlake.forget import forget
from chartlake.intake import bring_in
from chartlake.rebuild import verify
from chartlake.snapshot import Envelope, Request, digest, packed, page, sealed, unpacked
from chartlake.store import open_store
from chartlake.tables import PHYSICAL
from chartlake.warehouse import FILE_NAME, Warehouse
from killing import Killed
from restarting import Restarting
from year_world import (
    FEED,
    FORGOTTEN,
    LAST,
    LOST,
    MARKER,
    TOP,
    WEEK,
    Document,
    Service,
    World,
    apple,
    at,
    days,
    deezer,
    key_of,
    spotify,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartlake.sources import Chart

SEEDS = [int(seed) for seed in os.environ.get("CHARTLAKE_YEARS", "1").split(",")]
"""Years to live through; one is what every run of the tests can afford, more are worth a night."""

_A_DAY = timedelta(days=1)
_STEPS = {TOP: 1, WEEK: 7, FEED: 1}
_LOOKED_AT = (date(2027, 8, 2), FORGOTTEN - _A_DAY, date(2028, 1, 3))

_TABLES = ("artist", "album", "song", "credit", "chart")
STEPS = {
    300: ("put open run", "put pending", "put state", "put run_data", "delete open run", "put batch",
          "copy to processed", "delete pending", *(f"put {table}_data" for table in _TABLES)),
    90: ("delete batch", "delete run_data", *(f"delete {table}_data" for table in _TABLES)),
    25: ("put open batch", "delete open batch"),
    8: ("put month compacted", "put joined batch", "create superseded", "delete superseded",
        "put joined run_data", *(f"put joined {table}_data" for table in _TABLES)),
    2: ("put reason", "copy to rejected", "create pending",
        *(f"delete joined {table}_data" for table in _TABLES)),
    1: ("put tombstone", "put removal", "delete removal", *(f"forget: {step}" for step in (
        "put tombstone", "put removal", "put state", "delete reason", "delete processed", "delete rejected",
        "delete batch", "delete state", "delete removal", "delete page",
        *(f"delete {joined}{table}_data" for joined in ("", "joined ") for table in (*_TABLES, "run")),
    ))),
}  # fmt: skip
"""The kinds of steps of a year, by how often each is taken, at most, before somebody is killed at it."""

WITHIN = {step: most for most, steps in STEPS.items() for step in steps}


class Year:
    """A year of one lake."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.world = World(seed)
        self.chance = random.Random(seed + 1)
        self.base = open_store(str(folder / "lake"))
        self.store = Restarting(self.base, WITHIN, seed=seed)
        self.store.arrived = self._arrived
        service = Service(self.world)
        self.sources = {chart.source: service for chart in (TOP, FEED, LOST)}
        self.dropped: dict[str, bytes] = {}
        self.kept = True
        self.week_due = False
        self.late = self._late()

    # The days

    def live(self) -> None:
        for day in days():
            if day in self.world.off:
                continue
            self.world.now = at(day, 6)
            self._bring(self.late.pop(day, []))
            self.week_due |= day.weekday() == 4
            finished = self._run(day, scheduled_for=at(day, 6))
            if finished and self.chance.random() < 0.2:
                self.world.now = at(day, 18)
                self._run(day)
            if day == FORGOTTEN:
                self._forget()
            if day in _LOOKED_AT:
                self.look()
        # The last month is closed, and an hour later what it superseded goes.
        for number in (1, 2):
            self.world.now = at(LAST + number * _A_DAY, 6)
            while not self._transformed():
                pass
        [poison] = [key for key in pipeline.rejected(self.base) if LOST.source in key]
        assert pipeline.why_rejected(self.base, poison)[0] == "forgotten"
        self._forget()

    def _run(self, day: date, scheduled_for: datetime | None = None) -> bool:
        """A run, and once more after each restart; False if the machine stays off after one."""
        charts = [TOP, FEED] if self.kept is False else [TOP, FEED, LOST]
        charts += [WEEK] if self.week_due else []
        while True:
            held_back = (
                self.world.trouble.get((key_of(FEED), day)) == "held back" and self.world.now.hour < 12
            )
            try:
                done = pipeline.run(
                    self.store, charts, self.sources, now=self.world.tick, scheduled_for=scheduled_for
                )
            except Killed:
                self._buried()
                self.world.now += timedelta(minutes=5)
                quiet = not any((key_of(chart), day) in self.world.trouble for chart in charts)
                if quiet and self.chance.random() < 0.3:
                    return False
                continue
            assert done.notes == []
            if held_back:
                self.world.asked(key_of(FEED), "deferred")
            self.week_due = False
            return True

    def _transformed(self) -> bool:
        try:
            pipeline.run(self.store, [], {}, now=self.world.tick)
        except Killed:
            self._buried()
            return False
        return True

    def _buried(self) -> None:
        self.world.unsure.add(self.world.now.date())
        for source, chart, began in self.store.take_the_dead():
            self.world.asked((source, chart), "abandoned", began.date())

    def _arrived(self) -> None:
        """A captured document has become durable."""
        if self.world.served is not None:
            self.world.reached(self.world.served)

    # What comes late

    def _late(self) -> dict[date, list[tuple[str, Chart, date]]]:
        """What comes on which day, weeks after the day that it is of."""
        found: dict[date, list[tuple[str, Chart, date]]] = {}

        def plan(what: str, chart: Chart, day: date, weeks: tuple[int, int] = (2, 10)) -> None:
            comes = day + timedelta(days=self.chance.randrange(7 * weeks[0], 7 * weeks[1]))
            while comes in self.world.off:
                comes += _A_DAY
            if comes < LAST:
                found.setdefault(comes, []).append((what, chart, day))

        for chart, what in ((TOP, "bare"), (FEED, "import"), (WEEK, "envelope")):
            for day in self.world.lost_days(chart):
                is_one = chart is not WEEK or day.weekday() == 4
                trouble = self.world.trouble.get((key_of(chart), day))
                if is_one and trouble not in ("limited", "rejected") and self.chance.random() < 0.6:
                    plan(what, chart, day)
        # In the very runs whose own answers are rejected.
        failed = self.world.days_of("failed", TOP)
        for rejected, lost in zip(self.world.days_of("rejected", TOP), failed, strict=False):
            found.setdefault(rejected, []).append(("bare", TOP, lost))
        for month in (7, 9, 11):
            plan("shorter", TOP, date(2027, month, 1 + self.chance.randrange(27)), (5, 9))
            plan("older", TOP, date(2027, month, 1 + self.chance.randrange(27)), (5, 9))
            plan("twice", TOP, date(2027, month, 1 + self.chance.randrange(27)), (5, 9))
        plan("shorter", WEEK, date(2027, 12, 3), (6, 9))
        plan("forgotten", LOST, FORGOTTEN - 20 * _A_DAY, (5, 6))
        return found

    def _bring(self, late: list[tuple[str, Chart, date]]) -> None:
        if late:
            self.world.unsure.add(self.world.now.date())
        for what, chart, day in late:
            {
                "bare": self._drop_bare,
                "import": self._import,
                "envelope": self._drop_envelope,
                "shorter": self._correct,
                "older": self._drop_envelope,
                "twice": self._drop_twice,
                "forgotten": self._drop_forgotten,
            }[what](chart, day)

    def _drop_bare(
        self, chart: Chart, day: date, *, name: str = "spotify_raw_{} 10:20:30.123456.json"
    ) -> None:
        captured_at = at(day, 10, 20) + timedelta(seconds=30, microseconds=123456)
        one = self.world.document_of(chart, day, captured_at)
        self._drop(layout.TO_BE_PROCESSED + name.format(day), spotify(list(one.songs)), one)

    def _drop_twice(self, chart: Chart, day: date) -> None:
        self._drop_bare(chart, day)
        self._drop_bare(chart, day, name="copies/of old/spotify_raw_{} 10:20:30.123456 (1).json")

    def _drop_envelope(self, chart: Chart, day: date, *, hour: int = 2, short: int = 0) -> None:
        """One captured in the night: it fills a day that was lost, and loses against any other."""
        one = self.world.document_of(chart, day, at(day, hour), short=short)
        document = _sealed(chart, spotify(list(one.songs)), one.captured_at)
        self._drop(layout.raw_key(*one.chart, one.captured_at, digest(document)), packed(document), one)

    def _correct(self, chart: Chart, day: date) -> None:
        self._drop_envelope(chart, day, hour=23, short=4)

    def _drop_forgotten(self, chart: Chart, day: date) -> None:
        document = _sealed(chart, deezer([1, 2, 3]), at(day, 23))
        self.base.put(layout.raw_key(*key_of(chart), at(day, 23), digest(document)), packed(document))

    def _drop(self, key: str, data: bytes, one: Document) -> None:
        self.base.put(key, data)
        self.dropped[key] = data
        self.world.reached(one)

    def _import(self, chart: Chart, day: date) -> None:
        one = self.world.document_of(chart, day, at(day, 20, 0))
        file = self.folder / f"feed {day}T20-00-00Z.json"
        file.write_bytes(apple(list(one.songs), day))
        while True:
            try:
                bring_in(self.store, [file], now=self.world.now)
            except Killed:
                continue
            self.world.reached(one)
            return

    # What goes

    def _forget(self) -> None:
        """As the command does it: the lake, then the cache and the page."""
        self.kept, self.store.act = False, "forget: "
        while True:
            try:
                forget(self.store, LOST.source, now=self.world.now)
            except Killed:
                self._buried()
                continue
            break
        self.store.act = ""
        self.warehouse.discard()
        self.page.unlink(missing_ok=True)
        for place in (self.world.documents, self.store.durable, self.world.attempts):
            _without(place)

    # What there is to see

    @property
    def warehouse(self) -> Warehouse:
        path = self.base.local_path(FILE_NAME)
        assert path is not None
        return Warehouse(self.base, path)

    @property
    def page(self) -> Path:
        return self.folder / report.FILE_NAME

    def look(self) -> None:
        """Look at the lake as it is on some day, and draw the page."""
        assert self.warehouse.refresh() == []
        assert self.ask(_ENTRIES) == year_loops.entries(self.world)
        report.write(self.warehouse, self.page, now=self.world.now)

    def keys(self, zone: str) -> list[str]:
        return [stored.key for stored in self.base.list(zone)]

    def unsure(self, day: date, step: int) -> bool:
        """Whether somebody was killed, or a late file came, while a day was the latest one."""
        return any(day <= other < day + timedelta(days=step + 1) for other in self.world.unsure)

    def ask(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return self.warehouse.ask(sql, parameters).rows


_ENTRIES = "SELECT source, chart_id, chart_date, position, song_id FROM chart_entries ORDER BY ALL"


def _without(place: Any) -> None:
    """Take what is of the forgotten source out of a dictionary or list."""
    if isinstance(place, list):
        place[:] = [one for one in place if one.chart[0] != LOST.source]
        return
    for key in list(place):
        named = layout.chart_in(key)[0] if isinstance(key, str) else key[0][0]
        if named == LOST.source:
            del place[key]


def _sealed(chart: Chart, body: bytes, captured_at: datetime) -> bytes:
    return sealed(
        Envelope(
            chartlake=1,
            source=chart.source,
            chart_id=chart.id,
            chart_name=chart.name,
            region=chart.region,
            cadence=chart.cadence,
            captured_at=captured_at,
            requests=[Request(url="https://charts.example/", status=200)],
            pages=[page(body)],
        )
    )


@pytest.fixture(scope="module", params=SEEDS)
def year(request: pytest.FixtureRequest) -> Iterator[Year]:
    # In memory where there is such a folder: a year syncs thirty thousand times.
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        lived = Year(Path(folder), request.param)
        lived.live()
        lived.look()
        yield lived


def test_somebody_was_killed_before_and_after_every_kind_of_step(year: Year):
    every = {f"{when} {step}" for step in WITHIN for when in ("before", "after")}
    assert year.store.seen == every, "the steps that are taken are those of the list"
    assert year.store.killed == every


def test_every_entry_is_there_once(year: Year):
    assert len(year_loops.entries(year.world)) > 5000
    assert year.ask(_ENTRIES) == year_loops.entries(year.world)


@pytest.mark.parametrize("chart", _STEPS, ids=lambda chart: chart.name)
def test_the_coverage_tells_every_day(year: Year, chart: Chart):
    found = year.ask(
        "SELECT chart_date, state, snapshots, unchanged, is_gap FROM coverage "
        "WHERE source = $1 AND chart_id = $2 ORDER BY chart_date", *key_of(chart),
    )  # fmt: skip
    expected = year_loops.coverage(year.world, key_of(chart), _STEPS[chart])
    assert [row[:3] for row in found] == [(day, told.state, told.documents) for day, told in expected.items()]
    assert all(is_gap == (state != "recorded") for _, state, _, _, is_gap in found)
    sure = {day: row for day, *row in found if not year.unsure(day, _STEPS[chart])}
    assert {day: row[2] for day, row in sure.items()} == {day: expected[day].unchanged for day in sure}
    assert len(sure) > 10


def test_the_year_had_every_kind_of_day(year: Year):
    told = {
        (chart.name, one.state): one
        for chart, step in _STEPS.items()
        for one in year_loops.coverage(year.world, key_of(chart), step).values()
    }
    assert {state for _, state in told} == {"recorded", "missing", "failed", "deferred", "rejected"}
    unchanged = year.ask("SELECT DISTINCT source FROM coverage WHERE unchanged > 0 ORDER BY 1")
    assert unchanged == [("apple",), ("spotify",)]


@pytest.mark.parametrize("chart", _STEPS, ids=lambda chart: chart.name)
def test_the_history_is_what_loops_count(year: Year, chart: Chart):
    found = year.ask(
        "SELECT chart_date, song_id, status, streak, gap_before FROM chart_history "
        "WHERE source = $1 AND chart_id = $2 ORDER BY ALL", *key_of(chart),
    )  # fmt: skip
    assert found == year_loops.history(year.world, key_of(chart), _STEPS[chart])


def test_every_document_is_kept_once(year: Year):
    kept = {zone: year.keys(zone) for zone in (layout.PROCESSED, layout.REJECTED)}
    settled = [key for keys in kept.values() for key in keys if not key.endswith(layout.REASON_SUFFIX)]
    given = year.store.durable | year.dropped
    assert len(given) > 750
    for key, data in given.items():
        raw_hash = digest(unpacked(data))
        places = [layout.settled_key(key, raw_hash, zone=zone) for zone in kept]
        [place] = [place for place in places if place in settled]
        assert year.base.get(place) == data
        settled.remove(place)
    assert settled == []


def test_nothing_is_left_to_do(year: Year):
    for zone in (layout.TO_BE_PROCESSED, layout.OPEN_BATCHES, layout.OPEN_RUNS, layout.SUPERSEDED):
        assert year.keys(zone) == [], zone
    assert verify(year.base).differences == []


def test_every_closed_month_is_one_file_of_each_table(year: Year):
    """Late files too have been joined with the month that they are of."""
    files = [file for key in year.keys(layout.TABLES) if (file := layout.table_file(key))]
    months = [(file.table, file.source, file.month) for file in files if file.month <= "2028-05"]
    assert len(months) == len(set(months)) == 12 * (6 + 5)  # Apple's songs have no album.


def test_nothing_is_left_of_what_was_forgotten(year: Year):
    lake = Path(year.base.address)
    files = [file for file in lake.rglob("*") if file.is_file()]
    named = [str(file.relative_to(lake)) for file in files if LOST.source in str(file.relative_to(lake))]
    assert named == [layout.tombstone_key(LOST.source)]
    raw = [
        file for file in files if "raw_data" in file.parts and not file.name.endswith(layout.REASON_SUFFIX)
    ]
    assert not [file for file in raw if MARKER.encode() in unpacked(file.read_bytes())]
    others = [*set(files) - set(raw), year.page]
    told = [file for file in others if MARKER.encode() in file.read_bytes()]
    assert told == []
    for table in PHYSICAL:
        assert year.ask(f"SELECT DISTINCT source FROM {table.name} ORDER BY 1")[-1:] == [("spotify",)]
        assert year.ask(f"SELECT count(*) FROM {table.name} WHERE source = '{LOST.source}'") == [(0,)]
        assert MARKER not in repr(year.ask(f"SELECT * FROM {table.name}")), table.name
    assert MARKER not in json.dumps(shown(year.page)) + year.page.read_text()


def test_the_page_tells_it(year: Year):
    """The text that is there without a script, and the data that the script draws the rest from."""
    text = " ".join(unescape(re.sub(r"<[^>]+>", " ", year.page.read_text())).split())
    have = year_loops.recorded(year.world, key_of(TOP))
    gaps = {
        chart: [
            (day, told.state)
            for day, told in year_loops.coverage(year.world, key_of(chart), step).items()
            if told.state != "recorded"
        ]
        for chart, step in _STEPS.items()
    }
    of_all = f"Recorded on {len(have)} of {len(have) + len(gaps[TOP])} days since 1 June 2027. Missing: "
    latest = [
        f"{day.day} {day:%b} {day.year}" + ("" if state == "missing" else f" ({state})")
        for day, state in reversed(gaps[TOP][-4:])
    ]
    assert f"{of_all}{', '.join(latest)} and {len(gaps[TOP]) - 4} before." in text
    assert "Top of the Tests Wednesday, 31 May 2028" in text
    titles = re.findall(r'<a class="song"[^>]*>([^<]*)</a>', year.page.read_text())
    assert titles[: len(have[LAST].songs)] == [f"Song {song}" for song in have[LAST].songs]
    data = {chart["id"]: chart for chart in shown(year.page)["charts"]}
    assert set(data) == {chart.id for chart in _STEPS}
    for chart in _STEPS:
        days_had, drawn = list(year_loops.recorded(year.world, key_of(chart))), data[chart.id]
        first = date.fromisoformat(drawn["first"])
        assert (first, drawn["dates"]) == (days_had[0], len(days_had))
        missing = [(first + timedelta(days=number), state) for number, state in drawn["missing"]]
        assert missing == gaps[chart]
        sql = "SELECT chart_date, state FROM coverage WHERE is_gap AND chart_id = $1 ORDER BY 1"
        assert year.ask(sql, chart.id) == missing


def shown(page: Path) -> Any:
    """The data of a page."""
    packed_data = re.search(r'id="data">([^<]+)<', page.read_text())
    assert packed_data is not None
    return json.loads(zlib.decompress(base64.b64decode(packed_data[1]), wbits=-15))
