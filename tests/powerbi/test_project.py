"""The Power BI project: what it names is there, planted faults are found, its figures are the lake's."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from chartlake.export.choice import KNOWN
from chartlake.lake import Lake
from chartlake.powerbi.checks import faults
from chartlake.powerbi.model import FACT, KEYS, MEASURES, RELATIONSHIPS, SOURCES, fields
from chartlake.powerbi.project import files
from chartlake.powerbi.report import PAGES
from shown import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Ran

MODEL = "Charts.SemanticModel/definition/"
OVERS = ("parquet", "snowflake")


@pytest.mark.parametrize("over", OVERS)
def test_a_project_has_no_fault_and_is_the_same_every_time(over):
    made = files(over)
    assert faults(made) == []
    assert files(over) == made
    assert all(not said.startswith("\ufeff") and "\r" not in said for said in made.values())


def changed(path: str, old: str, new: str) -> Callable[[dict[str, str]], None]:
    """A text of a file, put otherwise."""

    def change(made: dict[str, str]) -> None:
        assert old in made[path]
        made[path] = made[path].replace(old, new, 1)

    return change


def visual(kind: str, change: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, str]], None]:
    """A change to the first visual of a kind."""

    def apply(made: dict[str, str]) -> None:
        for path in sorted(made):
            if path.endswith("/visual.json") and json.loads(made[path])["visual"]["visualType"] == kind:
                said = json.loads(made[path])
                change(said)
                made[path] = json.dumps(said)
                return
        raise AssertionError(kind)

    return apply


def state(said: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = said["visual"]["query"]["queryState"]
    return found


SONGS, FACTS = f"{MODEL}tables/songs.tmdl", f"{MODEL}tables/chart_history.tmdl"
PAGES_FILE = "Charts.Report/definition/pages/pages.json"
PLANTED = {
    "a property misspelt": changed(SONGS, "summarizeBy: none", "sumarizeBy: none"),
    "a type misspelt": changed(SONGS, "dataType: string", "dataType: strin"),
    "a line indented by spaces": changed(SONGS, "\tcolumn name", "      column name"),
    "a relationship to no column": changed(f"{MODEL}relationships.tmdl", "songs.song_key", "songs.songkey"),
    "a relationship to no table": changed(
        f"{MODEL}relationships.tmdl", "albums.album_key", "album.album_key"
    ),
    "two measures of a name": changed(FACTS, "measure 'Songs'", "measure 'Peak'"),
    "two columns of a name": changed(SONGS, "column name\n", "column song_id\n"),
    "a table that is not there": changed(f"{MODEL}model.tmdl", "ref table albums", "ref table albumz"),
    "a bracket of DAX left open": changed(
        FACTS, "MIN ( chart_history[position] )", "MIN ( chart_history[position] "
    ),
    "a column of DAX misspelt": changed(FACTS, "chart_history[streak]", "chart_history[streaks]"),
    "a measure of DAX misspelt": changed(FACTS, "[Latest chart date]\n", "[Latest date]\n"),
    "a bracket of M too many": changed(SONGS, "Parquet.Document(File", "Parquet.Document((File"),
    "date is no type": changed(FACTS, "dataType: dateTime", "dataType: date"),
    "a column without its source": changed(SONGS, "\t\tsourceColumn: name\n", ""),
    "a measure named like a column": changed(FACTS, "measure 'Songs'", "measure 'position'"),
    "a well that a visual has not": visual("barChart", lambda v: state(v).update(Foo=state(v).pop("Y"))),
    "no such visual": visual("barChart", lambda v: v["visual"].update(visualType="barChrt")),
    "an unknown property": visual("barChart", lambda v: v.update(foo=1)),
    "no place": visual("barChart", lambda v: v.pop("position")),
    "off the page": visual("barChart", lambda v: v["position"].update(x=5000)),
    "an order with no page": changed(PAGES_FILE, '"pageOrder": [', '"pageOrder": [ "nope",'),
    "a measure that is not there": visual(
        "barChart", lambda v: state(v)["Y"]["projections"][0]["field"]["Measure"].update(Property="Nope")
    ),
    "a column that is not there": visual(
        "slicer", lambda v: state(v)["Values"]["projections"][0]["field"]["Column"].update(Property="nope")
    ),
    "a sort by what is not there": visual(
        "tableEx",
        lambda v: v["visual"]["query"]["sortDefinition"]["sort"][0]["field"]["Measure"].update(
            Property="Nope"
        ),
    ),
    "a path to no model": changed("Charts.Report/definition.pbir", "../Charts.Sem", "../Nope.Sem"),
    "a path to no report": changed("Charts.pbip", "Charts.Report", "Nope.Report"),
}


@pytest.mark.parametrize("plant", PLANTED.values(), ids=PLANTED)
def test_a_planted_fault_is_found(plant: Callable[[dict[str, str]], None]):
    made = files("parquet")
    plant(made)
    assert faults(made) != []


@pytest.mark.parametrize("over", OVERS)
def test_every_column_is_the_dictionarys(over):
    made = files(over)
    for table, view in SOURCES.items():
        names = {column.name for column in KNOWN[view].columns} | KEYS[table].keys()
        said = made[f"{MODEL}tables/{table}.tmdl"]
        columns = re.findall(r"^\tcolumn (\w+)$", said, re.MULTILINE)
        assert columns == [one.name for one in fields(table)]
        assert {*columns} <= names
        assert set(re.findall(r"\[([a-z_]+)\]", said.partition("\tpartition")[2])) <= names
        assert (f'"{view}.parquet"' if over == "parquet" else f'"{view.upper()}"') in said


@pytest.fixture
def project(ran: Callable[..., Ran], lake: Path) -> Path:
    assert ran("export", "powerbi", "--lake", "lake")[0] == 0
    return lake.parent / "powerbi"


def test_one_side_of_each_relationship_is_unique_and_the_data_is_the_lakes(project: Path, lake: Path):
    warehouse = Lake.of(None, str(lake)).warehouse()
    connection = duckdb.connect()
    for view in {*SOURCES.values()}:
        connection.execute(f"CREATE TABLE {view} AS FROM '{project}/data/{view}.parquet'")
        rows = warehouse.ask(f"SELECT * FROM {view} ORDER BY ALL").rows
        assert connection.execute(f"SELECT * FROM {view} ORDER BY ALL").fetchall() == rows
    for one in RELATIONSHIPS:
        if one.to_table in KEYS and one.to_table != "charts":
            made_of = KEYS[one.to_table][one.to_column]
            count = (
                f"SELECT count(*), count(DISTINCT source || ':' || {made_of}) FROM {SOURCES[one.to_table]}"
            )
            whole, different = connection.execute(count).fetchone() or (0, 1)
            assert whole == different
    connection.close()


def test_what_is_expected_is_what_the_views_say(project: Path, lake: Path):
    """Each figure once more, by loops over the rows."""
    found = json.loads((project / "expected.json").read_text(encoding="utf-8"))
    asked = Lake.of(None, str(lake)).warehouse().ask(f"SELECT * FROM {FACT}")
    rows = [dict(zip(asked.columns, row, strict=True)) for row in asked.rows]
    assert len(found) == 2
    for case in found:
        chart = [
            row for row in rows if (row["source"], row["chart_id"]) == (case["source"], case["chart_id"])
        ]
        latest = max(row["chart_date"] for row in chart)
        own = [row for row in chart if not case["song"] or row["song_id"] == case["song"]["song_id"]]
        now = [row for row in own if row["chart_date"] == latest]
        states = {row["status"] for row in now}
        moves = [row["move"] for row in now if row["move"] is not None]
        best = min(row["position"] for row in own)
        assert case["measures"] == {
            "Latest chart date": latest.isoformat(),
            "Snapshots": len({row["chart_date"] for row in own}),
            "Songs": len({row["song_id"] for row in own}),
            "Peak": best,
            "Days on chart": len(own),
            "Days at no. 1": sum(row["position"] == 1 for row in own) or None,
            "Longest streak": max(row["streak"] for row in own),
            "Position now": min(row["position"] for row in now),
            "Move now": sum(moves) if moves else None,
            "Status now": states.pop() if len(states) == 1 else None,
            "Peak so far": min(row["peak_position"] for row in now),
            "Days so far": max(row["days_on_chart"] for row in now),
            "Road of the top 10": best,
            "Share of entries": round(len(own) / len(chart), 6),
        }
    assert list(found[0]["measures"]) == [one.name for one in MEASURES]


def test_the_layout_shows_every_visual_and_no_two_overlap(project: Path):
    spec = importlib.util.spec_from_file_location("layout", ROOT / "tools" / "layout.py")
    assert spec is not None
    assert spec.loader is not None
    layout = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(layout)
    picture = layout.drawn(project)
    for page in PAGES:
        boxes = [one.place for one in page.visuals]
        for number, (x, y, width, height) in enumerate(boxes):
            for ox, oy, owidth, oheight in boxes[number + 1 :]:
                assert x + width <= ox or ox + owidth <= x or y + height <= oy or oy + oheight <= y
        for one in page.visuals:
            for well in (field for wells in one.wells.values() for field in wells):
                assert (well if "." in well and " " not in well else f"{FACT}.{well}") in picture


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("--over", "athena"), 2, "athena"),
        (("--set", "Nope=1"), 2, "DataFolder"),
        (("--over", "snowflake", "--set", "DataFolder=x"), 2, "SnowflakeServer"),
        (("--out", "lake/chartlake"), 0, ""),
        (("--over", "snowflake", "--set", 'SnowflakeServer=a"b'), 0, ""),
    ],
)
def test_options(arguments, code, says, ran: Callable[..., Ran], lake: Path):
    found, _, talk = ran("export", "powerbi", "--lake", "lake", *arguments)
    assert found == code
    assert says in talk


def test_a_parameter_is_no_code():
    made = files("snowflake", parameters={"SnowflakeServer": 'x" meta [a=1] // '})
    said = made[f"{MODEL}expressions.tmdl"]
    assert 'expression SnowflakeServer = "x"" meta [a=1] // " meta [IsParameterQuery' in said


def test_an_empty_lake_makes_a_project_that_says_nothing(ran: Callable[..., Ran], at_home: Path):
    assert ran("export", "powerbi", "--lake", "empty")[0] == 0
    assert json.loads((at_home / "powerbi" / "expected.json").read_text()) == []
