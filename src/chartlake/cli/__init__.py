"""The command line: parse, call one function, print."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

import rich_click as click
from click.exceptions import Exit

from chartlake import __version__
from chartlake.cli import output
from chartlake.errors import ChartlakeError, StorageError

_COMMANDS = {
    "demo": "start",
    "init": "start",
    "login": "start",
    "run": "work",
    "capture": "work",
    "transform": "work",
    "import": "work",
    "watch": "going",
    "schedule": "going",
    "doctor": "examine",
    "check": "examine",
    "plan": "watchful",
    "status": "watchful",
    "retry": "mend",
    "retract": "mend",
    "show": "mend",
    "query": "ask",
    "tables": "ask",
    "report": "show",
    "export": "export",
    "snowflake": "snowflake",
    "diff": "keep",
    "rebuild": "keep",
    "compact": "keep",
    "forget": "keep",
    "aws": "aws",
}
"""Every command, and the module of this package that holds it."""

_INTERRUPTED = 130
"""128 and the number of the interrupt signal, as shells report it."""


class _Lazy(click.RichGroup):
    """A group whose commands are imported when they are called: --version is to be quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Every command, in the order a newcomer meets them."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name."""
        if cmd_name not in _COMMANDS:
            return None
        from importlib import import_module  # noqa: PLC0415

        module = import_module(f"chartlake.cli.{_COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, cmd_name.replace("import", "import_"))
        return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "--version", prog_name="chartlake", message="%(prog)s %(version)s")
def cli() -> None:
    """Record music charts and playlists, day after day, into tables that you own.

    Begin with `chartlake demo` (nothing else is needed) or `chartlake init`.

    Exit codes: 0 done or nothing new, 1 failed, 2 usage or settings, 3 something was rejected,
    4 credentials, 5 storage, 75 try later.
    """


def main() -> None:
    """Run the command line of this process, and end it with the right exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command.

    Returns:
        Its exit code; every error has been told in a sentence.
    """
    try:
        code = cli.main(arguments, prog_name="chartlake", standalone_mode=False)
        sys.stdout.flush()
    except Exit as error:
        return int(error.exit_code)
    except (ChartlakeError, click.ClickException, click.Abort, KeyboardInterrupt, OSError) as error:
        return _told(error)
    return code if isinstance(code, int) else 0


def _told(error: BaseException) -> int:
    """Tell a person what went wrong and what to do; the exit code for it."""
    if isinstance(error, ChartlakeError):
        output.complain(str(error))
        return error.exit_code
    if isinstance(error, click.ClickException):
        # click ends some of its messages with a full stop, and breaks lines within others.
        said = " ".join(error.format_message().split()).removesuffix(".")
        of = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "chartlake"
        output.complain(f"{said}; `{of} --help` tells more")
        return error.exit_code
    if isinstance(error, OSError):
        _silence()
        if isinstance(error, BrokenPipeError):
            return 0  # Whoever read the answer has had enough of it.
        output.complain(f"the answer cannot be written ({error.strerror}); free some space and run it again")
        return StorageError.exit_code
    output.complain("interrupted; run it again and it goes on where it was")
    return _INTERRUPTED


def _silence() -> None:
    """Let nothing more be written to standard output, not even at the end of the process."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
