"""A year of charts as a small world serves them, and what it remembers of that by itself.

The world knows nothing of lakes: it keeps, in plain dictionaries, which list it served for which
day, what it refused, and which documents reached the lake.  What must be recorded follows from that.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from chartlake.errors import CredentialsError, SourceError, TryLater
from chartlake.snapshot import Request
from chartlake.sources import Captured, Chart
from making import PLAYLIST, playlist

if TYPE_CHECKING:
    from collections.abc import Iterator

Key = tuple[str, str]

TOP = Chart(source="spotify", id=PLAYLIST, name="Top of the Tests", region="global")
WEEK = Chart(source="spotify", id="5WeeklyChartOfTheTests", name="Week of the Tests", cadence="weekly")
FEED = Chart(source="apple", id="zz-songs", name="Feed of the Tests", region="zz")
LOST = Chart(source="deezer", id="4711", name="Zwischenspiel", region="zz")
"""The chart whose source is forgotten."""

FIRST = date(2027, 6, 1)
LAST = date(2028, 5, 31)
"""A year with a 29th of February."""

FORGOTTEN = date(2027, 10, 15)
MARKER = "Vergissmeinnicht"
"""A word that stands in every document of the source that is forgotten, and nowhere else."""

_A_DAY = timedelta(days=1)
_SIZE, _SONGS = 8, 30


def key_of(chart: Chart) -> Key:
    """What names a chart."""
    return chart.source, chart.id


def days(first: date = FIRST, last: date = LAST) -> Iterator[date]:
    """Every day from the first to the last."""
    while first <= last:
        yield first
        first += _A_DAY


def at(day: date, hour: int, minute: int = 30) -> datetime:
    """A moment of a day."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def spotify(songs: list[int]) -> bytes:
    """A list as Spotify writes it."""
    return playlist(*songs)


def apple(songs: list[int], day: date) -> bytes:
    """A list as Apple writes it."""
    feed = {
        "title": "Feed",
        "id": "https://rss.example/api/v2/zz/music/most-played/50/songs.json",
        "country": "zz",
        "updated": f"{day:%a, %d %b %Y} 00:10:05 +0000",
        "results": [
            {"id": str(song), "name": f"Song {song}", "kind": "songs", "artistId": f"{song % 5}",
             "artistName": f"Artist {song % 5}", "artistUrl": f"https://music.example/artist/a/{song % 5}"}
            for song in songs
        ],
    }  # fmt: skip
    return json.dumps({"feed": feed}).encode()


def deezer(songs: list[int]) -> bytes:
    """A list as Deezer writes it."""
    tracks = [
        {"id": song, "title": f"{MARKER} {song}", "duration": 180, "rank": 1,
         "artist": {"id": song % 5, "name": f"{MARKER} and Band {song % 5}"}}
        for song in songs
    ]  # fmt: skip
    return json.dumps({"data": tracks, "total": len(tracks)}).encode()


@dataclass(frozen=True)
class Document:
    """What one document says: which day it stands for, when it was captured, and its songs in order."""

    chart: Key
    day: date
    captured_at: datetime
    songs: tuple[int, ...]
    is_captured: bool = False


