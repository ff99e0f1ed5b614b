"""How much a song is liked, day by day: it comes out, climbs, peaks and falls.

Days count from the first day of the world.  Only sums, products and quotients are used:
they give the same bits on every machine, which powers and roots need not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chartlake.demo.dice import one_in

if TYPE_CHECKING:
    from chartlake.demo.dice import Dice

_LONG_OUT = -200
_FRIDAY = 4


@dataclass(frozen=True, slots=True, eq=False)
class Life:
    """The life of one song.

    Attributes:
        debut: The day it comes out.
        height: How high it gets, about -1 to 3; one unit is a factor of about three.
        climb: Days until it is there.
        depth: How far it falls in the long run.
        half: Days until it has fallen half of that.
        jumps: Days on which it goes viral, each with how much.
        weekends: What Friday, Saturday and Sunday add.
        season: First and last day of a time of year that is its own, and how much that adds.
    """

    debut: int
    height: float
    climb: float
    depth: float
    half: float
    jumps: tuple[tuple[int, float], ...] = ()
    weekends: float = 0.0
    season: tuple[tuple[int, int, float], ...] = ()

    def liked(self, day: int) -> float:
        """How much it is liked on a day, on the scale of its height."""
        age = day - self.debut
        if age < self.climb:
            liked = self.height - 1.4 * (1 - age / self.climb)
        else:
            falling = age - self.climb
            liked = self.height - self.depth * falling / (falling + self.half)
        for since, jump in self.jumps:
            if day >= since:
                liked += jump / (1 + (day - since) / 9)
        for first, last, more in self.season:
            if first <= day <= last:
                liked += more
        return liked + (self.weekends if day % 7 >= _FRIDAY else 0.0)


def life_of(dice: Dice, number: int, strength: float, debut: int) -> Life:
    """The life of a song: most are ordinary, some return every weekend or season, or go viral."""
    sleeper = dice.happens(0.35)
    life = Life(
        debut=debut,
        height=strength + (1.1 if debut < _LONG_OUT else 0),
        climb=dice.between(9, 30) if sleeper else dice.between(1, 5),
        depth=dice.between(0.9, 2.6),
        half=dice.between(12, 70),
    )
    if one_in(37, number, at=5):
        return replace(life, weekends=0.45)
    if one_in(41, number, at=9):
        return replace(life, jumps=((debut % 60 + 12, 1.3),) if debut < 0 else ((debut + 25, 1.2),))
    if one_in(53, number, at=17):
        return replace(life, season=((16, 23, 1.5), (58, 70, 1.6)))
    return life
