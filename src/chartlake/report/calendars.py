"""The calendars: who was number one, and how much came and went; days without a record are holes."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from chartlake.report import words
from chartlake.report.charts import COLOURS, shown_weeks, told_apart
from chartlake.report.markup import Element, el
from chartlake.report.pieces import cells, heading, song_link

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chartlake.report.charts import Chart, Day, Lake

_LEFT, _TOP = 26, 18
_ROOM = 430
_NAMED = 8
"""Number ones that have a colour and a line of their own."""

LEVELS = 4
"""Shades of a count above nothing."""


class Sheet(NamedTuple):
    """How a calendar is laid out: its first Monday, its weeks, its rows, and the size of a cell."""

    first: date
    weeks: int
    rows: int
    pitch: int
    tall: int

    def at(self, day: date) -> tuple[int, int] | None:
        """The middle of the left side of a day's cell; None if the calendar does not reach it."""
        column, weekday = divmod((day - self.first).days, 7)
        if not 0 <= column < self.weeks:
            return None
        row = weekday if self.rows == 7 else 0  # noqa: PLR2004 - days
        return _LEFT + column * self.pitch, _TOP + row * self.tall + self.tall // 2 - 1


def sheet(chart: Chart, number: int) -> Sheet:
    """The calendar of a chart that shows one of its dates: a row for each weekday, or one of weeks."""
    first, weeks = shown_weeks(chart, number)
    pitch = max(8, min(20, _ROOM // weeks // 2 * 2))
    return Sheet(first, weeks, 1, pitch, 26) if chart.weekly else Sheet(first, weeks, 7, pitch, pitch)


def number_ones(lake: Lake, day: Day) -> tuple[Element, ...]:
    """Who was number one on each day, and how often."""
    chart = day.chart
    page = sheet(chart, day.number)
    shown = {number: song for number, song in _tops(chart).items() if page.at(chart.dates[number])}
    counts = Counter(shown.values())  # In the order of their first day, which most_common keeps.
    ranked = [song for song, _ in counts.most_common()]
    colours = told_apart(lake.songs, ranked[:_NAMED])
    kinds: dict[str, list[int]] = {f"f{kind}": [] for kind in (*range(COLOURS), "x")}
    for number, song in shown.items():
        kinds[f"f{colours[song]}" if song in colours else "fx"].append(number)
    since = words.plain_day(max(chart.dates[0], page.first))
    drawn = _drawn(chart, day.number, page, kinds, "Number ones")
    return (
        *heading("Number ones", f"{words.counted(len(ranked), 'song')} at the top since {since}"),
        el("div", {"class": "calendar"}, drawn, _legend(lake, ranked, colours, counts)),
    )


def _legend(lake: Lake, ranked: list[int], colours: dict[int, int], counts: Counter[int]) -> Element:
    rest = len(ranked) - _NAMED
    return el(
        "ol",
        {"class": "legend"},
        *(
            el(
                "li",
                {"class": f"k{colours[song]}"},
                song_link(lake.songs[song]),
                el("b", {}, str(counts[song])),
            )
            for song in ranked[:_NAMED]
        ),
        el("li", {"class": "kx"}, words.counted(rest, "other")) if rest > 0 else None,
    )


def _tops(chart: Chart) -> dict[int, int]:
    found = {
        number: song
        for song, places in chart.places.items()
        for number, position in places.items()
        if position == 1
    }
    return dict(sorted(found.items()))


def turnover(day: Day) -> tuple[Element, ...]:
    """How many songs came to the chart on each day, and which days nobody recorded."""
    chart = day.chart
    page = sheet(chart, day.number)
    counted = {
        number: count
        for number, count in enumerate(day.arrivals)
        if page.at(chart.dates[number]) and (number or chart.earlier)
    }
    most = max(counted.values(), default=0)
    kinds: dict[str, list[int]] = {f"g{shade}": [] for shade in range(LEVELS + 1)}
    if not chart.earlier and page.at(chart.dates[0]):
        kinds["g0"].append(0)
    for number, count in counted.items():
        kinds[f"g{level(count, most)}"].append(number)
    mean = f", {_decimal(sum(counted.values()) / len(counted))} a {chart.noun} on average" if counted else ""
    told = "New and returning songs"
    drawn = _drawn(chart, day.number, page, kinds, told)
    return (
        *heading("Comings and goings", told + mean),
        el("div", {"class": "calendar"}, drawn, _scale(most)),
        el("p", {"class": "record"}, record(chart)),
    )


def level(count: int, most: int) -> int:
    """The shade of a count: 0 for none, up to `LEVELS` for the most."""
    return 0 if count == 0 else 1 + min(LEVELS - 1, (count - 1) * LEVELS // max(most, 1))


def record(chart: Chart) -> str:
    """How complete the record is, and what is missing."""
    recorded, missing = len(chart.dates), len(chart.missing)
    since = words.plain_day(chart.dates[0])
    if not missing:
        return f"Every {chart.noun} since {since} is recorded."
    latest = [
        f"{words.short_day(day)} {day.year}" + ("" if state == "missing" else f" ({state})")
        for day, state in reversed(chart.missing[-4:])
    ]
    more = f" and {missing - 4} before" if missing > 4 else ""  # noqa: PLR2004
    of_all = f"{words.number(recorded)} of {words.counted(recorded + missing, chart.noun)}"
    return f"Recorded on {of_all} since {since}. Missing: {', '.join(latest)}{more}."


def _decimal(value: float) -> str:
    tenths = int(value * 10 + 0.5)
    return f"{tenths // 10}.{tenths % 10}"


def _scale(most: int) -> Element:
    shades = [el("i", {"class": f"g{shade}"}) for shade in range(LEVELS + 1)]
    return el("p", {"class": "scale"}, "none", *shades, str(most) if most else None,
              el("i", {"class": "g-hole"}), "not recorded")  # fmt: skip


def _drawn(chart: Chart, number: int, page: Sheet, kinds: dict[str, list[int]], told: str) -> Element:
    def boxes(days: Iterable[date]) -> str:
        return cells((at for at in map(page.at, days) if at), page.pitch - 2)

    holes = boxes(day for day, _ in chart.missing)
    width = _LEFT + page.weeks * page.pitch
    tall = _TOP + page.rows * page.tall
    return el(
        "div",
        {"class": "scroll", "tabindex": 0, "role": "group", "aria-label": told},
        el(
            "svg",
            {
                "class": "sheet",
                "width": width,
                "height": tall,
                "viewBox": f"0 0 {width} {tall}",
                "role": "img",
                "aria-label": f"{told}, a calendar from {words.plain_day(page.first)}",
                "data-first": page.first.isoformat(),
                "data-pitch": page.pitch,
                "data-tall": page.tall,
            },
            *_months(page),
            *_weekdays(page),
            el("path", {"class": "hole", "d": holes}) if holes else None,
            *(
                el(
                    "path",
                    {
                        "class": kind,
                        "d": boxes(chart.dates[one] for one in numbers),
                        "stroke-width": page.tall - 2,
                    },
                )
                for kind, numbers in kinds.items()
                if numbers
            ),
            _chosen(page, chart.dates[number]),
        ),
    )


def _chosen(page: Sheet, day: date) -> Element | None:
    """The frame around the day that is shown."""
    at = page.at(day)
    if at is None:
        return None
    top = at[1] - page.tall // 2
    frame = {"x": at[0] - 1, "y": top, "width": page.pitch, "height": page.tall, "rx": 2}
    return el("rect", {"class": "chosen", **frame})


def _months(page: Sheet) -> list[Element]:
    """The months' names above the weeks that they begin in."""
    names, free = [], 0
    for week in range(page.weeks):
        end = page.first + timedelta(days=7 * week + 6)
        x = _LEFT + week * page.pitch
        if (end.day <= 7 or week == 0) and free <= x <= _LEFT + page.weeks * page.pitch - 24:  # noqa: PLR2004
            names.append(el("text", {"x": x, "y": 11}, words.MONTHS[end.month - 1][:3]))
            free = x + 30
    return names


def _weekdays(page: Sheet) -> list[Element]:
    if page.rows == 1:
        return []
    return [
        el("text", {"x": 0, "y": _TOP + row * page.tall + page.tall // 2 + 3}, words.WEEKDAYS[row][:3])
        for row in (0, 2, 4)
    ]
