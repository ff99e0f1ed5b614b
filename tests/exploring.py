"""A deed killed at every failpoint, and what does it again killed at every failpoint, as deep as is wanted.

A kill leaves what lies in the folder at that moment.  So one run of a deed in a process of its own,
with a copy of the lake taken at each point, gives the lakes of all its kills; equal ones are explored
once.  That a SIGKILL really leaves the same is checked for every single kill.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from blake3 import blake3

from chartlake import failpoints
from chartlake.errors import StorageError
from chartlake.store import open_store
from oracle import Entries, leftovers, objects_of, seen

if TYPE_CHECKING:
    from chartlake.store import Store
    from proving import Tally

Days = dict[str, tuple[int, ...]]
"""By month and day of 2026: the numbers of the songs, in order."""

_PROCESS = re.compile(rb'"process":"[^"]*"')


@dataclass(frozen=True)
class Deed:
    """Something that changes a lake.

    Attributes:
        do: It, from beginning to end; doing it again finishes it.
        prepare: Makes the lake in which it is done.
        before: What the charts hold before it.
        after: What they hold after it.
        documents: How many documents lie in processed and in rejected after it.
        rests: Whether nothing is left to be done after it.
    """

    do: Callable[[Store], object]
    prepare: Callable[[Store], object]
    before: Days
    after: Days
    documents: tuple[int, int]
    rests: bool = True


@dataclass
class Ran:
    """One run of a deed: its points, the state at each, and the state at its end."""

    points: list[tuple[str, str]] = field(default_factory=list)
    end: str = ""
    trouble: str = ""


class Explorer:
    """Explores what kills leave of a deed, in a folder of its own."""

    def __init__(self, deed: Deed, folder: Path, tally: Tally) -> None:
        self.deed, self.folder, self.tally = deed, folder, tally
        self.runs: dict[str, Ran] = {}
        for made in ("states", "new"):
            (folder / made).mkdir(parents=True)
        deed.prepare(open_store(str(folder / "new")))
        self.first = fingerprint(folder / "new")
        (folder / "new").rename(self._state(self.first))

    def explore(self, *, kills: int) -> None:
        """Kill the deed that many times in a row, at every point each time, and let it end then."""
        ways = {self.first: 1}
        for _ in range(kills + 1):
            further: dict[str, int] = {}
            for state, count in ways.items():
                if state not in self.runs:
                    self.runs[state] = self._run(state)
                    self._judge(state)
                for _, left in self.runs[state].points:
                    further[left] = further.get(left, 0) + count
            self.tally.cases += sum(ways.values()) if ways.keys() != {self.first} else 0
            ways = further

    def close(self) -> int:
        """Kill it any number of times: until no kill leaves a state that was not seen; how many there are."""
        waiting = [self.first]
        while waiting:
            state = waiting.pop()
            if state in self.runs:
                continue
            self.runs[state] = self._run(state)
            self._judge(state)
            self.tally.cases += len(self.runs[state].points)
            waiting += [left for _, left in self.runs[state].points]
        return len(self.runs)

    def kill_for_real(self) -> None:
        """A SIGKILL at each point leaves what the copy taken there holds."""
        for at, (point, state) in enumerate(self.runs[self.first].points, 1):
            work = self._copied(self.first, "killed")
            died = _forked(lambda at=at, work=work: self._armed(f"*@{at}=kill", work))
            self.tally.cases += 1
            if died != -signal.SIGKILL or fingerprint(work) != state:
                self._told("wrong", f"a kill at {point} (the {at}th) leaves something else than was thought")

    def fail_everywhere(self) -> None:
        """The deed fails at each point, done or not, and is then asked for again."""
        for at, (point, _) in enumerate(self.runs[self.first].points, 1):
            work = self._copied(self.first, "failed")
            _forked(lambda at=at, work=work: self._armed(f"*@{at}=error", work))
            self.tally.cases += 1
            state = fingerprint(work)
            if state not in self.runs:
                shutil.rmtree(self._state(state), ignore_errors=True)
                work.rename(self._state(state))
                self.runs[state] = self._run(state)
                self._judge(state, why=f"failed at {point}, the {at}th")

    def _armed(self, told: str, work: Path) -> None:
        failpoints.arm(told)
        try:
            self.deed.do(open_store(str(work)))
        except StorageError as error:
            assert "CHARTLAKE_FAILPOINTS" in str(error)  # noqa: PT017

    def _run(self, state: str) -> Ran:
        """The deed from a state to its end, with a copy of every new state on the way."""
        work, told = self._copied(state, "work"), self.folder / "told"
        code = _forked(lambda: self._watched(work, told))
        ran = Ran()
        for line in told.read_text().splitlines():
            said = json.loads(line)
            if "point" in said:
                ran.points.append((said["point"], said["state"]))
            else:
                ran.end = said["end"]
        if code:
            ran.trouble = (self.folder / "trouble").read_text() if code == 1 else f"ended with {code}"
        return ran

    def _watched(self, work: Path, told: Path) -> None:
        with told.open("w") as out:

            def look(point: str) -> None:
                out.write(json.dumps({"point": point, "state": self._kept(work)}) + "\n")

            failpoints.watch(look)
            try:
                self.deed.do(open_store(str(work)))
            except Exception:
                (self.folder / "trouble").write_text(traceback.format_exc())
                raise
            failpoints.watch(None)
            out.write(json.dumps({"end": self._kept(work)}) + "\n")

    def _kept(self, work: Path) -> str:
        state = fingerprint(work)
        if not self._state(state).exists():
            shutil.copytree(work, self._state(state), ignore=shutil.ignore_patterns(".tmp"))
        return state

    def _judge(self, state: str, *, why: str = "killed") -> None:
        """What a reader sees right after the kill, and what is there once the deed is done again."""
        deed, ran = self.deed, self.runs[state]
        here = seen(objects_of(self._state(state)))
        before, after = _spelled(deed.before), _spelled(deed.after)
        if here.torn:
            self._told("torn", f"{why}: {here.torn[0]}")
        for day in before.keys() | after.keys() | here.entries.keys():
            if here.entries.get(day) not in (before.get(day), after.get(day)):
                self._told("lost", f"{why}: {day} shows {here.entries.get(day)}")
        if ran.trouble:
            self._told("wedged", f"{why}, it does not come to its end: {ran.trouble}")
            return
        if ran.end in self.runs and ran.end != state:
            return
        lake = objects_of(self._state(ran.end))
        end = seen(lake)
        if end.entries != after or end.torn:
            self._told("lost", f"{why} and done again: {end.entries} {end.torn[:1]}")
        left = leftovers(lake) if deed.rests else []
        zones = [
            sum(key.startswith(f"raw_data/{zone}/") and not key.endswith(".reason.json") for key in lake)
            for zone in ("processed", "rejected")
        ]
        if left or tuple(zones) != deed.documents:
            self._told("wedged", f"{why} and done again: {left[:2]}, documents {zones}")

    def _told(self, kind: str, sentence: str) -> None:
        setattr(self.tally, kind, getattr(self.tally, kind) + 1)
        sys.stderr.write(f"{kind}: {sentence}\n")

    def _state(self, name: str) -> Path:
        return self.folder / "states" / name

    def _copied(self, state: str, name: str) -> Path:
        work = self.folder / name
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(self._state(state), work)
        return work


def fingerprint(lake: Path) -> str:
    """What makes two lakes the same: all but passing files and the number of a process."""
    made = blake3()
    for key, data in sorted(objects_of(lake).items()):
        made.update(f"{key}\0{len(data)}\0".encode())
        made.update(_PROCESS.sub(b"", data) if key.startswith("state/runs/") else data)
    return made.hexdigest()[:32]


def _spelled(days: Days) -> Entries:
    return {
        ("spotify", "one", f"2026-{day}"): [(at, f"song{one}") for at, one in enumerate(songs, 1)]
        for day, songs in days.items()
    }


def _forked(act: Callable[[], object]) -> int:
    """Do something in a process of its own; its exit code, or minus the signal that ended it."""
    sys.stderr.flush()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Nobody else's threads are needed there.
        child = os.fork()
    if child == 0:
        code = 1
        try:
            act()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
