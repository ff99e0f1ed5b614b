"""Chart files to readings: the CSV files that charts.spotify.com lets people download.

Three layouts, told apart by their header: that of today (since 2022), that of the old site
(until 2021, with a note above the header), and that of the collections that go round, which
hold many charts in one file and are split into one document each.  The files state neither
their chart nor, but for the last, their date: the file name does.

Artists are one text that nobody can take apart: ``The Weeknd, Tyler, The Creator`` are two.
The column ``source`` is the label of the recording, and is left out: a label is kept with
an album, and no album is named.
"""

from __future__ import annotations

import csv
import re
from io import StringIO
from typing import TYPE_CHECKING, NamedTuple

from chartlake.errors import Rejected
from chartlake.snapshot import stated_name
from chartlake.transform.reading import MOST_ITEMS, Entry, Header, Reading, Song, artist_of, named_id, utc_day

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence
    from datetime import date

Page = str
"""The text of one file, header included."""

LONGEST_HEADER = 4096
"""Characters in which the header of a chart file ends."""

_SITE = "https://open.spotify.com/track/"
_TRACK = re.compile(
    r"(?:spotify:track:|https?://open\.spotify\.com/(?:intl-[a-z]+/)?track/)([A-Za-z0-9]{1,64})"
)
_FILE_NAME = re.compile(r"[a-z]+-(global|[a-z]{2})-(?:daily|weekly)")
_PLAIN_NUMBER = re.compile(r"[0-9]{1,18}")
_STREAMS = re.compile(r"([0-9]{1,18}|[0-9]{1,3}(?:,[0-9]{3}){1,5})(?:\.0+)?")
HOW_TO_NAME = "name it like regional-global-daily-2026-01-31.csv"


class Layout(NamedTuple):
    """The names of the columns, as far as they are read, in one kind of chart file."""

    rank: str
    title: str
    artist: str
    address: str
    streams: str
    previous: str = ""
    chart: str = ""
    region: str = ""
    date: str = ""

    @property
    def required(self) -> set[str]:
        """The columns without which a file is none of this kind; viral charts count no streams."""
        named = (self.rank, self.title, self.artist, self.address, self.chart, self.region, self.date)
        return {name for name in named if name}


LAYOUTS = (
    Layout("rank", "track_name", "artist_names", "uri", "streams", previous="previous_rank"),
    Layout("Position", "Track Name", "Artist", "URL", "Streams"),
    Layout("rank", "title", "artist", "url", "streams", chart="chart", region="region", date="date"),
)


class Table(NamedTuple):
    """A chart file opened: its layout, the place of each of its columns, and the rows that follow."""

    layout: Layout
    places: dict[str, int]
    width: int
    rows: Iterator[list[str]]

    def cell(self, row: Sequence[str], column: str) -> str:
        """What a row says in a column; nothing if the file has no such column."""
        place = self.places.get(column)
        return row[place].strip() if place is not None else ""


def opened(rows: Iterator[list[str]]) -> Table | None:
    """The rows of a CSV file as a chart file, behind its header; None if they are of something else."""
    # Only the old layout has a line above its header.
    for _ in range(2):
        columns = [name.strip().removeprefix("\ufeff") for name in next(rows, [])]
        for layout in LAYOUTS:
            if layout.required <= set(columns):
                return Table(layout, {name: at for at, name in enumerate(columns)}, len(columns), rows)
    return None


def begun(text: str) -> Table | None:
    """A chart file of which the beginning is given: its layout and columns; None if it is something else."""
    try:
        return opened(_parsed(text[:LONGEST_HEADER]))
    except csv.Error:
        return None


def recognises(document: bytes) -> bool:
    """Whether bytes begin like a chart file."""
    return begun(document[:LONGEST_HEADER].decode("utf-8", "replace")) is not None


