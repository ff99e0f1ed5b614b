"""Make raw documents to measure with: Spotify playlist answers of the size of real ones.

A Top 50 of the extended flavour, 185 markets twice an item, is 218 KB; half of it are markets.
Deterministic: the same arguments make the same bytes.

    python bench/documents.py FOLDER [DOCUMENTS]
"""

from __future__ import annotations

import json
import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

CHARTS, SONGS, ALBUMS, ARTISTS, POSITIONS = 10, 2600, 1350, 1200, 50
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_ADDED_BY = {
    "external_urls": {"spotify": "https://open.spotify.com/user/"},
    "href": "https://api.spotify.com/v1/users/",
    "id": "",
    "type": "user",
    "uri": "spotify:user:",
}
_MARKETS = [a + b for a in "ABCDEFGHIJKLMNOPQRS" for b in "ABCDEFGHIJ"][:185]


def made(documents: int) -> list[tuple[str, bytes]]:
    """File names and bytes of so many answers: ten charts, one answer a day each."""
    dice = random.Random(7)
    ids = ["".join(dice.choice(_LETTERS) for _ in range(22)) for _ in range(SONGS + ALBUMS + ARTISTS)]
    artists = [_artist(one, place) for place, one in enumerate(ids[SONGS + ALBUMS :])]
    albums = [_album(one, place, dice, artists) for place, one in enumerate(ids[SONGS : SONGS + ALBUMS])]
    songs = [_song(one, place, dice, albums, artists) for place, one in enumerate(ids[:SONGS])]
    first = datetime(2019, 1, 1, 6, 30, tzinfo=UTC)
    charts = [list(range(start, start + POSITIONS)) for start in range(0, CHARTS * 20, 20)]
    answers = []
    for number in range(documents):
        when = first + timedelta(days=number // CHARTS, minutes=number % CHARTS)
        chart = charts[number % CHARTS]
        for _ in range(3):
            chart[dice.randrange(10, POSITIONS)] = dice.randrange(SONGS)
        place = dice.randrange(POSITIONS - 1)
        chart[place], chart[place + 1] = chart[place + 1], chart[place]
        answers.append(
            (
                f"spotify_raw_{when:%Y-%m-%d %H-%M-%S}.000000.json",
                _answer(when, number % CHARTS, chart, songs, dice),
            )
        )
    return answers


def written(folder: Path, documents: int) -> int:
    """Write them into a folder; their bytes together."""
    folder.mkdir(parents=True, exist_ok=True)
    total = 0
    for name, body in made(documents):
        (folder / name).write_bytes(body)
        total += len(body)
    return total


def _answer(when: datetime, which: int, chart: list[int], songs: list[dict], dice: random.Random) -> bytes:
    items = [
        {
            "added_at": f"{when:%Y-%m-%dT%H:%M:%SZ}",
            "added_by": _ADDED_BY,
            "is_local": False,
            "primary_color": None,
            "track": {**songs[song], "popularity": dice.randrange(60, 100)},
            "video_thumbnail": {"url": None},
        }
        for song in chart
    ]
    href = f"https://api.spotify.com/v1/playlists/0BenchPlaylist{which:08d}/tracks?offset=0&limit=100"
    paging = {"href": href, "items": items, "limit": 100, "next": None, "offset": 0, "previous": None}
    return json.dumps({**paging, "total": len(items)}, separators=(",", ":"), ensure_ascii=False).encode()


def _links(kind: str, one: str) -> dict:
    return {
        "external_urls": {"spotify": f"https://open.spotify.com/{kind}/{one}"},
        "href": f"https://api.spotify.com/v1/{kind}s/{one}",
        "id": one,
        "type": kind,
        "uri": f"spotify:{kind}:{one}",
    }


def _artist(one: str, place: int) -> dict:
    return {**_links("artist", one), "name": f"Artist {place} Ünïcode"}


def _album(one: str, place: int, dice: random.Random, artists: list[dict]) -> dict:
    return {
        **_links("album", one),
        "album_type": "single" if place % 3 else "album",
        "artists": [artists[dice.randrange(ARTISTS)]],
        "available_markets": _MARKETS,
        "images": [
            {"height": size, "url": f"https://i.scdn.co/image/ab67616d0000{size}{place:024d}", "width": size}
            for size in (640, 300, 64)
        ],
        "name": f"Album {place}",
        "release_date": f"{2000 + place % 24}-{1 + place % 12:02d}-{1 + place % 28:02d}",
        "release_date_precision": "day",
        "total_tracks": 1 + place % 20,
    }


def _song(one: str, place: int, dice: random.Random, albums: list[dict], artists: list[dict]) -> dict:
    return {
        **_links("track", one),
        "album": albums[dice.randrange(ALBUMS)],
        "artists": [artists[dice.randrange(ARTISTS)] for _ in range(1 + place % 3 // 2)],
        "available_markets": _MARKETS,
        "disc_number": 1,
        "duration_ms": 120_000 + place * 37,
        "episode": False,
        "explicit": place % 4 == 0,
        "external_ids": {"isrc": f"ZZAAA{place:07d}"},
        "is_local": False,
        "name": f"Song {place}: ça",
        "preview_url": None,
        "track": True,
        "track_number": 1 + place % 12,
    }


if __name__ == "__main__":
    print(written(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 2000))
