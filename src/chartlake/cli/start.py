"""Commands that begin something: demo, init, login."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from chartlake.cli import output
from chartlake.cli.options import Lake, json_option, lake_options


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path())
@json_option
def init(folder: Path, *, as_json: bool) -> int:
    """Write a chartlake.toml with charts that need no account, and a .gitignore."""
    from chartlake.starter import begin  # noqa: PLC0415 - only what is used is imported

    written = begin(folder)
    if as_json:
        output.print_json({"written": [str(path) for path in written]})
        return 0
    for path in written:
        output.say(str(path))
    output.talk("next: `chartlake run` records the charts named there")
    return 0
