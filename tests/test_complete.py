"""Dropped files that somebody is still writing: they are left alone, and nothing is ever left for good."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from chartlake import layout, pipeline
from chartlake.complete import AT_REST, Complete
from making import day, playlist, put_pending

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chartlake.store import Store
    from conftest import Ran

KEY = layout.TO_BE_PROCESSED + "2026-06-01.json"
NOW = 1_800_000_000.0


class Waiting:
    """A clock, and a sleep during which something happens."""

    def __init__(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.now, self.slept, self.meanwhile = NOW, 0.0, meanwhile

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept += seconds
        self.meanwhile()


def written(store: Store, key: str = KEY, *, ago: float, body: bytes = playlist(1)) -> None:
    store.put(key, body)
    os.utime(store.local_path(key), (NOW - ago, NOW - ago))


def complete(store: Store, waiting: Waiting) -> Complete:
    return Complete(store, clock=waiting.clock, sleep=waiting.sleep)


@pytest.mark.parametrize(("ago", "slept"), [(60, 0), (AT_REST, 0), (0.5, 2), (0, 2), (-60, 0), (-1e6, 0)])
def test_a_file_that_stands_still_is_taken_up_at_once_or_after_a_moment(
    store: Store, ago: float, slept: float
):
    waiting = Waiting()
    written(store, ago=ago)
    told = complete(store, waiting)
    assert (told(KEY), told.left) == (True, [])
    assert waiting.slept == pytest.approx(slept)


def test_a_file_that_grows_is_left_and_all_others_are_not(store: Store):
    other, late = KEY.replace("01", "02"), KEY.replace("01", "03")
    waiting = Waiting(lambda: (written(store, ago=-1.8), written(store, late, ago=-1.9)))
    written(store, ago=0.1)
    written(store, other, ago=0)
    told = complete(store, waiting)
    assert [told(key) for key in (KEY, other, late)] == [False, True, False]
    assert told.left == [KEY, late]
    assert waiting.slept == pytest.approx(AT_REST), "it waits once"
    waiting.now += 10
    assert complete(store, waiting)(KEY), "and the next sweep takes it up"


def test_what_states_its_hash_or_is_gone_or_is_no_file_is_never_waited_for(store: Store):
    waiting = Waiting()
    told = complete(store, waiting)
    assert told(put_pending(store, playlist(1), captured_at=day(1)))
    assert told(layout.TO_BE_PROCESSED + "gone.json")
    assert (waiting.slept, told.left) == (0, [])


def test_a_sweep_leaves_what_is_being_written(store: Store, clock):
    written(store, ago=0, body=b'{"items": [')
    ready = complete(store, Waiting(lambda: written(store, ago=-2, body=b'{"items": [{')))
    assert pipeline.run(store, [], {}, now=clock, ready=ready).outcomes == []
    written(store, ago=60)
    [outcome] = pipeline.run(store, [], {}, now=clock, ready=complete(store, Waiting())).outcomes
    assert outcome.reason is None


def test_transform_tells_what_it_left(ran: Callable[..., Ran], at_home: Path):
    waiting = at_home / "lake" / layout.TO_BE_PROCESSED
    waiting.mkdir(parents=True)
    file = waiting / "2026-06-01.json"
    file.write_bytes(playlist(1))
    writer = (
        "import pathlib, sys, time\n"
        "for _ in range(60):\n"
        "    pathlib.Path(sys.argv[1]).touch()\n"
        "    time.sleep(.1)"
    )
    with subprocess.Popen([sys.executable, "-c", writer, str(file)]) as process:
        code, _, talk = ran("transform", "--lake", "lake")
        process.kill()
    assert code == 0
    assert "2026-06-01.json is still being written; the next run takes it up" in talk
    code, answer, _ = ran("transform", "--lake", "lake")
    assert code == 0
    assert "published" in answer
