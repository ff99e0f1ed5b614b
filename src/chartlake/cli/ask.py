"""Commands that ask: query, tables."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import rich_click as click

from chartlake.cli import output
from chartlake.cli.bounds import half_of_the_memory
from chartlake.cli.options import Lake, day, json_option, lake_options
from chartlake.errors import QueryError


@click.command()
@click.argument("sql", required=False)
@lake_options
@json_option
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV; no cell is a spreadsheet formula.")
@click.option(
    "--as-of",
    callback=day,
    metavar="DATE",
    help="The lake as it was known at the end of that day (UTC): what was captured later does not count.",
)
def query(
    sql: str | None,
    config: Path | None,
    lake: str | None,
    as_of: date | None,
    *,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Ask the lake in SQL (DuckDB's dialect).

    SQL is the statement; without it, it is read from standard input.  Queries read the lake's own
    tables and nothing else, and take half of the machine's memory at most.

    Example: `chartlake query "select position, title from chart_history order by 1 limit 10"`
    """
    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other")
    if sql is None:
        if sys.stdin.isatty():
            raise click.UsageError('give the SQL: chartlake query "select …"')
        sql = sys.stdin.read()
    if not sql.strip():
        raise QueryError('there is no SQL to answer; give some, such as "select * from coverage"')
    warehouse = Lake.of(config, lake).warehouse()
    for key in warehouse.refresh():
        output.talk(f"warning: {key} cannot be read as a table file and is left out; check it")
    with half_of_the_memory():
        found = warehouse.ask(sql, as_of=as_of)
        output.answer(found.columns, found.rows, form="json" if as_json else "csv" if as_csv else "auto")


@click.command()
@click.argument("name", required=False)
@lake_options
@json_option
def tables(name: str | None, config: Path | None, lake: str | None, *, as_json: bool) -> None:
    """Show what tables there are: meaning and number of rows.  With NAME, a table's columns."""
    from chartlake.dictionary import VIEWS  # noqa: PLC0415
    from chartlake.tables import PHYSICAL  # noqa: PLC0415

    known = {table.name: table for table in (*VIEWS, *PHYSICAL)}
    form: output.Form = "json" if as_json else "auto"
    if name is not None:
        if name not in known:
            raise QueryError(f"there is no table {name!r}; there are {', '.join(known)}")
        rows = [
            (column.name, column.type, column.unit or "", column.meaning) for column in known[name].columns
        ]
        output.answer(["column", "type", "unit", "meaning"], rows, form=form)
        return
    warehouse = Lake.of(config, lake).warehouse()
    warehouse.refresh()
    counts = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in known)  # noqa: S608
    counted = dict(warehouse.ask(counts).rows)
    output.answer(
        ["table", "rows", "kind", "one row is"],
        [
            (table.name, counted[table.name], "view" if table.view else "table", table.grain)
            for table in known.values()
        ],
        form=form,
    )
