"""Commands that do the daily work: run, capture, transform, import."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click

from chartlake.cli import output
from chartlake.cli.notices import after_failure, after_run
from chartlake.cli.options import Lake, engine_option, json_option, lake_options, moment, spark_if
from chartlake.errors import ChartlakeError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from chartlake.summary import Summary

_COLUMNS = ["source", "chart", "state", "chart date", "entries", "what was noticed"]


F = TypeVar("F", bound="Callable[..., Any]")


def _of_charts(command: F) -> F:
    """What run and capture are told: which charts, which lake, which tick."""
    for option in (
        click.option(
            "--scheduled-for",
            callback=moment,
            metavar="TIME",
            help="The tick of the schedule it runs for; a chart's date follows from it.",
        ),
        json_option,
        lake_options,
        click.argument("charts", nargs=-1),
    ):
        command = option(command)
    return command


@click.command()
@_of_charts
def run(
    charts: tuple[str, ...],
    config: Path | None,
    lake: str | None,
    scheduled_for: datetime | None,
    *,
    as_json: bool,
) -> int:
    """Capture the charts of chartlake.toml, check them and publish them, and draw the page anew.

    CHARTS are ids or names of some of them.  Whatever else is pending is published too.  Doing it
    again finds nothing new.  Whom [notify] names is told what went wrong.
    """
    at = Lake.of(config, lake)
    try:
        summary = _captured(at, charts, scheduled_for, transform=True)
    except ChartlakeError as error:
        after_failure(at, error)
        raise
    code = report(summary, as_json=as_json)
    if any(row.state == "published" for row in summary.rows):
        draw(at)
    after_run(at, summary)
    return code


@click.command()
@_of_charts
def capture(
    charts: tuple[str, ...],
    config: Path | None,
    lake: str | None,
    scheduled_for: datetime | None,
    *,
    as_json: bool,
) -> int:
    """Capture the charts of chartlake.toml and keep the raw answers; publish nothing yet."""
    return report(_captured(Lake.of(config, lake), charts, scheduled_for, transform=False), as_json=as_json)


@click.command()
@lake_options
@json_option
@engine_option
def transform(config: Path | None, lake: str | None, engine: str, *, as_json: bool) -> int:
    """Check and publish whatever lies in raw_data/to_be_processed."""
    from chartlake import steps  # noqa: PLC0415 - only what is used is imported

    at, spark = Lake.of(config, lake), spark_if(engine)
    with output.progress() as progress:
        summary = steps.published(at, progress=progress, sweeping=spark.sweep if spark else None)
    return report(summary, as_json=as_json)


@click.command(name="import")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
@lake_options
@json_option
@click.option(
    "--from",
    "bucket",
    metavar="ADDRESS",
    help="A bucket of an older pipeline, as s3://bucket or s3://bucket/raw_data; it is only read.",
)
def import_(
    paths: tuple[Path, ...], config: Path | None, lake: str | None, bucket: str | None, *, as_json: bool
) -> int:
    """Take in chart files, raw documents of older pipelines, or folders of either.

    Charts downloaded from charts.spotify.com (both formats), the Spotify Charts data set of Kaggle,
    and what older pipelines kept of Spotify's answers.  A file that is imported twice counts once.
    """
    if not paths and bucket is None:
        raise click.UsageError("Nothing to import is named: give files, folders, or --from s3://bucket")
    from chartlake import intake, pipeline, steps  # noqa: PLC0415 - only what is used is imported

    at = Lake.of(config, lake)
    with ExitStack() as there:
        progress = there.enter_context(output.progress())
        if bucket is not None:
            from chartlake.intake.bucket import fetched  # noqa: PLC0415

            paths = (*paths, there.enter_context(fetched(bucket, progress=progress)))
        brought = intake.bring_in(at.store, paths, now=pipeline.utc_now(), progress=progress)
        summary = steps.published(at, progress=progress)
    for name, why in brought.refused:
        output.talk(f"left out: {output.visible(name)}: {why}")
    output.talk(f"documents taken in: {brought.taken}; known already: {brought.known}")
    code = report(summary, as_json=as_json)
    return code or (3 if brought.refused else 0)


def draw(at: Lake) -> Path | None:
    """Make the page of a lake anew, beside its chartlake.toml; None where there is none.

    What was recorded is recorded: a page that cannot be made is told, and fails nothing.
    """
    if at.settings.file is None:
        return None
    from chartlake.pipeline import utc_now  # noqa: PLC0415 - only what is used is imported
    from chartlake.report import FILE_NAME, write  # noqa: PLC0415

    try:
        warehouse = at.warehouse()
        warehouse.refresh()
        return write(warehouse, at.settings.folder / FILE_NAME, now=utc_now()).path
    except ChartlakeError as error:
        output.talk(f"warning: the page was not made anew: {output.visible(error)}")
        return None


def report(summary: Summary, *, as_json: bool, stream: bool = False) -> int:
    """Print what a run came to; its exit code.

    Args:
        summary: What it came to.
        as_json: As JSON.
        stream: One of many: as JSON on one line, as a table without a heading.
    """
    rows = [
        (row.source, row.chart_id, row.state, row.chart_date, row.rows_out, row.reason)
        for row in summary.rows
    ]
    if as_json:
        output.print_json(
            {
                "run_id": summary.run_id,
                "exit_code": summary.exit_code,
                "charts": [
                    {name: output.plain(getattr(row, name)) for name in row.__struct_fields__}
                    for row in summary.rows
                ],
                "warnings": summary.warnings,
                "notes": summary.notes,
            },
            on_one_line=stream,
        )
        return summary.exit_code
    for row in summary.abandoned:
        output.talk(
            f"note: an earlier run of {row.source} {row.chart_id} was killed; it is entered as abandoned"
        )
    if rows:
        output.answer(_COLUMNS, rows, heading=not stream)
    for outcome in summary.outcomes:
        if outcome.reason is not None:
            output.talk(f"rejected: {output.visible(outcome.key)}: {output.visible(outcome.message)}")
    for warning in summary.warnings:
        output.talk(f"warning: {output.visible(warning)}")
    for note in summary.notes:
        output.talk(f"note: {output.visible(note)}")
    if not any(row.state == "published" for row in summary.rows) and summary.exit_code == 0:
        output.talk("nothing new")
    if any(outcome.reason is not None for outcome in summary.outcomes):
        output.talk(
            "`chartlake show KEY` shows a rejected document, `chartlake retry` takes all up again after a fix"
        )
    return summary.exit_code


def _captured(
    at: Lake, names: tuple[str, ...], scheduled_for: datetime | None, *, transform: bool
) -> Summary:
    from chartlake import steps  # noqa: PLC0415 - only what is used is imported

    with output.progress() as progress:
        return steps.captured(at, names, scheduled_for=scheduled_for, transform=transform, progress=progress)
