"""Longest stays, the songs' places on the other charts, and artists week by week."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chartlake.report import words
from chartlake.report.calendars import LEVELS
from chartlake.report.charts import shown_weeks
from chartlake.report.markup import Element, el
from chartlake.report.pieces import bar, cells, heading, quoted, rounded, song_link

if TYPE_CHECKING:
    from chartlake.report.charts import Chart, Day, Lake, Weeks

COMPARED = 20
OTHERS = 5
"""Charts that one is compared with at most."""

_WITHIN = 7
"""Days that another chart's snapshot may be older to be compared with."""


def stays(lake: Lake, day: Day) -> tuple[Element, ...]:
    """The songs that stood on the chart longest, up to this day."""
    chart = day.chart
    most = max((stay.days for stay in day.stays), default=1)
    return (
        *heading("Longest stays", f"{chart.noun.capitalize()}s on this chart so far; paler where a song has left"),
        el(
            "ol",
            {"class": "bars"},
            *(
                el(
                    "li",
                    {},
                    song_link(lake.songs[stay.song]),
                    bar(stay.days / most, "" if stay.now else "gone"),
                    el("b", {}, words.number(stay.days)),
                    el("span", {"class": "peak"}, f"peak {stay.peak}"),
                )
                for stay in day.stays
            ),
        ),
    )


def others(lake: Lake, day: Day) -> tuple[Element, ...]:
    """Where the songs of this day stand on the other charts."""
    mine = [row for row in day.rows if row.song is not None and row.status][:COMPARED]
    columns = _columns(lake, day)
    if not columns:
        return ()
    return (
        *heading("Elsewhere", f"Where the top {len(mine)} stand on other charts; the same recording, or the same title and first artist"),
        el(
            "div",
            {"class": "scroll", "tabindex": 0, "role": "group", "aria-label": "Elsewhere"},
            el(
                "table",
                {"class": "others"},
                el(
                    "thead",
                    {},
                    el(
                        "tr",
                        {},
                        el("th", {"scope": "col", "class": "s"}, "Album" if day.chart.albums else "Song"),
                        el("th", {"scope": "col", "class": "n"}, "Here"),
                        *(
                            el("th", {"scope": "col", "dir": "auto"}, chart.name, el("span", {"class": "by"}, _when(day, chart, number)))
                            for chart, number in columns
                        ),
                    ),
                ),
                el(
                    "tbody",
                    {},
                    *(
                        el(
                            "tr",
                            {},
                            el("th", {"scope": "row", "class": "s"}, song_link(lake.songs[row.song or 0])),
                            el("td", {"class": "n"}, str(row.position)),
                            *(_elsewhere(chart, elsewhere(lake, chart, number, row.song or 0)) for chart, number in columns),
                        )
                        for row in mine
                    ),
                ),
            ),
        ),
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


def _when(day: Day, chart: Chart, number: int) -> str:
    then = "" if chart.dates[number] == day.date else f", {words.short_day(chart.dates[number])}"
    return words.source_name(chart.source) + then


def elsewhere(lake: Lake, chart: Chart, number: int, song: int) -> int | None:
    """The best position of a recording on another chart, under whatever id."""
    kin = lake.songs[song].kin
    alike = [song] if not kin else [other for other in chart.places if lake.songs[other].kin == kin]
    found = [chart.places[other][number] for other in alike if number in chart.places.get(other, {})]
    return min(found, default=None)


def _elsewhere(chart: Chart, position: int | None) -> Element:
    if position is None:
        return el("td", {"class": "n none"}, "–")
    shade = LEVELS - min(LEVELS - 1, LEVELS * (position - 1) // max(chart.depth, 1))
    return el("td", {"class": "n"}, el("span", {"class": f"place g{shade}"}, str(position)))


def artists(lake: Lake, day: Day) -> tuple[Element, ...]:
    """The artists with most entries: their share, and how it went week by week."""
    chart = day.chart
    first, count = shown_weeks(chart, day.number)
    total = max(sum(day.sizes), 1)
    most = max((max(_per_date(one, day)) for one in day.weeks), default=1)
    best = max((sum(one.entries) for one in day.weeks), default=1)
    since = max(first, chart.dates[0])
    return (
        *heading("Artists", f"Share of all entries since {words.plain_day(since)}, and entries week by week"),
        el(
            "div",
            {"class": "scroll", "tabindex": 0, "role": "group", "aria-label": "Artists"},
            el(
                "table",
                {"class": "artists"},
                el(
                    "thead",
                    {},
                    el(
                        "tr",
                        {},
                        el("th", {"scope": "col", "class": "s"}, "Artist"),
                        el("th", {"scope": "col", "class": "n", "colspan": 2}, "Share"),
                        el("th", {"scope": "col", "class": "weeks"}, el("span", {"class": "said"}, "Weeks"), _months(day, count)),
                    ),
                ),
                el(
                    "tbody",
                    {},
                    *(
                        el(
                            "tr",
                            {},
                            el(
                                "th",
                                {"scope": "row", "class": "s"},
                                el("a", {"class": "artist", "href": f"#find={quoted(lake.artists[one.artist])}", "dir": "auto"}, lake.artists[one.artist]),
                            ),
                            el("td", {"class": "n"}, f"{rounded(100 * sum(one.entries) / total)} %"),
                            el("td", {"class": "share"}, bar(sum(one.entries) / best)),
                            el("td", {"class": "weeks"}, _strip(one, day, most, lake.artists[one.artist])),
                        )
                        for one in day.weeks
                    ),
                ),
            ),
        ),
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


def _months(day: Day, count: int) -> Element:
    first, _ = shown_weeks(day.chart, day.number)
    names, free = [], 0.0
    for week in range(count):
        end = first + timedelta(days=7 * week + 6)
        x = 100 * week / count
        if (end.day <= 7 or week == 0) and free <= x <= 96:  # noqa: PLR2004
            names.append(el("text", {"x": f"{rounded(x)}%", "y": 11}, words.MONTHS[end.month - 1][:3]))
            free = x + 6
    return el("svg", {"class": "months", "aria-hidden": "true"}, *names)


