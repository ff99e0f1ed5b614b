"""The lake's tables, asked for what the page shows.  The counting is done in SQL, by the views."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

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
    demo = bool(warehouse.ask(_DEMO).rows[0][0])
    bounds = _bounds(warehouse, None if entries <= in_full else days_in_full)
    if not bounds:
        return Lake((), (), (), None, entries, demo)
    found = warehouse.ask(_ENTRIES, [[*(key[0] for key in bounds)], [*(key[1] for key in bounds)],
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
    found = warehouse.ask(_CHARTS)
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
    for source, chart_id, day, state in warehouse.ask(_MISSING).rows:
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
            depth=max(
                (
                    position
                    for own in (*places[key].values(), {0: place for _, place, _ in odd[key]})
                    for position in own.values()
                ),
                default=1,
            ),
            places=dict(sorted(places[key].items())),
            odd=tuple(sorted(odd[key], key=lambda entry: entry[:2])),
            earlier=one.earlier,
            before=dict(sorted(done[key].items())),
        )
        for key, one in bounds.items()
    )


def _before(warehouse: Warehouse, bounds: dict[_Key, _Bounds]) -> list[tuple[Any, ...]]:
    """What songs did before the dates held in full: those that are on them, and the longest stays."""
    keys = [key for key, one in bounds.items() if one.earlier]
    return warehouse.ask(_BEFORE, [[key[0] for key in keys], [key[1] for key in keys],
                                   [bounds[key].dates[0] for key in keys],
                                   [bounds[key].earlier for key in keys], _REMEMBERED]).rows  # fmt: skip


def _songs(
    warehouse: Warehouse, found: list[tuple[Any, ...]]
) -> tuple[tuple[Song, ...], tuple[str, ...]]:
    """Every song of the entries found, in the order of its title, and the names of artists."""
    shown: dict[_Key, Song] = {}
    for source, _, song_id, _, title, by, *_ in found:
        if song_id is not None and (source, song_id) not in shown:
            shown[source, song_id] = Song(source, song_id, title or "", by or "", tile=tile_of(title or ""))
    credited: dict[_Key, list[str]] = defaultdict(list)
    for source, song_id, name in warehouse.ask(_CREDITS).rows:
        if (source, song_id) in shown:
            credited[source, song_id].append(name)
    names = sorted({name for own in credited.values() for name in own})
    artists = {name: number for number, name in enumerate(names)}
    codes: dict[_Key, str] = {}
    for source, song_id, url, album, released, isrc in warehouse.ask(_FACTS).rows:
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
        for position, song, *said in warehouse.ask(_ROWS, [*key, chart.dates[-1]]).rows
    )
    arrived = dict(warehouse.ask(_ARRIVALS, key).rows)
    stays = tuple(
        Stay(songs[chart.source, song], days, peak, now)
        for song, days, peak, now in warehouse.ask(_STAYS, [*key, STAYS]).rows
    )
    first, count = shown_weeks(chart, number)
    # What lies before the dates held in full is left out, for the script does not know it either.
    within = [*key, first, max(first, chart.dates[0]), first + timedelta(days=7 * count)]
    found = warehouse.ask(_WEEKS, within).rows
    sizes = dict(warehouse.ask(_SIZES, within).rows)
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
_DEMO = """
SELECT count(*) > 0 AND bool_and(run_id LIKE 'demo-%') FROM run_data
"""
_CHARTS = """
SELECT source, chart_id, max_by(chart_name, chart_date) AS chart_name, max_by(region, chart_date) AS region,
       max_by(cadence, chart_date) AS cadence, list(chart_date ORDER BY chart_date) AS dates
FROM snapshots GROUP BY source, chart_id ORDER BY source, chart_id
"""
_ENTRIES = """
WITH wanted AS (
    SELECT unnest($1) AS source, unnest($2) AS chart_id, unnest($3) AS oldest, unnest($4) AS first_number
),
placed AS (
    SELECT e.source, e.chart_id, e.item_type, e.title, e.artist_display, s.snapshot_number,
           CASE WHEN e.item_type <> 'missing' THEN e.song_id END AS song_id,
           CAST(s.snapshot_number - w.first_number AS BIGINT) * 1048576 + e.position AS place
    FROM chart_entries AS e
    JOIN wanted AS w ON w.source = e.source AND w.chart_id = e.chart_id AND e.chart_date >= w.oldest
    JOIN snapshots AS s
        ON s.source = e.source AND s.chart_id = e.chart_id AND s.chart_date = e.chart_date
)
SELECT source, chart_id, song_id, max(item_type), max_by(title, snapshot_number),
       max_by(artist_display, snapshot_number), list(place ORDER BY place)
