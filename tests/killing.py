"""A store that kills whoever uses it, at one call after the other."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from chartlake.errors import MissingObject
from chartlake.store import Store, open_store

if TYPE_CHECKING:
    from pathlib import Path


class Killed(BaseException):
    """The process is gone."""


class Killing:
    """A store that kills whoever uses it, at its so many-th call; a move also between its steps."""

    def __init__(self, store: Store, at: int) -> None:
        self.store, self.left = store, at

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.store, name)
        if not callable(method):
            return method
        if name == "move":
            return self._move

        def called(*arguments: Any, **options: Any) -> Any:
            self._step()
            answer = method(*arguments, **options)
            self._step()
            return answer

        return called

    def _move(self, pairs: list[tuple[str, str]]) -> None:
        for original, copy in pairs:
            self._step()
            try:
                self.store.put(copy, self.store.get(original))
            except MissingObject:
                self.store.get(copy)
        for original, copy in pairs:
            self._step()
            if original != copy:
                self.store.delete([original])
        self._step()

    def _step(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Killed


def killed_everywhere(
    act: Callable[[Store], object], prepare: Callable[[Store], None], folder: Path, *, every: int = 1
):
    """A lake for each place at which an act can be killed, or for every so many-th of them."""
    prepared = folder / "prepared"
    prepared.mkdir()
    prepare(open_store(str(prepared)))
    for at in range(1, 400, every):
        lake = folder / str(at) / "lake"
        shutil.copytree(prepared, lake)
        store = open_store(str(lake))
        try:
            act(Killing(store, at))
        except Killed:
            yield at, store
            continue
        assert at > 10
        return
    pytest.fail("the act never came to its end")
