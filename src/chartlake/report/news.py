"""The headlines of a day: what a person would tell another about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from chartlake.report import words
from chartlake.report.markup import Element, el
from chartlake.report.pieces import cover, heading, song_link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartlake.report.charts import Day, Lake, Row


class Headline(NamedTuple):
    """One headline: what happened, to which song, and how."""

    label: str
    song: int
    told: str


def headlines(lake: Lake, day: Day) -> tuple[Element, ...]:
    """The headlines of a day."""
    stories = list(stories_of(day))
    return (
        *heading("Headlines", _summary(day)),
        el("ul", {"class": "news"}, *(_told(lake, story) for story in stories)),
    )


def _summary(day: Day) -> str:
    if not day.chart.earlier and day.number == 0:
        return f"{words.counted(len(day.rows), 'entry')} on the first {day.chart.noun}"
    new = sum(row.status == "NEW" for row in day.rows)
    back = sum(row.status == "RE" for row in day.rows)
    if not new + back:
        return "Nothing new, nothing back"
    return f"{new} new, {back} back"


def _told(lake: Lake, story: Headline) -> Element:
    song = lake.songs[story.song]
    return el(
        "li",
        {},
        cover(song, "big"),
        el(
            "div",
            {},
            el("p", {"class": "label"}, story.label),
            el("p", {"class": "title"}, song_link(song)),
            el("p", {"class": "by", "dir": "auto"}, song.by),
            el("p", {"class": "how"}, story.told),
        ),
    )


def stories_of(day: Day) -> Iterator[Headline]:
    """What is worth a headline, the most interesting first; ties go to the better position."""
    rows = [row for row in day.rows if row.status]
    if not rows:
        return
    noun, first = day.chart.noun, not day.chart.earlier and day.number == 0
    yield _top(day, rows[0], first=first)
    if not first:
        yield from _movers(rows)
        yield from _gone(day)
    longest = max(rows, key=lambda row: (row.days, -row.position))
    if longest.days > 1:
        yield _of(longest, "Longest here", f"{words.counted(longest.days, noun)}, peak {longest.peak}")


def _top(day: Day, row: Row, *, first: bool) -> Headline:
    noun = day.chart.noun
    if row.position != 1:
        return _of(row, "Highest entry", f"at {row.position}")
    if row.was == 1 or first:
        return _of(row, "Number one", f"{words.ordinal(row.at_peak)} {noun} at the top")
    came = {"NEW": "straight in", "RE": "back on the chart"}.get(row.status, f"up from {row.was}")
    again = f", {words.ordinal(row.at_peak)} {noun} at the top" if row.at_peak > 1 else ""
    return _of(row, "New number one", came + again)


def _movers(rows: list[Row]) -> Iterator[Headline]:
    new = [row for row in rows if row.status == "NEW" and row.position > 1]
    if new:
        yield _of(new[0], "Highest new entry", f"in at {new[0].position}")
    moved = [row for row in rows if row.was is not None]
    gain = max(moved, key=lambda row: ((row.was or 0) - row.position, -row.position), default=None)
    if gain and (gain.was or 0) > gain.position:
        yield _of(gain, "Biggest gain", f"up {(gain.was or 0) - gain.position} to {gain.position}")
    fall = min(moved, key=lambda row: ((row.was or 0) - row.position, row.position), default=None)
    if fall and (fall.was or 0) < fall.position:
        yield _of(fall, "Biggest fall", f"down {fall.position - (fall.was or 0)} to {fall.position}")
    back = [row for row in rows if row.status == "RE" and row.position > 1]
    if back:
        yield _of(back[0], "Back again", f"at {back[0].position}, peak {back[0].peak}")


def _gone(day: Day) -> Iterator[Headline]:
    """The best placed song of the day before that is on the chart no more."""
    now = {row.song for row in day.rows}
    if day.number == 0:
        return
    before = [
        (places[day.number - 1], song)
        for song, places in day.chart.places.items()
        if day.number - 1 in places and song not in now
    ]
    if before:
        position, song = min(before)
        earlier = day.chart.before.get(song)
        days = sum(number < day.number for number in day.chart.places[song]) + (
            earlier.days if earlier else 0
        )
        yield Headline("Left the chart", song, f"was {position}, after {words.counted(days, day.chart.noun)}")


def _of(row: Row, label: str, told: str) -> Headline:
    return Headline(label, row.song or 0, told)  # A row with a status has a song.
