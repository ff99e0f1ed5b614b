"""System calls as a tracer sees them, faults put into them, and the order they must have."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CHANGING = (
    "write", "pwrite64", "fsync", "fdatasync", "ftruncate", "rename", "renameat2", "link", "linkat", "mkdir",
    "unlink", "unlinkat",
)  # fmt: skip
"""The calls that change a disk, apart from opening a file that is new."""

_CALL = re.compile(r"^(?:(\d+) +)?(\w+)\((.*)\) += (-?\d+)")
_PATH = re.compile(r'"([^"]*)"')
_HANDLE = re.compile(r"^\d+<([^<>]*)>")
_LONGEST = "400"


class Call(NamedTuple):
    """One system call: which one of its name it is in its thread, and on which paths."""

    name: str
    ordinal: int
    paths: list[str]
    arguments: str
    failed: bool

    @property
    def creates(self) -> bool:
        return self.name == "openat" and "O_CREAT" in self.arguments


def tracer(strace: str, log: Path, *options: str) -> list[str]:
    """What stands before a command that is traced.

    Not with --seccomp-bpf, which is quicker: strace 6.1 then puts in errors, and no signals.
    """
    names = ",".join((*CHANGING, "openat", "exit_group"))
    return [
        strace,
        "-f",
        "-qq",
        "-y",
        "-s",
        _LONGEST,
        "-o",
        str(log),
        "-e",
        f"trace={names}",
        *options,
    ]


def calls(log: Path) -> list[Call]:
    """The calls of the first thread, in order: the others only read."""
    found: list[Call] = []
    counted: dict[str, int] = {}
    first = None
    for line in log.read_text(errors="replace").splitlines():
        match = _CALL.match(line)
        if match is None and "exit_group(" not in line:
            continue
        pid, name, arguments, answer = match.groups() if match else (line.split()[0], "exit_group", line, "0")
        first = first or pid
        if pid != first:
            continue
        counted[name] = counted.get(name, 0) + 1
        handle = _HANDLE.match(arguments)
        paths = ([handle[1]] if handle else []) + _PATH.findall(arguments)
        found.append(Call(name, counted[name], paths, arguments, answer.startswith("-")))
    return found


def on(traced: Iterable[Call], lake: Path) -> list[Call]:
    """Those that touch a lake, its cache apart: that one may go wrong as it likes."""
    cache = f"{lake}/warehouse.duckdb"
    return [
        call
        for call in traced
        if any(path.startswith(str(lake)) for path in call.paths)
        and not any(path.startswith(cache) for path in call.paths)
    ]


def met(log: Path, lake: Path) -> bool:
    """Whether the first fault that a tracer put in met something of the lake."""
    faulty = (line for line in log.read_text(errors="replace").splitlines() if "(INJECTED)" in line)
    return f"{lake}" in next(faulty, "")


def unsafe(traced: Iterable[Call], lake: Path) -> Iterator[str]:
    """Where something was relied on before it was durable, a sentence each.

    Relied on is: a name for bytes; and all that was made so far, when an answer or the end is told,
    a state is kept, or a raw document or a table's object is deleted.
    """
    unsynced: set[str] = set()
    folders: dict[str, str] = {}
    for call in traced:
        if call.failed:
            continue
        paths = [path for path in call.paths if path.startswith(f"{lake}/") or path == str(lake)]
        told = call.name == "exit_group" or (call.name == "write" and call.arguments.startswith("1<"))
        deleted = call.name.startswith("unlink") and any(_counts(path, lake) for path in paths)
        kept = call.name.startswith("rename") and any("/state/charts/" in path for path in paths)
        if told or deleted or kept:
            what = call.paths[-1] if call.paths else "the end"
            yield from (f"{what} before the name of {name} was durable" for name in folders.values())
            folders.clear()  # Each is told once.
        if call.name in {"write", "pwrite64"} or call.creates:
            unsynced.update(paths)
        elif call.name in {"fsync", "fdatasync"}:
            unsynced.difference_update(paths)
            for path in call.paths:
                folders.pop(path, None)
        elif call.name.startswith(("rename", "link")) and paths:
            if paths[0] in unsynced:
                yield f"{paths[-1]} was named before its bytes were durable"
            folders[str(Path(paths[-1]).parent)] = paths[-1]
        elif call.name == "mkdir" and paths:
            folders[str(Path(paths[0]).parent)] = paths[0]


def _counts(path: str, lake: Path) -> bool:
    key = path.removeprefix(f"{lake}/")
    return key.startswith(("raw_data/", "transformed_data/", "batches/"))
