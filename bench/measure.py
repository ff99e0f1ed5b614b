"""What a process uses, from its start to its end."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent


class Used(NamedTuple):
    """What a process and its children used: CPU seconds, seconds, peak memory in MiB."""

    cpu: float
    wall: float
    peak: float


class Failed(Exception):
    """A program ended with an error, or took longer than it may."""


def used(
    command: list[str], *, longest: float = 300.0, env: dict[str, str] | None = None
) -> tuple[Used, str]:
    """Run a program to its end; what it used, and what it said.

    Raises:
        Failed: It ended with an error, or took longer than ``longest`` seconds.
    """
    begun = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **(env or {})},
        text=True,
        start_new_session=True,
    )
    watch = subprocess.Popen([sys.executable, "-c", _WATCH, str(process.pid), str(longest)])
    said = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    cpu, peak = usage.ru_utime + usage.ru_stime, usage.ru_maxrss
    watch.kill()
    watch.wait()
    # What it left behind, such as the Java of Spark, is handed to this process: its use counts too.
    with suppress(ChildProcessError):
        while True:
            _, _, usage = os.wait4(-1, 0)
            cpu, peak = cpu + usage.ru_utime + usage.ru_stime, max(peak, usage.ru_maxrss)
    if process.stdout:
        process.stdout.close()
    if process.returncode not in (0, 3):
        raise Failed(f"{' '.join(command[1:5])} ended with {process.returncode}")
    wall = time.perf_counter() - begun
    return Used(cpu, wall, peak / 1024), said


def adopt_orphans() -> None:
    """Let processes whose parent ends become children of this one."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


_WATCH = """
import os, signal, sys, time
time.sleep(float(sys.argv[2]))
os.killpg(int(sys.argv[1]), signal.SIGKILL)
"""


def python(program: str, *arguments: object) -> list[str]:
    """The command line of a program of this folder."""
    return [sys.executable, str(HERE / program), *map(str, arguments)]


def chartlake(*arguments: object) -> list[str]:
    """The command line of a command of chartlake."""
    return [sys.executable, "-m", "chartlake", *map(str, arguments)]


def documents(folder: Path, number: int) -> list[Path]:
    """So many raw documents, made by another process: what this one holds counts as its children's memory."""
    used(python("documents.py", folder, number), longest=900)
    files = sorted(folder.iterdir())
    for file in files:
        os.utime(file, (0, 0))  # A bare file that was written a moment ago is looked at twice.
    return files


def drop(files: list[Path], lake: Path) -> None:
    """Put documents where they wait; they stay where they are, too."""
    waiting = lake / "raw_data" / "to_be_processed"
    waiting.mkdir(parents=True, exist_ok=True)
    for file in files:
        (waiting / file.name).hardlink_to(file)


def size_of(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
