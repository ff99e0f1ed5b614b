"""A store in memory: what a store promises and nothing more, the same every time."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from chartlake.errors import MissingObject
from chartlake.store import Stored, checked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path


class MemoryStore:
    """Objects in one dictionary; every call is alone with it."""

    def __init__(self, objects: dict[str, bytes] | None = None) -> None:
        self.objects = dict(objects or {})
        self._alone = Lock()

    @property
    def address(self) -> str:
        return "memory://lake"

    def get(self, key: str, *, most: int = -1) -> bytes:
        with self._alone:
            data = self._found(key)
        return data if most < 0 else data[:most]

    def put(self, key: str, data: bytes) -> None:
        with self._alone:
            self.objects[checked(key)] = bytes(data)

    def create(self, key: str, data: bytes) -> bool:
        with self._alone:
            if checked(key) in self.objects:
                return False
            self.objects[key] = bytes(data)
            return True

    def move(self, pairs: Sequence[tuple[str, str]]) -> None:
        for original, copy in pairs:
            with self._alone:
                checked(copy)
                if original in self.objects or copy not in self.objects:
                    self.objects[copy] = self._found(original)
        self.delete(original for original, copy in pairs if original != copy)

    def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            with self._alone:
                self.objects.pop(checked(key), None)

    def bury(self, unwanted: Callable[[str], bool]) -> int:  # noqa: ARG002
        return 0

    def list(self, prefix: str) -> Iterator[Stored]:
        checked(prefix.removesuffix("/"))
        with self._alone:
            found = [
                Stored(key, len(data))
                for key, data in self.objects.items()
                if key.startswith(prefix) and "/." not in key[len(prefix) - 1 :]
            ]
        yield from sorted(found)

    def local_path(self, key: str) -> Path | None:  # noqa: ARG002 - there is none for any key
        return None

    def _found(self, key: str) -> bytes:
        try:
            return self.objects[checked(key)]
        except KeyError:
            raise MissingObject(
                f"there is no {self.address}/{key}; `chartlake tables` shows what the lake holds"
            ) from None
