"""What the page is made of: charts with their dates and stays, songs, artists; all frozen.

A date of a chart is known by its number: 0 is the chart's first one on the page.  Positions
are kept per song as {number: position}, so that a date without the song has no entry.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

Places = dict[int, int]
"""Where one song stood: the number of a chart's date, and the position."""


@dataclass(frozen=True, slots=True)
class Song:
    """A song, episode or album that stood on a chart.

    Attributes:
        source: Where it was seen.
        id: The source's id.
        title: As last shown; empty if the source gives none.
        by: Its artists as last shown; empty if the source gives none.
        artists: Places in `Lake.artists` of those credited, in order.
        url: Its page at the service, or None; only http and https.
        album: The album's title, or None.
        released: The album's release day as far as it is known, such as 2026-06, or None.
        tile: Which of the drawn covers is its own.
        kin: The same number for the same recording on other charts or under other ids; 0 if it is alone.
    """

    source: str
    id: str
    title: str
    by: str
    artists: tuple[int, ...] = ()
    url: str | None = None
    album: str | None = None
    released: str | None = None
    tile: int = 0
    kin: int = 0


@dataclass(frozen=True, slots=True)
class Before:
    """What a song had done on a chart before the first date that the page holds in full.

    Attributes:
        peak: Its best position.
        days: Snapshots it was in.
        at_peak: Snapshots at that best position.
        run: Length of the stay that reached the last date before; 0 if it was not in that one.
        last: Its position on the last date before, or 0.
        first: The first chart_date it was seen.
    """

    peak: int
    days: int
    at_peak: int
    run: int
    last: int
    first: date


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart and what was recorded of it.

    Attributes:
        source: The service.
        id: The service's name of the chart.
        name: What people call it.
        region: Where it holds, or None.
        weekly: Whether a date is expected each week; else each day.
        albums: Whether it ranks albums.
        dates: The recorded chart_dates, ascending.
        missing: Dates that were expected and not recorded, and how that came.
        depth: The lowest position ever.
        places: Where each song stood; keys are places in `Lake.songs`.
        odd: (number of the date, position, song or None): entries that cannot be read, and the
            lower ones of songs that stand twice in a snapshot.
        earlier: How many recorded dates lie before the first one here.
        before: What songs had done in those.
    """

    source: str
    id: str
    name: str
    region: str | None
    weekly: bool
    albums: bool
    dates: tuple[date, ...]
    missing: tuple[tuple[date, str], ...]
    depth: int
    places: dict[int, Places]
    odd: tuple[tuple[int, int, int | None], ...] = ()
    earlier: int = 0
    before: dict[int, Before] = field(default_factory=dict)

    @property
    def step(self) -> int:
        """Days from one expected date to the next."""
        return 7 if self.weekly else 1

    @property
    def noun(self) -> str:
        """What one date of it is called."""
        return "week" if self.weekly else "day"

    def gap(self, number: int) -> int:
        """How many expected dates were not recorded before that one; as ``gap_before`` of the views."""
        if number == 0:
            return 0
        return max((self.dates[number] - self.dates[number - 1]).days // self.step - 1, 0)

    def since(self, last: int, steps: int) -> int:
        """The number of the first date not more than so many steps before that one."""
        oldest = self.dates[last] - timedelta(days=self.step * steps)
        number = last
        while number and self.dates[number - 1] >= oldest:
            number -= 1
        return number

    def latest(self, day: date) -> int | None:
        """The number of the latest date up to that day, if there is one."""
        found = [number for number, recorded in enumerate(self.dates) if recorded <= day]
        return found[-1] if found else None


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of a chart on one date, with what the view chart_history says of it.

    Attributes:
        position: Its position.
        song: Place in `Lake.songs`; None if the entry cannot be read.
        status: NEW, RE, UP, DOWN or SAME; empty for an entry that is not in the history.
        was: Position in the previous snapshot, or None.
        peak: Best position so far.
        days: Snapshots so far.
        at_peak: Snapshots at the peak so far.
        run: Snapshots in a row that end here.
    """

    position: int
    song: int | None
    status: str = ""
    was: int | None = None
    peak: int = 0
    days: int = 0
    at_peak: int = 0
    run: int = 0


