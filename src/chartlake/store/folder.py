"""A store in a folder of this machine; every write is durable when it returns.

A file is written under a passing name, synced, given its name, and its folder synced:
0.55 ms for 218 KB.  Without it a power cut leaves empty files under good names.  A new
folder is synced into its parent too.  A move is a hard link and then a delete, so that the
bytes are never rewritten and never nowhere.
"""

from __future__ import annotations

import errno
import filecmp
import os
import shutil
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from chartlake.errors import MissingObject, RefusedObject, StorageError
from chartlake.failpoints import reached
from chartlake.store import Stored, checked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

_PASSING = ".tmp"
_ABANDONED_AFTER = 3600.0
"""Seconds after which a passing file belongs to nobody: no write takes an hour."""

_NO_LINKS = {errno.EPERM, errno.EXDEV, errno.EMLINK, errno.ENOTSUP, errno.EOPNOTSUPP}

_OF_ONE_OBJECT = {
    errno.EACCES, errno.EPERM, errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.EEXIST,
}  # fmt: skip
"""Errors that say something of one object, and nothing of the others."""

_WHAT_TO_DO = {
    errno.ENOSPC: "the disk is full; free some space and run it again",
    errno.EDQUOT: "the disk quota is used up; free some space and run it again",
    errno.EACCES: "it may not be accessed; change its permissions or name another lake",
    errno.EPERM: "it may not be accessed; change its permissions or name another lake",
    errno.EROFS: "it is on a read-only disk; name another lake in chartlake.toml",
    errno.ENOTDIR: "a folder is needed where there is a file; name another lake in chartlake.toml",
    errno.EISDIR: "a file is needed where there is a folder; move that folder away",
    errno.ENAMETOOLONG: "its name is too long for this file system; shorten it",
    errno.EMFILE: "too many files are open; raise the limit (ulimit -n) and run it again",
    errno.EIO: "the disk reports an error; check it, then run it again",
}


