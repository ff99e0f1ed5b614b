"""Killed any number of times in a row, failing everywhere, and the real command killed at every failpoint."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from chartlake.store import open_store
from deeds import DEEDS, MONTHS
from exploring import Explorer, fingerprint
from oracle import leftovers, objects_of, seen
from proving import proven

if TYPE_CHECKING:
    from proving import Tally


@pytest.mark.parametrize("name", DEEDS)
def test_killed_any_number_of_times(name: str, room: Path):
    with proven(f"{name} killed any number of times in a row", promise=1) as tally:
        explorer = Explorer(DEEDS[name], room / "lakes", tally)
        tally.note = f"{explorer.close()} different lakes, and no kill leaves another"
        explorer.kill_for_real()
        explorer.fail_everywhere()


COMMANDS = {
    "transform": ("a sweep", ["transform"]),
    "compact": ("a compaction", ["compact", "--grace", "0"]),
    "rebuild": ("a rebuild", ["rebuild", "--grace", "0"]),
    "forget": ("a forgetting", ["forget", "spotify", "--yes"]),
}


def _chartlake(lake: Path, *arguments: str, points: str = "") -> int:
    told = {"CHARTLAKE_FAILPOINTS": points} if points else {}
    program = "from chartlake.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", program, *arguments, "--lake", str(lake)],
        env={**os.environ, **told}, cwd=lake.parent, capture_output=True, check=False, timeout=120,
    ).returncode  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_the_command_killed_once_and_twice(name: str, room: Path):
    deed, arguments = COMMANDS[name]
    with proven(
        f"chartlake {name} killed at every failpoint, and again", promise=1, where="command"
    ) as tally:
        begun = room / "begun"
        DEEDS[deed].prepare(open_store(str(begun)))
        for once in _killed(room, begun, arguments, tally):
            for twice in _killed(room, once, arguments, tally):
                _brought_to_its_end(twice, deed, arguments, tally)


def _killed(room: Path, begun: Path, arguments: list[str], tally: Tally):
    """A lake for each kill that leaves another one than the kill before."""
    known: set[str] = set()
    for at in range(1, 1000):
        lake = room / f"{begun.name}-{at}"
        subprocess.run(["cp", "-r", str(begun), str(lake)], check=True)
        code = _chartlake(lake, *arguments, points=f"*@{at}=kill")
        tally.cases += 1
        state = fingerprint(lake)
        if state not in known:
            known.add(state)
            yield lake
        subprocess.run(["rm", "-r", str(lake)], check=True)
        if code != -signal.SIGKILL:
            return


def _brought_to_its_end(lake: Path, deed: str, arguments: list[str], tally: Tally) -> None:
    code = _chartlake(lake, *arguments)
    objects = objects_of(lake)
    end = seen(objects)
    wanted = {} if deed == "a forgetting" else DEEDS[deed].after
    songs = {
        at[2].removeprefix("2026-"): tuple(int(song[4:]) for _, song in rows)
        for at, rows in end.entries.items()
    }
    tally.torn += bool(end.torn)
    tally.wedged += code != 0 or bool(leftovers(objects))
    tally.lost += songs != wanted


def test_months_are_what_they_should_be():
    assert set(MONTHS) == {"06-01", "06-02", "06-03", "07-01"}
