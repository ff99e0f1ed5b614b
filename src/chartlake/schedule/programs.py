"""Calling the programs of the machine's schedulers."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from chartlake.errors import ChartlakeError, StorageError

_LONGEST = 30.0


class Said(NamedTuple):
    """What a program ended with, and what it said."""

    code: int
    out: str
    err: str


def there(program: str) -> bool:
    """Whether the program is on this machine."""
    return shutil.which(program) is not None


def called(program: str, *arguments: str, given: str | None = None) -> Said:
    """Call a program and wait for it, whatever it ends with.

    Args:
        program: Its name.
        arguments: What it is called with.
        given: What it reads, if anything.

    Raises:
        ChartlakeError: It cannot be called, or does not end.
    """
    path = shutil.which(program)
    if path is None:
        raise ChartlakeError(f"there is no {program} on this machine; try another one with --with")
    try:
        done = subprocess.run(  # noqa: S603 - our own words, and no shell
            [path, *arguments],
            input=given if given is not None else "",
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_LONGEST,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ChartlakeError(f"{program} cannot be called or does not end; call it by hand") from error
    return Said(done.returncode, done.stdout, done.stderr)


def obeyed(program: str, *arguments: str, given: str | None = None) -> str:
    """Call a program that has to succeed; what it said.

    Raises:
        ChartlakeError: It did not.
    """
    said = called(program, *arguments, given=given)
    if said.code:
        why = next(iter((said.err or said.out).strip().splitlines()), "it says nothing")
        raise ChartlakeError(
            f"`{program} {' '.join(arguments)}` ended with {said.code} ({why[:200]}); correct that, or try "
            "another scheduler with --with"
        )
    return said.out


def written(path: Path, content: bytes) -> None:
    """Write a file whole, in a folder that is made if need be.

    Raises:
        StorageError: It cannot be written.
    """
    made(path.parent)
    passing = path.with_name(f".{path.name}.passing")
    try:
        passing.write_bytes(content)
        passing.replace(path)
    except OSError as error:
        raise StorageError(f"{path} cannot be written ({error.strerror}); change its permissions") from error


def made(folder: Path) -> None:
    """Make a folder if it is not there.

    Raises:
        StorageError: It cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder} cannot be made ({error.strerror}); change its permissions") from error
