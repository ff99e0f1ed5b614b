"""The model: tables and columns from the dictionary, keys, relationships, measures.

Power BI relates tables by one column, and ids hold within their source only; so each key is made of
the source and the id.
"""

from __future__ import annotations

from typing import NamedTuple

from chartlake.export.choice import KNOWN

FACT = "chart_history"
CALENDAR = "calendar"
CHARTS = "charts"

KEYS: dict[str, dict[str, str]] = {
    "chart_history": {"chart_key": "chart_id", "song_key": "song_id"},
    "songs": {"song_key": "song_id", "album_key": "album_id"},
    "albums": {"album_key": "album_id"},
    "artists": {"artist_key": "artist_id"},
    "song_artists": {"song_key": "song_id", "artist_key": "artist_id"},
    "charts": {"chart_key": "chart_id"},
}
"""Every table that is loaded, and for each key in it the id that it is made of with the source."""

SOURCES = {table: "snapshots" if table == CHARTS else table for table in KEYS}
"""The view that each of them is loaded from."""

CHART_FACTS = ("chart_name", "region", "cadence")
"""What the table of charts says of one, as of its latest date."""

CALENDAR_COLUMNS = {"Date": "dateTime", "Year": "int64", "Month": "string", "Weekday": "string"}

TYPES = {
    "string": "string",
    "int": "int64",
    "bigint": "int64",
    "double": "double",
    "date": "dateTime",
    "timestamp": "dateTime",
    "boolean": "boolean",
}


class Field(NamedTuple):
    """A column of the model: its name, its type there, whether people see it, what it means."""

    name: str
    type: str
    hidden: bool
    meaning: str
    date: bool = False


class Relationship(NamedTuple):
    """Many rows of one table belong to one of another; ``both`` lets filters flow both ways."""

    table: str
    column: str
    to_table: str
    to_column: str
    both: bool = False


class Measure(NamedTuple):
    """A measure.

    Attributes:
        name: Its name.
        dax: Its expression.
        sql: The same over rows of chart_history of one chart, or of one song in it; ``{latest}`` is
            the chart's latest date and ``{entries}`` its number of rows.
        format: How it is written.
        meaning: What it says.
    """

    name: str
    dax: str
    sql: str
    format: str
    meaning: str


def fields(table: str) -> list[Field]:
    """The columns of a loaded table: its keys, then the view's."""
    keys = [Field(name, "string", True, f"source and {of}") for name, of in KEYS[table].items()]
    names = ("source", "chart_id", *CHART_FACTS) if table == CHARTS else None
    columns = [one for one in KNOWN[SOURCES[table]].columns if names is None or one.name in names]
    return keys + [
        Field(one.name, TYPES[one.type], one.name.endswith("_id"), one.meaning, one.type == "date")
        for one in columns
    ]


RELATIONSHIPS = (
    Relationship(FACT, "song_key", "songs", "song_key"),
    Relationship(FACT, "chart_key", CHARTS, "chart_key"),
    Relationship(FACT, "chart_date", CALENDAR, "Date"),
    Relationship("songs", "album_key", "albums", "album_key"),
    Relationship("song_artists", "song_key", "songs", "song_key", both=True),
    Relationship("song_artists", "artist_key", "artists", "artist_key"),
)

_AT_LATEST = (
    "VAR latest = [Latest chart date]\nRETURN\n\tCALCULATE ( {}, chart_history[chart_date] = latest )"
)
_ROAD = (
    "VAR latest =\n\tCALCULATE (\n\t\tMAX ( chart_history[chart_date] ),\n"
    "\t\tREMOVEFILTERS ( chart_history ),\n\t\tVALUES ( charts[chart_key] ),\n"
    "\t\tALLSELECTED ( calendar )\n\t)\n"
    "VAR placed =\n\tCALCULATE (\n\t\tMIN ( chart_history[position] ),\n"
    "\t\tREMOVEFILTERS ( calendar ),\n\t\tchart_history[chart_date] = latest\n\t)\n"
    "RETURN\n\tIF ( NOT ISBLANK ( placed ) && placed <= 10, MIN ( chart_history[position] ) )"
)

