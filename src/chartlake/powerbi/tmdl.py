"""The model as TMDL, the text form of a semantic model, one file a table."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Literal

from chartlake.powerbi.model import (
    CALENDAR,
    CALENDAR_COLUMNS,
    CHART_FACTS,
    CHARTS,
    FACT,
    KEYS,
    MEASURES,
    RELATIONSHIPS,
    SOURCES,
    fields,
)

if TYPE_CHECKING:
    from chartlake.powerbi.model import Field

Over = Literal["parquet", "snowflake"]

_SPACE = uuid.UUID("8b2c7f5e-4f7f-5a0e-9d5e-3f6d0c8e7a11")
_M_TYPES = {"string": "type text", "int64": "Int64.Type", "double": "type number", "boolean": "type logical"}

PARAMETERS: dict[Over, dict[str, str]] = {
    "parquet": {"DataFolder": "C:\\chartlake\\data\\"},
    "snowflake": {
        "SnowflakeServer": "your-account.snowflakecomputing.com",
        "SnowflakeWarehouse": "CHARTLAKE_WH",
        "SnowflakeDatabase": "CHARTLAKE",
        "SnowflakeSchema": "CHARTS",
    },
}
"""What a person sets after opening the project, and what stands there before."""


def tag(*names: str) -> str:
    """An id that is the same every time, so that a project made again differs only where it differs."""
    return str(uuid.uuid5(_SPACE, " ".join(names)))


def files(over: Over, *, parameters: dict[str, str]) -> dict[str, str]:
    """The files of the model by their paths below its definition folder.

    Args:
        over: Where the tables are read from.
        parameters: Values for some of ``PARAMETERS``.
    """
    made = {
        "database.tmdl": "database\n\tcompatibilityLevel: 1601\n",
        "model.tmdl": _model(over),
        "expressions.tmdl": "".join(
            _parameter(name, parameters.get(name, value)) for name, value in PARAMETERS[over].items()
        ),
        "relationships.tmdl": _relationships(),
        "cultures/en-US.tmdl": "cultureInfo en-US\n",
        f"tables/{CALENDAR}.tmdl": _calendar(),
    }
    return made | {f"tables/{table}.tmdl": _table(table, over) for table in KEYS}


def _model(over: Over) -> str:
    order = json.dumps([*PARAMETERS[over], *KEYS])
    tables = "".join(f"ref table {table}\n" for table in (*KEYS, CALENDAR))
    return (
        "model Model\n\tculture: en-US\n\tdefaultPowerBIDataSourceVersion: powerBI_V3\n"
        "\tsourceQueryCulture: en-US\n\tdataAccessOptions\n\t\tlegacyRedirects\n"
        "\t\treturnErrorValuesAsNull\n\n"
        f"annotation PBI_QueryOrder = {order}\n\nannotation __PBI_TimeIntelligenceEnabled = 0\n\n"
        f"{tables}\nref cultureInfo en-US\n"
    )


def _parameter(name: str, value: str) -> str:
    said = value.replace('"', '""')
    return (
        f'expression {name} = "{said}" meta [IsParameterQuery=true, Type="Text", '
        f"IsParameterQueryRequired=true]\n\tlineageTag: {tag('parameter', name)}\n\n"
        "\tannotation PBI_ResultType = Text\n\n"
    )


def _relationships() -> str:
    return "\n".join(
        f"relationship {tag('relationship', one.table, one.column)}\n"
        + ("\tcrossFilteringBehavior: bothDirections\n" if one.both else "")
        + f"\tfromColumn: {one.table}.{one.column}\n\ttoColumn: {one.to_table}.{one.to_column}\n"
        for one in RELATIONSHIPS
    )


def _table(table: str, over: Over) -> str:
    parts = [f"table {table}\n\tlineageTag: {tag('table', table)}\n\n"]
    if table == FACT:
        parts += [_measure(*one[:2], one.format, one.meaning) for one in MEASURES]
    parts += [_column(table, one) for one in fields(table)]
    return (
        "".join(parts)
        + _partition(table, _source(table, over), "m")
        + "\n\tannotation PBI_ResultType = Table\n"
    )


def _measure(name: str, dax: str, form: str, meaning: str) -> str:
    said = f" {dax}" if "\n" not in dax else f"\n{_indented(dax, 3)}"
    written = f"\t\tformatString: {form}\n" if form else ""
    return f"\t/// {meaning}\n\tmeasure '{name}' ={said}\n{written}\t\tlineageTag: {tag('measure', name)}\n\n"


def _column(table: str, one: Field) -> str:
    form = {"int64": "0", "dateTime": "yyyy-mm-dd" if one.date else "General Date"}.get(one.type)
    return (
        f"\t/// {one.meaning}\n\tcolumn {one.name}\n\t\tdataType: {one.type}\n"
        + ("\t\tisHidden\n" if one.hidden else "")
        + (f"\t\tformatString: {form}\n" if form else "")
        + f"\t\tlineageTag: {tag('column', table, one.name)}\n\t\tsummarizeBy: none\n"
        + f"\t\tsourceColumn: {one.name}\n\n\t\tannotation SummarizationSetBy = User\n\n"
    )


def _partition(table: str, source: str, kind: str) -> str:
    return f"\tpartition {table} = {kind}\n\t\tmode: import\n\t\tsource =\n{_indented(source, 4)}\n"


def _source(table: str, over: Over) -> str:
    """The query in M: read, keys added, types said."""
    view = SOURCES[table]
    if over == "parquet":
        steps = [f'Read = Parquet.Document(File.Contents(DataFolder & "{view}.parquet"))']
    else:
        steps = [
            "Server = Snowflake.Databases(SnowflakeServer, SnowflakeWarehouse)",
            'Database = Server{[Name = SnowflakeDatabase, Kind = "Database"]}[Data]',
            'Schema = Database{[Name = SnowflakeSchema, Kind = "Schema"]}[Data]',
            f'Found = Schema{{[Name = "{view.upper()}"]}}[Data]',
            "Read = Table.TransformColumnNames(Found, Text.Lower)",
        ]
    last = "Read"
    if table == CHARTS:
        facts = ", ".join(
            f'{{"{name}", each Table.Max(_, "chart_date")[{name}], type text}}' for name in CHART_FACTS
        )
        steps.append(f'Grouped = Table.Group(Read, {{"source", "chart_id"}}, {{{facts}}})')
        last = "Grouped"
    for key, of in KEYS[table].items():
        name = key.title().replace("_", "")
        steps.append(f'{name} = Table.AddColumn({last}, "{key}", each [source] & ":" & [{of}], type text)')
        last = name
    named = ", ".join(f'{{"{one.name}", {_m_type(one)}}}' for one in fields(table))
    chosen = ", ".join(f'"{one.name}"' for one in fields(table))
    steps += [
        f"Chosen = Table.SelectColumns({last}, {{{chosen}}})",
        f"Typed = Table.TransformColumnTypes(Chosen, {{{named}}})",
    ]
    return "let\n" + ",\n".join(f"\t{step}" for step in steps) + "\nin\n\tTyped"


def _m_type(one: Field) -> str:
    if one.type == "dateTime":
        return "type date" if one.date else "type datetime"
    return _M_TYPES[one.type]


def _calendar() -> str:
    """A table of every day from the first chart_date to the last, worked out by Power BI."""
    columns = "".join(
        f"\tcolumn {name}\n\t\tdataType: {kind}\n"
        + ("\t\tisKey\n\t\tformatString: yyyy-mm-dd\n" if name == "Date" else "")
        + ("\t\tformatString: 0\n" if kind == "int64" else "")
        + f"\t\tlineageTag: {tag('column', CALENDAR, name)}\n\t\tsummarizeBy: none\n"
        + f"\t\tisNameInferred\n\t\tsourceColumn: [{name}]\n\n"
        for name, kind in CALENDAR_COLUMNS.items()
    )
    days = (
        "ADDCOLUMNS (\n"
        "\tCALENDAR ( MIN ( chart_history[chart_date] ), MAX ( chart_history[chart_date] ) ),\n"
        '\t"Year", YEAR ( [Date] ),\n\t"Month", FORMAT ( [Date], "yyyy-MM" ),\n'
        '\t"Weekday", FORMAT ( [Date], "ddd" )\n)'
    )
    head = f"table {CALENDAR}\n\tdataCategory: Time\n\tlineageTag: {tag('table', CALENDAR)}\n\n"
    return head + columns + _partition(CALENDAR, days, "calculated")


def _indented(text: str, by: int) -> str:
    return "\n".join("\t" * by + line for line in text.split("\n"))
