"""What must be recorded after a year, counted with plain loops from what the world remembers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from year_world import Document, Key, World


class Told(NamedTuple):
    """What a chart's day is told to be: its state, its documents, and captures that said nothing new."""

    state: str
    documents: int
    unchanged: int


def recorded(world: World, chart: Key) -> dict[date, Document]:
    """The document that counts for each recorded day of a chart: the one captured last."""
    found: dict[date, Document] = {}
    for one in sorted(world.documents, key=lambda one: one.captured_at):
        if one.chart == chart:
            found[one.day] = one
    return dict(sorted(found.items()))


def entries(world: World) -> list[tuple[str, str, date, int, str]]:
    """Every position of every recorded day."""
    return sorted(
        (*chart, day, position, song_id(chart, song))
        for chart in charts(world)
        for day, one in recorded(world, chart).items()
        for position, song in enumerate(one.songs, 1)
    )


def history(world: World, chart: Key, step: int) -> list[tuple[date, str, str, int, int]]:
    """Day, song, status, streak and gap of every song on every recorded day of a chart."""
    told: list[tuple[date, str, str, int, int]] = []
    ever: set[int] = set()
    streaks: dict[int, int] = {}
    before: Document | None = None
    for day, one in recorded(world, chart).items():
        was = list(before.songs) if before else []
        gap = max(0, (day - before.day).days // step - 1) if before else 0
        streaks = {song: streaks.get(song, 0) + 1 for song in one.songs}
        for position, song in enumerate(one.songs, 1):
            if song not in ever:
                status = "NEW"
            elif song not in was:
                status = "RE"
            else:
                moved = was.index(song) + 1 - position
                status = "UP" if moved > 0 else "DOWN" if moved < 0 else "SAME"
            told.append((day, song_id(chart, song), status, streaks[song], gap))
        ever.update(one.songs)
        before = one
    return sorted(told)


def coverage(world: World, chart: Key, step: int) -> dict[date, Told]:
    """Every day that a chart has or should have."""
    have = recorded(world, chart)
    expected = set(have)
    last_asked = max(day for key, day in world.attempts if key == chart)
    for day, following in zip(have, [*list(have)[1:], None], strict=True):
        wanted = day + timedelta(days=step)
        # A week that is a few days late is not a week that is missing.
        while wanted <= (last_asked if following is None else following - timedelta(days=step)):
            expected.add(wanted)
            wanted += timedelta(days=step)
    told = {}
    order = sorted(expected)
    for day, following in zip(order, [*order[1:], date.max], strict=True):
        states = [
            state
            for (key, asked), some in world.attempts.items()
            if key == chart and day <= asked < following
            for state in some
        ]
        documents = sum(one.chart == chart and one.day == day for one in world.documents)
        told[day] = Told("recorded" if day in have else _worst(states), documents, states.count("unchanged"))
    return told


def charts(world: World) -> list[Key]:
    """The charts of which anything is recorded."""
    return sorted({one.chart for one in world.documents})


def song_id(chart: Key, song: int) -> str:
    """What a song is called in a lake."""
    return f"song{song}" if chart[0] == "spotify" else str(song)


def _worst(states: list[str]) -> str:
    for state in ("rejected", "failed", "abandoned", "deferred"):
        if state in states:
            return "failed" if state == "abandoned" else state
    return "missing"