@dataclass(frozen=True, slots=True)
class Stay:
    """How long a song has stood on a chart in all: dates, best position, whether it is on it now."""

    song: int
    days: int
    peak: int
    now: bool


@dataclass(frozen=True, slots=True)
class Weeks:
    """An artist's entries on a chart, week by week.

    Attributes:
        artist: Place in `Lake.artists`.
        entries: Entries in each week, the oldest week first.
    """

    artist: int
    entries: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """One date of one chart, with everything that the page shows of it.

    Attributes:
        chart: The chart.
        number: The number of its date.
        rows: The entries in order.
        arrivals: NEW and RE entries of each date of the chart, by number.
        stays: The longest stays up to this date, the longest first.
        weeks: The artists with most entries in the weeks shown, the first one first.
        sizes: All entries of the chart in each of those weeks; 0 where none was recorded.
    """

    chart: Chart
    number: int
    rows: tuple[Row, ...]
    arrivals: tuple[int, ...]
    stays: tuple[Stay, ...]
    weeks: tuple[Weeks, ...]
    sizes: tuple[int, ...]

    @property
    def date(self) -> date:
        """The chart_date."""
        return self.chart.dates[self.number]


@dataclass(frozen=True, slots=True)
class Lake:
    """Everything on the page.

    Attributes:
        charts: The charts, the one shown first at the top.
        songs: Every song that stands on one of them.
        artists: Names of artists.
        day: The latest date of the first chart; None if nothing is recorded.
        entries: Chart entries recorded in the lake.
        demo: Whether everything in it was recorded by `chartlake demo`.
    """

    charts: tuple[Chart, ...]
    songs: tuple[Song, ...]
    artists: tuple[str, ...]
    day: Day | None
    entries: int
    demo: bool


SHOWN_WEEKS = 53
"""Weeks that calendars and the artists' table show at most: a year, begun and ended in mid-week."""


def monday(day: date) -> date:
    """The Monday of that day's week."""
    return day - timedelta(days=day.weekday())


def shown_weeks(chart: Chart, number: int) -> tuple[date, int]:
    """The weeks that calendars show for a date of a chart: the first Monday, and how many.

    They end with the chart's latest week, or whole years before it for a date that is further back:
    the calendars stand still while one walks from day to day.
    """
    first, last, wanted = (monday(day) for day in (chart.dates[0], chart.dates[-1], chart.dates[number]))
    while (last - wanted).days // 7 >= SHOWN_WEEKS:
        last -= timedelta(days=7 * 52)
    count = min((last - first).days // 7 + 1, SHOWN_WEEKS)
    return last - timedelta(days=7 * (count - 1)), count


COLOURS = 10
"""Colours that songs are told apart by; ``--c0`` to ``--c9`` of the style sheet."""

TILES = 12 * COLOURS
"""Covers that are drawn for songs: a dozen patterns, each in every colour."""


def tile_of(title: str) -> int:
    """The cover of a song, from its title: the same wherever it stands.  data.js reckons it alike."""
    found = 7
    for sign in title:
        found = (found * 31 + ord(sign)) % 1_000_003
    return found % TILES


def told_apart(songs: tuple[Song, ...], wanted: list[int]) -> dict[int, int]:
    """A colour for each of a few songs: its cover's own, or the next that is free."""
    colours: dict[int, int] = {}
    for song in wanted:
        colour = songs[song].tile % COLOURS
        while colour in colours.values() and len(colours) < COLOURS:
            colour = (colour + 1) % COLOURS
        colours[song] = colour
    return colours
