"""Faults put into the real command, at one system call after the other or at any moment."""

from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from crashing import Faults, Home, for_tick, home, serve, tick
from scenarios import CHART_FILE, Scenario, complete
from tracing import CHANGING, Call, calls, met, on, tracer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from chartlake.demo.services import Services
    from proving import Tally

LANES = 2
FULL = ("ENOSPC", "ENOSPC", "EDQUOT")
_STORAGE = 5
_TELLING = {
    "ENOSPC": "the disk is full",
    "EDQUOT": "the disk quota is used up",
    "EIO": "the disk reports an error",
    "EMFILE": "too many files are open",
}


class Strike(NamedTuple):
    """A fault at one system call: SIGKILL, or an error; a full disk stays full."""

    call: str
    ordinal: int
    fault: str

    @property
    def option(self) -> str:
        how = "signal=SIGKILL" if self.fault == "SIGKILL" else f"error={self.fault}"
        # A full disk stays full; but it can still be read, and something be told.
        lasting = "+" if self.fault in FULL and self.call not in {"write", "openat"} else ""
        return f"inject={self.call}:{how}:when={self.ordinal}{lasting}"


def strikes(traced: Iterable[Call]) -> Iterator[Strike]:
    """Every fault at every call that it can happen to.

    A kill is tried before each call that changes what is there: a sync changes nothing that a
    process could see.
    """
    for place, call in enumerate(traced):
        name, ordinal = call.name, call.ordinal
        if call.failed and name != "openat":
            continue
        syncs = name in {"fsync", "fdatasync"}
        if call.creates or (name in CHANGING and not syncs):
            yield Strike(name, ordinal, "SIGKILL")
        if call.creates or name.startswith(("write", "pwrite", "mkdir", "link", "rename")):
            yield Strike(name, ordinal, FULL[place % len(FULL)])
        if name in CHANGING:
            yield Strike(name, ordinal, "EIO")
        elif not call.failed:
            yield Strike(name, ordinal, ("EMFILE", "EIO")[place % 2])


class Prepared(NamedTuple):
    """A scenario made ready once, to be copied for each fault, and the calls that a copy made."""

    scenario: Scenario
    lake: Home
    traced: list[Call]
    counted: Home

    @property
    def calls(self) -> list[Call]:
        """Those that touch the lake."""
        return on(self.traced, self.counted.lake)


def prepared(scenario: Scenario, folder: Path, services: Services, strace: str) -> Prepared:
    """Make a scenario ready, and count the calls of its command."""
    lake = scenario.prepare(folder / "prepared", services)
    lake.copied(folder / "warm").ran(*scenario.command)
    counted = lake.copied(folder / "counted")
    done = counted.ran(*scenario.command, before=tracer(strace, folder / "log"))
    assert done.returncode == 0, done.stderr
    return Prepared(scenario, lake, calls(folder / "log"), counted)


def struck(
    ready: Prepared, strike: Strike, folder: Path, services: Services, strace: str
) -> tuple[str, Faults]:
    """Let a fault happen to a copy, run the command again, and look twice.

    Returns:
        How it ended, and what was wrong; ``missed`` if the fault met something outside the lake.
    """
    scenario, lake = ready.scenario, ready.lake.copied(folder)
    log = folder / "strace"
    done = lake.ran(*scenario.command, before=tracer(strace, log, "-e", strike.option))
    found = Faults()
    killed = done.returncode == -signal.SIGKILL
    if not (killed if strike.fault == "SIGKILL" else met(log, lake.lake)):
        # A thread more or a folder less, and the so many-th call is another one.
        shutil.rmtree(folder)
        return "missed", found
    if done.returncode == 0:
        complete(scenario, lake, done.stdout, services)
    if strike.fault != "SIGKILL":
        found.wrong += _told(strike, done.returncode, done.stderr)
    found.add(lake.look(settled=False))
    again = lake.ran(*scenario.command)
    if again.returncode:
        found.wedged.append(f"run again it ends with {again.returncode}: {again.stderr}")
    else:
        complete(scenario, lake, again.stdout, services)
        found.add(lake.look(settled=True))
    shutil.rmtree(folder)
    return "killed" if done.returncode < 0 else f"exit {done.returncode}", found


def _told(strike: Strike, code: int, talk: str) -> Iterator[str]:
    """What is wrong with how a failing disk was told."""
    if "Traceback" in talk or code not in {0, _STORAGE}:
        yield f"it ended with {code}: {talk}"
    elif code == _STORAGE and len(talk.splitlines()) > 1 and "error: " not in talk.splitlines()[-1]:
        yield f"more than a sentence: {talk}"
    elif code == _STORAGE and talk and not any(words in talk for words in _told_as(strike.fault)):
        yield f"what happened is not told: {talk}"
    elif code == _STORAGE and not talk and strike.call != "write":
        yield "nothing is told"


def _told_as(fault: str) -> tuple[str, str]:
    """In our words, or in the system's where DuckDB hands them on."""
    return _TELLING[fault], os.strerror(getattr(errno, fault))


