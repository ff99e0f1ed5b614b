"""Apple's feeds of what is played most: ``Explict`` and all.

A feed has no album, no ISRC and no duration; the rank is the place in the list.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from chartlake.demo.answers import HTML, Answer, in_json
from chartlake.demo.dice import one_in
from chartlake.demo.identity import picture
from chartlake.demo.names import COUNTRIES

if TYPE_CHECKING:
    from chartlake.demo.answers import Asked
    from chartlake.demo.catalogue import Album, Artist, Song
    from chartlake.demo.world import World

_FEEDS = "https://rss.marketingtools.apple.com"
_MUSIC = "https://music.apple.com"
_ROUTE = re.compile(r"/api/v2/([a-z]{2})/music/most-played/(\d{1,4})/(songs|albums)\.json")
_SIZES = (10, 25, 50, 100)
_TITLES = {"songs": "Top Songs", "albums": "Top Albums"}
_ALL_MUSIC = ("34", "Music")


class Apple:
    """The service."""

    def __init__(self, world: World) -> None:
        """Serve a world."""
        self._world = world
        self._feed = lru_cache(maxsize=16)(self._make_feed)

    def __call__(self, asked: Asked) -> Answer:
        """Answer one request."""
        found = _ROUTE.fullmatch(asked.path)
        if found is None or asked.method != "GET" or found[1].upper() not in COUNTRIES:
            return Answer(status=404, body=b"<html><h1>Not Found</h1></html>", content_type=HTML)
        if int(found[2]) > _SIZES[-1]:
            return Answer(status=500, body=b"<html><h1>Internal Server Error</h1></html>", content_type=HTML)
        if int(found[2]) not in _SIZES:
            return Answer(status=404, body=b"<html><h1>Not Found</h1></html>", content_type=HTML)
        return self._feed(asked.now.date(), found[1], int(found[2]), found[3])

    def _make_feed(self, day: date, country: str, size: int, kind: str) -> Answer:
        address = f"{_FEEDS}/api/v2/{country}/music/most-played/{size}/{kind}.json"
        if kind == "songs":
            results = [_song(song, country) for song in self._world.chart(day, country, size)]
        else:
            results = [_album(album, country) for album in self._world.albums(day, country, size)]
        updated = datetime.combine(day, time(0, 0, 26), UTC)
        return in_json(
            {
                "feed": {
                    "title": _TITLES[kind],
                    "id": address,
                    "author": {"name": "Apple", "url": "https://www.apple.com/"},
                    "links": [{"self": address}],
                    "copyright": f"Copyright © {day.year} Apple Inc. All rights reserved.",
                    "country": country,
                    "icon": "https://www.apple.com/favicon.ico",
                    "updated": format_datetime(updated),
                    "results": results,
                }
            }
        )


def _song(song: Song, country: str) -> dict[str, Any]:
    return {
        **_entry("songs", song.apple_id, song.full_title, song.artists, song.album),
        **_links(country, song.artists[0], song.album, f"?i={song.apple_id}"),
        **({"contentAdvisoryRating": "Explict"} if song.explicit else {}),
    }


def _album(album: Album, country: str) -> dict[str, Any]:
    rated = {"contentAdvisoryRating": "Explict"} if one_in(3, album.number, at=1) else {}
    return {
        **_entry("albums", album.apple_id, album.title, album.artists, album),
        **_links(country, album.artists[0], album, ""),
        **rated,
    }


def _entry(kind: str, given: str, name: str, artists: tuple[Artist, ...], album: Album) -> dict[str, Any]:
    own = artists[0].scene.genre
    genres = [_ALL_MUSIC] if one_in(23, album.number, at=7) else [own, _ALL_MUSIC]
    return {
        "artistName": _joined([artist.name for artist in artists]),
        "id": given,
        "name": name,
        "releaseDate": album.released.isoformat(),
        "kind": kind,
        "genres": [
            {"genreId": number, "name": genre, "url": f"https://itunes.apple.com/us/genre/id{number}"}
            for number, genre in genres
        ],
    }


def _links(country: str, artist: Artist, album: Album, query: str) -> dict[str, Any]:
    name = picture("album", album.number)
    return {
        "artistId": artist.apple_id,
        "artistUrl": f"{_MUSIC}/{country}/artist/{artist.apple_id}",
        "artworkUrl100": f"https://is1-ssl.mzstatic.com/image/thumb/Music/v4/{name}.jpg/100x100bb.jpg",
        "url": f"{_MUSIC}/{country}/album/{album.apple_id}{query}",
    }


def _joined(names: list[str]) -> str:
    *firsts, last = names
    return f"{', '.join(firsts)} & {last}" if firsts else last
