"""Publishing as documents arrive: events, the sweep behind them, files that are still being written."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import pytest

from chartlake import layout
from chartlake.store import open_store
from chartlake.watch import AT_REST, Rest, _round
from making import day, playlist, put_pending

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartlake.store import Store

CHARTLAKE = [str(Path(sys.executable).with_name("chartlake"))]
CHART_FILE = "regional-global-daily-2026-06-01.csv"
CONTENT = "rank,uri,artist_names,track_name,source,peak_rank,previous_rank,days_on_chart,streams\n" + "".join(
    f"{place},spotify:track:made{place},Artist {place},Song {place},Label,1,1,1,{1000 - place}\n"
    for place in range(1, 41)
)


class Watching:
    """A `chartlake watch` of its own process."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.process = subprocess.Popen(
            [*CHARTLAKE, "watch", "--json", "--lake", str(folder / "lake"), *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=folder,
        )
        assert "watching" in self.process.stderr.readline()

    def round(self) -> dict:
        """What the next round came to."""
        return json.loads(self.process.stdout.readline())

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        self.process.send_signal(number)
        _, talk = self.process.communicate(timeout=20)
        return self.process.returncode, talk


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[Watching]:
    one = Watching(tmp_path, "--every", "3600")
    yield one
    if one.process.poll() is None:
        one.process.kill()
    one.process.communicate()


def waiting_room(store: Store) -> Path:
    path = store.local_path(layout.TO_BE_PROCESSED)
    assert path is not None
    return path


def test_what_arrives_is_published_and_the_end_is_clean(watching: Watching, store: Store):
    put_pending(store, playlist(1, 2), captured_at=day(1))
    assert [(one["state"], one["rows_out"]) for one in watching.round()["charts"]] == [("published", 2)]
    put_pending(store, playlist(2, 1), captured_at=day(2))
    assert watching.round()["charts"][0]["chart_date"] == "2026-06-02"
    code, talk = watching.end()
    assert (code, "stopped" in talk) == (0, True)
    assert list(store.list(layout.OPEN_RUNS)) == []


def test_ctrl_c_is_no_error(watching: Watching):
    code, talk = watching.end(signal.SIGINT)
    assert (code, "stopped" in talk, "Traceback" in talk) == (0, True, False)


def test_a_file_that_is_written_slowly_is_published_whole(watching: Watching, store: Store):
    lines = CONTENT.splitlines(keepends=True)
    put_pending(store, playlist(1), captured_at=day(1))
    watching.round()
    with (waiting_room(store) / CHART_FILE).open("w") as file:
        for start in range(0, len(lines), 9):
            file.writelines(lines[start : start + 9])
            file.flush()
            time.sleep(0.5)
    assert [(one["state"], one["rows_out"]) for one in watching.round()["charts"]] == [("published", 40)]


def test_a_folder_that_goes_away_comes_back(watching: Watching, store: Store):
    put_pending(store, playlist(1), captured_at=day(1))
    watching.round()
    shutil.rmtree(waiting_room(store))
    time.sleep(1.5)
    put_pending(store, playlist(2), captured_at=day(2))
    assert watching.round()["charts"][0]["chart_date"] == "2026-06-02"


def test_without_events_the_sweep_finds_it(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch):
    """A folder below the pending ones that the file system tells nothing of stands for a network drive."""
    monkeypatch.setenv("WATCHFILES_FORCE_POLLING", "1")
    monkeypatch.setenv("WATCHFILES_POLL_DELAY_MS", "3600000")
    watching = Watching(tmp_path, "--every", "1")
    try:
        time.sleep(1)
        put_pending(store, playlist(1), captured_at=day(1))
        assert watching.round()["charts"][0]["state"] == "published"
    finally:
        assert watching.end()[0] == 0


class Passing:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_only_what_stands_still_is_taken_for_complete(store: Store):
    clock = Passing()
    rest = Rest(store, clock=clock)
    sealed = put_pending(store, playlist(1), captured_at=day(1))
    dropped = layout.TO_BE_PROCESSED + CHART_FILE
    store.put(dropped, b"rank")
    keys = [sealed, dropped]
    assert (rest.ready(keys), rest.waits) == ({sealed}, True)
    clock.now += AT_REST - 0.1
    store.put(dropped, CONTENT.encode())
    assert (rest.ready(keys), rest.waits) == ({sealed}, True)
    clock.now += AT_REST - 0.1
    assert rest.ready(keys) == {sealed}
    clock.now += 0.2
    assert (rest.ready(keys), rest.waits) == ({sealed, dropped}, False)


def test_what_cannot_be_read_is_tried_again_only_when_it_changes(store: Store):
    clock = Passing()
    rest = Rest(store, clock=clock)
    key = put_pending(store, playlist(1), captured_at=day(1))
    assert rest.ready([key]) == {key}
    rest.tried({key})
    clock.now += 3600
    assert (rest.ready([key]), rest.waits) == (set(), False)
    path = store.local_path(key)
    assert path is not None
    path.chmod(0o600)
    assert rest.ready([key]) == {key}


def test_a_round_stops_between_two_batches(store: Store):
    for number, chart_id in enumerate(("one", "two", "three"), 1):
        put_pending(store, playlist(number), captured_at=day(1).replace(month=number), chart_id=chart_id)
    stop = Event()
    stop.set()
    summary = _round(store, Rest(store), stop)
    assert summary is not None
    assert summary.rows == []
    assert len(list(store.list(layout.TO_BE_PROCESSED))) == 3


def test_a_lake_that_fails_is_told_and_tried_again(tmp_path: Path):
    (tmp_path / "lake").write_text("a file where a folder is needed")
    watching = Watching(tmp_path, "--every", "1")
    assert "lake" in watching.process.stderr.readline()
    (tmp_path / "lake").unlink()
    put_pending(open_store(str(tmp_path / "lake")), playlist(1), captured_at=day(1))
    assert watching.round()["charts"][0]["state"] == "published"
    assert watching.end()[0] == 0
