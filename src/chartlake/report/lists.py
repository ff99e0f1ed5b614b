"""Longest stays, the songs' places on the other charts, and artists week by week."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from chartlake.report import words
from chartlake.report.calendars import LEVELS
from chartlake.report.charts import shown_weeks
from chartlake.report.markup import Element, el
from chartlake.report.pieces import bar, cells, heading, quoted, rounded, scrolled, song_link, table

if TYPE_CHECKING:
    from chartlake.report.charts import Chart, Day, Lake, Row, Stay, Weeks

COMPARED = 20
OTHERS = 5
"""Charts that one is compared with at most."""

_LIMITS = (50, 25, 10)
"""Positions up to which a place elsewhere is shaded, and shaded more."""

_WITHIN = 7
"""Days that another chart's snapshot may be older to be compared with."""


def stays(lake: Lake, day: Day) -> tuple[Element, ...]:
    """The songs that stood on the chart longest, up to this day."""
    most = max((stay.days for stay in day.stays), default=1)
    told = f"{day.chart.noun.capitalize()}s on this chart so far; paler where a song has left"
    return (
        *heading("Longest stays", told),
        el("ol", {"class": "bars"}, *(_stay(lake, stay, most) for stay in day.stays)),
    )


def _stay(lake: Lake, stay: Stay, most: int) -> Element:
    return el(
        "li",
        {},
        song_link(lake.songs[stay.song]),
        bar(stay.days / most, "" if stay.now else "gone"),
        el("b", {}, words.number(stay.days)),
        el("span", {"class": "peak"}, f"peak {stay.peak}"),
    )


def others(lake: Lake, day: Day) -> tuple[Element, ...]:
    """Where the songs of this day stand on the other charts."""
    mine = [row for row in day.rows if row.song is not None and row.status][:COMPARED]
    columns = _columns(lake, day)
    if not columns:
        return ()
    head = (
        el("th", {"scope": "col", "class": "s"}, "Album" if day.chart.albums else "Song"),
        el("th", {"scope": "col", "class": "n"}, "Here"),
        *(_column(day, chart, number) for chart, number in columns),
    )
    alike = "the same recording, or the same title and first artist"
    told = f"Where the top {len(mine)} stand on other charts; {alike}"
    rows = (_across(lake, row, columns) for row in mine)
    return *heading("Elsewhere", told), scrolled("Elsewhere", table("others", head, rows))


def _across(lake: Lake, row: Row, columns: list[tuple[Chart, int]]) -> Element:
    """A song of this chart, and its positions on others."""
    song = row.song or 0
    return el(
        "tr",
        {},
        el("th", {"scope": "row", "class": "s"}, song_link(lake.songs[song])),
        el("td", {"class": "n"}, str(row.position)),
        *(_elsewhere(elsewhere(lake, chart, number, song)) for chart, number in columns),
    )


def _columns(lake: Lake, day: Day) -> list[tuple[Chart, int]]:
    """The other charts that have a snapshot of the days just past: those of the same things."""
    found = []
    for chart in lake.charts:
        number = chart.latest(day.date)
        same = chart is not day.chart and chart.albums == day.chart.albums
        if same and number is not None and (day.date - chart.dates[number]).days < _WITHIN:
            found.append((chart, number))
    return found[:OTHERS]


def _column(day: Day, chart: Chart, number: int) -> Element:
    """The head of a chart's column; its date too, if that is another."""
    then = "" if chart.dates[number] == day.date else f", {words.short_day(chart.dates[number])}"
    about = el("span", {"class": "by"}, words.source_name(chart.source) + then)
    return el("th", {"scope": "col", "dir": "auto"}, chart.name, about)


def elsewhere(lake: Lake, chart: Chart, number: int, song: int) -> int | None:
    """The best position of a recording on another chart, under whatever id."""
    kin = lake.songs[song].kin
    alike = [song] if not kin else [other for other in chart.places if lake.songs[other].kin == kin]
    found = [chart.places[other][number] for other in alike if number in chart.places.get(other, {})]
    return min(found, default=None)


def _elsewhere(position: int | None) -> Element:
    if position is None:
        return el("td", {"class": "n none"}, words.DASH)
    shade = sum(position <= limit for limit in _LIMITS)
    return el("td", {"class": "n"}, el("span", {"class": f"place g{shade}"}, str(position)))


def artists(lake: Lake, day: Day) -> tuple[Element, ...]:
    """The artists with most entries: their share, and how it went week by week."""
    first, count = shown_weeks(day.chart, day.number)
    since = words.plain_day(max(first, day.chart.dates[0]))
    most = max((max(_per_date(one, day)) for one in day.weeks), default=1)
    best = max((sum(one.entries) for one in day.weeks), default=1)
    weeks = {"scope": "col", "class": "weeks"}
    head = (
        el("th", {"scope": "col", "class": "s"}, "Artist"),
        el("th", {"scope": "col", "class": "n", "colspan": 2}, "Share"),
        el("th", weeks, el("span", {"class": "said"}, "Weeks"), _months(first, count)),
    )
    rows = (_artist(lake.artists[one.artist], one, day, most, best) for one in day.weeks)
    return (
        *heading("Artists", f"Share of all entries since {since}, and entries week by week"),
        scrolled("Artists", table("artists", head, rows)),
    )


def _artist(name: str, one: Weeks, day: Day, most: float, best: int) -> Element:
    share = 100 * sum(one.entries) / max(sum(day.sizes), 1)
    link = el("a", {"class": "artist", "href": f"#find={quoted(name)}", "dir": "auto"}, name)
    return el(
        "tr",
        {},
        el("th", {"scope": "row", "class": "s"}, link),
        el("td", {"class": "n"}, f"{rounded(share)} %"),
        el("td", {"class": "share"}, bar(sum(one.entries) / best)),
        el("td", {"class": "weeks"}, _strip(one, day, most, name)),
    )


def _per_date(one: Weeks, day: Day) -> list[float]:
    """Entries of an artist in each week as a part of the chart."""
    return [entries / size if size else 0 for entries, size in zip(one.entries, day.sizes, strict=True)]


def _strip(one: Weeks, day: Day, most: float, name: str) -> Element:
    """An artist's weeks as a strip of cells, the darker the more of the chart was theirs."""
    shades: dict[int, list[int]] = {}
    for week, part in enumerate(_per_date(one, day)):
        if day.sizes[week]:
            shade = 0 if part == 0 else 1 + min(LEVELS - 1, int(LEVELS * part / most * 0.999))
            shades.setdefault(shade, []).append(week)
    return el(
        "svg",
        {
            "class": "strip",
            "viewBox": f"0 0 {10 * len(one.entries)} 20",
            "preserveAspectRatio": "none",
            "role": "img",
            "aria-label": f"{name}: entries week by week",
        },
        *(
            el("path", {"class": f"g{shade}", "d": cells(((10 * week, 10) for week in shades[shade]), 9)})
            for shade in sorted(shades)
        ),
    )


def _months(first: date, count: int) -> Element:
    names, free = [], 0.0
    for week in range(count):
        end = first + timedelta(days=7 * week + 6)
        x = 100 * week / count
        if (end.day <= 7 or week == 0) and free <= x <= 96:  # noqa: PLR2004
            names.append(el("text", {"x": f"{rounded(x)}%", "y": 11}, words.MONTHS[end.month - 1][:3]))
            free = x + 6
    return el("svg", {"class": "months", "aria-hidden": "true"}, *names)
