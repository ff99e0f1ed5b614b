"""ListenBrainz' statistics of the whole site: what was listened to most.

They are made anew every day; a week is the last one from Monday to Sunday.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from chartlake.demo.answers import Answer, in_json
from chartlake.demo.dice import one_in
from chartlake.demo.identity import mbid

if TYPE_CHECKING:
    from chartlake.demo.answers import Asked
    from chartlake.demo.catalogue import Artist, Song
    from chartlake.demo.world import World

MOST = 1000
"""How many recordings a page has at most, and the whole at most."""

_USUAL = 25
_LIMITS = (("X-RateLimit-Limit", "30"), ("X-RateLimit-Remaining", "29"), ("X-RateLimit-Reset-In", "10"))


class ListenBrainz:
    """The service."""

    def __init__(self, world: World) -> None:
        """Serve a world."""
        self._world = world
        self._page = lru_cache(maxsize=16)(self._make_page)

    def __call__(self, asked: Asked) -> Answer:
        """Answer one request."""
        answer = self._answer(asked)
        for name, value in _LIMITS:
            answer = answer.header(name, value)
        return answer

    def _answer(self, asked: Asked) -> Answer:
        if asked.path != "/1/stats/sitewide/recordings" or asked.method != "GET":
            return in_json({"code": 404, "error": "Not found"}, status=404)
        wanted = asked.query.get("range", "all_time")
        today = asked.now.date()
        spans = _spans(today)
        if wanted not in spans:
            return _bad(f"Invalid range: {wanted}")
        count, offset = asked.whole("count", _USUAL), asked.whole("offset", 0)
        if count < 0:
            return _bad("'count' should be a non-negative integer")
        if offset < 0:
            return _bad("'offset' should be a non-negative integer")
        return self._page(wanted, *spans[wanted], today, min(count, MOST), offset)

    def _make_page(self, wanted: str, first: date, end: date, today: date, count: int, offset: int) -> Answer:
        middle = first + (min(end, today) - first) / 2
        songs = self._world.chart(middle, "listenbrainz", MOST)
        recordings = [_recording(song, place) for place, song in enumerate(songs, 1)]
        return in_json(
            {
                "payload": {
                    "count": count,
                    "from_ts": _epoch(first),
                    "last_updated": _epoch(today) + 37,
                    "offset": offset,
                    "range": wanted,
                    "recordings": recordings[offset : offset + count],
                    "to_ts": _epoch(end),
                    "total_recording_count": len(recordings),
                }
            }
        )


def _spans(today: date) -> dict[str, tuple[date, date]]:
    """The first day of each range, and the day after its last."""
    monday = today - timedelta(days=today.weekday())
    month = today.replace(day=1)
    last_month = (month - timedelta(days=1)).replace(day=1)
    quarter = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    before_quarter = (quarter - timedelta(days=80)).replace(day=1)
    year = date(today.year, 1, 1)
    return {
        "this_week": (monday, monday + timedelta(days=7)),
        "week": (monday - timedelta(days=7), monday),
        "this_month": (month, (month + timedelta(days=32)).replace(day=1)),
        "month": (last_month, month),
        "quarter": (before_quarter, quarter),
        "half_yearly": (before_quarter, today),
        "this_year": (year, date(today.year + 1, 1, 1)),
        "year": (date(today.year - 1, 1, 1), year),
        "all_time": (date(2002, 10, 1), today),
    }


def _recording(song: Song, place: int) -> dict[str, Any]:
    """One recording; what nobody has matched with MusicBrainz has names alone."""
    names = {
        "artist_name": _credited(song.artists),
        "listen_count": 52_000 // (place + 9) + MOST - place,
        "release_name": song.album.title,
        "track_name": song.full_title,
    }
    if one_in(13, song.number, at=6):
        return {**names, "artist_mbids": [], "recording_mbid": None, "release_mbid": ""}
    return {
        **names,
        "artist_mbids": [artist.mbid for artist in song.artists],
        "artists": [
            {"artist_credit_name": artist.name, "artist_mbid": artist.mbid, "join_phrase": joined}
            for artist, joined in zip(song.artists, _phrases(len(song.artists)), strict=True)
        ],
        "caa_id": 30_000_000_000 + song.album.number,
        "caa_release_mbid": song.album.mbid,
        "recording_mbid": song.mbid,
        "release_mbid": mbid("release", song.album.number),
    }


def _credited(artists: tuple[Artist, ...]) -> str:
    phrases = _phrases(len(artists))
    return "".join(artist.name + joined for artist, joined in zip(artists, phrases, strict=True))


def _phrases(artists: int) -> list[str]:
    """What joins the names: the first features the others."""
    return [" feat. ", *[" & "] * (artists - 2), ""][-artists:]


def _epoch(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())


def _bad(message: str) -> Answer:
    return in_json({"code": 400, "error": message}, status=400)
