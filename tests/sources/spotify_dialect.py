"""As much of Spotify's dialect as a capture hears, with made songs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from scripted import Asked, Reply, of

ID = "4hOKQuZbraPDIfaGbM3lKI"
API = "/v1"


def song(number: int) -> dict[str, object]:
    return {"added_at": "2026-06-01T00:00:00Z", "item": {"id": f"song{number:04}", "name": f"Song {number}"}}


@dataclass
class Spotify:
    """One playlist, one app, one person; ``before_page`` is called with each offset asked for."""

    url: str
    songs: list[dict[str, object]] = field(default_factory=lambda: [song(number) for number in range(3)])
    version: int = 0
    token: str = "ACCESS-0"
    tokens: int = 0
    grant: dict[str, object] = field(default_factory=dict)
    overrides: dict[str, Callable[[Asked], Reply | None]] = field(default_factory=dict)
    before_page: Callable[[int], None] = lambda _: None

    def __call__(self, asked: Asked) -> Reply:
        if override := self.overrides.get(asked.path):
            reply = override(asked)
            if reply is not None:
                return reply
        if asked.path == "/api/token":
            return self._token()
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            return of({"error": {"status": 401, "message": "The access token expired"}}, 401)
        if asked.path == f"{API}/playlists/{ID}":
            known = {
                "id": ID,
                "name": "Made up",
                "snapshot_id": f"version{self.version}",
                "owner": {"id": "me"},
            }
            wanted = asked.query["fields"].split(",")
            return of({name: known[name] for name in wanted})
        if asked.path in (f"{API}/playlists/{ID}/items", f"{API}/playlists/{ID}/tracks"):
            return self._page(asked)
        return of({"error": {"status": 404, "message": "Resource not found"}}, 404)

    def edit(self, songs: list[dict[str, object]]) -> None:
        self.songs = songs
        self.version += 1

    def _token(self) -> Reply:
        self.tokens += 1
        self.token = str(self.grant.get("access_token", f"ACCESS-{self.tokens}"))
        return of({"access_token": self.token, "token_type": "Bearer", "expires_in": 3600, **self.grant})

    def _page(self, asked: Asked) -> Reply:
        offset, limit = int(asked.query["offset"]), int(asked.query["limit"])
        self.before_page(offset)
        ends = offset + limit
        more = ends < len(self.songs)
        return of(
            {
                "href": f"{self.url}{asked.path}?offset={offset}&limit={limit}",
                "items": self.songs[offset:ends],
                "limit": limit,
                "next": f"{self.url}{asked.path}?offset={ends}&limit={limit}" if more else None,
                "offset": offset,
                "previous": None,
                "total": len(self.songs),
            }
        )
