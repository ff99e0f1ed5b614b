"""What the system is asked to do, and in which order: seen from outside, with a tracer."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from chartlake import layout
from chartlake.store import open_store
from making import day, playlist, put_pending

if TYPE_CHECKING:
    from chartlake.store import Store

CHARTLAKE = str(Path(sys.executable).with_name("chartlake"))
CALL = re.compile(r"^(?:\[pid +\d+\] |\d+ +)?(\w+)\((.*)\) += (-?\d+)")
PATHS = re.compile(r'"([^"]*)"')


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A lake with two pending documents."""
    store = open_store(str(tmp_path / "lake"))
    for number in (1, 2):
        put_pending(store, playlist(1, 2, 3), captured_at=day(number))
    return tmp_path / "lake"


def traced(strace: str, lake: Path, *options: str) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    log = lake.parent / "trace"
    done = subprocess.run(
        [strace, "-f", "-y", "-o", str(log), *options, CHARTLAKE, "transform", "--lake", str(lake)],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    return done, log.read_text().splitlines()


def keys(store: Store, zone: str) -> list[str]:
    return [stored.key for stored in store.list(zone)]


def test_everything_is_synced_before_it_is_relied_on(strace: str, lake: Path):
    calls = "trace=fsync,rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,write"
    done, lines = traced(strace, lake, "-e", calls)
    assert done.returncode == 0

    synced: set[str] = set()
    unsynced_folders: set[str] = set()
    named = moved = 0
    for line in lines:
        found = CALL.match(line)
        if found is None or found[3].startswith("-") or str(lake) not in line:
            continue
        name, arguments = found[1], found[2]
        paths = PATHS.findall(arguments)
        if name == "fsync":
            path = re.search(r"<(.*)>", arguments)[1]
            synced.add(path)
            unsynced_folders.discard(path)
        elif name.startswith("rename"):
            assert paths[0] in synced, f"named before its bytes were durable: {line}"
            unsynced_folders.add(str(Path(paths[1]).parent))
            named += 1
        elif name.startswith("link"):
            unsynced_folders.add(str(Path(paths[1]).parent))
        elif name == "mkdir":
            unsynced_folders.add(str(Path(paths[0]).parent))
        elif name.startswith("unlink") and "to_be_processed" in arguments:
            folder = str(Path(paths[0]).parent).replace("to_be_processed", "processed")
            assert folder not in unsynced_folders, f"deleted before its copy was durable: {line}"
            moved += 1
    assert named >= 6
    assert moved == 2
    assert unsynced_folders == set()


@pytest.mark.parametrize("first", [1, 3, 6])
@pytest.mark.parametrize("call", ["write", "fsync", "rename", "link", "mkdir"])
def test_a_disk_that_fails_is_told_and_the_next_run_finishes(strace: str, lake: Path, call: str, first: int):
    error, told = ("EIO", "the disk reports an error") if first == 3 else ("ENOSPC", "the disk is full")
    if call == "link" and first > 2:
        first -= 2 * first // 3 - 1  # There are two links, one for each document.
    before = {
        key: open_store(str(lake)).get(key) for key in keys(open_store(str(lake)), layout.TO_BE_PROCESSED)
    }
    calls = f"{call},linkat" if call == "link" else call
    done, _ = traced(
        strace, lake, "-e", f"trace={calls}", "-e", f"inject={calls}:error={error}:when={first}+"
    )
    assert (done.returncode, "Traceback" in done.stderr) == (5, False), done.stderr
    # Where nothing can be written any more, not even the sentence can.
    assert told in done.stderr or call == "write"
    store = open_store(str(lake))
    kept = {key.replace("/processed/", "/to_be_processed/") for key in keys(store, layout.PROCESSED)}
    assert set(before) == kept | set(keys(store, layout.TO_BE_PROCESSED))

    again = subprocess.run(
        [CHARTLAKE, "transform", "--lake", str(lake)], check=False, capture_output=True, text=True
    )
    assert again.returncode == 0, again.stderr
    assert keys(store, layout.TO_BE_PROCESSED) == []
    assert len(keys(store, layout.PROCESSED)) == 2
    sql = "select count(*), count(distinct chart_date) from chart_entries"
    asked = subprocess.run(
        [CHARTLAKE, "query", "--lake", str(lake), "--csv", sql], check=True, capture_output=True, text=True
    )
    assert asked.stdout.splitlines()[1] == "6,2"