FROM placed GROUP BY source, chart_id, song_id ORDER BY source, chart_id, song_id
"""
_BEFORE = """
WITH wanted AS (
    SELECT unnest($1) AS source, unnest($2) AS chart_id, unnest($3) AS oldest, unnest($4) AS last_number
),
history AS (
    SELECT h.*, w.oldest, s.snapshot_number = w.last_number AS at_the_end
    FROM chart_history AS h
    JOIN wanted AS w ON w.source = h.source AND w.chart_id = h.chart_id
    JOIN snapshots AS s
        ON s.source = h.source AND s.chart_id = h.chart_id AND s.chart_date = h.chart_date
),
summed AS (
    SELECT source, chart_id, song_id,
           max_by(item_type, chart_date) AS item_type, max_by(title, chart_date) AS title,
           max_by(artist_display, chart_date) AS artist_display,
           min(CASE WHEN chart_date < oldest THEN peak_position END) AS peak,
           max(CASE WHEN chart_date < oldest THEN days_on_chart END) AS days,
           max_by(days_at_peak, chart_date) FILTER (chart_date < oldest) AS at_peak,
           coalesce(max(CASE WHEN at_the_end THEN streak END), 0) AS run,
           coalesce(max(CASE WHEN at_the_end THEN position END), 0) AS last,
           min(chart_date) AS first,
           bool_or(chart_date >= oldest) AS still
    FROM history GROUP BY source, chart_id, song_id
),
best AS (
    SELECT source, chart_id, song_id, min(position) AS peak, count(*) AS at_peak
    FROM (
        SELECT source, chart_id, song_id, position,
               rank() OVER (PARTITION BY source, chart_id, song_id ORDER BY position) AS place
        FROM history WHERE chart_date < oldest
    ) WHERE place = 1 GROUP BY source, chart_id, song_id
)
SELECT m.source, m.chart_id, m.song_id, m.item_type, m.title, m.artist_display, m.peak, m.days,
       CAST(b.at_peak AS INTEGER), m.run, m.last, m.first
FROM summed AS m
JOIN best AS b ON b.source = m.source AND b.chart_id = m.chart_id AND b.song_id = m.song_id
QUALIFY m.still OR row_number() OVER (
    PARTITION BY m.source, m.chart_id ORDER BY m.days DESC, m.song_id
) <= $5
ORDER BY m.source, m.chart_id, m.song_id
"""
_MISSING = """
SELECT source, chart_id, chart_date, state FROM coverage WHERE is_gap ORDER BY source, chart_id, chart_date
"""
_CREDITS = """
SELECT source, song_id, artist_name FROM (
    SELECT c.source, c.song_id, coalesce(a.name, c.artist_name) AS artist_name, c.credit_position
    FROM song_artists AS c
    LEFT JOIN artists AS a ON a.source = c.source AND a.artist_id = c.artist_id
    UNION ALL
    SELECT c.source, c.album_id, coalesce(a.name, c.artist_name), c.credit_position
    FROM album_artists AS c
    LEFT JOIN artists AS a ON a.source = c.source AND a.artist_id = c.artist_id
) WHERE artist_name IS NOT NULL ORDER BY source, song_id, credit_position
"""
_FACTS = """
SELECT s.source, s.song_id, s.url, b.name,
       CASE b.release_date_precision
           WHEN 'year' THEN strftime(b.release_date, '%Y')
           WHEN 'month' THEN strftime(b.release_date, '%Y-%m')
           ELSE CAST(b.release_date AS VARCHAR)
       END,
       i.isrc
FROM songs AS s
LEFT JOIN albums AS b ON b.source = s.source AND b.album_id = s.album_id
LEFT JOIN songs_by_isrc AS i ON i.source = s.source AND i.song_id = s.song_id
UNION ALL
SELECT source, album_id, url, NULL, CAST(release_date AS VARCHAR), NULL FROM albums
WHERE (source, album_id) IN (SELECT (source, song_id) FROM chart_data WHERE item_type = 'album')
ORDER BY 1, 2
"""
_ROWS = """
SELECT e.position, CASE WHEN e.item_type <> 'missing' THEN e.song_id END, coalesce(h.status, ''),
       h.previous_position, coalesce(h.peak_position, 0), coalesce(h.days_on_chart, 0),
       coalesce(h.days_at_peak, 0), coalesce(h.streak, 0)
FROM chart_entries AS e
LEFT JOIN chart_history AS h
    ON h.source = e.source AND h.chart_id = e.chart_id AND h.chart_date = e.chart_date
    AND h.song_id = e.song_id AND h.position = e.position
WHERE e.source = $1 AND e.chart_id = $2 AND e.chart_date = $3 ORDER BY e.position
"""
_ARRIVALS = """
SELECT chart_date, CAST(sum(CASE WHEN status IN ('NEW', 'RE') THEN 1 ELSE 0 END) AS INTEGER)
FROM chart_history WHERE source = $1 AND chart_id = $2 GROUP BY chart_date
"""
_STAYS = """
SELECT r.song_id, CAST(sum(r.snapshots) AS INTEGER) AS days, min(r.best_position) AS peak,
       bool_or(NOT r.left_chart) AS now
FROM song_runs AS r WHERE r.source = $1 AND r.chart_id = $2
GROUP BY r.song_id ORDER BY days DESC, peak, r.song_id LIMIT $3
"""
_WEEKS = """
SELECT artist_name, CAST(date_diff('day', $3, chart_date) // 7 AS INTEGER) AS week,
       CAST(sum(entries) AS INTEGER)
FROM artist_days
WHERE source = $1 AND chart_id = $2 AND chart_date >= $4 AND chart_date < $5 AND artist_name IS NOT NULL
GROUP BY ALL
"""
_SIZES = """
SELECT CAST(date_diff('day', $3, chart_date) // 7 AS INTEGER) AS week, CAST(count(*) AS INTEGER)
FROM chart_entries WHERE source = $1 AND chart_id = $2 AND chart_date >= $4 AND chart_date < $5
GROUP BY ALL
"""
