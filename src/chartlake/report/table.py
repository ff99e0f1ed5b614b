"""The head of the page and the chart itself, as a table."""

from __future__ import annotations

from datetime import date
from math import sqrt
from typing import TYPE_CHECKING

from chartlake.report import words
from chartlake.report.markup import Element, el
from chartlake.report.pieces import cover, heading, line, named, outward, standing, steps_back, table

if TYPE_CHECKING:
    from chartlake.report.charts import Chart, Day, Lake, Row

SPARK = 30
"""Days or weeks that the small line beside a song looks back."""

FOLDED = 50
"""Rows shown before one asks for all."""

LONG_AGO = 60
"""Days after which a chart counts as one that is recorded no more."""

_MISSING = "This entry cannot be read"


def head(lake: Lake, day: Day, made: date) -> tuple[Element | None, ...]:
    """Which chart, which day, and whether that is the latest there could be."""
    chart = day.chart
    kind = "weekly" if chart.weekly else "daily"
    about = [words.source_name(chart.source), *([chart.region] if chart.region else []), kind]
    last = chart.dates[-1]
    stale = not lake.demo and day.date == last and (made - last).days > chart.step + 1
    return (
        el("p", {"class": "kicker"}, " · ".join(about)),
        el("h1", {"dir": "auto"}, chart.name),
        el("p", {"class": "date"}, ("Week of " if chart.weekly else "") + words.long_day(day.date)),
        el("p", {"class": "stale"}, _stale((made - last).days)) if stale else None,
    )


def _stale(days: int) -> str:
    if days > LONG_AGO:
        return "Nothing has been recorded since."
    return f"The latest snapshot is {words.counted(days, 'day')} old."


def compared(chart: Chart, number: int) -> str:
    """What moves are reckoned from."""
    if number == 0:
        return (
            f"Moves since the {chart.noun} before"
            if chart.earlier
            else f"The first {chart.noun} on record: everything is new"
        )
    gap = chart.gap(number)
    if not gap:
        return f"Moves since the {chart.noun} before"
    lost = f"{words.counted(gap, chart.noun)} between not recorded"
    return f"Moves since {words.plain_day(chart.dates[number - 1])}: {lost}"


def chart_table(lake: Lake, day: Day) -> tuple[Element | None, ...]:
    """The chart as a table."""
    chart = day.chart
    noun = chart.noun
    columns = (
        ("p", "#", None),
        ("m", "Move", None),
        ("s", "Album" if chart.albums else "Song", None),
        ("w", f"{SPARK} {noun}s", None),
        ("n", "Peak", "Best position so far"),
        ("n", f"{noun.capitalize()}s", f"{noun.capitalize()}s on the chart so far"),
        ("n r", "Run", f"{noun.capitalize()}s in a row"),
    )
    head = (
        *(el("th", {"scope": "col", "class": kind, "title": told}, name) for kind, name, told in columns),
        el("td", {"class": "o"}),
    )
    whole = (el("input", {"type": "checkbox", "id": "all"}), f"Show all {len(day.rows)}")
    return (
        *heading("The chart", compared(chart, day.number)),
        table("chart", head, (_row(lake, day, row) for row in day.rows)),
        el("label", {"class": "more"}, *whole) if len(day.rows) > FOLDED else None,
    )


def _row(lake: Lake, day: Day, row: Row) -> Element:
    folded = {"class": "deep"} if row.position > FOLDED else {}
    place = el("td", {"class": "p"}, str(row.position))
    if row.song is None:
        told = el("td", {"class": "s none", "colspan": 7}, _MISSING)
        return el("tr", folded, place, told)
    song = lake.songs[row.song]
    out = el("td", {"class": "o"}, outward(song, words.source_name(song.source)))
    who = el("td", {"class": "s"}, el("div", {"class": "who"}, cover(song), named(song)))
    if not row.status:
        return el("tr", folded, place, el("td", {"class": "m"}), who,
                  el("td", {"class": "none", "colspan": 4}, "once more"), out)  # fmt: skip
    return el(
        "tr",
        folded,
        place,
        _move(row),
        who,
        el("td", {"class": "w"}, spark(day.chart, row.song, day.number)),
        el("td", {"class": "n best" if row.peak == row.position else "n"}, str(row.peak)),
        el("td", {"class": "n"}, words.number(row.days)),
        el("td", {"class": "n r"}, words.number(row.run)),
        out,
    )


def _move(row: Row) -> Element:
    """How a song moved: a sign for the eye, a word for who listens."""
    if row.status in ("NEW", "RE"):
        told = "new entry" if row.status == "NEW" else "back on the chart"
        return el(
            "td",
            {"class": "m"},
            el("span", {"class": f"tag {row.status.lower()}", "title": told}, row.status),
        )
    if row.was is None or row.status == "SAME":
        same = el("span", {"class": "same"}, el("span", {"class": "said"}, "same"), words.DASH)
        return el("td", {"class": "m"}, same)
    kind = row.status.lower()
    said = el("span", {"class": "said"}, f"{kind} ")
    return el("td", {"class": "m"}, el("span", {"class": kind}, said, str(abs(row.was - row.position))))


def spark(chart: Chart, song: int, last: int) -> Element:
    """Where a song stood lately, as a small line: the top is up, and has more room than the rest."""
    first = chart.since(last, SPARK - 1)

    def at(number: int, position: int) -> tuple[int, int]:
        span = max(chart.depth - 1, 1)
        return 3 * (SPARK - 1 - steps_back(chart, number, last)), int(18 * sqrt((position - 1) / span) + 0.5)

    way = [None if point is None else at(*point) for point in standing(chart, song, first, last)]
    end = way[-1]
    return el(
        "svg",
        {"class": "spark", "viewBox": "-2 -3 93 24"},
        el("path", {"d": line(way)}),
        el("path", {"class": "end", "d": f"M{end[0]} {end[1]}h0"}) if end else None,
    )
