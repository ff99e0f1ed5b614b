"""Two to eight processes on the same documents at once, and readers while tables are made anew."""

from __future__ import annotations

import itertools
import shutil
import signal
from typing import TYPE_CHECKING

import pytest

from chartlake.store import open_store
from proving import proven
from together import (
    DAYS,
    Reader,
    at_once,
    compact_it,
    counted,
    event,
    filled,
    killed_worker,
    rebuild_it,
    sweep_it,
)

if TYPE_CHECKING:
    from pathlib import Path

ROUNDS = 3
EVERY = 8
WANTED = [
    (day, at, song)
    for number, day in enumerate(DAYS, 1)
    for at, song in ((1, f"song{number}"), (2, "song90"))
]


def crowd(keys: list[str], size: int) -> list:
    """Sweeps and events, some of the same document, some of all, forwards and backwards."""
    kinds = [sweep_it, event(keys), event(keys[::-1]), event(keys[:2]), event(keys[2:])]
    return list(itertools.islice(itertools.cycle(kinds), size))


@pytest.mark.parametrize("size", [2, 3, 5, 8])
def test_workers_on_the_same_documents(size: int, room: Path):
    with proven(
        f"{size} processes on the same documents, sweep and event at once", promise=1, where="processes"
    ) as tally:
        for number in range(ROUNDS):
            lake = room / f"{number}" / "lake"
            keys = filled(lake)
            assert at_once(lake, crowd(keys, size)) == []
            counted(lake, tally)


def test_workers_while_tables_are_made_anew(room: Path):
    with proven("sweep, event, rebuild and compaction at once", promise=1, where="processes") as tally:
        for number in range(ROUNDS):
            lake = room / f"{number}" / "lake"
            keys = filled(lake)
            event(keys[:3])(open_store(str(lake)))
            assert at_once(lake, [rebuild_it, compact_it, sweep_it, event(keys)]) == []
            counted(lake, tally)


@pytest.mark.parametrize("act", [rebuild_it, compact_it], ids=["rebuild", "compact"])
def test_readers_while_it_is_killed(act, room: Path):
    name = act.__name__.removesuffix("_it")
    with proven(f"readers while {name} is killed at every failpoint", promise=4, where="processes") as tally:
        begun = room / "begun"
        for key in filled(begun):
            event([key])(open_store(str(begun)))
        if act is rebuild_it:
            compact_it(open_store(str(begun)))
        for at in range(1, 1000, EVERY):
            lake = room / str(at) / "lake"
            shutil.copytree(begun, lake)
            reader = Reader(lake.parent)
            code = -signal.SIGKILL
            for step in ("before", "killed", "done"):
                if step == "killed":
                    code = killed_worker(lake, act, f"*@{at}=kill")
                elif step == "done":
                    act(open_store(str(lake)))
                through_views, over_files = reader.look(lake)
                tally.cases += 1
                tally.lost += bool(set(WANTED) - set(through_views) or set(WANTED) - set(over_files))
                tally.twice += len(through_views) != len(set(through_views))
            if code != -signal.SIGKILL:
                break