def read(header: Header, pages: list[Page]) -> Reading:
    """The reading of one chart file.

    A row that cannot be read is counted and makes no entry, so that the counts differ.

    Raises:
        Rejected: It is no chart file, not CSV, or its name does not say which chart or when.
    """
    if len(pages) != 1:
        raise Rejected(f"a chart file is one page, and it has {len(pages)}", reason="shape")
    if header.captured_at is None:
        raise Rejected(f"its file name states no date; {HOW_TO_NAME}", reason="undated")
    day = utc_day(header.captured_at)
    try:
        table = opened(_parsed(pages[0]))
        if table is None:
            raise Rejected("its header is that of no known chart file", reason="shape")
        rows = [row for row in table.rows if len(row) > 1 or "".join(row).strip()]
    except csv.Error as error:
        raise Rejected(f"it is not CSV: {error}", reason="malformed") from error
    if len(rows) > MOST_ITEMS:
        raise Rejected(f"it has more than {MOST_ITEMS} rows", reason="too-large")
    read_rows = [_entry(table, row, day) for row in rows]
    entries = [entry for entry in read_rows if entry is not None]
    name = stated_name(header.file_name)
    return Reading(
        source="chartfile",
        chart_id=header.chart_id or _named(name),
        chart_name=header.chart_name,
        region=header.region or (region_in(name) if header.bare else None),
        cadence=cadence_in(name, table.places) if header.bare else header.cadence,
        captured_at=header.captured_at,
        chart_date=day,
        entries=sorted(entries, key=lambda entry: entry.position),
        items=len(rows),
    )


def region_in(name: str) -> str | None:
    """The region that a chart file's name states: ``global`` or a country of two letters."""
    found = _FILE_NAME.fullmatch(name)
    return found[1] if found else None


def cadence_in(name: str, columns: Container[str]) -> str:
    """``weekly`` or ``daily``, as the file's name or its columns say."""
    return "weekly" if "weekly" in name or "weeks_on_chart" in columns else "daily"


def _named(name: str) -> str:
    if not name:
        raise Rejected(f"its file name says nothing but a date; {HOW_TO_NAME}", reason="unnamed")
    return name


def _parsed(text: str) -> Iterator[list[str]]:
    return csv.reader(StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)


def _entry(table: Table, row: list[str], day: date) -> Entry | None:
    """What a row says; None if that cannot be told."""
    layout = table.layout
    if len(row) != table.width or (layout.date and table.cell(row, layout.date) != day.isoformat()):
        return None
    rank, streams = table.cell(row, layout.rank), _streams(table.cell(row, layout.streams))
    if not _PLAIN_NUMBER.fullmatch(rank) or int(rank) >= 2**31 or streams is _UNREADABLE:
        return None
    previous = table.cell(row, layout.previous)
    return _shown(
        int(rank),
        title=table.cell(row, layout.title) or None,
        artist=table.cell(row, layout.artist) or None,
        found=_TRACK.fullmatch(table.cell(row, layout.address).partition("?")[0]),
        streams=streams,
        # -1 is what the site writes for a song that was not in the chart before.
        previous=int(previous) if _PLAIN_NUMBER.fullmatch(previous) and 0 < int(previous) < 2**31 else None,
    )


def _shown(
    rank: int,
    *,
    title: str | None,
    artist: str | None,
    found: re.Match[str] | None,
    streams: int | None,
    previous: int | None,
) -> Entry:
    if title is None and found is None:
        return Entry(position=rank, item_type="missing", streams=streams, source_previous_position=previous)
    named = artist_of(None, artist)
    return Entry(
        position=rank,
        item_type="track",
        song=Song(
            song_id=found[1] if found else named_id(title, artist),
            name=title,
            artists=[named] if named is not None else [],
            url=_SITE + found[1] if found else None,
        ),
        title=title,
        artist_display=artist,
        streams=streams,
        source_previous_position=previous,
    )


_UNREADABLE = -1


def _streams(text: str) -> int | None:
    """``5727318``, ``5,727,318`` or ``5727318.0``; None for nothing, _UNREADABLE for anything else."""
    if not text:
        return None
    found = _STREAMS.fullmatch(text)
    return int(found[1].replace(",", "")) if found else _UNREADABLE
