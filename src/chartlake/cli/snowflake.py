"""The group snowflake: the lake in Snowflake."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from chartlake.cli import output
from chartlake.cli.options import F, Lake, json_option, lake_options
from chartlake.errors import ChecksFailed, SettingsError

if TYPE_CHECKING:
    from chartlake.snowflake.statements import Names

_PHASES = ("1", "2", "3")


@click.group()
def snowflake() -> None:
    """Show the lake in Snowflake: its files loaded by Snowpipe, the same views over them.

    Begin with `chartlake snowflake sql`, which asks nobody and needs no driver.
    """


def _names(command: F) -> F:
    """What everything is called."""
    from chartlake.snowflake.statements import SOMEBODY, Names  # noqa: PLC0415 - light, and only here

    usual = Names()
    for name, shown, said in (
        ("reader", None, "A role of Snowflake that is granted reading the views."),
        ("lag", usual.lag, "How old the dynamic tables may be; a longer one costs less."),
        ("integration", usual.integration, "The storage integration."),
        ("warehouse", usual.warehouse, "The warehouse that computes."),
        ("database", usual.database, "The database."),
    ):
        command = click.option(
            f"--{name}", metavar="TEXT", default=shown, show_default=shown is not None, help=said
        )(command)
    return click.option(
        "--role", metavar="ARN", help=f"The role in AWS that Snowflake takes on, like {SOMEBODY}."
    )(command)


_connection = click.option(
    "--connection", metavar="NAME", help="Which connection of ~/.snowflake/connections.toml; else default."
)
_phase = click.option("--phase", type=click.Choice(_PHASES), help="Only this phase; else all.")


@snowflake.command()
@_phase
@_names
@lake_options
@json_option
def sql(
    phase: str | None,
    config: Path | None,
    lake: str | None,
    role: str | None,
    *,
    as_json: bool,
    **said: str | None,
) -> None:
    """Print the SQL that makes everything: account objects, trust, database, pipes, views.

    It is plain and may be run again.  Without a lake in S3 or a role, placeholders stand in their
    place.  It asks nobody: no driver, no account, no network.
    """
    from chartlake.snowflake.statements import script, statements  # noqa: PLC0415

    names = _named(config, lake, role, said, strict=False)
    made = statements(names, phase=int(phase) if phase else None)
    if as_json:
        output.print_json([one._asdict() for one in made])
    else:
        output.say(script(made).rstrip())


@snowflake.command()
@_names
@lake_options
@json_option
def role(
    config: Path | None, lake: str | None, role: str | None, *, as_json: bool, **said: str | None
) -> None:
    """Print the CloudFormation template of the role that lets Snowflake read the lake's tables.

    It is JSON anyway; with --json it stands on one line.
    """
    from chartlake.snowflake.trust import role as made  # noqa: PLC0415

    output.print_json(made(_named(config, lake, role, said, strict=True)), on_one_line=as_json)


@snowflake.command()
@click.argument("queue")
@_names
@lake_options
@json_option
def notification(
    queue: str,
    config: Path | None,
    lake: str | None,
    role: str | None,
    *,
    as_json: bool,
    **said: str | None,
) -> None:
    """Print the bucket's notifications, with which S3 tells Snowflake of new files.

    QUEUE is the notification_channel of SHOW PIPES.  It is JSON anyway; with --json it stands on one line.
    """
    from chartlake.snowflake.statements import SOMEBODY  # noqa: PLC0415
    from chartlake.snowflake.trust import notification as made  # noqa: PLC0415

    names = _named(config, lake, role or SOMEBODY, said, strict=True)
    output.print_json(made(names, queue=queue), on_one_line=as_json)


@snowflake.command()
@_phase
@click.option("--history", is_flag=True, help="Load the history of tables that hold rows already, too.")
@_connection
@_names
@lake_options
@json_option
def apply(
    phase: str | None,
    connection: str | None,
    config: Path | None,
    lake: str | None,
    role: str | None,
    *,
    history: bool,
    as_json: bool,
    **said: str | None,
) -> int:
    """Run that SQL, statement by statement; running it again changes nothing that is right."""
    from chartlake.snowflake.apply import apply as applied  # noqa: PLC0415
    from chartlake.snowflake.session import opened  # noqa: PLC0415
    from chartlake.snowflake.statements import named  # noqa: PLC0415

    names = named(_named(config, lake, role, said, strict=True))
    with opened(connection) as session, output.progress() as progress:
        done = applied(
            session,
            names,
            phase=int(phase) if phase else None,
            history=history,
            tell=output.talk,
            progress=progress,
        )
    if as_json:
        output.print_json(done._asdict())
        return 0
    output.say(f"statements run: {done.ran}; rows of history loaded: {sum(done.loaded.values())}")
    return 0


@snowflake.command()
@click.option("--refresh", is_flag=True, help="First let the pipes look for files that S3 never told of.")
@_connection
@_names
@lake_options
@json_option
def doctor(
    connection: str | None,
    config: Path | None,
    lake: str | None,
    role: str | None,
    *,
    refresh: bool,
    as_json: bool,
    **said: str | None,
) -> int:
    """Look whether Snowflake has what the lake has: pipes, errors of loading, counts."""
    from chartlake.snowflake import doctor as looking  # noqa: PLC0415
    from chartlake.snowflake.session import opened  # noqa: PLC0415
    from chartlake.snowflake.statements import SOMEBODY, named  # noqa: PLC0415

    names = named(_named(config, lake, role or SOMEBODY, said, strict=False))
    warehouse = Lake.of(config, lake).warehouse()
    with opened(connection) as session:
        for key in warehouse.refresh():
            output.talk(f"warning: {key} cannot be read as a table file and is left out; check it")
        if refresh:
            looking.refresh(session, names)
        found = list(looking.examine(session, names, warehouse))
    output.answer(["what", "verdict", "told"], found, form="json" if as_json else "auto")
    return ChecksFailed.exit_code if Counter(one.verdict for one in found)["failed"] else 0


def _named(
    config: Path | None, lake: str | None, role: str | None, said: dict[str, str | None], *, strict: bool
) -> Names:
    """The names that the options and the settings say; placeholders for what they do not."""
    from chartlake.snowflake.statements import SOMEBODY, SOMEWHERE, Names  # noqa: PLC0415

    location = _location(config, lake)
    if strict and location is None:
        raise SettingsError("Snowflake reads a lake in S3; say which with --lake s3://bucket/prefix")
    if strict and role is None:
        raise SettingsError(f"say which role of AWS Snowflake takes on, with --role {SOMEBODY}")
    words = {name: value for name, value in said.items() if value is not None}
    return Names(location=location or SOMEWHERE, role=role or SOMEBODY, **words)


def _location(config: Path | None, lake: str | None) -> str | None:
    from chartlake.config import load  # noqa: PLC0415

    try:
        address = load(config=config, lake=lake).lake
    except SettingsError:
        if config is not None or lake is not None:
            raise
        return None
    return f"{address.rstrip('/')}/" if address.startswith("s3://") else None
