"""The lake's tables, asked for what the page shows.  The counting is done in SQL, by the views."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from chartlake.report import statements
from chartlake.report.charts import (
    Before,
    Chart,
    Day,
    Lake,
    Places,
    Row,
    Song,
    Stay,
    Weeks,
    shown_weeks,
    tile_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chartlake.warehouse import Warehouse

IN_FULL = 1_000_000
"""Entries up to which a page holds every date of every chart: some 1.4 MB."""

DAYS_IN_FULL = 400
"""Days that a page of a larger lake holds in full: a year and what surrounds it.  Of what lies before,
it holds what each song came to."""

STAYS = 12
"""Longest stays shown."""

ARTISTS = 15
"""Artists shown."""

_REMEMBERED = 200
"""Songs of each chart that are kept for the length of their stay alone."""

_Key = tuple[str, str]
"""What names a chart or a song: its source, and the source's id."""


@dataclass(frozen=True, slots=True)
class _Bounds:
    """A chart, and which of its dates are held in full."""

    dates: tuple[date, ...]
    earlier: int
    said: dict[str, Any]


def read(warehouse: Warehouse, *, in_full: int = IN_FULL, days_in_full: int = DAYS_IN_FULL) -> Lake:
    """Everything that the page shows, of the lake as the warehouse holds it.

    Args:
        warehouse: The lake's cache, brought up to date.
        in_full: Entries up to which every date is held in full.
        days_in_full: Days held in full beyond that.

    Raises:
        StorageError: The cache cannot be used.
    """
    entries = int(warehouse.ask("SELECT count(*) FROM chart_entries").rows[0][0])
    demo = bool(warehouse.ask(statements.DEMO).rows[0][0])
    bounds = _bounds(warehouse, None if entries <= in_full else days_in_full)
    if not bounds:
        return Lake((), (), (), None, entries, demo)
    found = warehouse.ask(statements.ENTRIES, [[*(key[0] for key in bounds)], [*(key[1] for key in bounds)],
                                     [one.dates[0] for one in bounds.values()],
                                     [one.earlier + 1 for one in bounds.values()]]).rows  # fmt: skip
    before = _before(warehouse, bounds) if any(one.earlier for one in bounds.values()) else []
    songs, artists = _songs(warehouse, [*found, *before])
    numbers = {(song.source, song.id): number for number, song in enumerate(songs)}
    charts = _charts(warehouse, bounds, found, before, numbers)
    names = {name: number for number, name in enumerate(artists)}
    return Lake(charts, songs, artists, _day(warehouse, charts[0], numbers, names), entries, demo)


def _bounds(warehouse: Warehouse, days: int | None) -> dict[_Key, _Bounds]:
    """The charts in the order of the page: those that are kept up, known everywhere, often, first."""
    found = warehouse.ask(statements.CHARTS)
    charts = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    if not charts:
        return {}
    newest = max(said["dates"][-1] for said in charts)

    def rank(said: dict[str, Any]) -> tuple[Any, ...]:
        stale = (newest - said["dates"][-1]).days > 2 * (7 if said["cadence"] == "weekly" else 1)
        return (stale, said["cadence"] != "daily", said["region"] != "global", -len(said["dates"]),
                said["chart_name"] or said["chart_id"], said["source"], said["chart_id"])  # fmt: skip

    bounds = {}
    for said in sorted(charts, key=rank):
        dates = tuple(said["dates"])
        oldest = dates[0] if days is None else min(dates[-1], newest - timedelta(days=days - 1))
        kept = tuple(day for day in dates if day >= oldest)
        bounds[said["source"], said["chart_id"]] = _Bounds(kept, len(dates) - len(kept), said)
    return bounds


def _charts(
    warehouse: Warehouse,
    bounds: dict[_Key, _Bounds],
    found: list[tuple[Any, ...]],
    before: list[tuple[Any, ...]],
    numbers: dict[_Key, int],
) -> tuple[Chart, ...]:
    places: dict[_Key, dict[int, Places]] = {key: {} for key in bounds}
    odd: dict[_Key, list[tuple[int, int, int | None]]] = {key: [] for key in bounds}
    albums: set[_Key] = set()
    for source, chart_id, song_id, item_type, _, _, at in found:
        key = (source, chart_id)
        song = None if song_id is None else numbers[source, song_id]
        own: Places = {}
        for packed in at:
            number, position = divmod(packed, _PACKED)
            if song is None or number in own:
                odd[key].append((number, position, song))
            else:
                own[number] = position
        if song is not None:
            places[key][song] = own
        if item_type == "album":
            albums.add(key)
    missing: dict[_Key, list[tuple[date, str]]] = defaultdict(list)
    for source, chart_id, day, state in warehouse.ask(statements.MISSING).rows:
        missing[source, chart_id].append((day, state))
    done: dict[_Key, dict[int, Before]] = defaultdict(dict)
    for source, chart_id, song_id, _, _, _, *said in before:
        done[source, chart_id][numbers[source, song_id]] = Before(*said)
    return tuple(
        Chart(
            source=key[0],
            id=key[1],
            name=one.said["chart_name"] or key[1],
            region=one.said["region"],
            weekly=one.said["cadence"] == "weekly",
            albums=key in albums,
            dates=one.dates,
            missing=tuple(gap for gap in missing[key] if gap[0] > one.dates[0]),
            depth=_depth(places[key], odd[key]),
            places=dict(sorted(places[key].items())),
            odd=tuple(sorted(odd[key], key=lambda entry: entry[:2])),
            earlier=one.earlier,
            before=dict(sorted(done[key].items())),
        )
        for key, one in bounds.items()
    )


