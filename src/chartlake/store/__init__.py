"""Bytes under keys.  One address chooses where they lie.

What a store must do, and what every store is tested for: a put is whole or not there at
all, and durable when it returns; a create never overwrites; a listing shows what was put.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from chartlake import failpoints
from chartlake.errors import MissingObject, SettingsError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

_INNER = frozenset({"", ".", ".."})
"""Segments that no key has: they would lead elsewhere."""


class Stored(NamedTuple):
    """An object in a store: its key and its size in bytes."""

    key: str
    size: int


class Store(Protocol):
    """Bytes under keys.  Every method raises `StorageError` when the place fails."""

    @property
    def address(self) -> str:
        """Where the store is, as a person would write it."""
        ...

    def get(self, key: str, *, most: int = -1) -> bytes:
        """The bytes under a key; not more than the first ``most`` of them, if that is not -1.

        Raises:
            MissingObject: There are none.
        """
        ...

    def put(self, key: str, data: bytes) -> None:
        """Put bytes under a key, in place of what was there."""
        ...

    def create(self, key: str, data: bytes) -> bool:
        """Put bytes under a key if nothing is there; False if something is."""
        ...

    def move(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Move objects: every copy is durable before the first original is deleted.

        An original that is gone is fine if its copy is there: somebody else moved it.

        Raises:
            MissingObject: Neither is there.
        """
        ...

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects; one that is not there is fine."""
        ...

    def bury(self, unwanted: Callable[[str], bool]) -> int:
        """Delete what the place still keeps of objects that were deleted or replaced; how many that were.

        Args:
            unwanted: Tells of a key whether nothing is to be kept of it but the object it has now, if any.
        """
        ...

    def list(self, prefix: str) -> Iterator[Stored]:
        """The objects under a prefix that ends in ``/``, in the order of their keys."""
        ...

    def local_path(self, key: str) -> Path | None:
        """The file that holds an object, if the store is a folder on this machine."""
        ...


def open_store(address: str) -> Store:
    """The store at an address: a folder, or ``s3://bucket/prefix``.

    Raises:
        SettingsError: No kind of store has such an address.
    """
    scheme, separator, _ = address.partition("://")
    if not separator and address.lower().startswith("s3:"):
        raise SettingsError('a lake in S3 is written with two slashes: lake = "s3://bucket/prefix"')
    if not separator or scheme == "file":
        from chartlake.store.folder import FolderStore  # noqa: PLC0415 - only what is used is imported

        return _watched(FolderStore(address.removeprefix("file://")))
    if scheme == "s3":
        return _watched(_in_s3(address))
    raise SettingsError(
        f"a lake cannot lie at {address!r}; in chartlake.toml, "
        'name a folder, such as lake = "./lake", or a bucket, such as lake = "s3://bucket/prefix"'
    )


def holds(store: Store, key: str) -> bool:
    """Whether there is an object under a key that is not empty."""
    try:
        return bool(store.get(key, most=1))
    except MissingObject:
        return False


def _watched(store: Store) -> Store:
    """The store itself, unless somebody wants to know of its steps."""
    if not failpoints.are_watched():
        return store
    from chartlake.store.pointed import PointedStore  # noqa: PLC0415 - only for the proofs

    return PointedStore(store)


def _in_s3(address: str) -> Store:
    try:
        from chartlake.store.s3 import S3Store  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise SettingsError(
            "a lake in S3 needs more than is installed; run: pip install 'chartlake[aws]'"
        ) from error
    return S3Store(address)


def checked(key: str) -> str:
    """The key, which leads nowhere but to an object of the lake.

    Raises:
        StorageError: It does not.
    """
    if not is_key(key):
        raise StorageError(f"{key!r} is no key of a lake; use keys as chartlake prints them")
    return key


def is_key(text: str) -> bool:
    """Whether a text is a key: segments with slashes between them, none of which leads elsewhere."""
    return _INNER.isdisjoint(text.split("/")) and "\0" not in text
