"""Where exports lie: each file appears whole or not at all, and one export at a time writes there.

A file is written beside its place, synced, and then named.  Who writes holds a lock of the
kernel's, so nothing is left behind that a later export would have to mistrust.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from chartlake.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TRIES = 10


class Folder:
    """A folder that one export is writing into."""

    def __init__(self, path: Path) -> None:
        """Name it; ``opened`` makes and locks it."""
        self.path = path
        self.written: list[Path] = []

    @contextmanager
    def file(self, name: str) -> Iterator[Path]:
        """A path to write a file to; when the block ends well the file is at its name.

        Raises:
            StorageError: It cannot be written.
        """
        path = self.path / name
        passing = path.with_name(f".{path.name}.passing")
        with _faults(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            passing.unlink(missing_ok=True)
            try:
                yield passing
                _named(passing, path)
            finally:
                passing.unlink(missing_ok=True)
        self.written.append(path)

    def text(self, name: str, said: str) -> None:
        """Write a text file.

        Raises:
            StorageError: It cannot be written.
        """
        with self.file(name) as passing:
            passing.write_text(said, encoding="utf-8", newline="\n")


@contextmanager
def opened(path: Path) -> Iterator[Folder]:
    """Make a folder and write into it, alone.

    Raises:
        StorageError: It cannot be made, or another export is writing there.
    """
    with _faults(path):
        path.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _locked(handle, path)
        yield Folder(path)
    finally:
        os.close(handle)


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """A path beside ``path`` to write one file to; when the block ends well it takes that place.

    Raises:
        StorageError: It cannot be written, or another export is writing it.
    """
    passing = path.with_name(f".{path.name}.passing")
    lock = path.with_name(f".{path.name}.exporting")
    with _faults(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = _own(lock, path)
        try:
            passing.unlink(missing_ok=True)
            yield passing
            _named(passing, path)
        finally:
            passing.unlink(missing_ok=True)
            lock.unlink(missing_ok=True)
            os.close(handle)


def _own(lock: Path, path: Path) -> int:
    """A lock file that is ours, and still the one of that name: who went before deletes his."""
    for _ in range(_TRIES):
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            _locked(handle, path)
            if lock.exists() and os.path.samestat(os.fstat(handle), lock.stat()):
                return handle
        except (OSError, StorageError) as error:
            os.close(handle)
            if isinstance(error, FileNotFoundError):
                continue
            raise
        os.close(handle)
    raise _running(path)


def _locked(handle: int, path: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise _running(path) from error


def _running(path: Path) -> StorageError:
    return StorageError(f"another export is writing {path}; wait until it is done, or name another place")


def _named(passing: Path, path: Path) -> None:
    handle = os.open(passing, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    passing.replace(path)


@contextmanager
def _faults(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(f"{path} cannot be written ({error.strerror}); name another with --out") from error
