"""Killed at every failpoint, and again while it is mended: nothing lost, nothing twice, nothing torn or stuck."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
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

MEMORY = Path("/dev/shm")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Path]:
    """A folder for thousands of small lakes: in memory, where there is such a place."""
    if not MEMORY.is_dir():
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        yield Path(folder)


@pytest.fixture(autouse=True)
def unwatched() -> Iterator[None]:
    yield
    failpoints.watch(None)


@pytest.mark.parametrize("name", DEEDS)
def test_killed_once_and_twice(name: str, room: Path):
    with proven(f"{name} killed at every failpoint, and again while it is done again", promise=1) as tally:
        explorer = Explorer(DEEDS[name], room / "lakes", tally)
        explorer.explore(kills=2)
        tally.note = f"{len(explorer.runs)} different lakes"


def test_every_point_is_reached(room: Path):
    seen: set[str] = set()
    for number, deed in enumerate(DEEDS.values()):
        deed.prepare(open_store(str(room / str(number))))
        failpoints.watch(seen.add)
        deed.do(open_store(str(room / str(number))))
        failpoints.watch(None)
    assert seen == set(failpoints.POINTS)
