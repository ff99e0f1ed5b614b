"""Objects of any store as files of this machine, for an engine that reads nothing else."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import TYPE_CHECKING

from chartlake.errors import MissingObject, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chartlake.store import Store

_AT_ONCE = 16
"""Objects on their way at once: as many are in memory, however many there are."""


@contextmanager
def as_files(store: Store, keys: Iterable[str]) -> Iterator[dict[str, Path]]:
    """The file of each key, in the order of the keys: as it lies there, or fetched for the moment.

    The file of an object that is gone is not there either; who reads it finds that out.

    Raises:
        StorageError: The store cannot be read, or the folder for passing files has no room.
    """
    with TemporaryDirectory(prefix="chartlake-") as folder:
        paths: dict[str, Path] = {}
        distant: list[tuple[str, Path]] = []
        for number, key in enumerate(keys):
            local = store.local_path(key)
            if local is None:
                local = Path(folder) / f"{number}.parquet"
                distant.append((key, local))
            paths[key] = local
        if distant:
            from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - takes 10 ms

            with ThreadPoolExecutor(min(_AT_ONCE, len(distant))) as pool:
                list(pool.map(partial(_fetch, store), distant))
        yield paths


def _fetch(store: Store, wanted: tuple[str, Path]) -> None:
    key, path = wanted
    try:
        data = store.get(key)
    except MissingObject:
        return
    try:
        path.write_bytes(data)
    except OSError as error:
        raise StorageError(
            f"{gettempdir()} has no room for what is fetched from {store.address} ({error.strerror}); "
            "free some, or name another folder in TMPDIR"
        ) from error