class FolderStore:
    """Objects as files below one folder."""

    # Paths are strings here: a backlog asks for many thousands, and a Path costs 8 µs each.

    def __init__(self, root: str | Path) -> None:
        """Open the folder; it is made at the first write."""
        self._root = str(Path(root))
        self._tidied = False

    @property
    def address(self) -> str:
        """The folder, as it was named."""
        return self._root

    def local_path(self, key: str) -> Path | None:
        """The file of a key."""
        return Path(self._path(key))

    def get(self, key: str, *, most: int = -1) -> bytes:
        """The bytes of a file, or the first of them."""
        path = self._path(key)
        with _mapped(path), open(path, "rb", buffering=0) as file:
            if most < 0:
                return file.read() or b""
            # Asked for much more than there is, Python would make room for it all.
            return file.read(min(most, os.fstat(file.fileno()).st_size)) or b""

    def put(self, key: str, data: bytes) -> None:
        """Write a file whole, in place of what was there."""
        path = self._path(key)
        with _mapped(path), self._written(data, path) as passing:
            os.replace(passing, path)
            reached("file named")
            _sync_folder(_folder(path))
            reached("folder synced")

    def create(self, key: str, data: bytes) -> bool:
        """Write a file whole unless there is one."""
        path = self._path(key)
        with _mapped(path), self._written(data, path) as passing:
            try:
                _linked(passing, path)
            except FileExistsError:
                return False
            reached("file named")
            _sync_folder(_folder(path))
            reached("folder synced")
        return True

    def move(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Link every file under its new name, sync, then unlink the old names."""
        for original, copy in pairs:
            path = self._path(original)
            with _mapped(path):
                _copied(path, self._path(copy))
            reached("file copied")
        self._sync(copy for _, copy in pairs)
        reached("copies synced")
        self.delete(original for original, copy in pairs if original != copy)

    def delete(self, keys: Iterable[str]) -> None:
        """Unlink files."""
        gone = list(keys)
        for key in gone:
            path = self._path(key)
            with _mapped(path), suppress(FileNotFoundError):
                os.unlink(path)
            reached("file deleted")
        self._sync(gone)
        reached("deletions synced")

    def bury(self, unwanted: Callable[[str], bool]) -> int:  # noqa: ARG002 - a folder keeps no versions
        """0: what is deleted or replaced is gone."""
        return 0

    def list(self, prefix: str) -> Iterator[Stored]:
        """The files below a folder; hidden ones, links and what is no file are left out."""
        path = self._path(prefix)
        with _mapped(path):
            yield from _listed(path, prefix)

    def _path(self, key: str) -> str:
        checked(key.removesuffix("/"))
        return f"{self._root}/{key}"

    @contextmanager
    def _written(self, data: bytes, path: str) -> Iterator[str]:
        """A synced file under a passing name, gone afterwards if it was not renamed."""
        _make_folder(_folder(path))
        passing_folder = f"{self._root}/{_PASSING}"
        _make_folder(passing_folder)
        self._tidy(passing_folder)
        handle, passing = tempfile.mkstemp(dir=passing_folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fchmod(handle, 0o644)
                reached("file written")
                os.fsync(handle)
                reached("file synced")
            yield passing
        finally:
            with suppress(FileNotFoundError):
                os.unlink(passing)

    def _sync(self, keys: Iterable[str]) -> None:
        for folder in sorted({_folder(self._path(key)) for key in keys}):
            with _mapped(folder), suppress(FileNotFoundError):
                _sync_folder(folder)

    def _tidy(self, folder: str) -> None:
        """Remove what killed writers left behind, once in the life of this store."""
        if self._tidied:
            return
        self._tidied = True
        for left in Path(folder).iterdir():
            with suppress(FileNotFoundError):
                if time.time() - left.stat().st_mtime > _ABANDONED_AFTER:
                    left.unlink()


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _listed(folder: str, prefix: str) -> Iterator[Stored]:
    try:
        with os.scandir(folder) as entries:
            # As keys are ordered: a folder's name goes on with a slash.
            here = sorted(entries, key=lambda one: f"{one.name}/" if _is_folder(one) else one.name)
    except FileNotFoundError:
        return
    except PermissionError:
        # Told as an object that cannot be read, so that the others are still listed.
        yield Stored(prefix, 0)
        return
    for entry in here:
        if entry.name.startswith("."):
            continue
        if _is_folder(entry):
            yield from _listed(f"{folder}/{entry.name}", f"{prefix}{entry.name}/")
        elif entry.is_file(follow_symlinks=False):
            with suppress(FileNotFoundError):
                yield Stored(prefix + entry.name, entry.stat(follow_symlinks=False).st_size)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False)


def _copied(original: str, copy: str, *, again: bool = True) -> None:
    """A second name for a file; fine if it has it already, even if it lost the first one."""
    try:
        _linked(original, copy)
    except FileExistsError:
        if not _equal(original, copy):
            raise RefusedObject(
                f"{copy} is something else than {original}, which belongs there; move it away and run again"
            ) from None
    except FileNotFoundError:
        if os.path.isfile(copy):
            return
        if not again:
            raise
        # There may be no folder for it yet; and another may move the same one right now.
        _make_folder(_folder(copy))
        _copied(original, copy, again=False)


def _equal(original: str, copy: str) -> bool:
    """Whether a copy is whole: only then may its original be deleted."""
    if not os.path.isfile(copy):
        return False
    try:
        return os.path.samefile(original, copy) or filecmp.cmp(original, copy, shallow=False)
    except FileNotFoundError:
        return True


def _linked(original: str, copy: str) -> None:
    """A second name for a file, or its bytes once more where the disk knows no hard links."""
    try:
        os.link(original, copy, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _duplicated(original, copy)


def _duplicated(original: str, copy: str) -> None:
    """The bytes of a file once more, whole; two at once may both believe to be the first."""
    if os.path.exists(copy):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), copy)
    folder, _, name = copy.rpartition("/")
    passing = f"{folder}/.{name[:100]}-{os.getpid()}"
    with open(original, "rb") as source, open(passing, "wb") as target:
        shutil.copyfileobj(source, target)
        target.flush()
        os.fsync(target.fileno())
    os.replace(passing, copy)


def _make_folder(folder: str) -> None:
    if os.path.isdir(folder):
        return
    if parent := _folder(folder):
        _make_folder(parent)
    with suppress(FileExistsError):
        os.mkdir(folder)
        reached("folder made")
        _sync_folder(parent or ".")
    if not os.path.isdir(folder):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), folder)


def _sync_folder(folder: str) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _mapped(path: str) -> Iterator[None]:
    """Turn what the system says into what a person can do."""
    try:
        yield
    except FileNotFoundError as error:
        raise MissingObject(
            f"there is no {legible(path)}; `chartlake tables` shows what the lake holds"
        ) from error
    except OSError as error:
        kind = RefusedObject if error.errno in _OF_ONE_OBJECT else StorageError
        advice = _WHAT_TO_DO.get(error.errno or 0, f"{error.strerror}; check the disk and run it again")
        raise kind(legible(f"{error.filename or path}: {advice}")) from error


def legible(text: str) -> str:
    """Text without what no file may hold: bytes of a name that are not UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")
