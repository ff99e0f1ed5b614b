"""The report as PBIR: two pages, each visual a JSON file of its own."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from chartlake.powerbi.model import FACT
from chartlake.powerbi.tmdl import tag

_SCHEMAS = "https://developer.microsoft.com/json-schemas/fabric/"
_REPORT = f"{_SCHEMAS}item/report/definition/"
WIDTH, HEIGHT = 1280, 720
"""Of a page, in Power BI's units."""

Json = dict[str, Any]


class Visual(NamedTuple):
    """One visual.

    Attributes:
        name: What it is called in this file only.
        kind: Its type, as Power BI names it.
        place: x, y, width, height.
        wells: For each role its fields: ``table.column``, or a measure's name alone.
        title: Its title, if it has one.
        sort: A measure, and whether it falls.
        objects: Formatting, as PBIR writes it.
    """

    name: str
    kind: str
    place: tuple[int, int, int, int]
    wells: dict[str, tuple[str, ...]]
    title: str | None = None
    sort: tuple[str, bool] | None = None
    objects: Json | None = None


class Page(NamedTuple):
    """One page: its name in this file, what people read, its visuals."""

    name: str
    title: str
    visuals: tuple[Visual, ...]


def _said(value: str) -> Json:
    return {"expr": {"Literal": {"Value": value}}}


_ONE = {"selection": [{"properties": {"strictSingleSelect": _said("true")}}]}
"""One chart at a time: positions of two charts are not to be added up."""
_INVERTED = {"valueAxis": [{"properties": {"invertAxis": _said("true")}}]}

PAGES = (
    Page(
        "today",
        "Chart today",
        (
            Visual(
                "chart",
                "slicer",
                (20, 20, 300, 100),
                {"Values": ("charts.chart_name",)},
                "Chart",
                objects=_ONE,
            ),
            Visual("date", "card", (340, 20, 290, 100), {"Values": ("Latest chart date",)}),
            Visual("songs", "card", (650, 20, 290, 100), {"Values": ("Songs",)}),
            Visual("snapshots", "card", (960, 20, 300, 100), {"Values": ("Snapshots",)}),
            Visual(
                "table",
                "tableEx",
                (20, 140, 800, 560),
                {
                    "Values": (
                        "Position now",
                        "Move now",
                        "Status now",
                        "chart_history.title",
                        "chart_history.artist_display",
                        "Peak so far",
                        "Days so far",
                    )
                },
                "The chart on its latest date",
                ("Position now", False),
            ),
            Visual(
                "artists",
                "barChart",
                (840, 140, 420, 560),
                {"Category": ("artists.name",), "Y": ("Share of entries",)},
                "Artists by their share of entries",
                ("Share of entries", True),
            ),
        ),
    ),
    Page(
        "history",
        "History",
        (
            Visual(
                "chart",
                "slicer",
                (20, 20, 300, 100),
                {"Values": ("charts.chart_name",)},
                "Chart",
                objects=_ONE,
            ),
            Visual("month", "slicer", (340, 20, 300, 100), {"Values": ("calendar.Month",)}, "Month"),
            Visual(
                "road",
                "lineChart",
                (20, 140, 800, 560),
                {
                    "Category": ("calendar.Date",),
                    "Y": ("Road of the top 10",),
                    "Series": ("chart_history.title",),
                },
                "The road of the top 10",
                objects=_INVERTED,
            ),
            Visual(
                "days",
                "barChart",
                (840, 140, 420, 270),
                {"Category": ("chart_history.title",), "Y": ("Days on chart",)},
                "Days on chart",
                ("Days on chart", True),
            ),
            Visual(
                "months",
                "pivotTable",
                (840, 430, 420, 270),
                {"Rows": ("artists.name",), "Columns": ("calendar.Month",), "Values": ("Days on chart",)},
                "Artists by month",
            ),
        ),
    ),
)


def name_of(*names: str) -> str:
    """The name that a page or visual has in the files."""
    return tag(*names).replace("-", "")[:20]


