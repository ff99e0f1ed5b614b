"""Commands in processes of their own that need not start Python anew: some thousand in a few minutes.

Run as a program it reads one JSON document a line, forks, runs the command line in the child, and
answers with one line: the exit code or the signal, and what was said.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple, Self


class Ended(NamedTuple):
    """How a command ended: its exit code, or minus a signal; its answer and its talk."""

    code: int
    answer: str
    talk: str


class Forking:
    """A process that forks commands."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__))], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def ran(self, folder: Path, *arguments: str) -> Ended:
        """Run a command in a folder."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([str(folder), *arguments]) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        said = [(folder / name).read_text(errors="replace") for name in ("answer", "talk")]
        return Ended(code, *said)


def _serve() -> None:
    import duckdb  # noqa: F401, PLC0415

    import chartlake.pipeline  # noqa: F401, PLC0415 - once for all children
    from chartlake import cli, rebuild, report, steps, warehouse  # noqa: F401, PLC0415
    from chartlake.cli import ask, keep, work  # noqa: F401, PLC0415

    for line in sys.stdin:
        folder, *arguments = json.loads(line)
        child = os.fork()
        if child == 0:
            os.chdir(folder)
            for number, name in ((1, "answer"), (2, "talk")):
                os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.environ["HOME"] = folder
            sys.argv = ["chartlake", *arguments]
            cli.main()
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
