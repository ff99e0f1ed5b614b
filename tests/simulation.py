"""Deterministic simulation: several workers over one lake in memory, switched at their calls to the store.

One seed is one run.  The workers are the product's own functions, each in a thread; only the one that
holds the turn runs, and at every call to the store the seed decides whether it goes on, hands the turn
over, dies, or gets an error although its call was done or not done.  Tried out by hand::

    python tests/simulation.py 4711            tells all that happens in that run, and the verdict
    python tests/simulation.py --first 0 --seconds 20   as many as fit, as JSON

The oracle is `oracle`: it reads the objects in plain Python.  It holds against what was durable the moment
it was put, and against what was told to whoever asked for a chart.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from backports import zstd
from blake3 import blake3

from chartlake import layout, pipeline, superseded
from chartlake.compact import compact
from chartlake.errors import ChartlakeError, MissingObject, SourceError, StorageError, TryLater
from chartlake.forget import forget
from chartlake.rebuild import rebuild
from chartlake.retract import retract
from chartlake.snapshot import FORMAT, Envelope, Request, digest, packed, page, sealed
from chartlake.sources import Captured, Chart
from chartlake.store import Stored, open_store
from chartlake.sweep import take_up
from chartlake.warehouse import Warehouse
from making import playlist
from oracle import PENDING, PROCESSED, Seen, leftovers, seen

CHART = Chart(source="spotify", id="one", name="One")
ASKED = [Request(url="https://api.example/one", status=200)]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MEMORY = Path("/dev/shm")
DEAD = b'"process":"999999999:1"'


class Killed(BaseException):
    """The process is gone."""


@dataclass(frozen=True)
class Snap:
    """A document as the oracle reads it."""

    captured_at: datetime
    raw_hash: str
    day: str
    songs: tuple[str, ...]

    @property
    def rank(self) -> tuple[datetime, str]:
        return self.captured_at, self.raw_hash


@cache
def snap(stored: bytes) -> Snap | None:
    """What a captured document says; None of anything else."""
    try:
        text = zstd.decompress(stored)
        said = json.loads(text)
        at = datetime.fromisoformat(said["captured_at"])
        tick = said.get("scheduled_for")
        day = (datetime.fromisoformat(tick) if tick else at).date().isoformat()
        songs = tuple(one["track"]["id"] for one in said["pages"][0]["items"])
    except (zstd.ZstdError, ValueError, KeyError):
        return None
    return Snap(at.astimezone(UTC).replace(tzinfo=None), blake3(text).hexdigest(), day, songs)


@cache
def made(at: datetime, songs: tuple[int, ...]) -> bytes:
    """A captured document."""
    return sealed(
        Envelope(
            chartlake=FORMAT, source="spotify", chart_id="one", chart_name="One", cadence="daily",
            captured_at=at,
            requests=ASKED, pages=[page(playlist(*songs))],
        )
    )  # fmt: skip


@cache
def body(songs: tuple[int, ...]) -> bytes:
    return playlist(*songs)


@dataclass
class Odds:
    """How likely what is, in one run: drawn once for each seed, so that runs differ in kind."""

    switch: float = 0.0
    kill: float = 0.0
    error: float = 0.0


class Lake:
    """A store in memory that many workers share, and what the oracle knows of it."""

    def __init__(self, objects: dict[str, bytes], snaps: Iterable[Snap]) -> None:
        self.objects = objects
        self.durable = set(snaps)
        self.arrived: list[str] = []

    def put(self, key: str, data: bytes) -> None:
        self.objects[key] = data
        if key.startswith(PENDING):
            self.arrived.append(key)
            known = snap(data)
            if known is not None:
                self.durable.add(known)


class Port:
    """The store as one process sees it."""

    address = "memory://"

    def __init__(self, lake: Lake, run: Run | None, name: str = "") -> None:
        self.lake, self.run, self.name = lake, run, name
        self.dead = False

    def local_path(self, key: str) -> Path | None:  # noqa: ARG002
        return None

    def get(self, key: str, *, most: int = -1) -> bytes:
        return self._call(f"get {key}", partial(self._get, key, most), changes=False)

    def _get(self, key: str, most: int) -> bytes:
        try:
            data = self.lake.objects[key]
        except KeyError:
            raise MissingObject(f"there is no {key}; look for it") from None
        return data if most < 0 else data[:most]

    def put(self, key: str, data: bytes) -> None:
        self._call(f"put {key}", partial(self.lake.put, key, data))

    def create(self, key: str, data: bytes) -> bool:
        def create() -> bool:
            if key in self.lake.objects:
                return False
            self.lake.put(key, data)
            return True

        return self._call(f"create {key}", create)

    def move(self, pairs: Sequence[tuple[str, str]]) -> None:
        for original, copy in pairs:
            self._call(f"copy {original} {copy}", partial(self._copy, original, copy))
        self.delete(original for original, copy in pairs if original != copy)

    def _copy(self, original: str, copy: str) -> None:
        if original in self.lake.objects:
            self.lake.put(copy, self.lake.objects[original])
        elif copy not in self.lake.objects:
            raise MissingObject(f"there is no {original}; look for it")

    def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._call(f"delete {key}", partial(self.lake.objects.pop, key, None))

    def bury(self, unwanted: Callable[[str], bool]) -> int:  # noqa: ARG002 - nothing is kept
        return 0

    def list(self, prefix: str) -> Iterator[Stored]:
        found = self._call(f"list {prefix}", partial(self._list, prefix), changes=False)
        return iter(found)

    def _list(self, prefix: str) -> list[Stored]:
        return sorted(
            Stored(key, len(data)) for key, data in self.lake.objects.items() if key.startswith(prefix)
        )

    def _call(self, what: str, act: Callable[[], Any], *, changes: bool = True) -> Any:
        if self.run is None:
            return act()
        return self.run.called(self, what, act, changes=changes)


class Worker:
    """One who does one thing after the other; each is a process of its own."""

    def __init__(self, run: Run, number: int, deeds: list[tuple[str, Callable[[Port], object]]]) -> None:
        self.run, self.number, self.deeds = run, number, deeds
        self.turn = threading.Lock()
        self.turn.acquire()
        self.done = False
        self.thread = threading.Thread(target=self._work, daemon=True)

    def _work(self) -> None:
        self.turn.acquire()
        for name, deed in self.deeds:
            self.run.alone(self, name, deed)
        self.done = True
        self.run.hand_on()


class Source:
    """A source that answers what the day's chart is at this minute."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.answered: tuple[datetime, tuple[int, ...]] | None = None

    def accepts(self, chart: Chart) -> None:
        """Every chart will do."""

    def capture(self, chart: Chart) -> Captured:  # noqa: ARG002
        self.answered = None
        rng = self.run.rng
        if rng.random() < 0.03:
            raise SourceError("it did not answer; run again later")
        if rng.random() < 0.02:
            raise TryLater("it wants to rest; run again later", not_before=self.run.now + 5 * MINUTE)
        songs = self.run.chart()
        self.answered = (self.run.now, songs)
        return Captured(pages=[body(songs)], requests=ASKED, received=1)


