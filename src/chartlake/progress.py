"""How far a long step is, told to whoever wants to know."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Somebody who wants to know how far a long step is."""

    def __call__(self, step: str, done: int, total: int) -> None:
        """``done`` of ``total`` things of a step are done."""
        ...


def silent(step: str, done: int, total: int) -> None:
    """Nobody wants to know."""
