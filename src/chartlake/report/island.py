"""The page's data as compact JSON, from which its script draws every other day.

A stay is written as one character a date: position p is the p-th character of `ALPHABET`, a
space a date without the song.  Characters beyond ASCII take more bytes and still one place, so
charts of any depth are written alike.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from chartlake.report.charts import Chart, Lake, Places, Song

_PLAIN = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"\\<~')
"""Printable ASCII that JSON and HTML leave as it is: positions 1 to 90."""

_BEYOND = 0xA1
"""Position 91 and what follows, up to 50,000: one UTF-16 unit each."""

_ABSENT = 5
"""Dates of absence after which a stay is written as another one."""


def character(position: int) -> str:
    """The character that stands for a position."""
    if position <= len(_PLAIN):
        return _PLAIN[position - 1]
    return chr(min(_BEYOND + position - len(_PLAIN) - 1, 0xD7FF))


def island(lake: Lake, *, made: date) -> str:
    """The data of the page, as JSON."""
    heads, albums = _heads(lake.songs), _Albums()
    data = {
        "made": made.isoformat(),
        "demo": int(lake.demo),
        "plain": _PLAIN,
        "heads": heads,
        "charts": [_chart(chart) for chart in lake.charts],
        "artists": lake.artists,
        "songs": {
            "title": [song.title for song in lake.songs],
            "by": [_by(lake, song) for song in lake.songs],
            "artists": [song.artists for song in lake.songs],
            "source": _source(lake),
            "id": [song.id for song in lake.songs],
            "url": [_url(song, heads) for song in lake.songs],
            "album": [albums.index_of(song) for song in lake.songs],
            "albums": albums.known,
            "kin": _kin(lake.songs),
        },
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _chart(chart: Chart) -> dict[str, Any]:
    step, first = chart.step, chart.dates[0]
    said: dict[str, Any] = {
        "source": chart.source,
        "id": chart.id,
        "name": chart.name,
        "region": chart.region,
        "weekly": int(chart.weekly),
        "albums": int(chart.albums),
        "depth": chart.depth,
        "first": first.isoformat(),
        "dates": len(chart.dates),
        # Dates follow each other in steps; those that do not are told: number, days since the last.
        "leaps": [
            [number, (day - before).days]
            for number, (before, day) in enumerate(zip(chart.dates, chart.dates[1:], strict=False), 1)
            if (day - before).days != step
        ],
        "missing": [[(day - first).days, state] for day, state in chart.missing],
        "stays": "".join(_written(chart)),
        "odd": [[number, position, -1 if song is None else song] for number, position, song in chart.odd],
    }
    if chart.earlier:
        said["earlier"] = chart.earlier
        said["before"] = {
            song: [one.peak, one.days, one.at_peak, one.run, one.last, (first - one.first).days]
            for song, one in chart.before.items()
        }
    return said


def _written(chart: Chart) -> Iterator[str]:
    """The stays: songs passed over since the last one, the number of the first date, positions, a tilde."""
    size, passed = len(_PLAIN), 0
    for song, places in chart.places.items():
        for start, text in _stays(places):
            ahead = song - passed
            yield character(ahead // size + 1) + character(ahead % size + 1)
            yield character(start // size + 1) + character(start % size + 1)
            yield text + "~"
            passed = song


def _stays(places: Places) -> Iterator[tuple[int, str]]:
    """A song's stays: the number of the first date, and a character for each date."""
    start, text, last = -1, "", -1
    for number, position in sorted(places.items()):
        if text and number - last > _ABSENT:
            yield start, text
            text = ""
        if not text:
            start, last = number, number - 1
        text += " " * (number - last - 1) + character(position)
        last = number
    if text:
        yield start, text


def _heads(songs: tuple[Song, ...]) -> list[str]:
    """What many addresses begin with."""
    counts = Counter(song.url[: song.url.rindex("/") + 1] for song in songs if song.url)
    return sorted(head for head, count in counts.items() if count > 1)


def _url(song: Song, heads: list[str]) -> int | list[int | str] | str:
    """A song's address: 0 for none, n for a head and the id, else a head and the rest, or all of it.

    In a rest, a star at its end stands for the id.
    """
    if song.url is None:
        return 0
    head = song.url[: song.url.rindex("/") + 1]
    if head not in heads:
        return song.url
    number, rest = heads.index(head) + 1, song.url[len(head) :]
    if rest == song.id:
        return number
    return [number, rest.removesuffix(song.id) + "*" if rest.endswith(song.id) else rest]


def _by(lake: Lake, song: Song) -> str | int:
    """A song's artists as shown; 0 if they are those credited, with commas between."""
    credited = ", ".join(lake.artists[artist] for artist in song.artists)
    return 0 if song.by == credited else song.by


def _source(lake: Lake) -> list[int | str]:
    """Where the songs were seen, as runs: how many, then which source."""
    runs: list[int | str] = []
    for song in lake.songs:
        if runs and runs[-1] == song.source:
            runs[-2] = int(runs[-2]) + 1
        else:
            runs += [1, song.source]
    return runs


def _kin(songs: tuple[Song, ...]) -> list[list[int]]:
    """The songs that are one recording, group by group."""
    groups: dict[int, list[int]] = {}
    for number, song in enumerate(songs):
        if song.kin:
            groups.setdefault(song.kin, []).append(number)
    return [groups[kin] for kin in sorted(groups)]


class _Albums:
    """Albums and release days, each once; an album that is called as its song has no name here."""

    def __init__(self) -> None:
        self.known: list[list[str]] = []
        self._places: dict[tuple[str, str | None], int] = {}

    def index_of(self, song: Song) -> int:
        """The place of a song's album, counted from 1; 0 if nothing is known of it."""
        if song.album is None and song.released is None:
            return 0
        name = "" if song.album == song.title else song.album or ""
        if (name, song.released) not in self._places:
            self._places[name, song.released] = len(self.known) + 1
            self.known.append([name, song.released] if song.released else [name])
        return self._places[name, song.released]
