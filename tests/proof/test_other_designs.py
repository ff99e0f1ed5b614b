"""The same kills on other designs, side by side: what is told of them is counted here, not believed.

Each round puts one snapshot of fifty rows down, begins the design's own program, kills it at a moment drawn
from the time that it takes, and then lets it run to its end.  What it named as done has to be there, whole
and once; a program that fails twice in a row without having been killed is wedged, and begins anew
in an empty folder.
"""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import duckdb
import pytest

from crashing import Home, home
from proving import proven

if TYPE_CHECKING:
    from collections.abc import Callable

    from proving import Tally

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
DLT = ROOT / ".venv-dlt" / "bin" / "python"
ROWS = 50
ITEMS = [
    {
        "song_id": f"song{place}",
        "song_name": f"Song {place}",
        "position": place,
        "album_id": f"album{place % 9}",
    }
    for place in range(1, ROWS + 1)
]


class Design(Protocol):
    """A pipeline in a folder of its own."""

    def put(self, number: int) -> None:
        """Put a snapshot down where it waits."""

    def run(self, delay: float | None) -> int:
        """Run it, and kill it after so many seconds; its exit code, or minus a signal."""

    def done(self) -> set[int]:
        """The snapshots that the last run named as done."""

    def rows(self) -> Counter[int]:
        """How many rows of each snapshot a reader finds."""


class Process:
    """A design that is a program: how it is run and killed."""

    command: list[str]
    environment: dict[str, str]
    folder: Path

    def run(self, delay: float | None) -> int:
        with (self.folder / "answer").open("w") as answer, (self.folder / "talk").open("w") as talk:
            process = subprocess.Popen(
                self.command, stdout=answer, stderr=talk, env=self.environment, cwd=self.folder
            )
            if delay is not None:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(delay)
                process.send_signal(signal.SIGKILL)
            return process.wait()

    def done(self) -> set[int]:
        return {int(word) for word in (self.folder / "answer").read_text().split()}


class Chartlake(Process):
    """`chartlake transform` on dropped documents."""

    def __init__(self, folder: Path) -> None:
        self.home: Home = home(folder)
        self.folder, self.environment = folder, self.home.environment()
        self.command = self.home.command("transform", "--json")
        self.waiting: set[int] = set()

    def put(self, number: int) -> None:
        self.home.drop(1 + number % 28, *range(1, ROWS + 1), chart=f"chart{number}")
        self.waiting.add(number)

    def done(self) -> set[int]:
        # It names what it published: all that waited, if it came to its end.
        if not (self.folder / "answer").read_text():
            return set()
        named, self.waiting = self.waiting, set()
        return named

    def rows(self) -> Counter[int]:
        return Counter(
            {
                int(chart.removeprefix("chart")): len(songs)
                for (_, chart, _), songs in self.home.seen().items()
            }
        )


class Old(Process):
    """The older pipelines' design."""

    def __init__(self, folder: Path) -> None:
        (folder / "raw_data/to_processed").mkdir(parents=True)
        self.folder, self.environment = folder, dict(os.environ)
        self.command = [sys.executable, str(HERE / "old_pipeline.py"), str(folder)]
        self.worked = 0.0

    def put(self, number: int) -> None:
        items = [{**item, "song_added": number} for item in ITEMS]
        path = self.folder / f"raw_data/to_processed/spotify_raw_{number:06}.json"
        path.write_text(json.dumps({"snapshot": number, "items": items}))

    def run(self, delay: float | None) -> int:
        """Begun once it is warm: its work takes some milliseconds."""
        with subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdout.readline()
            process.stdin.write("\n")
            process.stdin.flush()
            began = time.monotonic()
            if delay is None:
                said = process.stdout.readline()
                self.worked = time.monotonic() - began
            else:
                said = ""
                time.sleep(delay)
                process.kill()
            (self.folder / "answer").write_text(said + process.communicate()[0])
            return process.returncode

    def rows(self) -> Counter[int]:
        found: Counter[int] = Counter()
        for path in (self.folder / "transformed_data/songs_data").glob("*.csv"):
            with path.open(newline="") as file:
                # A file that was cut off ends in a row without its last columns.
                found.update(int(row["song_added"]) for row in csv.DictReader(file) if row.get("song_added"))
        return found


