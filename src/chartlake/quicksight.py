"""The charts in QuickSight: one CloudFormation template of data source, data set and dashboard.

It asks Athena directly, so nothing is stored a second time.  It stands apart from the stack of
``chartlake aws``, because it is the one part of it all that costs something for every reader.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chartlake.export.choice import KNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartlake.tables import Type

COST = (
    "QuickSight costs about USD 3 a month for each reader and USD 24 for each author, and wants to be "
    "signed up for once by hand; Athena bills what each look reads"
)
"""What it costs, as of 2026-11; AWS says what it is today."""

VIEW = "chart_history"
IDENTIFIER = "charts"
NOW = {"position": "position_now", "move": "move_now", "days_on_chart": "days_now"}
"""Columns of the view that the data set has once more, of each chart's latest date only."""

SHOWN = [
    "source",
    "chart_name",
    "region",
    "chart_date",
    "position",
    "title",
    "artist_display",
    "previous_position",
    "move",
    "status",
    "peak_position",
    "days_on_chart",
    "streak",
]

_TYPES: dict[Type, str] = {
    "string": "STRING",
    "int": "INTEGER",
    "bigint": "INTEGER",
    "double": "DECIMAL",
    "date": "DATETIME",
    "timestamp": "DATETIME",
    "boolean": "BOOLEAN",
}

Json = dict[str, Any]


def columns() -> dict[str, str]:
    """The data set's columns, and their types as QuickSight names them."""
    table = KNOWN[VIEW]
    plain = {name: _TYPES[table.column(name).type] for name in SHOWN}
    return plain | {new: _TYPES[table.column(old).type] for old, new in NOW.items()}


def statement(database: str) -> str:
    """What the data set asks Athena."""
    now = [
        f"CASE WHEN chart_date = max(chart_date) OVER (PARTITION BY source, chart_id) THEN {old} END AS {new}"
        for old, new in NOW.items()
    ]
    return f'SELECT {", ".join([*SHOWN, *now])} FROM "{database}".{VIEW}'  # noqa: S608 - names of ours


def template() -> Json:
    """The template; its parameters are the reader, Athena's work group and its database."""
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"chartlake's charts in QuickSight. {COST}.",
        "Parameters": {
            "Principal": {
                "Type": "String",
                "Description": "ARN of the QuickSight user or group who may see it",
                "AllowedPattern": "arn:aws[a-z-]*:quicksight:[a-z0-9-]+:[0-9]{12}:(user|group)/.+",
            },
            "WorkGroup": {"Type": "String", "Description": "Athena's work group", "Default": "chartlake"},
            "Database": {
                "Type": "String",
                "Description": "Database of the Glue Data Catalog that has the views",
                "Default": "chartlake",
                "AllowedPattern": "[a-z0-9_]+",
            },
        },
        "Resources": {"Source": _source(), "Set": _set(), "Dashboard": _dashboard()},
    }


def faults(made: Json) -> list[str]:
    """Columns and data sets that the dashboard names and that are not there, a sentence each."""
    said = made["Resources"]
    physical = said["Set"]["Properties"]["PhysicalTableMap"]["history"]["CustomSql"]
    there = {column["Name"] for column in physical["Columns"]}
    definition = said["Dashboard"]["Properties"]["Definition"]
    declared = {one["Identifier"] for one in definition["DataSetIdentifierDeclarations"]}
    found = [f"the data set asks for {name}, which is no column" for name in sorted(there - columns().keys())]
    for column in _named(definition):
        if column["ColumnName"] not in there:
            found.append(f"the dashboard shows {column['ColumnName']}, which the data set has not")
        if column["DataSetIdentifier"] not in declared:
            found.append(
                f"the dashboard shows the data set {column['DataSetIdentifier']}, which is not declared"
            )
    return found


def _named(said: Any) -> Iterator[Json]:
    """Every reference to a column, wherever it stands."""
    if isinstance(said, dict):
        if {"ColumnName", "DataSetIdentifier"} <= said.keys():
            yield said
        for value in said.values():
            yield from _named(value)
    elif isinstance(said, list):
        for value in said:
            yield from _named(value)


def _source() -> Json:
    return _resource(
        "DataSource",
        {
            "DataSourceId": "chartlake-athena",
            "Name": "chartlake (Athena)",
            "Type": "ATHENA",
            "DataSourceParameters": {"AthenaParameters": {"WorkGroup": {"Ref": "WorkGroup"}}},
        },
        ["DescribeDataSource", "DescribeDataSourcePermissions", "PassDataSource"],
    )


def _set() -> Json:
    return _resource(
        "DataSet",
        {
            "DataSetId": "chartlake-charts",
            "Name": "Charts",
            "ImportMode": "DIRECT_QUERY",
            "PhysicalTableMap": {
                "history": {
                    "CustomSql": {
                        "DataSourceArn": {"Fn::GetAtt": ["Source", "Arn"]},
                        "Name": "charts",
                        "SqlQuery": {"Fn::Sub": statement("${Database}")},
                        "Columns": [{"Name": name, "Type": kind} for name, kind in columns().items()],
                    }
                }
            },
        },
        [
            "DescribeDataSet",
            "DescribeDataSetPermissions",
            "PassDataSet",
            "DescribeIngestion",
            "ListIngestions",
        ],
    )


