"""A check is a value: a name, what must hold, and a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from chartlake.acceptance.stage import Subject


@dataclass(frozen=True)
class Check:
    """Something that every source must do.

    Attributes:
        name: A few words.
        meaning: What must hold and why, as a sentence without a full stop.
        verdict: What is wrong with a source, as a sentence; None if nothing is.
    """

    name: str
    meaning: str
    verdict: Callable[[Subject], str | None]

    def __str__(self) -> str:
        """Its name, for the list of tests."""
        return self.name
