"""Chance that falls the same way for ever: on every Python, on every machine.

SplitMix64 (Steele, Lea and Flood, 2014) on plain integers; nothing here depends on the
sequence of the standard library's generator or on a mathematical library.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

_WORD = (1 << 64) - 1
_STEP = 0x9E3779B97F4A7C15


class Dice:
    """A stream of chances, told apart by what it is for."""

    def __init__(self, *purpose: int | str) -> None:
        """Begin a stream; the same purpose begins the same stream."""
        self._state = int.from_bytes(digest(*purpose)[:8], "big")

    def chance(self) -> float:
        """A number from 0 up to, but not including, 1."""
        self._state = (self._state + _STEP) & _WORD
        return (_stirred(self._state) >> 11) * 2.0**-53

    def happens(self, probability: float) -> bool:
        """Whether something of a probability from 0 to 1 happens."""
        return self.chance() < probability

    def below(self, end: int) -> int:
        """A whole number from 0 up to, but not including, ``end``."""
        return int(self.chance() * end)

    def between(self, low: float, high: float) -> float:
        """A number between two others."""
        return low + (high - low) * self.chance()

    def bell(self) -> float:
        """A number around 0, mostly between -1 and 1, never beyond 2 or -2."""
        return self.chance() + self.chance() + self.chance() + self.chance() - 2

    def pick(self, choices: Sequence[T]) -> T:
        """One of the choices."""
        return choices[self.below(len(choices))]

    def weighed(self, choices: Sequence[tuple[T, float]]) -> T:
        """One of the choices, each as likely as its weight says."""
        left = self.chance() * sum(weight for _, weight in choices)
        for choice, weight in choices:
            left -= weight
            if left < 0:
                return choice
        return choices[-1][0]


def noise(*place: int) -> float:
    """A number between -1 and 1 that belongs to a place, such as a song, a region and a day."""
    state = 0
    for part in place:
        state = _stirred((state ^ (part & _WORD)) + _STEP)
    return (state >> 11) * 2.0**-52 - 1


def one_in(many: int, number: int, *, at: int) -> bool:
    """Whether a number is one of those, one in so many, that are meant for something special."""
    return number % many == at


def digest(*purpose: int | str) -> bytes:
    """32 bytes that belong to a purpose."""
    return blake2b("\x1f".join(map(str, purpose)).encode(), digest_size=32).digest()


def _stirred(word: int) -> int:
    word &= _WORD
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & _WORD
    return word ^ (word >> 31)
