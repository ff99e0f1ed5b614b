"""What every store must do when many are at it, and when one of them is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from chartlake.errors import MissingObject

if TYPE_CHECKING:
    from chartlake.store import Store

CREATORS, RACES = 16, 20


def test_of_many_creators_one_wins_every_time(store: Store):
    """In every other race all put the same bytes, so that these cannot tell who won."""
    starts = [threading.Barrier(CREATORS) for _ in range(RACES)]

    def create(place: int) -> bool:
        race, number = divmod(place, CREATORS)
        starts[race].wait()
        return store.create(f"claims/{race}", _claim(race, number))

    # All races at once: SeaweedFS makes who comes too late wait for a second or more.
    with ThreadPoolExecutor(CREATORS * RACES) as pool:
        won = list(pool.map(create, range(CREATORS * RACES)))
    for race in range(RACES):
        winners = [number for number in range(CREATORS) if won[race * CREATORS + number]]
        assert [_claim(race, number) for number in winners] == [store.get(f"claims/{race}")]


def _claim(race: int, number: int) -> bytes:
    return b"the same" if race % 2 else str(number).encode()


@pytest.mark.parametrize("size", [10, 400_000])
def test_what_is_seen_is_whole(store: Store, size: int):
    """A reader sees the one state or the other, never none and never half of one."""
    store.put("a/k", b"\0" * size)
    done = threading.Event()

    def write() -> None:
        for number in range(40):
            store.put("a/k", bytes([number]) * size)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    torn, last = 0, False
    while not last:
        last = done.is_set()
        seen = store.get("a/k")
        torn += len(seen) != size or len(set(seen)) != 1
        torn += [stored.size for stored in store.list("a/")] != [size]
    writer.join()
    assert torn == 0


def test_two_who_move_the_same_leave_everything_once(store: Store):
    pairs = [(f"a/{number}", f"b/{number}") for number in range(30)]
    for original, _ in pairs:
        store.put(original, original.encode())
    start = threading.Barrier(4)

    def move(_: int) -> None:
        start.wait()
        store.move(pairs)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(move, range(4)))
    assert list(store.list("a/")) == []
    assert {stored.key: store.get(stored.key) for stored in store.list("b/")} == {
        copy: original.encode() for original, copy in pairs
    }


def test_an_object_that_is_moved_is_never_nowhere(store: Store):
    moved = threading.Event()

    def move() -> None:
        for number in range(20):
            store.put(f"a/{number}", b"1")
            store.move([(f"a/{number}", f"b/{number}")])
        moved.set()

    mover = threading.Thread(target=move)
    mover.start()
    while not moved.is_set():
        # In this order: what left the one place is in the other by then.
        seen = {stored.key[2:] for stored in store.list("a/")}
        arrived = {stored.key[2:] for stored in store.list("b/")}
        assert all(str(number) in seen | arrived for number in range(len(arrived) - 1))
    mover.join()
    assert len(list(store.list("b/"))) == 20


MOVER = """
import sys
from chartlake.store import open_store
store = open_store(sys.argv[1])
pairs = [(f"a/{number}", f"b/{number}") for number in range(int(sys.argv[2]))]
print("begun", flush=True)
store.move(pairs)
print("ended", flush=True)
"""


@pytest.mark.parametrize("kind", ["folder", "s3"], indirect=True)
def test_a_move_that_is_killed_loses_nothing_and_can_be_finished(store: Store):
    count = 200
    pairs = [(f"a/{number}", f"b/{number}") for number in range(count)]
    for delay in (0.01, 0.03, 0.003, 0.001, 0.1, 0.3):
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda pair: store.put(pair[0], pair[0].encode()), pairs))
        store.delete(copy for _, copy in pairs)
        _killed_after(delay, [sys.executable, "-c", MOVER, store.address, str(count)])
        left, arrived = ({one.key[2:] for one in store.list(zone)} for zone in ("a/", "b/"))
        assert left | arrived == {str(number) for number in range(count)}
        assert all(store.get(f"b/{name}") == f"a/{name}".encode() for name in arrived)
        store.move(pairs)
        assert (len(list(store.list("a/"))), len(list(store.list("b/")))) == (0, count)
        if left and arrived:
            return
    pytest.fail("it was never killed in the middle")


def _killed_after(delay: float, command: list[str]) -> None:
    """Begin something in another process and kill it in the middle."""
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)


def test_a_missing_object_is_told_while_others_put_it(store: Store):
    """Whoever asks gets the bytes or is told that there are none, nothing else."""
    done = threading.Event()

    def write() -> None:
        for _ in range(30):
            store.put("a/k", b"1")
            store.delete(["a/k"])
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not done.is_set():
        try:
            assert store.get("a/k") == b"1"
        except MissingObject:
            continue
    writer.join()
