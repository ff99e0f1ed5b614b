"""Small pieces that several parts of the page are made of: covers, names, links, bars, lines.

What is drawn here is drawn once more by pieces.js for other days; a test compares the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from chartlake.report.charts import COLOURS
from chartlake.report.markup import Element, el

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chartlake.report.charts import Chart, Song

NAMELESS = "(no title)"


def heading(title: str, told: str) -> tuple[Element, Element]:
    """A section's title, and a sentence that says what is shown."""
    return el("h2", {}, title), el("p", {"class": "told"}, told)


def scrolled(told: str, inside: Element) -> Element:
    """Something wide, in a box of its own that scrolls, by keyboard too."""
    return el("div", {"class": "scroll", "tabindex": 0, "role": "group", "aria-label": told}, inside)


def table(kind: str, head: Iterable[Element], rows: Iterable[Element]) -> Element:
    """A table: the cells of its head, and its rows."""
    return el("table", {"class": kind}, el("thead", {}, el("tr", {}, *head)), el("tbody", {}, *rows))


def cover(song: Song, size: str = "") -> Element:
    """The cover drawn for a song: one of a dozen patterns, in two of ten colours."""
    colour, pattern = song.tile % COLOURS, song.tile // COLOURS
    return el(
        "svg",
        {"class": f"cover b{colour} {size}".strip()},
        el("use", {"href": f"#p{pattern}"}),
    )


def song_link(song: Song) -> Element:
    """A song's title, leading to its own page here."""
    href = f"#song={song.source}/{quoted(song.id)}"
    return el("a", {"class": "song", "href": href, "dir": "auto"}, song.title or NAMELESS)


def quoted(text: str) -> str:
    """Text as a part of an address, as a browser's encodeURIComponent writes it."""
    return quote(text, safe="!~*'()")


def named(song: Song) -> Element:
    """A song's title and artists, one above the other."""
    return el("div", {"class": "named"}, song_link(song), el("span", {"class": "by", "dir": "auto"}, song.by))


def outward(song: Song, service: str) -> Element | None:
    """A link to the song at its service, where services ask to be linked to."""
    if song.url is None:
        return None
    told = f"Open at {service}"
    return el(
        "a",
        {"class": "out", "href": song.url, "rel": "noopener", "target": "_blank", "aria-label": told},
        "↗",
    )


def bar(part: float, kind: str = "") -> Element:
    """A bar over a part of the room it has."""
    width = f"{rounded(100 * part)}%"
    return el(
        "svg",
        {"class": f"bar {kind}".strip()},
        el("rect", {"width": width, "height": "100%", "rx": 2}),
    )


def rounded(value: float) -> str:
    """A figure with at most one decimal, the same in every language that counts in doubles."""
    tenths = int(value * 10 + 0.5)
    return str(tenths // 10) if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}"


def line(points: Iterable[tuple[int, int] | None]) -> str:
    """A path through points, in whole units; None lifts the pen.  A point alone is a dot."""
    path, at, down, alone = [], (0, 0), False, False
    for point in points:
        if point is None:
            path.append("h0" if alone else "")
            down = alone = False
        elif not down:
            path.append(f"M{point[0]} {point[1]}")
            down = alone = True
        else:
            across, along = point[0] - at[0], point[1] - at[1]
            path.append(f"h{across}" if along == 0 else f"l{across} {along}")
            alone = False
        at = point or at
    path.append("h0" if alone else "")
    return "".join(path)


def curve(points: Iterable[tuple[int, int] | None]) -> str:
    """As `line`, but each step from one position to another is a gentle curve."""
    path, at, down, alone, bent = [], (0, 0), False, False, False
    for point in points:
        if point is None:
            path.append("h0" if alone else "")
            down = alone = False
        elif not down:
            path.append(f"M{point[0]} {point[1]}")
            down = alone = True
            bent = False
        else:
            across, along = point[0] - at[0], point[1] - at[1]
            half = across // 2
            if along == 0:
                path.append(f"h{across}")
            elif bent:  # The curve goes on as the one before ended: level.
                path.append(f"s{half} {along} {across} {along}")
            else:
                path.append(f"c{half} 0 {half} {along} {across} {along}")
            alone, bent = False, along != 0
        at = point or at
    path.append("h0" if alone else "")
    return "".join(path)


def cells(corners: Iterable[tuple[int, int]], wide: int) -> str:
    """Cells as strokes of one path: each from the middle of its left side, so wide."""
    path, at = "", None
    for across, along in corners:
        path += f"M{across} {along}h{wide}" if at is None else f"m{across - at[0]} {along - at[1]}h{wide}"
        at = across + wide, along
    return path


def steps_back(chart: Chart, number: int, last: int) -> int:
    """How many of a chart's steps (days or weeks) lie between two of its dates."""
    return (chart.dates[last] - chart.dates[number]).days // chart.step


def standing(chart: Chart, song: int, first: int, last: int) -> list[tuple[int, int] | None]:
    """Where a song stood from one date to another: numbers and positions.

    None stands before a date that the song was not on the chart of, and before one that follows a
    gap in the record: no line bridges what is not known.
    """
    places = chart.places.get(song, {})
    way: list[tuple[int, int] | None] = []
    for number in range(first, last + 1):
        position = places.get(number)
        if position is None:
            way.append(None)
            continue
        if chart.gap(number):
            way.append(None)
        way.append((number, position))
    return way
