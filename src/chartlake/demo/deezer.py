"""Deezer's API, as far as a recorder of charts needs it.

It is written in PHP and shows it: slashes are escaped, and most errors have status 200.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from functools import lru_cache
from json import dumps
from typing import TYPE_CHECKING, Any

from chartlake.demo.answers import Answer
from chartlake.demo.identity import picture

if TYPE_CHECKING:
    from chartlake.demo.answers import Asked
    from chartlake.demo.catalogue import Album, Artist, Song
    from chartlake.demo.world import World

PLAYLISTS = {3155776842: ("Top Worldwide", "deezer"), 1116187241: ("Top Italy", "it")}
"""The chart playlists: how each is called, and whose listeners make it."""

_SITE = "https://www.deezer.com"
_API = "https://api.deezer.com"
_PICTURES = "https://e-cdns-images.dzcdn.net/images"
_SIZES = (("small", 56), ("medium", 250), ("big", 500), ("xl", 1000))
_ROUTE = re.compile(r"/(playlist|track|chart)/(-?\w+)(/tracks)?")
_PLACES = 100
_USUAL_CHART = 10
_USUAL_PAGE = 25


def php(value: object) -> bytes:
    """A value in JSON as PHP writes it."""
    return dumps(value, separators=(",", ":")).replace("/", "\\/").encode()


def error(kind: str, message: str, code: int | None = None) -> bytes:
    """An error as Deezer words it; some have no code."""
    return php({"error": {"type": kind, "message": message} | ({} if code is None else {"code": code})})


NO_DATA = error("DataException", "no data", 800)
WRONG_PARAMETER = error("ParameterException", "Wrong parameter", 500)
QUOTA = error("Exception", "Quota limit exceeded", 4)
"""What more than 50 requests in 5 seconds get, with status 200 and no Retry-After."""
BUSY = error("Exception", "Service busy", 700)
"""What is worth another try."""


class Deezer:
    """The service."""

    def __init__(self, world: World) -> None:
        """Serve a world."""
        self._world = world
        self._page = lru_cache(maxsize=16)(self._make_page)
        self._songs = {song.deezer_id: song for song in _editions(world)}

    def __call__(self, asked: Asked) -> Answer:
        """Answer one request."""
        found = _ROUTE.fullmatch(asked.path)
        if found is None or asked.method != "GET":
            return Answer(status=404, body=php({"error": "Not Found"}))
        return Answer(body=self._found(asked, found[1], found[2], found[3] or "")).header("x-org", "FR")

    def _found(self, asked: Asked, kind: str, number: str, part: str) -> bytes:
        if not number.lstrip("-").isdigit():
            return WRONG_PARAMETER
        given, day = int(number), asked.now.date()
        index = asked.whole("index", 0)
        if kind == "chart" and given == 0 and part:
            return self._chart(day, index, asked.whole("limit", _USUAL_CHART))
        if kind == "playlist" and given in PLAYLISTS:
            if part:
                return self._page(given, day, asked.base, index, asked.whole("limit", _USUAL_PAGE))
            return self._whole(given, day)
        if kind == "track" and not part and given in self._songs:
            return php(_whole_track(self._songs[given], self._rank(self._songs[given], day)))
        return NO_DATA

    def _chart(self, day: date, index: int, limit: int) -> bytes:
        songs = self._world.chart(day, "deezer", _PLACES)[index : index + limit]
        data = [
            {**_track(song, self._rank(song, day)), "position": place}
            for place, song in enumerate(songs, index + 1)
        ]
        return php({"data": data, "total": len(data)})

    def _make_page(self, playlist: int, day: date, base: str, index: int, limit: int) -> bytes:
        songs = self._world.chart(day, PLAYLISTS[playlist][1], _PLACES)
        value: dict[str, Any] = {
            "data": [self._listed(song, day) for song in songs[index : index + limit]],
            "checksum": _checksum(playlist, day),
            "total": len(songs),
        }
        address = f"{base}/playlist/{playlist}/tracks?limit={limit}&index="
        if index:
            value["prev"] = f"{address}{max(0, index - limit)}"
        if index + limit < len(songs):
            value["next"] = f"{address}{index + limit}"
        return php(value)

    def _whole(self, playlist: int, day: date) -> bytes:
        name, region = PLAYLISTS[playlist]
        tracks = [self._listed(song, day) for song in self._world.chart(day, region, _PLACES)]
        md5 = picture("playlist", playlist)[:32]
        return php(
            {
                "id": playlist,
                "title": name,
                "description": "What is heard most, counted anew every day.",
                "duration": sum(track["duration"] for track in tracks),
                "public": True,
                "is_loved_track": False,
                "collaborative": False,
                "nb_tracks": len(tracks),
                "fans": 9_000_000,
                "link": f"{_SITE}/playlist/{playlist}",
                "share": f"{_SITE}/playlist/{playlist}?utm_source=deezer",
                **_pictures("picture", f"{_API}/playlist/{playlist}/image", "playlist", md5),
                "checksum": _checksum(playlist, day),
                "tracklist": f"{_API}/playlist/{playlist}/tracks",
                "creation_date": "2017-05-15 08:00:00",
                "md5_image": md5,
                "picture_type": "playlist",
                "creator": {
                    "id": 637006841,
                    "name": "Deezer Charts",
                    "tracklist": f"{_API}/user/637006841/flow",
                    "type": "user",
                },
                "type": "playlist",
                "tracks": {"data": tracks, "checksum": _checksum(playlist, day)},
            }
        )

    def _listed(self, song: Song, day: date) -> dict[str, Any]:
        """A track in a playlist: without a position, but with the time at which it was added."""
        md5 = picture("album", song.album.number)[:32]
        track = _track(song, self._rank(song, day))
        track["album"]["md5_image"] = md5
        added = int(datetime.combine(day, time(), UTC).timestamp())
        return {**track, "readable": True, "md5_image": md5, "time_add": added}

    def _rank(self, song: Song, day: date) -> int:
        return self._world.popularity(song, day) * 9_900 + song.number % 9_900


def _track(song: Song, rank: int) -> dict[str, Any]:
    return {
        "id": song.deezer_id,
        "title": song.full_title,
        "title_short": song.title,
        "title_version": song.version,
        "link": f"{_SITE}/track/{song.deezer_id}",
        "duration": song.duration_ms // 1000,
        "rank": rank,
        "explicit_lyrics": song.explicit,
        "explicit_content_lyrics": 1 if song.explicit else 0,
        "explicit_content_cover": 2,
        "preview": f"https://cdns-preview-0.dzcdn.net/stream/c-{picture('sound', song.number)[:32]}-1.mp3",
        "artist": _artist(song.artists[0]),
        "album": _album(song.album),
        "type": "track",
    }


def _whole_track(song: Song, rank: int) -> dict[str, Any]:
    """A track on its own: only here are its ISRC and all who take part."""
    released = song.album.released.isoformat()
    artists = [
        {**_artist(artist), "share": f"{_SITE}/artist/{artist.deezer_id}?utm_source=deezer"}
        for artist in song.artists
    ]
    album = {**_album(song.album), "link": f"{_SITE}/album/{song.album.deezer_id}", "release_date": released}
    return {
        **_track(song, rank),
        "readable": True,
        "isrc": song.isrc,
        "share": f"{_SITE}/track/{song.deezer_id}?utm_source=deezer",
        "track_position": song.track_number,
        "disk_number": 1,
        "release_date": released,
        "bpm": 90 + song.number % 60,
        "gain": -7.4 - song.number % 5,
        "available_countries": ["BR", "DE", "FR", "GB", "IT", "JP", "US"],
        "contributors": [
            {**artist, "role": "Featured" if place else "Main"} for place, artist in enumerate(artists)
        ],
        "artist": artists[0],
        "album": album,
    }


def _artist(artist: Artist) -> dict[str, Any]:
    address = f"{_API}/artist/{artist.deezer_id}"
    return {
        "id": artist.deezer_id,
        "name": artist.name,
        "link": f"{_SITE}/artist/{artist.deezer_id}",
        **_pictures("picture", f"{address}/image", "artist", picture("artist", artist.number)[:32]),
        "radio": True,
        "tracklist": f"{address}/top?limit=50",
        "type": "artist",
    }


def _album(album: Album) -> dict[str, Any]:
    address = f"{_API}/album/{album.deezer_id}"
    return {
        "id": album.deezer_id,
        "title": album.title,
        **_pictures("cover", f"{address}/image", "cover", picture("album", album.number)[:32]),
        "tracklist": f"{address}/tracks",
        "type": "album",
    }


def _pictures(name: str, address: str, folder: str, md5: str) -> dict[str, str]:
    sized = {
        f"{name}_{size}": f"{_PICTURES}/{folder}/{md5}/{pixels}x{pixels}-000000-80-0-0.jpg"
        for size, pixels in _SIZES
    }
    return {name: address, **sized}


def _checksum(playlist: int, day: date) -> str:
    return picture(f"playlist of {playlist}", day.toordinal())[:32]


def _editions(world: World) -> list[Song]:
    return [edition for song in world.songs for edition in (song, song.reissue) if edition is not None]
