"""Playlists as Spotify writes them: of apps of the old kind and of apps of 2026.

A song's text is made once and put together anew for each day, for a Top 50 is 200 KB,
half of it the markets, and a demo asks for a thousand of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from json import dumps
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote_plus

from chartlake.demo.dice import one_in
from chartlake.demo.identity import picture, snapshot_id, spotify_id
from chartlake.demo.names import COUNTRIES

if TYPE_CHECKING:
    from chartlake.demo.catalogue import Album, Artist, Song
    from chartlake.demo.world import Kept, Kind

Wrapping = Literal["track", "item", "both"]
"""Under which key an entry holds its track: until 2026, since, or in between."""

API = "https://api.spotify.com/v1"
SITE = "https://open.spotify.com"

_POPULARITY = -987654321
_IMAGES = ((640, "ab67616d0000b273"), (300, "ab67616d00001e02"), (64, "ab67616d00004851"))
_SHOW_IMAGES = ((640, "ab6765630000ba8a"), (300, "ab67656300005f1f"), (64, "ab6765630000f68d"))


@dataclass(frozen=True, slots=True)
class Style:
    """How an app sees an entry.

    Attributes:
        full: All fields; an app of 2026 sees neither popularity nor markets.
        wrapping: Under which key the track stands.
        episodes: Whether it asked for episodes; they are null if not.
    """

    full: bool
    wrapping: Wrapping
    episodes: bool = True


def entry(kept: Kept, style: Style, *, added_by: str, popularity: int) -> str:
    """One entry of a playlist, in JSON."""
    track = _track(kept.kind, kept.song, style, popularity)
    wraps = ("track", "item") if style.wrapping == "both" else (style.wrapping,)
    return (
        f'{{"added_at": "{kept.added_at:%Y-%m-%dT%H:%M:%SZ}", "added_by": {_user_text(added_by)}, '
        f'"is_local": {"true" if kept.kind == "local" else "false"}, "primary_color": null, '
        + "".join(f'"{wrap}": {track}, ' for wrap in wraps)
        + '"video_thumbnail": {"url": null}}'
    )


def paging(entries: list[str], *, address: str, offset: int, limit: int) -> str:
    """One page of entries, in JSON; ``address`` is that of the first, without a query."""
    end = offset + limit
    following = f"{address}?offset={end}&limit={limit}" if end < len(entries) else None
    before = f"{address}?offset={max(0, offset - limit)}&limit={limit}" if offset else None
    return (
        f'{{"href": "{address}?offset={offset}&limit={limit}", "items": [{", ".join(entries[offset:end])}], '
        f'"limit": {limit}, "next": {dumps(following)}, "offset": {offset}, "previous": {dumps(before)}, '
        f'"total": {len(entries)}}}'
    )


def description(playlist_id: str, *, name: str, owner: str, day: date, revision: int) -> dict[str, Any]:
    """A playlist without its entries."""
    return {
        "collaborative": False,
        "description": "",
        "external_urls": {"spotify": f"{SITE}/playlist/{playlist_id}"},
        "followers": {"href": None, "total": 1200 + day.toordinal() % 97},
        "href": f"{API}/playlists/{playlist_id}",
        "id": playlist_id,
        "images": [
            {"height": None, "url": f"https://i.scdn.co/image/{picture('playlist', revision)}", "width": None}
        ],
        "name": name,
        "owner": {"display_name": owner, **user(owner)},
        "primary_color": None,
        "public": True,
        "snapshot_id": snapshot_id(playlist_id, day.toordinal(), revision),
        "type": "playlist",
        "uri": f"spotify:playlist:{playlist_id}",
    }


def user(name: str) -> dict[str, Any]:
    """A user, as it stands beside an entry; editorial playlists have an empty one."""
    return {
        "external_urls": {"spotify": f"{SITE}/user/{name}"},
        "href": f"{API}/users/{name}",
        "id": name,
        "type": "user",
        "uri": f"spotify:user:{name}",
    }


@lru_cache(maxsize=64)
def _user_text(name: str) -> str:
    return dumps(user(name))


def _track(kind: Kind, song: Song | None, style: Style, popularity: int) -> str:
    if song is not None:
        before, after = _song(song, style.full)
        return f"{before}{popularity}{after}" if after else before
    if kind == "local":
        return _local(style.full)
    return _episode(style.full) if kind == "episode" and style.episodes else "null"


@lru_cache(maxsize=4096)
def _song(song: Song, full: bool) -> tuple[str, str]:  # noqa: FBT001 - a key of the cache
    """The text of a track before and behind its popularity; the second is empty if it has none."""
    markets = {"available_markets": _markets(song.number)}
    value = {
        "album": {**_album(song.album), **(markets if full else {})},
        "artists": [_artist(artist) for artist in song.artists],
        **(markets if full else {"is_playable": True}),
        "disc_number": 1,
        "duration_ms": song.duration_ms,
        "episode": False,
        "explicit": song.explicit,
        "external_ids": {"isrc": song.isrc},
        **_named("track", song.spotify_id),
        "is_local": False,
        "name": song.full_title,
        **({"popularity": _POPULARITY} if full else {}),
        "preview_url": None,
        "track": True,
        "track_number": song.track_number,
        "type": "track",
    }
    before, _, after = dumps(value, ensure_ascii=False).partition(str(_POPULARITY))
    return before, after


def _album(album: Album) -> dict[str, Any]:
    return {
        "album_type": album.kind,
        "artists": [_artist(artist) for artist in album.artists],
        **_named("album", album.spotify_id),
        "images": _pictures(_IMAGES, picture("album", album.number)),
        "name": album.title,
        "release_date": album.release_date,
        "release_date_precision": album.precision,
        "total_tracks": album.tracks,
        "type": "album",
    }


def _artist(artist: Artist) -> dict[str, Any]:
    return {**_named("artist", artist.spotify_id), "name": artist.name, "type": "artist"}


def _named(kind: str, given: str) -> dict[str, Any]:
    return {
        "external_urls": {"spotify": f"{SITE}/{kind}/{given}"},
        "href": f"{API}/{kind}s/{given}",
        "id": given,
        "uri": f"spotify:{kind}:{given}",
    }


def _pictures(sizes: tuple[tuple[int, str], ...], name: str) -> list[dict[str, Any]]:
    return [
        {"height": size, "url": f"https://i.scdn.co/image/{prefix}{name[:24]}", "width": size}
        for size, prefix in sizes
    ]


def _markets(number: int) -> list[str]:
    """Nearly all, mostly; a few tracks may be played nowhere at the moment."""
    if one_in(61, number, at=3):
        return []
    return COUNTRIES[: -2 if one_in(9, number, at=4) else None]


_NOBODY: dict[str, Any] = {"external_urls": {}, "href": None, "id": None, "uri": None}
_LOCAL = ("Garage Tapes", "Nobody & the Neighbours", "Demo No. 3 (kitchen take)", 183)


@lru_cache(maxsize=2)
def _local(full: bool) -> str:  # noqa: FBT001 - a key of the cache
    """A file of one's own: names, and no ids at all."""
    album, artist, title, seconds = _LOCAL
    unknown: dict[str, Any] = {"available_markets": []} if full else {}
    value = {
        "album": {
            "album_type": None,
            "artists": [],
            **unknown,
            **_NOBODY,
            "images": [],
            "name": album,
            "release_date": None,
            "release_date_precision": None,
            "type": "album",
        },
        "artists": [{**_NOBODY, "name": artist, "type": "artist"}],
        **unknown,
        "disc_number": 0,
        "duration_ms": seconds * 1000,
        "explicit": False,
        "external_ids": {},
        **_NOBODY,
        "is_local": True,
        "name": title,
        **({"popularity": 0} if full else {}),
        "preview_url": None,
        "track_number": 0,
        "type": "track",
        "uri": ":".join(("spotify:local", *map(quote_plus, (artist, album, title)), str(seconds))),
    }
    return dumps(value)


