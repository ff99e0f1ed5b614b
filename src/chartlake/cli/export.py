"""The group export: tables as files for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import rich_click as click

from chartlake.cli import output
from chartlake.cli.options import F, Lake, json_option, lake_options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from chartlake.export.choice import Chosen
    from chartlake.export.writing import Exported
    from chartlake.warehouse import Warehouse

_HERE = Path("export")


@click.group()
def export() -> None:
    """Write tables, views and queries as files for other programs.

    Each file appears whole or not at all; what was there under its name is replaced.
    """


def _wanted(command: F) -> F:
    """What is exported: names, or a query."""
    command = click.option("--as", "called", metavar="NAME", help="What the answer is called; else answer.")(
        command
    )
    command = click.option("--query", metavar="SQL", help="Export the answer to a query (DuckDB's dialect).")(
        command
    )
    return click.argument("names", nargs=-1, metavar="[TABLE]...")(command)


def _out(default: Path, what: str) -> Callable[[F], F]:
    return click.option(
        "--out",
        type=click.Path(path_type=Path),
        metavar=what,
        default=default,
        show_default=True,
        help="Where to.",
    )


_exact = click.option(
    "--exact",
    is_flag=True,
    help="Leave cells alone that a spreadsheet takes for formulas; for programs only.",
)


@export.command()
@_wanted
@_out(_HERE, "FOLDER")
@_exact
@lake_options
@json_option
def csv(
    names: tuple[str, ...],
    query: str | None,
    called: str | None,
    out: Path,
    config: Path | None,
    lake: str | None,
    *,
    exact: bool,
    as_json: bool,
) -> None:
    """Write CSV files into a folder, with datapackage.json.

    TABLE is a table or view; without any, every view but the classic ones.  A text that a
    spreadsheet would take for a formula gets an apostrophe in front.
    """
    _into_folder("csv", names, query, called, out, (config, lake), exact=exact, as_json=as_json)


@export.command()
@_wanted
@_out(_HERE, "FOLDER")
@lake_options
@json_option
def parquet(
    names: tuple[str, ...],
    query: str | None,
    called: str | None,
    out: Path,
    config: Path | None,
    lake: str | None,
    *,
    as_json: bool,
) -> None:
    """Write Parquet files into a folder, with datapackage.json."""
    _into_folder("parquet", names, query, called, out, (config, lake), exact=True, as_json=as_json)


@export.command()
@_wanted
@_out(Path("charts.duckdb"), "FILE")
@lake_options
@json_option
def duckdb(
    names: tuple[str, ...],
    query: str | None,
    called: str | None,
    out: Path,
    config: Path | None,
    lake: str | None,
    *,
    as_json: bool,
) -> None:
    """Write one DuckDB file with a table for each."""
    _into_file("duckdb", names, query, called, out, (config, lake), as_json=as_json)


@export.command()
@_wanted
@_out(Path("charts.sqlite"), "FILE")
@lake_options
@json_option
def sqlite(
    names: tuple[str, ...],
    query: str | None,
    called: str | None,
    out: Path,
    config: Path | None,
    lake: str | None,
    *,
    as_json: bool,
) -> None:
    """Write one SQLite file with a table for each."""
    _into_file("sqlite", names, query, called, out, (config, lake), as_json=as_json)


@export.command()
@_out(Path("classic"), "FOLDER")
@_exact
@lake_options
@json_option
def classic(out: Path, config: Path | None, lake: str | None, *, exact: bool, as_json: bool) -> None:
    """Write the three CSV files of older Spotify pipelines, without their doubles."""
    from chartlake.export.classic import classic as made  # noqa: PLC0415 - only what is used is imported

    _tell(made(_refreshed(config, lake), out, exact=exact), as_json=as_json)


@export.command()
@_out(Path("chartlake.odcs.json"), "FILE")
@json_option
def contract(out: Path, *, as_json: bool) -> None:
    """Write the tables as a data contract (ODCS 3.1); it needs no lake."""
    from chartlake.export.contract import contract as made  # noqa: PLC0415
    from chartlake.export.place import replaced  # noqa: PLC0415

    with replaced(out) as passing:
        passing.write_text(made(), encoding="utf-8")
    if as_json:
        output.print_json({"path": str(out)})
    else:
        output.say(str(out))


@export.command()
@_out(Path("quicksight.json"), "FILE")
@json_option
def quicksight(out: Path, *, as_json: bool) -> None:
    """Write a CloudFormation template: a QuickSight dashboard over Athena.  It needs no lake."""
    import json  # noqa: PLC0415 - only what is used is imported

    from chartlake.export.place import replaced  # noqa: PLC0415
    from chartlake.quicksight import COST, template  # noqa: PLC0415

    with replaced(out) as passing:
        passing.write_text(json.dumps(template(), indent=2) + "\n", encoding="utf-8")
    if as_json:
        output.print_json({"path": str(out), "cost": COST})
        return
    output.say(str(out))
    output.talk(f"before deploying it: {COST}")


@export.command()
@click.option(
    "--over",
    type=click.Choice(["parquet", "snowflake"]),
    default="parquet",
    show_default=True,
    help="Where Power BI reads the tables: Parquet files beside the project, or Snowflake.",
)
@click.option(
    "--set",
    "said",
    multiple=True,
    metavar="NAME=VALUE",
    help="A parameter of the project: DataFolder; or SnowflakeServer, -Warehouse, -Database, -Schema.",
)
@_out(Path("powerbi"), "FOLDER")
@lake_options
@json_option
def powerbi(
    over: Literal["parquet", "snowflake"],
    said: tuple[str, ...],
    out: Path,
    config: Path | None,
    lake: str | None,
    *,
    as_json: bool,
) -> None:
    """Write a Power BI project: a model, a report of two pages, and expected.json to check it by."""
    from chartlake.powerbi.project import write  # noqa: PLC0415

    parameters = _parameters(over, said)
    made = write(_refreshed(config, lake), out, over=over, parameters=parameters)
    if as_json:
        output.print_json({**made._asdict(), "path": str(made.path)})
        return
    output.say(str(made.path))
    if over == "parquet" and "DataFolder" not in parameters:
        output.talk("after opening it, set DataFolder to the folder data beside it, with a \\ at its end")


def _parameters(over: Literal["parquet", "snowflake"], said: Iterable[str]) -> dict[str, str]:
    from chartlake.powerbi.tmdl import PARAMETERS  # noqa: PLC0415

    found = dict(one.partition("=")[::2] for one in said)
    for name, value in found.items():
        if name not in PARAMETERS[over] or not value or "\n" in value:
            known = ", ".join(PARAMETERS[over])
            raise click.UsageError(f"--set takes NAME=VALUE with one of {known} over {over}, not {name!r}")
    return found


def _into_folder(
    form: Literal["csv", "parquet"],
    names: Iterable[str],
    query: str | None,
    called: str | None,
    out: Path,
    at: tuple[Path | None, str | None],
    *,
    exact: bool,
    as_json: bool,
) -> None:
    from chartlake.export.writing import to_folder  # noqa: PLC0415

    wanted = _chosen(names, query, called)
    _tell(to_folder(_refreshed(*at), wanted, out, form=form, exact=exact), as_json=as_json)


def _into_file(
    form: Literal["duckdb", "sqlite"],
    names: Iterable[str],
    query: str | None,
    called: str | None,
    out: Path,
    at: tuple[Path | None, str | None],
    *,
    as_json: bool,
) -> None:
    from chartlake.export.writing import to_file  # noqa: PLC0415

    wanted = _chosen(names, query, called)
    _tell(to_file(_refreshed(*at), wanted, out, form=form), as_json=as_json)


def _chosen(names: Iterable[str], query: str | None, called: str | None) -> list[Chosen]:
    from chartlake.export.choice import chosen  # noqa: PLC0415

    return chosen(names, query=query, called=called)


def _refreshed(config: Path | None, lake: str | None) -> Warehouse:
    warehouse = Lake.of(config, lake).warehouse()
    for key in warehouse.refresh():
        output.talk(f"warning: {key} cannot be read as a table file and is left out; check it")
    return warehouse


def _tell(made: Sequence[Exported], *, as_json: bool) -> None:
    rows = [(one.name, one.rows, str(one.path)) for one in made]
    output.answer(["table", "rows", "file"], rows, form="json" if as_json else "auto")
