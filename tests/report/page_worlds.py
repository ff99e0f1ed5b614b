"""Lakes for the page, written as tables: charts of any size in a second, odd entries and names among them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from chartlake import layout, parquet
from chartlake.store import open_store
from chartlake.tables import ALBUM_DATA, ARTIST_DATA, CHART_DATA, CREDIT_DATA, PHYSICAL, RUN_DATA, SONG_DATA
from chartlake.transform.reading import in_days, in_microseconds
from chartlake.warehouse import Warehouse

if TYPE_CHECKING:
    from pathlib import Path

    from chartlake.tables import Table

MONDAY = date(2025, 6, 2)
_WORDS = (
    "Neon Crystal Distant Sugar Midnight Quiet Wild Winter Blue Electric Lonely Golden Glass Velvet Summer "
    "Cherry Hollow Broken Paper Silver"
)
_THINGS = (
    "Cinema Paradise Mirrors Garden Hearts Ghosts Rivers Fever Echo Avenue Skin Letters Signal Tide Parade"
)

WORDS, THINGS = _WORDS.split(), _THINGS.split()

HOSTILE = (
    "</script><script>window.ran = 'script'</script>",
    "<img src=x onerror=\"window.ran = 'image'\">",
    '"><svg onload="window.ran = \'svg\'">',
    "' autofocus onfocus='window.ran = 1' x='",
    "<!--<script>",
    "Mirror \u202egnirorriM Song",
    "line\u2028separator\u2029and\ttab\nand end",
    "&lt;b&gt; &amp; \\u003c",
    "A Name Without An End " + "And On And On " * 40,
    "Unbroken" * 40,
    "東京ミラージュ",
    "قمر بلا عنوان",
    "👩\u200d🚀 ☂️",
    "",
)
"""Titles and artists' names that break what takes data for code, or for something short."""

BAD_ADDRESS = "javascript:window.ran='address'"


@dataclass
class Made:
    """A chart to be made, and how.

    Attributes:
        gone: Dates (by number) that nobody recorded.
        pool: Songs that come and go on it.
    """

    source: str = "spotify"
    chart_id: str = "top"
    name: str | None = "Top 50"
    region: str | None = "global"
    cadence: str = "daily"
    first: date = MONDAY
    dates: int = 30
    depth: int = 50
    gone: frozenset[int] = frozenset()
    albums: bool = False
    pool: str = "s"
    odd: bool = False


@dataclass
class World:
    """Rows of the physical tables, and the lake that they make."""

    rows: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {table.name: [] for table in PHYSICAL}
    )

    def add(self, table: Table, **columns: Any) -> None:
        """A row; columns not given are null."""
        self.rows[table.name].append({column.name: columns.get(column.name) for column in table.columns})

    def lake(self, folder: Path) -> Warehouse:
        """The lake in a folder, its cache brought up to date."""
        store = open_store(str(folder / "lake"))
        for table in PHYSICAL:
            rows = self.rows[table.name]
            columns = {column.name: [_stored(row[column.name]) for row in rows] for column in table.columns}
            store.put(
                layout.table_key(table.name, month="2026-01", source="made", batch="1"),
                parquet.written(table, columns),
            )
        warehouse = Warehouse(store, folder / "cache.duckdb")
        warehouse.refresh()
        return warehouse


def world(
    *charts: Made, seed: int = 1, names: tuple[str, ...] = (), run_id: str = "20260101T000000Z-abcdef"
) -> World:
    """A world of charts whose songs rise and fall; some of them are called ``names``."""
    made, dice, songs = World(), random.Random(seed), {}
    for chart in charts:
        _chart(made, chart, dice, songs, names)
    for (source, song_id), (number, albums) in songs.items():
        _song(made, source, song_id, number, albums=albums, names=names)
    when = datetime.combine(charts[0].first, time(6, 30), UTC)
    for chart in charts:
        made.add(RUN_DATA, run_id=run_id, chart_id=chart.chart_id, source=chart.source, started_at=when,
                 ended_at=when, captured_at=when, state="published", chart_date=chart.first,
                 transform_version=1, items_in=0, rows_out=0, rejects=0, requests=1, bytes=0)  # fmt: skip
    return made