@lru_cache(maxsize=2)
def _episode(full: bool) -> str:  # noqa: FBT001 - a key of the cache
    """An episode of a podcast: a show instead of album and artists, and no ISRC."""
    markets = {"available_markets": COUNTRIES} if full else {}
    pictures = _pictures(_SHOW_IMAGES, picture("show", 1))
    return dumps(
        {
            "audio_preview_url": None,
            **markets,
            "description": "How the umbrella charts of a small town are counted.",
            "duration_ms": 2_071_000,
            "episode": True,
            "explicit": False,
            **_named("episode", spotify_id("episode", 1)),
            "html_description": "<p>How the umbrella charts of a small town are counted.</p>",
            "images": pictures,
            "is_externally_hosted": False,
            **({} if full else {"is_playable": True}),
            "language": "en",
            "languages": ["en"],
            "name": "42 - Counting Umbrellas",
            "release_date": "2026-03-11",
            "release_date_precision": "day",
            **({} if full else {"resume_point": {"fully_played": False, "resume_position_ms": 0}}),
            "show": {
                **markets,
                "copyrights": [],
                "description": "A podcast about lists.",
                "explicit": False,
                **_named("show", spotify_id("show", 1)),
                "html_description": "A podcast about lists.",
                "images": pictures,
                "is_externally_hosted": False,
                "languages": ["en"],
                "media_type": "audio",
                "name": "Rank and File",
                **({"publisher": "The Ninefold Tape Works"} if full else {}),
                "total_episodes": 97,
                "type": "show",
            },
            "track": False,
            "type": "episode",
        }
    )