class Dlt:
    """dlt's append, its child forked by a process that has imported it."""

    def __init__(self, folder: Path, driver: subprocess.Popen[str]) -> None:
        (folder / "pending").mkdir(parents=True)
        self.folder, self._driver = folder, driver

    def put(self, number: int) -> None:
        (self.folder / f"pending/{number:06}.json").write_text(
            json.dumps({"snapshot": number, "items": ITEMS})
        )

    def run(self, delay: float | None) -> int:
        assert self._driver.stdin is not None
        assert self._driver.stdout is not None
        self._driver.stdin.write(json.dumps([str(self.folder), delay]) + "\n")
        self._driver.stdin.flush()
        return int(self._driver.stdout.readline())

    def done(self) -> set[int]:
        return {int(word) for word in (self.folder / "answer").read_text().split()}

    def rows(self) -> Counter[int]:
        with duckdb.connect(str(self.folder / "warehouse.duckdb"), read_only=True) as connection:
            return Counter(
                dict(connection.execute("SELECT snapshot, count(*) FROM charts.songs GROUP BY 1").fetchall())
            )


def kill_all_along(
    tally: Tally, begun: Callable[[int], Design], kills: int, *, seed: int, idle: float
) -> None:
    """Kill a design so often, and count what its readers find in the end.

    Args:
        tally: Where it is counted.
        begun: Makes the design in a new folder.
        kills: How often.
        seed: Of the moments.
        idle: The part of a run before its work begins, which is Python's start.
    """
    chance, killed, number, lives = random.Random(seed), 0, 0, 0
    while killed < kills:
        design, acknowledged = begun(lives), set()
        lives += 1
        lasts = []
        for _ in range(3):
            number += 1
            design.put(number)
            began = time.monotonic()
            assert design.run(None) == 0
            lasts.append(getattr(design, "worked", time.monotonic() - began))
            acknowledged |= design.done()
        wedged = False
        while killed < kills and not wedged:
            number += 1
            design.put(number)
            last = min(lasts)
            killed += design.run(chance.uniform(idle * last, 1.1 * last)) == -signal.SIGKILL
            acknowledged |= design.done()
            wedged = design.run(None) != 0 and design.run(None) != 0
            acknowledged |= design.done()
        tally.wedged += wedged
        rows = design.rows()
        tally.lost += sum(rows[one] == 0 for one in acknowledged)
        tally.torn += sum(rows[one] % ROWS != 0 for one in rows)
        tally.twice += sum(count > ROWS for count in rows.values())
    tally.cases = killed
    if tally.wedged:
        tally.note = f"wedged {tally.wedged} times; begun anew each time"


KILLS = 120


def test_chartlake(tmp_path: Path):
    what = "side by side: chartlake transform"
    with proven(what, promise=1, where="fifty rows a snapshot", random=True) as tally:
        kill_all_along(tally, lambda life: Chartlake(tmp_path / str(life)), KILLS, seed=1, idle=0.5)


def test_the_older_pipelines_design(tmp_path: Path):
    what = "side by side: the older pipelines' design"
    with proven(what, promise=1, where="fifty rows a snapshot", random=True, compared=True) as tally:
        kill_all_along(tally, lambda life: Old(tmp_path / str(life)), 3 * KILLS, seed=1, idle=0.0)
        # A harness that finds nothing wrong with this design looks at nothing.
        assert tally.twice


def test_dlt_append(tmp_path: Path):
    if not DLT.exists():
        pytest.skip("needs dlt in an environment of its own: make .venv-dlt/.made")
    what = "side by side: dlt 1.31, append into DuckDB"
    with (
        proven(what, promise=1, where="fifty rows a snapshot", random=True, compared=True) as tally,
        subprocess.Popen(
            [str(DLT), str(HERE / "dlt_append.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={"HOME": str(tmp_path), "PATH": os.environ["PATH"]},
        ) as driver,
    ):  # fmt: skip
        kill_all_along(tally, lambda life: Dlt(tmp_path / str(life), driver), KILLS, seed=1, idle=0.0)
        assert driver.stdin is not None
        driver.stdin.close()