def strike_all(
    ready: Prepared, chosen: list[Strike], tally: Tally, folder: Path, services: Services, strace: str
) -> Counter[str]:
    """Try faults, some at once; what was wrong goes to the tally, how they ended is returned."""
    endings: Counter[str] = Counter()

    def one(numbered: tuple[int, Strike]) -> tuple[Strike, str, Faults]:
        number, strike = numbered
        return strike, *struck(ready, strike, folder / f"{ready.scenario.name}-{number}", services, strace)

    with ThreadPoolExecutor(LANES) as pool:
        for strike, ending, found in pool.map(one, enumerate(chosen)):
            tally.cases += ending != "missed"
            endings[ending] += 1
            count(tally, found, f"{ready.scenario.name} {strike.option}")
    # Some may meet another call; were it many, hardly anything would have been tried.
    tally.wrong += endings["missed"] > len(chosen) // 2
    return endings


def ended(endings: Counter[str]) -> str:
    """How the cases ended, as a sentence."""
    missed = endings.pop("missed", 0)
    told = ", ".join(f"{count} {ending}" for ending, count in sorted(endings.items()))
    return f"{told}; {missed} met nothing of the lake and do not count" if missed else told


def count(tally: Tally, found: Faults, what: str) -> None:
    """Enter what was wrong with one case, and print it: pytest shows it if the proof fails."""
    for name, sentences in vars(found).items():
        if sentences:
            setattr(tally, name, getattr(tally, name) + 1)
            print(what, name, *sentences[:3], sep="\n  ")  # noqa: T201


# At any moment.


class Campaign:
    """One lake that lives through a series of kills, day after day.

    Each round begins a command, kills it at a random moment, looks, runs the plain command to its
    end, and looks again.
    """

    def __init__(self, folder: Path, services: Services, seed: int, **how: Path) -> None:
        self.lake = home(folder, services, **how)
        self.services, self.chance, self.number = services, random.Random(seed), 0
        self.served: dict[str, list[str]] = {}
        self.lasts = dict.fromkeys(("run", "transform", "compact", "rebuild", "import"), 0.6)

    def round(self) -> tuple[bool, str, Faults]:
        """One round: whether it was killed, what, and what was wrong."""
        self.number += 1
        kind = self.chance.choice(("run", "run", "transform", "import", "compact", "rebuild"))
        arguments = self._prepared(kind)
        delay = self.chance.uniform(0.08, 1.1 * self.lasts[kind])
        began = time.monotonic()
        process = self.lake.started(*arguments)
        with suppress(Exception):
            process.wait(delay)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        answer, talk = process.communicate()
        killed = process.returncode == -signal.SIGKILL
        found = Faults()
        if not killed:
            self.lasts[kind] = 0.5 * (self.lasts[kind] + time.monotonic() - began)
            found.add(self._ended(kind, process.returncode, answer, talk))
        found.add(self.lake.look(settled=False))
        done = self.lake.ran(*arguments)
        found.add(self._ended(kind, done.returncode, done.stdout, done.stderr))
        found.add(self.lake.look(settled=True))
        return killed, f"round {self.number}: {' '.join(arguments)} for {delay:.3f} s", found

    def _prepared(self, kind: str) -> list[str]:
        number = self.number
        if kind == "run" or not self.served:
            when = tick(number)
            self.served = serve(self.services, when)
            self.lake.may_have(when, self.served)
        if kind == "run":
            return self._run()
        if kind == "import":
            return ["import", self._file(number), "--json"]
        if kind == "transform":
            for songs in range(self.chance.randint(1, 3)):
                self.lake.drop(1 + number % 28, songs + 1, songs + 2, chart=f"dropped{number}-{songs}")
            return ["transform", "--json"]
        return [kind, "--grace", self.chance.choice(("0", "60")), "--json"]

    def _run(self) -> list[str]:
        """A plain run, for the day that it is."""
        return ["run", *for_tick(self.services.today)]

    def _file(self, number: int) -> str:
        chart, date = f"regional-{number}-daily", f"2026-05-{1 + number % 28:02}"
        path = self.lake.folder / f"{chart}-{date}.csv"
        path.write_text(CHART_FILE)
        self.lake.possible["chartfile", chart, date] = [["one", "two"]]
        return path.name

    def _ended(self, kind: str, code: int, answer: str, talk: str) -> Faults:
        if code or "Traceback" in talk:
            return Faults(wedged=[f"{kind} ended with {code}: {talk}"])
        if kind == "run":
            self.lake.acknowledge(answer, self.served)
        if kind == "import":
            last = list(self.lake.possible)[-1] if self.lake.possible else None
            if last is not None and last[0] == "chartfile":
                self.lake.certain[last] = self.lake.possible.pop(last)[0]
        return Faults()


def campaigns(tally: Tally, folder: Path, kills: int, *, seed: int, rounds: int = 25) -> None:
    """Kill at random until it was so often, in several lakes at once, each anew after some rounds."""
    from chartlake.demo.services import Services  # noqa: PLC0415

    def lane(number: int) -> list[tuple[bool, str, Faults]]:
        done: list[tuple[bool, str, Faults]] = []
        anew = 0
        with Services() as services:
            while sum(killed for killed, _, _ in done) < kills / LANES:
                anew += 1
                drawn = seed + 1000 * number + anew
                campaign = Campaign(folder / f"{number}-{anew}", services, drawn)
                for _ in range(rounds):
                    killed, what, found = campaign.round()
                    done.append((killed, f"seed {drawn}, {what}", found))
                    if found or sum(one[0] for one in done) >= kills / LANES:
                        break
                shutil.rmtree(campaign.lake.folder)
        return done

    with ThreadPoolExecutor(LANES) as pool:
        for done in pool.map(lane, range(LANES)):
            for killed, what, found in done:
                tally.cases += killed
                count(tally, found, what)
