"""The road of the top ten: where its songs stood in the weeks before, each line with its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chartlake.report import words
from chartlake.report.charts import told_apart
from chartlake.report.markup import Element, el
from chartlake.report.pieces import curve, heading, song_link, standing, steps_back

if TYPE_CHECKING:
    from chartlake.report.charts import Chart, Day, Lake

TOP = 10
_PITCH = 34
_BAND = 84
_HEIGHT = TOP * _PITCH + _BAND
_ACROSS = 10


def span(chart: Chart) -> int:
    """Steps that the road looks back: thirty days, or half a year of a weekly chart."""
    return 26 if chart.weekly else 29


def height(position: int, depth: int) -> int:
    """Where a position is drawn: the top ten have a row each, all others share the band below."""
    if position <= TOP:
        return _PITCH * position - _PITCH // 2
    return TOP * _PITCH + 12 + int((_BAND - 24) * (position - TOP - 1) / max(depth - TOP - 1, 1) + 0.5)


def road(lake: Lake, day: Day) -> tuple[Element, ...]:
    """The road of the top ten."""
    chart, last = day.chart, day.number
    top = {
        row.song: row.position
        for row in day.rows
        if row.song is not None and row.status and row.position <= TOP
    }
    colours = told_apart(lake.songs, list(top))
    first = chart.since(last, span(chart))
    reach = max(steps_back(chart, first, last), 1)
    names = {position: song for song, position in top.items()}
    return (
        *heading("The road of the top ten", _since(chart, reach + 1)),
        el(
            "div",
            {"class": "road"},
            _axis(chart.depth),
            el(
                "svg",
                {
                    "class": "plot",
                    "viewBox": f"0 0 {_ACROSS * reach} {_HEIGHT}",
                    "preserveAspectRatio": "none",
                    "role": "img",
                    "aria-label": f"Positions of the top ten over {words.counted(reach + 1, chart.noun)}",
                },
                el("path", {"class": "grid", "d": _grid(_ACROSS * reach)}),
                el("path", {"class": "gaps", "d": holes(chart, first, last, reach)}),
                *(_way(chart, song, colours[song], first, last, reach) for song in reversed(top)),
            ),
            el(
                "ol",
                {"class": "labels"},
                *(
                    el(
                        "li",
                        {"class": f"k{colours[names[place]]}", "data-song": names[place]},
                        song_link(lake.songs[names[place]]),
                    )
                    if place in names
                    else el("li", {})
                    for place in range(1, TOP + 1)
                ),
            ),
            _dates(chart, first, last),
        ),
    )


def _since(chart: Chart, reach: int) -> str:
    return f"How they got here, over {words.counted(reach, chart.noun)}"


def _axis(depth: int) -> Element:
    shown = [1, 5, 10, *([depth] if depth > TOP + 1 else [])]
    return el(
        "svg",
        {"class": "axis", "aria-hidden": "true"},
        *(el("text", {"x": 20, "y": height(place, depth) + 4}, str(place)) for place in shown),
    )


def _grid(width: int) -> str:
    rows = (_PITCH * place - _PITCH // 2 for place in range(1, TOP + 1))
    return "".join(f"M0 {row}h{width}" for row in rows)


def holes(chart: Chart, first: int, last: int, reach: int) -> str:
    """Where nothing was recorded, as boxes over the whole height."""
    path = []
    for number in range(first + 1, last + 1):
        gap = chart.gap(number)
        if gap:
            end = _ACROSS * (reach - steps_back(chart, number, last))
            path.append(f"M{end - _ACROSS * (gap + 1)} 0H{end}V{_HEIGHT}H{end - _ACROSS * (gap + 1)}z")
    return "".join(path)


def _way(chart: Chart, song: int, colour: int, first: int, last: int, reach: int) -> Element:
    way = [
        None
        if point is None
        else (_ACROSS * (reach - steps_back(chart, point[0], last)), height(point[1], chart.depth))
        for point in standing(chart, song, first, last)
    ]
    end = way[-1]
    path = curve(way)
    return el(
        "g",
        {"class": f"way l{colour}", "data-song": song},
        el("path", {"class": "case", "d": path}),
        el("path", {"d": path}),
        el("path", {"class": "end", "d": f"M{end[0]} {end[1]}h0"}) if end else None,
    )


def _dates(chart: Chart, first: int, last: int) -> Element:
    return el(
        "p",
        {"class": "dates"},
        el("span", {}, words.short_day(chart.dates[first])),
        el("span", {}, words.short_day(chart.dates[last])),
    )