def _chart(made: World, chart: Made, dice: random.Random, songs: dict, names: tuple[str, ...]) -> None:
    step = timedelta(days=7 if chart.cadence == "weekly" else 1)
    strength = {number: dice.expovariate(1) for number in range(chart.depth * 2)}
    fresh = chart.depth * 2
    for date_number in range(chart.dates):
        for number in strength:
            strength[number] *= dice.uniform(0.93, 1.06)
        for number in dice.sample(sorted(strength), k=max(chart.depth // 30, 1)):
            del strength[number]
            strength[fresh] = dice.expovariate(0.5)
            fresh += 1
        if date_number in chart.gone:
            continue
        ranked = sorted(strength, key=lambda number: -strength[number])[: chart.depth]
        day = chart.first + step * date_number
        when = datetime.combine(day, time(6, 30), UTC)
        for position, number in enumerate(ranked, 1):
            readable = not (chart.odd and position == 7)
            if chart.odd and position == 9:
                number = ranked[2]  # noqa: PLW2901 - a song that stands twice
            song_id = f"{chart.pool}{number:05d}{'AbCdEfGhIjKlMnOp'}"
            if readable:
                songs[chart.source, song_id] = (number, chart.albums)
            made.add(
                CHART_DATA,
                source=chart.source,
                chart_id=chart.chart_id,
                chart_name=chart.name,
                region=chart.region,
                cadence=chart.cadence,
                chart_date=day,
                position=position,
                item_type=("album" if chart.albums else "track") if readable else "missing",
                song_id=song_id if readable else None,
                title=title(number, names) if readable else None,
                artist_display=act(number, names) if readable else None,
                captured_at=when,
                raw_hash="0" * 64,
                raw_key="raw_data/processed/x",
                transform_version=1,
            )


def _song(
    made: World, source: str, song_id: str, number: int, *, albums: bool, names: tuple[str, ...]
) -> None:
    seen = {
        "source": source,
        "captured_at": datetime(2026, 1, 1, tzinfo=UTC),
        "raw_hash": "0" * 64,
        "transform_version": 1,
    }
    url = BAD_ADDRESS if names and number % 5 == 0 else f"https://open.spotify.com/track/{song_id}"
    artist, album = f"artist{number % 97}", f"album{number // 2}"
    made.add(ARTIST_DATA, artist_id=artist, name=act(number, names), **seen)
    made.add(CREDIT_DATA, entity="album" if albums else "song", entity_id=song_id, credit_position=1,
             artist_id=artist, artist_name=act(number, names), **seen)  # fmt: skip
    if albums:
        made.add(ALBUM_DATA, album_id=song_id, name=title(number, names), url=url, release_date=MONDAY,
                 release_date_precision="month", **seen)  # fmt: skip
        return
    made.add(
        ALBUM_DATA,
        album_id=album,
        name=f"Album {number // 2}",
        release_date=MONDAY,
        release_date_precision="day",
        **seen,
    )
    made.add(SONG_DATA, song_id=song_id, name=title(number, names), artist_id=artist, album_id=album, url=url,
             isrc=f"ZZ{number:010d}" if number % 3 else None, **seen)  # fmt: skip


def title(number: int, names: tuple[str, ...] = ()) -> str:
    """The title of a song by its number: one of ``names`` for every third."""
    if names and number % 3 == 0:
        return names[number // 3 % len(names)]
    return f"{WORDS[number % len(WORDS)]} {THINGS[number // len(WORDS) % len(THINGS)]}" + (
        " II" if number >= 300 else ""
    )


def act(number: int, names: tuple[str, ...] = ()) -> str:
    """The artist of a song by its number."""
    if names and number % 7 == 0:
        return names[number // 7 % len(names)]
    return f"{THINGS[number % 97 % len(THINGS)]} {WORDS[number % 97 // len(THINGS)]}"


def _stored(value: Any) -> Any:
    if isinstance(value, datetime):
        return in_microseconds(value)
    return in_days(value) if isinstance(value, date) else value