class Run:
    """One seed."""

    def __init__(self, seed: int, *, tell: bool = False, views: bool = False, light: float = 0.97) -> None:
        self.seed, self.tell, self.views = seed, tell, views
        self.rng = random.Random(seed)
        self.faults: list[str] = []
        self.calls = 0
        self.acked: list[tuple[Snap, bool]] = []
        self.unfinished: list[tuple[str, Callable[[Port], object]]] = []
        self.forgotten: datetime | None = None
        self.retracted: set[tuple[datetime, str]] = set()
        self.number = 0
        self.poison: set[str] = set()
        self.expired: datetime | None = None
        rng = self.rng
        self.odds = Odds(
            switch=rng.choice((0.03, 0.15, 0.5)),
            kill=rng.choice((0, 0, 0.01, 0.04)),
            error=rng.choice((0, 0, 0.01, 0.04)),
        )
        name = rng.choice(LIGHT if rng.random() < light else HEAVY)
        begun = world(name)
        self.lake = Lake(dict(begun.objects), begun.snaps)
        self.lake.arrived = list(begun.arrived)
        self.now = begun.now
        self.heavy = name in HEAVY
        self.retention = {"spotify": 32} if self.heavy and rng.random() < 0.3 else {}
        self.workers: list[Worker] = []
        self.without = rng.choice(("retry", "retract"))
        self._say(f"seed {seed}: {name}, {self.odds}, retention {self.retention}")

    # What happens.

    def go(self) -> list[str]:
        """Run it; what went wrong."""
        for _ in range(self.rng.choice((1, 1, 2))):
            count = self.rng.choice((2, 2, 3, 4))
            self.workers = [
                Worker(self, number, [self._drawn() for _ in range(self.rng.choice((1, 1, 2)))])
                for number in range(count)
            ]
            for worker in self.workers:
                worker.thread.start()
            self.over = threading.Event()
            self.rng.choice(self.workers).turn.release()
            self.over.wait()
            for worker in self.workers:
                worker.thread.join()
            self._look("at rest")
            self.now += self.rng.choice((MINUTE, HOUR, DAY))
        self._end()
        return self.faults

    def _end(self) -> None:
        """Nobody disturbs any more: what was begun by a person is asked for again, then one plain run."""
        port = Port(self.lake, None)
        for name, deed in self.unfinished:
            self._say(f"again: {name}")
            self._calm(name, partial(deed, port))
        self.now += 2 * HOUR
        self._calm("the plain run", lambda: pipeline.run(
            port, [], {}, now=lambda: self.now, run_id="last", retention=self.retention
        ))  # fmt: skip
        if self.retention:
            self.expired = (self.now - timedelta(days=32)).replace(tzinfo=None)
        self._judge()

    def _calm(self, name: str, act: Callable[[], object]) -> None:
        try:
            act()
        except MissingObject as error:
            if not name.startswith("retract"):
                self.faults.append(f"wedged: {name}: {error}")
        except Exception:  # noqa: BLE001
            self.faults.append(f"wedged: {name}: {traceback.format_exc()}")

    # The turn.

    def called(self, port: Port, what: str, act: Callable[[], Any], *, changes: bool) -> Any:
        """A call to the store: the only place where anything can happen."""
        if port.dead:
            raise Killed
        self.calls += 1
        worker = self.current
        if threading.current_thread() is not worker.thread:
            return act()  # Fetched by several at once: whoever holds the turn waits for them.
        if self.rng.random() < self.odds.switch:
            self._switch(worker)
        fate = self.rng.random()
        odds = self.odds
        if fate < odds.kill:
            self._say(
                f"{port.name}: killed {'before' if fate < odds.kill / 2 or not changes else 'after'} {what}"
            )
            if changes and fate >= odds.kill / 2:
                self._tried(act)
            port.dead = True
            raise Killed
        if fate < odds.kill + odds.error:
            done = changes and fate >= odds.kill + odds.error / 2
            self._say(f"{port.name}: an error, {'done' if done else 'not done'}: {what}")
            if done:
                self._tried(act)
            raise StorageError(f"{what} did not answer; run it again")
        self._say(f"{port.name}: {what}")
        return act()

    def _tried(self, act: Callable[[], Any]) -> None:
        with suppress(StorageError):
            act()

    def _switch(self, worker: Worker) -> None:
        others = [one for one in self.workers if not one.done and one is not worker]
        if others:
            other = self.rng.choice(others)
            self.current = other
            other.turn.release()
            worker.turn.acquire()
            self.current = worker

    def hand_on(self) -> None:
        others = [one for one in self.workers if not one.done]
        if others:
            self.rng.choice(others).turn.release()
        else:
            self.over.set()

    def alone(self, worker: Worker, name: str, deed: Callable[[Port], object]) -> None:
        """One deed as a process: begun, and ended in one way or another."""
        self.current = worker
        self.number += 1
        run_id = f"run{self.number}"
        port = Port(self.lake, self, f"{worker.number} {run_id} {name}")
        self._say(f"{port.name} begins at {self.now:%m-%d %H:%M}")
        ended = "well"
        try:
            deed(port)
        except Killed:
            ended = "killed"
        except (StorageError, ChartlakeError) as error:
            ended = f"failed: {error}"
        except Exception:  # noqa: BLE001
            ended = "wrong"
            self.faults.append(f"wrong: {name}: {traceback.format_exc()}")
        self._say(f"{port.name} ended: {ended}")
        if ended != "well" and name.startswith(("forget", "retract")):
            self.unfinished.append((name, deed))
        # Whatever it began, its process is gone.
        for key in [key for key in self.lake.objects if key.startswith(layout.OPEN_RUNS)]:
            if getattr(port, "run_id", None) == key.removeprefix(layout.OPEN_RUNS).removesuffix(".json"):
                data = self.lake.objects[key]
                begin = data.index(b'"process":')
                end = data.index(b",", begin)
                self.lake.objects[key] = data[:begin] + DEAD + data[end:]

    # What they do.

    def _drawn(self) -> tuple[str, Callable[[Port], object]]:
        kinds = HEAVY_DEEDS if self.heavy else LIGHT_DEEDS
        while True:
            [name] = self.rng.choices(list(kinds), list(kinds.values()))
            # A retry brings back what was retracted, and that is what it is for.
            if name != self.without:
                break
        return name, getattr(self, f"_do_{name}")

    def chart(self) -> tuple[int, ...]:
        """The chart as it is: now and then it changes within the day."""
        day = self.now.day
        return ((day, 90), (day,), (90, day))[(self.now.minute // 2) % 3]

    def _pipeline(self, port: Port, *, capture: bool, transform: bool = True) -> None:
        self.now += self.rng.choice((0, 1, 1, 2)) * MINUTE
        source = Source(self)
        tick = self.now.replace(hour=6, minute=0) if self.rng.random() < 0.5 else None
        if tick is not None and tick > self.now:
            tick = None

        def told(step: str, done: int, total: int) -> None:
            if step == "capture" and source.answered is not None:
                at, songs = source.answered
                day = (tick or at).date().isoformat()
                names = tuple(f"song{one}" for one in songs)
                self.acked.append((Snap(at.replace(tzinfo=None), "", day, names), True))
                source.answered = None

        port.run_id = f"run{self.number}"  # type: ignore[attr-defined]
        pipeline.run(
            port, [CHART] if capture else [], {"spotify": source}, now=lambda: self.now, run_id=port.run_id,  # type: ignore[attr-defined]
            scheduled_for=tick, transform=transform, retention=self.retention, progress=told,
        )  # fmt: skip

    def _do_run(self, port: Port) -> None:
        self._pipeline(port, capture=True)

    def _do_capture(self, port: Port) -> None:
        self._pipeline(port, capture=True, transform=False)

    def _do_transform(self, port: Port) -> None:
        self._pipeline(port, capture=False)

    def _do_event(self, port: Port) -> None:
        """One event or several, of documents that came at any time: late, twice, or for nothing."""
        known = self.lake.arrived[-6:]
        if known:
            keys = self.rng.choices(known, k=self.rng.choice((1, 1, 2, 3)))
            if len(set(keys)) == 1 or self.rng.random() < 0.5:
                take_up(port, sorted(set(keys)), now=self.now)
            else:
                for key in keys:
                    take_up(port, [key], now=self.now)

    def _do_rebuild(self, port: Port) -> None:
        rebuild(port, now=self.now)

    def _do_compact(self, port: Port) -> None:
        compact(port, now=self.now, grace=self.rng.choice((HOUR, timedelta())))

    def _do_clear(self, port: Port) -> None:
        superseded.clear(port, now=self.now)

    def _do_drop(self, port: Port) -> None:
        """Somebody puts a document there by hand, or something that is none."""
        if self.rng.random() < 0.3:
            name = f"spotify/x{self.rng.randrange(3)}"
            port.put(f"{layout.TO_BE_PROCESSED}{name}.json", b"{")
            self.poison.add(layout.REJECTED + name)
            return
        songs = self.chart()
        document = made(self.now, songs)
        port.put(layout.raw_key("spotify", "one", self.now, digest(document)), packed(document))

    def _do_retry(self, port: Port) -> None:
        pipeline.retry(port)

    def _do_forget(self, port: Port) -> None:
        until = self.now
        done = forget(port, "spotify", now=until)
        at = until.replace(tzinfo=None)
        self.forgotten = max(self.forgotten or at, at)
        if self.tell:
            self._say(f"forgotten: {done}")

    def _do_retract(self, port: Port) -> None:
        wanted = getattr(self, "_wrong", None)
        if wanted is None:
            keys = sorted(key for key in self.lake.objects if key.startswith(PROCESSED))
            if not keys:
                return
            wanted = self._wrong = self.rng.choice(keys)
            self._wrong_snap = snap(self.lake.objects[wanted])
        # From here on it may be out or not; it is asked for until it is.
        if self._wrong_snap is not None:
            self.retracted.add(self._wrong_snap.rank)
        retract(port, wanted, why="wrong", now=self.now)

    # The verdict.

    def _look(self, when: str) -> None:
        torn = seen(self.lake.objects).torn
        if torn:
            self.faults.append(f"torn: {when}: {torn[:2]}")

    def _out(self, one: Snap) -> bool:
        return (
            (self.forgotten is not None and one.captured_at <= self.forgotten)
            or (self.expired is not None and one.captured_at < self.expired)
            or one.rank in self.retracted
        )

    def _judge(self) -> None:
        lake = self.lake.objects
        here = seen(lake)
        self.faults += [f"torn: {one}" for one in here.torn[:2]]
        self.faults += [f"wedged: {one}" for one in leftovers(lake)[:4]]
        kept = [one for one in self.lake.durable if not self._out(one)]
        best: dict[str, Snap] = {}
        for one in kept:
            if one.day not in best or best[one.day].rank < one.rank:
                best[one.day] = one
        wanted = {("spotify", "one", day): list(enumerate(one.songs, 1)) for day, one in best.items()}
        for at in sorted(wanted.keys() | here.entries.keys()):
            if at not in here.entries:
                self.faults.append(f"lost: {at} {wanted[at]}")
            elif at not in wanted:
                self.faults.append(f"wrong: {at} is there and should not be: {here.winners[at]}")
            elif here.entries[at] != wanted[at]:
                self.faults.append(f"lost: {at} holds {here.entries[at]} and not {wanted[at]}")
        ranks = {one.rank for one in kept}
        for document in here.documents:
            if (document.captured_at, document.raw_hash) not in ranks:
                self.faults.append(f"wrong: rows of a document that is out: {document}")
        self._judge_more(here)

    def _judge_more(self, here: Seen) -> None:
        lake = self.lake.objects
        self._judge_told()
        kept_poison = [key for key, data in lake.items() if data == b"{"]
        if self.forgotten is None and not all(
            any(key.startswith(name) for key in kept_poison) for name in self.poison
        ):
            self.faults.append(f"lost: the bytes of what was rejected: {sorted(self.poison)}")
        self._judge_ledger(here.ledger)
        late = (self.now - HOUR).replace(tzinfo=UTC)
        if self.views:
            self._judge_views(here)
        if not (self.heavy or self.retracted or self.forgotten):
            self._judge_copies()
        for key, data in lake.items():
            if (
                key.startswith(layout.SUPERSEDED)
                and datetime.fromisoformat(json.loads(data)["superseded_at"]) <= late
            ):
                self.faults.append(f"wedged: {key} is due and still there")

    def _judge_told(self) -> None:
        """Whoever was told that a chart is recorded finds it recorded: it, or a later one."""
        for told, _ in self.acked:
            if self._out(told):
                continue
            here = [one for one in self.lake.durable if one.day == told.day and one.songs == told.songs]
            if any(one.captured_at == told.captured_at for one in here):
                continue
            # It was told as unchanged: so it is recorded, unless somebody takes the day out just then.
            just_then = self.forgotten is not None and told.captured_at <= self.forgotten + 10 * MINUTE
            if just_then or any(one.rank in self.retracted for one in here):
                continue
            if all(self._out(one) for one in here):
                self.faults.append(f"lost: {told} was told as recorded, and is nowhere")

    def _judge_views(self, here: Seen) -> None:
        """What DuckDB's views say is what plain Python says."""
        with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
            for key, data in self.lake.objects.items():
                path = Path(folder) / key
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            warehouse = Warehouse(open_store(folder), Path(folder) / "cache.duckdb")
            left_out = warehouse.refresh()
            rows = warehouse.ask(
                "SELECT source, chart_id, chart_date::VARCHAR, position, song_id "
                "FROM chart_entries ORDER BY ALL"
            ).rows
        wanted = [(*at, *row) for at, entries in sorted(here.entries.items()) for row in entries]
        if rows != wanted or left_out:
            self.faults.append(f"twice: the views say {rows} and not {wanted}")

    def _judge_copies(self) -> None:
        """Whoever does it again does it under the same name: no two batches are of the same documents."""
        known: dict[str, str] = {}
        for key, data in self.lake.objects.items():
            if key.startswith(layout.BATCHES):
                of = json.dumps(sorted(one["key"] for one in json.loads(data)["documents"]))
                if of in known:
                    self.faults.append(f"twice: {key} and {known[of]} are of the same documents")
                known[of] = key

    def _judge_ledger(self, ledger: list[dict[str, Any]]) -> None:
        states: dict[str, list[str]] = {}
        for row in ledger:
            states.setdefault(row["run_id"], []).append(row["state"])
        for run_id, found in states.items():
            if len(found) > 1 and "abandoned" in found:
                self.faults.append(f"twice: {run_id} stands in the ledger as {found}")

    def _say(self, sentence: str) -> None:
        if self.tell:
            sys.stdout.write(sentence + "\n")


LIGHT_DEEDS = {
    "run": 6, "capture": 3, "transform": 5, "event": 6, "rebuild": 2, "clear": 1,
    "drop": 3, "retry": 1, "forget": 0.4, "retract": 0.7,
}  # fmt: skip
HEAVY_DEEDS = {**LIGHT_DEEDS, "compact": 5, "rebuild": 2, "clear": 2, "retract": 1.5}


@dataclass
class World:
    """A lake to begin in."""

    now: datetime
    objects: dict[str, bytes] = field(default_factory=dict)
    snaps: set[Snap] = field(default_factory=set)
    arrived: list[str] = field(default_factory=list)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}:00+00:00")


class _Maker:
    """Makes a world, one step after the other."""

    def __init__(self, now: str) -> None:
        self.now = at(now)
        self.lake = Lake({}, ())
        self.port = Port(self.lake, None)

    def put(self, when: str, *songs: int) -> _Maker:
        document = made(at(when), songs)
        self.lake.put(layout.raw_key("spotify", "one", at(when), digest(document)), packed(document))
        return self

    def run(self, name: str = "first") -> _Maker:
        pipeline.run(self.port, [], {}, now=lambda: self.now, run_id=name)
        return self

    def event(self, number: int = -1) -> _Maker:
        take_up(self.port, [self.lake.arrived[number]], now=self.now)
        return self

    def then(self, act: Callable[[Port], object]) -> _Maker:
        act(self.port)
        return self

    def world(self) -> World:
        return World(self.now, self.lake.objects, self.lake.durable, self.lake.arrived)


def _months(now: str) -> _Maker:
    begun = _Maker("06-20T12:00").run("early")
    begun.put("06-10T06:30", 10, 90).run("one").put("06-11T06:30", 11).put("06-11T06:31", 90, 11).run("two")
    begun.now = at(now)
    return begun


@cache
def world(name: str) -> World:  # noqa: PLR0911 - a line for each
    """The lake that a run begins with."""
    match name:
        case "empty":
            return _Maker("06-30T06:02").world()
        case "waiting":
            return _Maker("06-03T06:02").run().put("06-02T06:30", 2, 90).put("06-03T06:01", 3).world()
        case "published":
            return (
                _Maker("06-03T06:02")
                .put("06-02T06:30", 2, 90)
                .put("06-02T06:31", 2)
                .run()
                .put("06-03T06:01", 3)
                .event()
                .world()
            )
        case "overlapping":
            made_ = _Maker("06-03T06:02").put("06-02T06:30", 2, 90).put("06-03T06:01", 3)
            kept = dict(made_.lake.objects)
            made_.run("one")
            made_.lake.objects.update(kept)
            return made_.event().world()
        case "months":
            return _months("07-02T06:02").put("07-01T06:30", 1, 90).event().world()
        case "superseded":
            return _months("07-02T06:02").then(lambda port: compact(port, now=at("07-02T06:01"))).world()
        case "compacted":
            return _months("07-12T06:02").then(
                lambda port: compact(port, now=at("07-12T06:01"), grace=timedelta())
            ).put("06-12T06:30", 12).event().world()  # fmt: skip
    raise ValueError(name)


LIGHT = ("empty", "waiting", "published", "overlapping")
HEAVY = ("months", "superseded", "compacted")


def main() -> None:
    """One seed in full, or as many as fit."""
    parser = argparse.ArgumentParser()
    parser.add_argument("seed", type=int, nargs="?")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--step", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--most", type=int, default=10**9)
    parser.add_argument("--light", type=float, default=0.97, help="the share of lakes without compaction")
    parser.add_argument("--views", type=int, default=400, help="ask DuckDB in one run of so many")
    parser.add_argument("--stop", action="store_true")
    told = parser.parse_args()
    if told.seed is not None:
        for fault in Run(told.seed, tell=True, light=told.light).go():
            sys.stdout.write(f"FAULT {fault}\n")
        return
    for name in (*LIGHT, *HEAVY):
        world(name)
    begun = time.process_time()
    seed, done, calls, bad = told.first, 0, 0, {}
    while done < told.most and time.process_time() - begun < told.seconds:
        run = Run(seed, views=done % told.views == told.views - 1, light=told.light)
        faults = run.go()
        calls += run.calls
        done += 1
        if faults:
            bad[seed] = faults
            if told.stop:
                break
        seed += told.step
    sys.stdout.write(
        json.dumps(
            {
                "product": pipeline.__file__,
                "schedules": done,
                "calls": calls,
                "cpu": time.process_time() - begun,
                "bad": bad,
            }
        )
        + "\n"
    )


if __name__ == "__main__":
    main()
