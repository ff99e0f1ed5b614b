"""Who sings what in the demo's world: invented artists, albums and songs.

Made once from a seed, in the order of the calendar: what was out before the first day,
then week after week of releases, most of them on a Friday.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice

from chartlake.demo.dice import Dice, one_in
from chartlake.demo.identity import apple_id, deezer_id, isrc, mbid, spotify_id
from chartlake.demo.life import Life, life_of
from chartlake.demo.names import COMBINING, EMOJI, HOSTILE_ACTS, HOSTILE_SONGS, SCENES, Scene, pairs

OLD_SONGS = 150
"""Songs that are out before the first day."""

SPAN = 16 * 7
"""Days on which something is released."""

_FRIDAY = 4
_LONG_OUT = -200
_OLD = -30
_DIGITAL = 2015
_SINGLE = 2


@dataclass(frozen=True, slots=True, eq=False)
class Artist:
    """One artist; ``fame`` is what being by them is worth to a song."""

    number: int
    name: str
    scene: Scene
    fame: float
    spotify_id: str
    deezer_id: int
    apple_id: str
    mbid: str


@dataclass(frozen=True, slots=True, eq=False)
class Album:
    """One album or single; ``release_date`` as Spotify spells it, ``0000`` if unknown."""

    number: int
    title: str
    artists: tuple[Artist, ...]
    kind: str
    released: date
    release_date: str
    precision: str
    tracks: int
    spotify_id: str
    deezer_id: int
    apple_id: str
    mbid: str


@dataclass(frozen=True, slots=True, eq=False)
class Song:
    """One recording under one id of each provider.

    Attributes:
        reissue: The same recording under new ids, which charts show from ``reissued`` on.
        reissued: The day of that, counted from the first day of the world.
    """

    number: int
    title: str
    version: str
    artists: tuple[Artist, ...]
    album: Album
    track_number: int
    duration_ms: int
    explicit: bool
    isrc: str
    life: Life
    spotify_id: str
    deezer_id: int
    apple_id: str
    mbid: str
    reissue: Song | None = None
    reissued: int = 0

    @property
    def full_title(self) -> str:
        """The title with what is said of the version, such as ``(feat. …)``."""
        return f"{self.title} {self.version}" if self.version else self.title


def songs_of(seed: int, first_day: date) -> list[Song]:
    """Every song of a world, those that are out first at the front."""
    making = _Making(seed, first_day)
    for debut in _old_days(seed):
        making.release(debut)
        if len(making.songs) >= OLD_SONGS:
            break
    for debut in range(SPAN):
        for _ in range(_releases(seed, first_day + timedelta(days=debut), debut)):
            making.release(debut)
    return making.songs


def _old_days(seed: int) -> list[int]:
    """Debuts before the first day: many of the last weeks, some of the last years."""
    dice = Dice(seed, "old")
    return [-1 - int(60 * dice.chance() / (1.02 - dice.chance())) for _ in range(OLD_SONGS)]


def _releases(seed: int, day: date, number: int) -> int:
    dice = Dice(seed, "releases", number)
    return 5 + dice.below(3) if day.weekday() == _FRIDAY else min(1, dice.below(4))


class _Making:
    """What has been made so far."""

    def __init__(self, seed: int, first_day: date) -> None:
        self.songs: list[Song] = []
        self._seed = seed
        self._first_day = first_day
        self._albums = 0
        self._artists = _artists_of(seed)
        self._weights = [(artist, artist.fame + 0.15) for artist in self._artists]
        self._titles = {scene: iter(pairs(scene.songs, scene.space) * 9) for scene in SCENES}

    def release(self, debut: int) -> None:
        """One single or album comes out."""
        dice = Dice(self._seed, "release", self._albums)
        artist = dice.weighed(self._weights)
        count = dice.weighed(((1, 0.74), (2, 0.12), (3, 0.08), (6, 0.06)))
        titles = list(islice(self._titles[artist.scene], count))
        album = self._album(dice, artist, titles[-1] if count > 1 else titles[0], count, debut)
        strength = artist.fame + 0.6 * dice.bell()
        for place, title in enumerate(titles):
            self.songs.append(self._song(dice, album, title, strength - 0.3 * place, debut))

    def _album(self, dice: Dice, artist: Artist, title: str, count: int, debut: int) -> Album:
        number = self._albums
        self._albums += 1
        released = self._first_day + timedelta(days=debut)
        if debut < _LONG_OUT:
            released = released.replace(year=released.year - dice.below(30))
        text, precision = _spelled(dice, released, old=debut < _OLD)
        single = count <= _SINGLE
        kind = "single" if single else "compilation" if dice.happens(0.1) else "album"
        return Album(
            number=number,
            title=title,
            artists=(artist,),
            kind=kind,
            released=released,
            release_date=text,
            precision=precision,
            tracks=count if single else count + 4 + dice.below(9),
            spotify_id=spotify_id("album", number),
            deezer_id=deezer_id("album", number),
            apple_id=apple_id("album", number),
            mbid=mbid("release", number),
        )

    def _song(self, dice: Dice, album: Album, title: str, strength: float, debut: int) -> Song:
        number = len(self.songs)
        guests = self._guests(dice, album.artists[0])
        version = f"(feat. {' & '.join(guest.name for guest in guests)})" if guests else ""
        if not guests and album.released.year < _DIGITAL and dice.happens(0.5):
            version = f"- Remastered {album.released.year + 9}"
        hostile = one_in(29, number, at=11) and number // 29 < len(HOSTILE_SONGS)
        made = Song(
            number=number,
            title=HOSTILE_SONGS[number // 29] if hostile else title,
            version="" if hostile else version,
            artists=(*album.artists, *guests),
            album=album,
            track_number=1 + dice.below(album.tracks),
            duration_ms=int(dice.between(128_000, 262_000)),
            explicit=dice.happens(0.7 if album.artists[0].scene.genre[0] == "18" else 0.14),
            isrc=isrc(number, album.released.year),
            life=life_of(dice, number, 0.6 + max(0, -debut) / 300 if hostile else strength, debut),
            spotify_id=spotify_id("track", number),
            deezer_id=deezer_id("track", number),
            apple_id=apple_id("song", number),
            mbid=mbid("recording", number),
        )
        return _reissued(made) if number in _REISSUED else made

    def _guests(self, dice: Dice, host: Artist) -> list[Artist]:
        wanted = dice.weighed(((0, 0.72), (1, 0.21), (2, 0.07)))
        near = [known for known in self._weights if known[0].scene is host.scene]
        drawn = [dice.weighed(near if dice.happens(0.75) else self._weights) for _ in range(wanted)]
        return list(dict.fromkeys(guest for guest in drawn if guest is not host))


def _artists_of(seed: int) -> list[Artist]:
    artists: list[Artist] = []
    hostile, special = iter(HOSTILE_ACTS), iter((*COMBINING, *EMOJI))
    for scene in SCENES:
        names = pairs(scene.acts, scene.space)[: max(4, scene.share // 7)]
        names[2] = next(special, names[2])
        names[3] = next(hostile, names[3])
        artists += [_artist(seed, number, name, scene) for number, name in enumerate(names, len(artists))]
    return artists


def _artist(seed: int, number: int, name: str, scene: Scene) -> Artist:
    dice = Dice(seed, "artist", number)
    return Artist(
        number=number,
        name=name,
        scene=scene,
        fame=1.5 * dice.chance() * dice.chance() * min(1.0, 0.6 + scene.share / 250),
        spotify_id=spotify_id("artist", number),
        deezer_id=deezer_id("artist", number),
        apple_id=apple_id("artist", number),
        mbid=mbid("artist", number),
    )


def _spelled(dice: Dice, released: date, *, old: bool) -> tuple[str, str]:
    """A release date and its precision; of old records often only the year or month is known."""
    ways = (
        ((released.isoformat(), "day"), 0.6),
        ((f"{released:%Y}", "year"), 0.2),
        ((f"{released:%Y-%m}", "month"), 0.14),
        (("0000", "year"), 0.06),
    )
    return dice.weighed(ways) if old else ways[0][0]


_REISSUED = {13: 24, 65: 40, 71: 61}
"""Songs that get new ids, by number, and the day of it."""


def _reissued(song: Song) -> Song:
    """A song that moves from a single to an album: new ids, the same ISRC."""
    number = 100_000 + song.number
    album = replace(
        song.album,
        number=number,
        kind="album",
        tracks=14,
        spotify_id=spotify_id("album", number),
        deezer_id=deezer_id("album", number),
        apple_id=apple_id("album", number),
        mbid=mbid("release", number),
    )
    again = replace(
        song,
        number=number,
        album=album,
        track_number=3,
        spotify_id=spotify_id("track", number),
        deezer_id=deezer_id("track", number),
        apple_id=apple_id("song", number),
    )
    return replace(song, reissue=again, reissued=_REISSUED[song.number])