@dataclass
class World:
    """What is served, and what is remembered of it.

    Attributes:
        off: Days on which the machine is off.
        trouble: What a chart answers on a day instead of its list.
        documents: Every good document that reached the lake.
        attempts: What came of asking, by chart and the day asked for.
        unsure: Days on which somebody was killed or a late file came, of which repetitions are not counted.
    """

    seed: int
    now: datetime = field(default_factory=lambda: at(FIRST, 6))
    off: set[date] = field(default_factory=set)
    trouble: dict[tuple[Key, date], str] = field(default_factory=dict)
    documents: list[Document] = field(default_factory=list)
    attempts: dict[tuple[Key, date], list[str]] = field(default_factory=dict)
    unsure: set[date] = field(default_factory=set)
    served: Document | None = None

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.lists = {key_of(chart): dict(self._lists(chart)) for chart in (TOP, WEEK, FEED, LOST)}
        self._plan()

    def tick(self) -> datetime:
        """The clock: a second later whenever somebody looks at it."""
        self.now += timedelta(seconds=1)
        return self.now

    def asked(self, chart: Key, state: str, day: date | None = None) -> None:
        """Remember what came of asking for a chart."""
        self.attempts.setdefault((chart, day or self.now.date()), []).append(state)

    def reached(self, one: Document) -> None:
        """Remember that a document is in the lake; the same one twice is one."""
        if one not in self.documents:
            self.documents.append(one)

    def lost_days(self, chart: Chart) -> list[date]:
        """The days on which a chart was not to be had."""
        return sorted(self.off | {day for key, day in self.trouble if key == key_of(chart)})

    def days_of(self, trouble: str, chart: Chart) -> list[date]:
        """The days on which something was wrong with a chart."""
        return [day for (key, day), what in self.trouble.items() if (key, what) == (key_of(chart), trouble)]

    def document_of(
        self, chart: Chart, day: date, captured_at: datetime, *, short: int = 0, is_captured: bool = False
    ) -> Document:
        """What a document of a day says; a correction is shorter."""
        songs = self.lists[key_of(chart)][day]
        return Document(key_of(chart), day, captured_at, tuple(songs[: len(songs) - short]), is_captured)

    def _lists(self, chart: Chart) -> Iterator[tuple[date, list[int]]]:
        """A list for every day: songs move, come and go; now and then a list stays as it was."""
        songs = self.chance.sample(range(1, _SONGS), _SIZE)
        for day in days():
            weekday = chart.cadence == "daily" or day.weekday() == 4
            if weekday and self.chance.random() < 0.85:
                new = self.chance.choice([song for song in range(1, _SONGS) if song not in songs])
                songs.pop(self.chance.randrange(_SIZE))
                songs.insert(self.chance.randrange(_SIZE), new)
            yield day, list(songs)

    def _plan(self) -> None:
        """When what goes wrong."""

        def spell(first: date, length: int) -> list[date]:
            begins = first + timedelta(days=self.chance.randrange(6))
            return [begins + timedelta(days=number) for number in range(length)]

        def trouble(chart: Chart, what: str, *on: date) -> None:
            self.trouble.update({(key_of(chart), day): what for day in on})

        self.off = {*spell(date(2027, 8, 11), 4), *spell(date(2028, 1, 10), 2), date(2028, 2, 29)}
        trouble(TOP, "failed", *spell(date(2027, 7, 3), 6), *spell(date(2027, 12, 20), 3))
        trouble(TOP, "expired", *spell(date(2028, 4, 3), 2))
        trouble(TOP, "rejected", *spell(date(2027, 9, 14), 2))
        trouble(FEED, "failed", *spell(date(2027, 11, 2), 4))
        trouble(FEED, "limited", *spell(date(2027, 9, 25), 1), *spell(date(2028, 3, 3), 1))
        trouble(FEED, "asleep", *(day for first in (7, 10) for day in spell(date(2027, first, 20), 2)))
        trouble(FEED, "asleep", *spell(date(2028, 2, 1), 1))
        trouble(WEEK, "failed", date(2027, 11, 12), date(2028, 1, 14), date(2028, 1, 21))
        trouble(WEEK, "rejected", date(2028, 3, 17))
        trouble(LOST, "failed", *spell(date(2027, 9, 2), 2))
        trouble(LOST, "rejected", date(2027, 8, 2))


class Service:
    """A source of this world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def accepts(self, chart: Chart) -> None:
        """Every chart will do."""

    def capture(self, chart: Chart) -> Captured:
        """The chart of today, or whatever is wrong with it."""
        world, key, day = self.world, key_of(chart), self.world.now.date()
        trouble = world.trouble.get((key, day))
        if trouble in ("failed", "expired"):
            world.asked(key, "failed")
            raise (SourceError if trouble == "failed" else CredentialsError)("not today; run again later")
        if trouble == "limited":
            until = at(day + _A_DAY, 12)
            world.trouble[key, day + _A_DAY] = "held back"
            world.asked(key, "deferred")
            raise TryLater("leave me alone", not_before=until)
        if trouble == "rejected":
            world.served = None
            world.asked(key, "rejected")
            return self._captured(chart, [], day)
        shown = day - _A_DAY if trouble == "asleep" else day
        # In the evening of some days the service takes something back.
        short = 3 if world.now.hour > 12 and day.day % 4 == 0 else 0
        captured_at = world.now + timedelta(seconds=1)
        world.served = world.document_of(chart, shown, captured_at, short=short, is_captured=True)
        world.asked(key, "unchanged" if self._is_known(world.served) else "published", shown)
        return self._captured(chart, list(world.served.songs), shown)

    def _is_known(self, served: Document) -> bool:
        """Whether the last answer that reached the lake said the same."""
        for known in reversed(self.world.documents):
            if known.chart == served.chart and known.is_captured:
                return (known.day, known.songs) == (served.day, served.songs)
        return False

    def _captured(self, chart: Chart, songs: list[int], day: date) -> Captured:
        body = {
            "spotify": lambda: spotify(songs),
            "apple": lambda: apple(songs, day),
            "deezer": lambda: deezer(songs),
        }[chart.source]()
        request = Request(url="https://charts.example/", status=200)
        return Captured(pages=[body], requests=[request], received=len(body))
