"""A store whose every change lies between two failpoints; used only while these are watched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chartlake.failpoints import around

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from chartlake.store import Store, Stored


class PointedStore:
    """Another store, with a point before and after each of its changes."""

    def __init__(self, store: Store) -> None:
        """Stand before ``store``."""
        self._store = store

    @property
    def address(self) -> str:
        """Where the store is."""
        return self._store.address

    def get(self, key: str, *, most: int = -1) -> bytes:
        """The bytes under a key."""
        return self._store.get(key, most=most)

    def put(self, key: str, data: bytes) -> None:
        """Put bytes under a key."""
        with around(f"put {_zone(key)}"):
            self._store.put(key, data)

    def create(self, key: str, data: bytes) -> bool:
        """Put bytes under a key if nothing is there."""
        with around(f"create {_zone(key)}"):
            return self._store.create(key, data)

    def move(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Move objects; the point is called after where they go."""
        if pairs:
            with around(f"move {_zone(pairs[0][1])}"):
                self._store.move(pairs)

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects; the point is called after the first."""
        if gone := list(keys):
            with around(f"delete {_zone(gone[0])}"):
                self._store.delete(gone)

    def bury(self, unwanted: Callable[[str], bool]) -> int:
        """Delete what is still kept of objects that are gone."""
        return self._store.bury(unwanted)

    def list(self, prefix: str) -> Iterator[Stored]:
        """The objects under a prefix."""
        return self._store.list(prefix)

    def local_path(self, key: str) -> Path | None:
        """The file that holds an object, if there is one."""
        return self._store.local_path(key)


def _zone(key: str) -> str:
    """What lies where this key lies: as many segments as tell it."""
    first, *rest = key.split("/")
    return first if first == "batches" else "/".join([first, *rest[:1]])
