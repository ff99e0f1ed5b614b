"""Commands for the long life of a lake: rebuild, compact, forget, diff."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path

import rich_click as click

from chartlake.cli import output
from chartlake.cli.options import Lake, day, engine_option, json_option, lake_options, spark_if
from chartlake.engine import here
from chartlake.errors import ChecksFailed

PAGE = "report.html"
"""The page of a lake, beside its settings."""

_grace_option = click.option(
    "--grace",
    type=click.IntRange(0, 10_000),
    default=60,
    show_default=True,
    metavar="MINUTES",
    help="How long superseded files stay, for whoever is reading them.",
)


@click.command()
@lake_options
@json_option
@click.option("--verify", "only_verify", is_flag=True, help="Only compare, and write nothing.")
@_grace_option
@engine_option
def rebuild(
    config: Path | None, lake: str | None, grace: int, engine: str, *, as_json: bool, only_verify: bool
) -> int:
    """Make all tables again from the processed documents, as this version reads them.

    The ledger run_data is not touched, for nothing could make it again.  With --verify, tell which
    rows are not what the documents say, and end with 3 if there are any.
    """
    from chartlake import pipeline  # noqa: PLC0415 - only what is used is imported
    from chartlake.rebuild import rebuild as rebuilt  # noqa: PLC0415

    at = Lake.of(config, lake)
    if only_verify:
        return _verified(at, as_json=as_json)
    worker = spark_if(engine) or here
    with output.progress() as progress:
        done = rebuilt(
            at.store,
            now=pipeline.utc_now(),
            grace=timedelta(minutes=grace),
            progress=progress,
            engine=worker,
        )
    if done.replaced:
        at.warehouse().discard()  # It knows files by their names, and some held something else.
    if as_json:
        output.print_json({**done._asdict(), "refused": _named(done.refused)})
    else:
        output.say(
            f"{done.documents} documents: {done.written} batches written, {done.equal} equal already, "
            f"{done.superseded} superseded, {done.deleted} deleted"
        )
        _tell_refused(done.refused, "its rows stay as they are")
    return ChecksFailed.exit_code if done.refused else 0


def _verified(at: Lake, *, as_json: bool) -> int:
    from chartlake.rebuild import verify  # noqa: PLC0415 - only what is used is imported

    with output.progress() as progress:
        found = verify(at.store, progress=progress)
    if as_json:
        output.print_json(
            {
                "documents": found.documents,
                "differences": [one._asdict() for one in found.differences],
                "refused": _named(found.refused),
            }
        )
    elif found.differences:
        output.answer(["table", "source", "month", "missing", "surplus"], found.differences)
    elif not found.refused:
        output.say(f"{found.documents} documents: every row is as they say")
    if not as_json:
        _tell_refused(found.refused, "see what is wrong with it")
    if found.differences:
        output.talk("`chartlake rebuild` makes the tables again")
    return ChecksFailed.exit_code if found.differences or found.refused else 0


def _named(refused: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"key": key, "message": why} for key, why in refused]


def _tell_refused(refused: list[tuple[str, str]], advice: str) -> None:
    for key, why in refused:
        output.talk(f"cannot be read: {output.visible(key)}: {output.visible(why)}; {advice}")


@click.command()
@lake_options
@json_option
@click.option("--month", metavar="YYYY-MM", help="Only that month; else every month that is over.")
@_grace_option
@engine_option
def compact(
    config: Path | None, lake: str | None, month: str | None, grace: int, engine: str, *, as_json: bool
) -> int:
    """Join the many small files of months that are over; the first run of a month does it by itself."""
    from chartlake import pipeline  # noqa: PLC0415 - only what is used is imported
    from chartlake.compact import compact as compacted  # noqa: PLC0415

    store, worker = Lake.of(config, lake).store, spark_if(engine) or here
    with output.progress() as progress:
        done = compacted(
            store,
            now=pipeline.utc_now(),
            month=month,
            grace=timedelta(minutes=grace),
            progress=progress,
            engine=worker,
        )
    if as_json:
        output.print_json(done._asdict())
    else:
        joined = f"{done.before} batches became {done.after}, {done.deleted} superseded ones deleted"
        nothing = "nothing to join: no month that is over has more than a file of each source and table"
        output.say(joined if done.before or done.deleted or done.left else nothing)
        if done.before > done.after and grace:
            output.talk(f"what they took the place of goes with the first run after {grace} minutes")
        for why in done.left:
            output.talk(f"warning: {output.visible(why)}")
    return ChecksFailed.exit_code if done.left else 0


@click.command()
@click.argument("source")
@lake_options
@json_option
@click.option("--yes", is_flag=True, help="Do not ask; without a terminal this is needed.")
def forget(source: str, config: Path | None, lake: str | None, *, as_json: bool, yes: bool) -> int:
    """Delete all that was recorded of SOURCE, and let nothing of it come back.

    Raw documents, rows, ledger, cache and page go; documents captured until now are rejected from
    here on.  What is printed deletes the rows in a Snowflake that was loaded from this lake.
    """
    from chartlake import pipeline  # noqa: PLC0415 - only what is used is imported
    from chartlake.forget import check, delete_statements  # noqa: PLC0415
    from chartlake.forget import forget as forgotten  # noqa: PLC0415

    at = Lake.of(config, lake)
    check(at.store, source)
    if not yes and not sys.stdin.isatty():
        raise click.UsageError(f"this deletes all of {source} for good; give --yes if that is meant")
    if not yes and not click.confirm(f"Delete all of {source} in {at.settings.lake} for good?", err=True):
        output.talk("nothing was deleted")
        return 1
    with output.progress() as progress:
        done = forgotten(at.store, source, now=pipeline.utc_now(), progress=progress)
    at.warehouse().discard()
    (at.settings.folder / PAGE).unlink(missing_ok=True)
    statements = delete_statements(source)
    if as_json:
        output.print_json(
            {**done._asdict(), "until": output.plain(done.until), "source": source, "statements": statements}
        )
        return 0
    for statement in statements:
        output.say(statement)
    output.talk(f"deleted of {source}: {done.documents} raw documents, {done.files} table files")
    output.talk(
        "the statements delete its rows where they were loaded; `chartlake report` draws the page anew"
    )
    for key in done.unknown:
        output.talk(f"note: nobody can tell whose {output.visible(key)} is; it stays, look into it")
    return 0


@click.command()
@click.argument("chart")
@click.argument("earlier", callback=day)
@click.argument("later", callback=day)
@lake_options
@json_option
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV; no cell is a spreadsheet formula.")
def diff(
    chart: str,
    earlier: date,
    later: date,
    config: Path | None,
    lake: str | None,
    *,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Show what entered, left, moved or stayed in CHART between two of its dates.

    CHART is its id or its name, or source:id.  A date is written like 2026-11-20.
    """
    from chartlake.diff import diff as changes  # noqa: PLC0415 - only what is used is imported

    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other")
    warehouse = Lake.of(config, lake).warehouse()
    for key in warehouse.refresh():
        output.talk(f"warning: {key} cannot be read as a table file and is left out; check it")
    found = changes(warehouse, chart, earlier, later)
    output.answer(found.columns, found.rows, form="json" if as_json else "csv" if as_csv else "auto")
