"""A small world of charts: which song stands where, on which day, for whose listeners.

Pure: a seed and a day give the same charts for ever.  Songs come out, climb, peak and
fall; some go viral, some return with a season or every weekend; and every song is liked
more at home than abroad.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Literal
from zlib import crc32

from chartlake.demo.catalogue import Album, Song, songs_of
from chartlake.demo.dice import noise

if TYPE_CHECKING:
    from collections.abc import Mapping

FIRST_DAY = date(2026, 6, 1)
"""The first day, a Monday; the world goes on for sixteen weeks of releases and stays."""

SEED = 2026

_LEANINGS: Mapping[str, Mapping[str, float]] = {
    "global": {},
    "deezer": {"fr": 0.5, "br": 0.35},
    "listenbrainz": {"gb": 0.45, "jp": 0.3, "de": 0.2},
    "us": {"us": 0.55, "mx": 0.2},
}
"""How much more the listeners of a region like what comes from a country."""

_AT_HOME = 1.1
_TASTE = 0.3
_DRIFT_DAYS = 9
_DRIFT = 0.16
_TREMBLE = 0.025

Kind = Literal["song", "local", "episode", "removed"]

_TAKEN_UP = (0, 1, 2)
_TWICE = 30
_ODD_ONES: tuple[Kind, ...] = ("local", "episode", "removed")


@dataclass(frozen=True, slots=True)
class Kept:
    """One entry of a personal playlist: what it is, and since when it is there."""

    kind: Kind
    added_at: datetime
    song: Song | None = None


class World:
    """The songs, and where they stand."""

    def __init__(self, seed: int = SEED) -> None:
        """Make the world of a seed."""
        self.songs = songs_of(seed, FIRST_DAY)
        self._seed = seed
        self._ranked = lru_cache(maxsize=256)(self._rank)
        self._liked = lru_cache(maxsize=16)(self._like)
        self._fondness = lru_cache(maxsize=32)(self._fond)
        self._drifts = lru_cache(maxsize=64)(self._drift)

    def chart(self, day: date, region: str = "global", size: int = 50) -> list[Song]:
        """The songs of a chart, the first place first.

        Args:
            day: The day it stands for.
            region: Whose listeners: ``global``, ``deezer``, ``listenbrainz``, or a country in
                lower case.
            size: How many places.
        """
        return list(self._ranked(_number(day), region)[:size])

    def albums(self, day: date, region: str, size: int) -> list[Album]:
        """The albums whose best songs stand highest."""
        ranked = self._ranked(_number(day), region)
        return list(dict.fromkeys(song.album for song in ranked))[:size]

    def popularity(self, song: Song, day: date) -> int:
        """How much a song is liked everywhere, from 0 to 100; slower than any chart."""
        liked = song.life.liked(_number(day)) + 0.2 * noise(self._seed, song.number)
        return max(0, min(100, int(63 + 14 * liked)))

    def playlist(self, day: date) -> list[Kept]:
        """A personal playlist: what somebody took up and has not yet tired of, oldest first.

        It holds one song twice, a file of one's own, a podcast's episode and a track that the
        provider has removed.
        """
        number = _number(day)
        kept = [
            Kept("song", _evening(since, song.number), song)
            for song in self.songs
            if song.number % 5 in _TAKEN_UP
            and (since := song.life.debut + 3 + song.number % 11)
            < number
            <= since + 40 + 3 * (song.number % 40)
        ]
        kept.sort(key=lambda entry: entry.added_at)
        if len(kept) > _TWICE:
            for place, kind in enumerate(_ODD_ONES, 1):
                kept.insert(7 * place, Kept(kind, kept[7 * place].added_at))
            kept.insert(_TWICE, Kept("song", kept[_TWICE].added_at, kept[2].song))
        return kept

    def _rank(self, number: int, region: str) -> tuple[Song, ...]:
        listeners = crc32(region.encode())
        knot, days = divmod(number, _DRIFT_DAYS)
        before, after = self._drifts(listeners, knot), self._drifts(listeners, knot + 1)
        share = days / _DRIFT_DAYS
        scored = []
        for song, liked, fond, early, late in zip(
            self.songs, self._liked(number), self._fondness(region), before, after, strict=True
        ):
            if song.life.debut <= number:
                trembling = noise(self._seed, song.number, listeners, number)
                drift = early + (late - early) * share
                scored.append((liked + fond + _DRIFT * drift + _TREMBLE * trembling, song))
        scored.sort(key=lambda pair: (-pair[0], pair[1].number))
        return tuple(_edition(song, number) for _, song in scored)

    def _like(self, number: int) -> list[float]:
        """How much each song is liked everywhere on a day."""
        return [song.life.liked(number) for song in self.songs]

    def _fond(self, region: str) -> list[float]:
        """How much more a region likes each song, whatever the day."""
        leaning = _LEANINGS.get(region, {region: _AT_HOME})
        listeners = crc32(region.encode())
        return [
            leaning.get(song.artists[0].scene.home, 0.0) + _TASTE * noise(self._seed, song.number, listeners)
            for song in self.songs
        ]

    def _drift(self, listeners: int, knot: int) -> list[float]:
        """Where the taste of listeners has wandered, for each song, from -1 to 1."""
        return [noise(self._seed, 1, song.number, listeners, knot) for song in self.songs]


@lru_cache(maxsize=1)
def the_world() -> World:
    """The world that the demo shows, made on first use."""
    return World()


def _number(day: date) -> int:
    return (day - FIRST_DAY).days


def _edition(song: Song, number: int) -> Song:
    return song.reissue if song.reissue is not None and number >= song.reissued else song


def _evening(number: int, minute: int) -> datetime:
    day = datetime.combine(FIRST_DAY + timedelta(days=number), time(18), UTC)
    return day + timedelta(minutes=minute % 240, seconds=minute * 7 % 60)
