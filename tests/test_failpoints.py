"""Killed at every failpoint, and again while it is mended: nothing lost, twice, torn or stuck."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chartlake import failpoints
from chartlake.errors import SettingsError, StorageError
from chartlake.store import open_store
from deeds import DEEDS
from exploring import Explorer
from proving import proven

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONG = ("the first run of a month",)
"""Killed twice in the long gate only: it alone takes a minute."""


@pytest.fixture(autouse=True)
def unwatched() -> Iterator[None]:
    yield
    failpoints.watch(None)


@pytest.mark.parametrize("name", DEEDS)
def test_killed_once_and_twice(name: str, room: Path):
    with proven(f"{name} killed at every failpoint, and again while it is mended", promise=1) as tally:
        explorer = Explorer(DEEDS[name], room / "lakes", tally)
        explorer.explore(kills=1 if name in LONG else 2)
        tally.note = f"{len(explorer.runs)} different lakes"


@pytest.mark.parametrize("name", ["a capture", "a sweep", "a rejection"])
def test_a_kill_and_a_failure_leave_what_was_thought(name: str, room: Path):
    with proven(f"{name} killed by a signal, and failing, at every failpoint", promise=1) as tally:
        explorer = Explorer(DEEDS[name], room / "lakes", tally)
        explorer.explore(kills=0)
        explorer.kill_for_real()
        explorer.fail_everywhere()


def test_every_point_is_reached(room: Path):
    seen: set[str] = set()
    for number, deed in enumerate(DEEDS.values()):
        deed.prepare(open_store(str(room / str(number))))
        failpoints.watch(seen.add)
        deed.do(open_store(str(room / str(number))))
        failpoints.watch(None)
    assert seen == set(failpoints.POINTS)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("put batches:after", "says nothing"),
        ("put batches:after=die", "says nothing"),
        ("put batches@0=kill", "says nothing"),
        ("put batch:after=kill", "did you mean 'put batches:after'"),
    ],
)
def test_what_the_environment_cannot_say(told: str, why: str):
    with pytest.raises(SettingsError, match=why):
        failpoints.arm(told)
    assert not failpoints.are_watched()


def test_a_failure_before_and_after(room: Path):
    failpoints.arm(["put batches:before@2=error", " put state:never=error"][0])
    store = open_store(str(room))
    store.put("batches/a.json", b"1")
    with pytest.raises(StorageError, match="put batches:before"):
        store.put("batches/b.json", b"2")
    store.put("batches/c.json", b"3")
    failpoints.watch(None)
    failpoints.arm("put batches:after=error")
    with pytest.raises(StorageError, match="put batches:after"):
        open_store(str(room)).put("batches/d.json", b"4")
    failpoints.watch(None)
    assert [stored.key[8] for stored in open_store(str(room)).list("batches/")] == ["a", "c", "d"]


def test_nothing_stands_before_a_store_that_nobody_watches(room: Path):
    assert type(open_store(str(room))).__name__ == "FolderStore"
