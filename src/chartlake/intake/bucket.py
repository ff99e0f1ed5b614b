"""The raw documents of another lake or bucket, fetched for an import."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from chartlake import layout
from chartlake.errors import MissingObject, SettingsError
from chartlake.snapshot import LARGEST
from chartlake.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartlake.progress import Progress

RAW = "raw_data/"
"""Where a pipeline of the classic layout keeps its documents: waiting, processed and rejected."""


@contextmanager
def fetched(address: str, *, progress: Progress | None = None) -> Iterator[Path]:
    """The objects at an address as files of a folder that is there for the moment.

    Args:
        address: A bucket, or a place in it, such as ``s3://bucket/raw_data``; of a bucket or a
            folder alone, what lies below ``raw_data/``.
        progress: Told of each object fetched.

    Raises:
        SettingsError: Nothing lies there.
        CredentialsError, StorageError: It cannot be read.
    """
    root, prefix = _divided(address)
    store = open_store(root)
    keys = [one.key for one in store.list(prefix) if not one.key.endswith(("/", layout.REASON_SUFFIX))]
    if not keys:
        raise SettingsError(f"nothing lies at {address}; name the bucket and where its documents begin")
    with TemporaryDirectory(prefix="chartlake-") as folder:
        for done, key in enumerate(keys, 1):
            # Spelled as keys are: no name of another bucket leads out of the folder.
            path = Path(folder, *(layout.spelled(part) for part in key.removeprefix(prefix).split("/")))
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                path.write_bytes(store.get(key, most=LARGEST + 1))
            except MissingObject:
                continue  # Its owner moved it in this very moment, to where it is found as well.
            if progress is not None:
                progress("fetch", done, len(keys))
        yield Path(folder)


def _divided(address: str) -> tuple[str, str]:
    """What is opened as a store, and what the keys in it begin with."""
    scheme, separator, path = address.partition("://")
    if not separator:
        return address, RAW
    bucket, _, prefix = path.strip("/").partition("/")
    if not prefix:
        return f"{scheme}{separator}{bucket}", RAW
    above, _, last = prefix.rpartition("/")
    return f"{scheme}{separator}{bucket}{'/' if above else ''}{above}", f"{last}/"