MEASURES = (
    Measure(
        "Latest chart date",
        "CALCULATE (\n\tMAX ( chart_history[chart_date] ),\n\tREMOVEFILTERS ( chart_history ),\n"
        "\tVALUES ( charts[chart_key] ),\n\tVALUES ( calendar[Date] )\n)",
        "{latest}",
        "yyyy-mm-dd",
        "Latest date of the chosen charts among the chosen days, whatever songs are chosen",
    ),
    Measure(
        "Snapshots",
        "DISTINCTCOUNT ( chart_history[chart_date] )",
        "count(DISTINCT chart_date)",
        "0",
        "Recorded dates",
    ),
    Measure(
        "Songs",
        "DISTINCTCOUNT ( chart_history[song_key] )",
        "count(DISTINCT song_id)",
        "0",
        "Different songs",
    ),
    Measure("Peak", "MIN ( chart_history[position] )", "min(position)", "0", "Best position"),
    Measure(
        "Days on chart",
        "COUNTROWS ( chart_history )",
        "count(*)",
        "0",
        "Dates on which a song was on a chart, added up over songs",
    ),
    Measure(
        "Days at no. 1",
        "CALCULATE ( COUNTROWS ( chart_history ), KEEPFILTERS ( chart_history[position] = 1 ) )",
        "nullif(count(*) FILTER (position = 1), 0)",
        "0",
        "Of those, the dates at the top",
    ),
    Measure("Longest streak", "MAX ( chart_history[streak] )", "max(streak)", "0", "Most snapshots in a row"),
    Measure(
        "Position now",
        _AT_LATEST.format("MIN ( chart_history[position] )"),
        "min(position) FILTER (chart_date = {latest})",
        "0",
        "Position on the latest date",
    ),
    Measure(
        "Move now",
        _AT_LATEST.format("SUM ( chart_history[move] )"),
        "sum(move) FILTER (chart_date = {latest})",
        "+0;-0;0",
        "Places won on the latest date; above 0 is up",
    ),
    Measure(
        "Status now",
        _AT_LATEST.format("SELECTEDVALUE ( chart_history[status] )"),
        "CASE WHEN count(DISTINCT status) FILTER (chart_date = {latest}) = 1"
        " THEN min(status) FILTER (chart_date = {latest}) END",
        "",
        "NEW, RE, UP, DOWN or SAME on the latest date",
    ),
    Measure(
        "Peak so far",
        _AT_LATEST.format("MIN ( chart_history[peak_position] )"),
        "min(peak_position) FILTER (chart_date = {latest})",
        "0",
        "Best position up to the latest date, of songs that are on the chart then",
    ),
    Measure(
        "Days so far",
        _AT_LATEST.format("MAX ( chart_history[days_on_chart] )"),
        "max(days_on_chart) FILTER (chart_date = {latest})",
        "0",
        "Snapshots up to the latest date, of songs that are on the chart then",
    ),
    Measure(
        "Road of the top 10",
        _ROAD,
        "CASE WHEN min(position) FILTER (chart_date = {latest}) <= 10 THEN min(position) END",
        "0",
        "Position by day of the songs that are in the top 10 on the latest date",
    ),
    Measure(
        "Share of entries",
        "DIVIDE (\n\tCOUNTROWS ( chart_history ),\n\tCALCULATE (\n\t\tCOUNTROWS ( chart_history ),\n"
        "\t\tREMOVEFILTERS ( songs ),\n\t\tREMOVEFILTERS ( song_artists ),\n"
        "\t\tREMOVEFILTERS ( artists )\n\t)\n)",
        "count(*) / {entries}",
        "0.0%",
        "Part of all entries of the chosen charts and days",
    ),
)
