"""The command that shows: report."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from chartlake.cli import output
from chartlake.cli.options import Lake, json_option, lake_options


@click.command()
@lake_options
@json_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The file to write; else report.html beside chartlake.toml.",
)
@click.option("--title", metavar="TEXT", help="What the page is called; else after its first chart.")
@click.option("--open", "open_it", is_flag=True, help="Open it in the browser.")
def report(
    config: Path | None,
    lake: str | None,
    out: Path | None,
    title: str | None,
    *,
    as_json: bool,
    open_it: bool,
) -> int:
    """Write the charts as a page to look at: one file, no network, no account."""
    from chartlake import steps  # noqa: PLC0415 - only what is used is imported
    from chartlake.report import FILE_NAME  # noqa: PLC0415

    at = Lake.of(config, lake)
    written, warnings = steps.reported(at, out=out or _near(at.settings.folder / FILE_NAME), title=title)
    for warning in warnings:
        output.talk(f"warning: {warning}")
    if as_json:
        output.print_json({**written._asdict(), "path": str(written.path)})
    else:
        output.say(str(written.path))
    if not written.charts:
        output.talk("nothing is recorded yet, and the page says so; `chartlake run` records charts")
    if open_it:
        import webbrowser  # noqa: PLC0415

        webbrowser.open(written.path.resolve().as_uri())
    return 0


def _near(path: Path) -> Path:
    """A path as one would type it from here."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