def _dashboard() -> Json:
    return _resource(
        "Dashboard",
        {
            "DashboardId": "chartlake-charts",
            "Name": "Charts",
            "Definition": {
                "DataSetIdentifierDeclarations": [
                    {"Identifier": IDENTIFIER, "DataSetArn": {"Fn::GetAtt": ["Set", "Arn"]}}
                ],
                "Sheets": [
                    {
                        "SheetId": "charts",
                        "Name": "Charts",
                        "FilterControls": [
                            {
                                "Dropdown": {
                                    "FilterControlId": "chart",
                                    "Title": "Chart",
                                    "SourceFilterId": "chart-name",
                                    "Type": "SINGLE_SELECT",
                                }
                            }
                        ],
                        "Visuals": [_today(), _road(), _longest()],
                    }
                ],
                "FilterGroups": [_of_chart(), _on_chart()],
            },
        },
        ["DescribeDashboard", "ListDashboardVersions", "QueryDashboard"],
    )


def _today() -> Json:
    wells = {
        "GroupBy": [_category("title"), _category("artist_display")],
        "Values": [_measure("position_now", "MIN"), _measure("move_now", "MAX"), _measure("days_now", "MAX")],
    }
    sort = {"FieldSort": {"FieldId": "position_now-min", "Direction": "ASC"}}
    return {
        "TableVisual": {
            **_head("today", "The chart on its latest date"),
            "ChartConfiguration": {
                "FieldWells": {"TableAggregatedFieldWells": wells},
                "SortConfiguration": {"RowSort": [sort]},
            },
        }
    }


def _road() -> Json:
    return {
        "LineChartVisual": {
            **_head("road", "Position by day"),
            "ChartConfiguration": {
                "FieldWells": {
                    "LineChartAggregatedFieldWells": {
                        "Category": [
                            {
                                "DateDimensionField": {
                                    "FieldId": "day",
                                    "Column": _column("chart_date"),
                                    "DateGranularity": "DAY",
                                }
                            }
                        ],
                        "Values": [_measure("position", "MIN")],
                        "Colors": [_category("title")],
                    }
                },
                "SortConfiguration": {"ColorItemsLimitConfiguration": {"ItemsLimit": 10}},
            },
        }
    }


def _longest() -> Json:
    return {
        "BarChartVisual": {
            **_head("longest", "Most days on the chart"),
            "ChartConfiguration": {
                "FieldWells": {
                    "BarChartAggregatedFieldWells": {
                        "Category": [_category("title")],
                        "Values": [_measure("days_on_chart", "MAX")],
                    }
                },
                "SortConfiguration": {
                    "CategorySort": [{"FieldSort": {"FieldId": "days_on_chart-max", "Direction": "DESC"}}],
                    "CategoryItemsLimit": {"ItemsLimit": 20},
                },
                "Orientation": "HORIZONTAL",
            },
        }
    }


def _of_chart() -> Json:
    return _filter(
        "chart",
        {
            "CategoryFilter": {
                "FilterId": "chart-name",
                "Column": _column("chart_name"),
                "Configuration": {
                    "FilterListConfiguration": {
                        "MatchOperator": "CONTAINS",
                        "SelectAllOptions": "FILTER_ALL_VALUES",
                    }
                },
            }
        },
        {"AllSheets": {}},
    )


def _on_chart() -> Json:
    """Songs that left are no part of today's chart."""
    sheet = {"SheetId": "charts", "Scope": "SELECTED_VISUALS", "VisualIds": ["today"]}
    return _filter(
        "now",
        {
            "NumericRangeFilter": {
                "FilterId": "now",
                "Column": _column("position_now"),
                "NullOption": "NON_NULLS_ONLY",
                "RangeMinimum": {"StaticValue": 1},
                "IncludeMinimum": True,
            }
        },
        {"SelectedSheets": {"SheetVisualScopingConfigurations": [sheet]}},
    )


def _filter(name: str, one: Json, scope: Json) -> Json:
    return {
        "FilterGroupId": name,
        "Filters": [one],
        "ScopeConfiguration": scope,
        "CrossDataset": "SINGLE_DATASET",
        "Status": "ENABLED",
    }


def _resource(kind: str, properties: Json, actions: list[str]) -> Json:
    return {
        "Type": f"AWS::QuickSight::{kind}",
        "Properties": {
            "AwsAccountId": {"Ref": "AWS::AccountId"},
            **properties,
            "Permissions": [
                {"Principal": {"Ref": "Principal"}, "Actions": [f"quicksight:{action}" for action in actions]}
            ],
        },
    }


def _head(name: str, title: str) -> Json:
    return {"VisualId": name, "Title": {"Visibility": "VISIBLE", "FormatText": {"PlainText": title}}}


def _column(name: str) -> Json:
    return {"DataSetIdentifier": IDENTIFIER, "ColumnName": name}


def _category(name: str) -> Json:
    return {"CategoricalDimensionField": {"FieldId": name, "Column": _column(name)}}


def _measure(name: str, how: str) -> Json:
    return {
        "NumericalMeasureField": {
            "FieldId": f"{name}-{how.lower()}",
            "Column": _column(name),
            "AggregationFunction": {"SimpleNumericalAggregation": how},
        }
    }