def files(*, model: str) -> dict[str, Json]:
    """The files of the report by their paths below its folder.

    Args:
        model: The folder of the model beside it.
    """
    made: dict[str, Json] = {
        "definition.pbir": {
            "$schema": f"{_SCHEMAS}item/report/definitionProperties/2.0.0/schema.json",
            "version": "4.0",
            "datasetReference": {"byPath": {"path": f"../{model}"}},
        },
        "definition/version.json": {
            "$schema": f"{_REPORT}versionMetadata/1.0.0/schema.json",
            "version": "2.0.0",
        },
        "definition/report.json": _report(),
        "definition/pages/pages.json": {
            "$schema": f"{_REPORT}pagesMetadata/1.0.0/schema.json",
            "pageOrder": [name_of(page.name) for page in PAGES],
            "activePageName": name_of(PAGES[0].name),
        },
    }
    for page in PAGES:
        folder = f"definition/pages/{name_of(page.name)}"
        made[f"{folder}/page.json"] = _page(page)
        for order, visual in enumerate(page.visuals):
            name = name_of(page.name, visual.name)
            made[f"{folder}/visuals/{name}/visual.json"] = _visual(name, visual, order)
    return made


def _report() -> Json:
    return {
        "$schema": f"{_REPORT}report/3.1.0/schema.json",
        "themeCollection": {
            "baseTheme": {
                "name": "CY24SU10",
                "reportVersionAtImport": {"visual": "1.8.0", "report": "2.0.0", "page": "1.3.0"},
                "type": "SharedResources",
            }
        },
        "settings": {
            "useStylableVisualContainerHeader": True,
            "exportDataMode": "AllowSummarized",
            "defaultDrillFilterOtherVisuals": True,
            "useEnhancedTooltips": True,
        },
    }


def _page(page: Page) -> Json:
    return {
        "$schema": f"{_REPORT}page/2.0.0/schema.json",
        "name": name_of(page.name),
        "displayName": page.title,
        "displayOption": "FitToPage",
        "height": HEIGHT,
        "width": WIDTH,
    }


def _visual(name: str, one: Visual, order: int) -> Json:
    x, y, width, height = one.place
    drawn: Json = {
        "visualType": one.kind,
        "query": {
            "queryState": {
                role: {"projections": [_projection(field) for field in wells]}
                for role, wells in one.wells.items()
            }
        },
        "drillFilterOtherVisuals": True,
    }
    if one.sort:
        direction = "Descending" if one.sort[1] else "Ascending"
        drawn["query"]["sortDefinition"] = {"sort": [{"field": _field(one.sort[0]), "direction": direction}]}
    if one.objects:
        drawn["objects"] = one.objects
    if one.title:
        title = {"show": _said("true"), "text": _said("'" + one.title.replace("'", "''") + "'")}
        drawn["visualContainerObjects"] = {"title": [{"properties": title}]}
    return {
        "$schema": f"{_REPORT}visualContainer/2.4.0/schema.json",
        "name": name,
        "position": {"x": x, "y": y, "z": order, "height": height, "width": width, "tabOrder": order},
        "visual": drawn,
    }


def _field(said: str) -> Json:
    table, dot, column = said.partition(".")
    if not dot or " " in table:  # A measure may have a dot: Days at no. 1.
        return {"Measure": {"Expression": {"SourceRef": {"Entity": FACT}}, "Property": said}}
    return {"Column": {"Expression": {"SourceRef": {"Entity": table}}, "Property": column}}


def _projection(said: str) -> Json:
    field = _field(said)
    (kind, inner), *_ = field.items()
    entity, name = inner["Expression"]["SourceRef"]["Entity"], inner["Property"]
    projection = {"field": field, "queryRef": f"{entity}.{name}", "nativeQueryRef": name}
    return {**projection, "active": True} if kind == "Column" else projection


def text(said: Json) -> str:
    """A file's text."""
    return json.dumps(said, ensure_ascii=False, indent=2) + "\n"
