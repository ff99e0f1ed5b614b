"""Small made documents in the providers' shapes, for tests that need some."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chartlake import layout
from chartlake.snapshot import FORMAT, Envelope, Request, digest, packed, page, sealed
from chartlake.sources import Captured

if TYPE_CHECKING:
    from chartlake.sources import Chart
    from chartlake.store import Store

PLAYLIST = "5ChartOfTheTestsOfOurs"


def artist(number: int) -> dict[str, Any]:
    """An artist as Spotify writes one."""
    return {"id": f"artist{number}", "name": f"Artist {number}", "type": "artist"}


def track(number: int, **changes: Any) -> dict[str, Any]:
    """A track as Spotify writes one, with some of it changed; a change to ... leaves it out."""
    made = {
        "type": "track",
        "id": f"song{number}",
        "name": f"Song {number}",
        "duration_ms": 180_000 + number,
        "explicit": False,
        "popularity": 50,
        "track_number": 1,
        "is_local": False,
        "track": True,
        "episode": False,
        "external_ids": {"isrc": f"ZZTST{number:07d}"},
        "external_urls": {"spotify": f"https://open.spotify.com/track/song{number}"},
        "artists": [artist(number % 5)],
        "album": {
            "id": f"album{number % 7}",
            "name": f"Album {number % 7}",
            "album_type": "album",
            "release_date": "2020-11-27",
            "release_date_precision": "day",
            "total_tracks": 10,
            "images": [{"url": "https://images.example/a", "height": 640, "width": 640}],
            "artists": [artist(number % 5)],
        },
        **changes,
    }
    return {key: value for key, value in made.items() if value is not ...}


def entry(
    one: dict[str, Any] | None, *, wrapper: str = "track", added_at: str = "2026-06-01T05:00:00Z"
) -> dict:
    """A playlist entry around a track."""
    return {"added_at": added_at, "is_local": bool(one and one.get("is_local")), wrapper: one}


def paging(entries: list[dict[str, Any] | None], **changes: Any) -> dict[str, Any]:
    """A page of playlist items."""
    return {
        "href": f"https://api.spotify.com/v1/playlists/{PLAYLIST}/tracks?offset=0&limit=100",
        "items": entries,
        "limit": 100,
        "next": None,
        "offset": 0,
        "previous": None,
        "total": len(entries),
        **changes,
    }


def playlist(*numbers: int | dict[str, Any] | None, wrapper: str = "track") -> bytes:
    """A page of playlist items: tracks by number, as given, or removed ones (None)."""
    entries = [entry(track(one) if isinstance(one, int) else one, wrapper=wrapper) for one in numbers]
    return json.dumps(paging(entries)).encode()


def document(body: bytes, *, captured_at: datetime, chart_id: str = PLAYLIST, **changes: Any) -> bytes:
    """A captured document around one page of playlist items."""
    settings: dict[str, Any] = {
        "chartlake": FORMAT,
        "source": "spotify",
        "chart_id": chart_id,
        "chart_name": "Tests' Top",
        "region": "global",
        "cadence": "daily",
        "captured_at": captured_at,
        "requests": [Request(url="https://api.spotify.com/v1/playlists", status=200)],
        "pages": [page(body)],
        **changes,
    }
    return sealed(Envelope(**settings))


def put_pending(store: Store, body: bytes, *, captured_at: datetime, **changes: Any) -> str:
    """Put a captured document where it waits; its key."""
    made = document(body, captured_at=captured_at, **changes)
    key = layout.raw_key("spotify", changes.get("chart_id", PLAYLIST), captured_at, digest(made))
    store.put(key, packed(made))
    return key


def day(number: int, hour: int = 6, minute: int = 30) -> datetime:
    """A moment on the so many-th day of June 2026."""
    return datetime(2026, 6, number, hour, minute, tzinfo=UTC)


class FakeSource:
    """A source that answers what it is told to: bodies, or errors to raise."""

    def __init__(self, *answers: bytes | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def accepts(self, chart: Chart) -> None:
        """Every chart will do."""

    def capture(self, chart: Chart) -> Captured:
        """The next answer; the last one again when there are no more."""
        self.asked.append(chart.id)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        asked = Request(url="https://api.spotify.com/v1/playlists", status=200)
        return Captured(pages=[answer], requests=[asked], received=len(answer))
