"""The ground that a lake stands on: its disk, and the cache beside it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from chartlake import layout
from chartlake.doctor import Check, fail, ok, warn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chartlake.store import Store
    from chartlake.warehouse import Warehouse

_LITTLE, _TOO_LITTLE = 1_000_000_000, 100_000_000
"""Bytes free: a year of three daily charts is some 50 MB, their cache as much again."""


def disk_checks(store: Store) -> Iterator[Check]:
    """Whether the lake can be written durably, and for how long."""
    lake = store.local_path("lake")
    if lake is None:
        return
    folder = _nearest(lake.parent)
    if lake.parent.exists() and not lake.parent.is_dir():
        yield fail("lake", f"{lake.parent} is no folder; move it away or name another lake")
        return
    if not os.access(folder, os.W_OK):
        yield fail("lake", f"{folder} may not be written; change its permissions or name another lake")
        return
    yield _room(shutil.disk_usage(folder).free, folder)
    try:
        with TemporaryDirectory(dir=folder, prefix=".doctor-") as room:
            yield _durable(Path(room), folder)
            yield _linking(Path(room), folder)
    except OSError as error:
        yield fail(
            "lake", f"{folder} cannot be written ({error.strerror}); check the disk, or name another lake"
        )


def cache_checks(store: Store, open_warehouse: Callable[[], Warehouse]) -> Iterator[Check]:
    """Whether the cache can be brought up to date, and every table file be read."""
    lake = store.local_path(layout.TABLES)
    if lake is not None and not lake.is_dir():
        yield ok("cache", "there is nothing to keep in it yet")
        return
    unread = open_warehouse().refresh()
    for key in unread:
        yield warn("cache", f"{key} cannot be read as a table file and is left out; take it from a backup")
    if not unread:
        yield ok("cache", "it is up to date, and every table file can be read")


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    folder = folder.absolute()
    return next(one for one in (folder, *folder.parents) if one.is_dir())


def _room(free: int, folder: Path) -> Check:
    message = f"{free / 1e9:.1f} GB are free on the disk of {folder}"
    if free < _TOO_LITTLE:
        return fail("disk", f"{message}; make room")
    return warn("disk", f"{message}; make room soon") if free < _LITTLE else ok("disk", message)


def _durable(room: Path, folder: Path) -> Check:
    try:
        with (room / "file").open("wb") as file:
            file.write(b"kept")
            file.flush()
            os.fsync(file.fileno())
        handle = os.open(room, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        return fail(
            "lake",
            f"what is written to {folder} cannot be made durable ({error.strerror}); name another lake",
        )
    return ok("lake", f"{folder} can be written, and synced to disk")


def _linking(room: Path, folder: Path) -> Check:
    try:
        (room / "link").hardlink_to(room / "file")
    except OSError:
        return warn(
            "lake",
            f"{folder} knows no hard links, so documents are copied when they are moved; nothing to do",
        )
    return ok("lake", "hard links work, so moving a document rewrites no bytes")