def _depth(places: dict[int, Places], odd: list[tuple[int, int, int | None]]) -> int:
    """The lowest position of a chart."""
    known = (position for own in places.values() for position in own.values())
    return max(max(known, default=1), max((position for _, position, _ in odd), default=1))


def _before(warehouse: Warehouse, bounds: dict[_Key, _Bounds]) -> list[tuple[Any, ...]]:
    """What songs did before the dates held in full: those that are on them, and the longest stays."""
    keys = [key for key, one in bounds.items() if one.earlier]
    return warehouse.ask(statements.BEFORE, [[key[0] for key in keys], [key[1] for key in keys],
                                   [bounds[key].dates[0] for key in keys],
                                   [bounds[key].earlier for key in keys], _REMEMBERED]).rows  # fmt: skip


def _songs(warehouse: Warehouse, found: list[tuple[Any, ...]]) -> tuple[tuple[Song, ...], tuple[str, ...]]:
    """Every song of the entries found, in the order of its title, and the names of artists."""
    shown: dict[_Key, Song] = {}
    for source, _, song_id, _, title, by, *_ in found:
        if song_id is not None and (source, song_id) not in shown:
            shown[source, song_id] = Song(source, song_id, title or "", by or "", tile=tile_of(title or ""))
    credited: dict[_Key, list[str]] = defaultdict(list)
    for source, song_id, name in warehouse.ask(statements.CREDITS).rows:
        if (source, song_id) in shown:
            credited[source, song_id].append(name)
    names = sorted({name for own in credited.values() for name in own})
    artists = {name: number for number, name in enumerate(names)}
    codes: dict[_Key, str] = {}
    for source, song_id, url, album, released, isrc in warehouse.ask(statements.FACTS).rows:
        key = (source, song_id)
        if key in shown:
            shown[key] = replace(shown[key], url=_address(url), album=album, released=released)
            if isrc:
                codes[key] = isrc
    kin = _kin(shown, {key: own[0] for key, own in credited.items()}, codes)
    songs = [
        replace(song, artists=tuple(dict.fromkeys(artists[name] for name in credited[key])), kin=kin[key])
        for key, song in shown.items()
    ]
    return tuple(sorted(songs, key=lambda song: (song.source, song.title, song.by, song.id))), tuple(names)


def _kin(songs: dict[_Key, Song], first: dict[_Key, str], codes: dict[_Key, str]) -> dict[_Key, int]:
    """Which songs are one recording: the same ISRC, else exactly the same title and first artist.

    Some services credit everybody in one name, so it is the first of that name that counts.
    """
    called = {key: (song.title, _JOINED.split(first.get(key, song.by))[0]) for key, song in songs.items()}
    coded: dict[tuple[str, str], str] = {}
    for key in sorted(codes):
        coded.setdefault(called[key], codes[key])
    groups: dict[Any, list[_Key]] = defaultdict(list)
    for key in sorted(songs):
        named = called[key]
        groups[codes.get(key) or coded.get(named) or (named if named[0] else key)].append(key)
    numbers = dict.fromkeys(songs, 0)
    for number, own in enumerate((own for own in groups.values() if len(own) > 1), 1):
        numbers.update(dict.fromkeys(own, number))
    return numbers


def _address(url: str | None) -> str | None:
    """A page's address, if it is one that a browser opens as a page and not as a program."""
    if url is None or not url.startswith(("https://", "http://")) or any(sign in url for sign in " \n\r\t"):
        return None
    return url


def _day(warehouse: Warehouse, chart: Chart, songs: dict[_Key, int], artists: dict[str, int]) -> Day:
    """The latest date of a chart, from the views."""
    key = [chart.source, chart.id]
    number = len(chart.dates) - 1
    rows = tuple(
        Row(position, None if song is None else songs[chart.source, song], *said)
        for position, song, *said in warehouse.ask(statements.ROWS, [*key, chart.dates[-1]]).rows
    )
    arrived = dict(warehouse.ask(statements.ARRIVALS, key).rows)
    stays = tuple(
        Stay(songs[chart.source, song], days, peak, now)
        for song, days, peak, now in warehouse.ask(statements.STAYS, [*key, STAYS]).rows
    )
    first, count = shown_weeks(chart, number)
    # What lies before the dates held in full is left out, for the script does not know it either.
    within = [*key, first, max(first, chart.dates[0]), first + timedelta(days=7 * count)]
    found = warehouse.ask(statements.WEEKS, within).rows
    sizes = dict(warehouse.ask(statements.SIZES, within).rows)
    return Day(
        chart=chart,
        number=number,
        rows=rows,
        arrivals=tuple(arrived.get(day, 0) for day in chart.dates),
        stays=stays,
        weeks=_ranked(found, count, artists),
        sizes=tuple(sizes.get(week, 0) for week in range(count)),
    )


def _ranked(found: Sequence[tuple[str, int, int]], count: int, artists: dict[str, int]) -> tuple[Weeks, ...]:
    weekly: dict[int, list[int]] = defaultdict(lambda: [0] * count)
    for name, week, entries in found:
        weekly[artists[name]][week] += entries
    ranked = sorted(weekly.items(), key=lambda one: (-sum(one[1]), one[0]))
    return tuple(Weeks(artist, tuple(entries)) for artist, entries in ranked[:ARTISTS])


_JOINED = re.compile(r", | & | feat\. | ft\. | with | x ")
_PACKED = 1 << 20
