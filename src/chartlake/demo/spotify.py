"""Spotify's Web API, as far as a recorder of charts needs it.

An app of the old kind reads every playlist; one of 2026 reads the entries of its user's
own playlists, gets 404 for editorial ones and 403 for all others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from json import dumps, loads
from typing import TYPE_CHECKING, Any

from chartlake.demo import (
    EDITORIAL_PLAYLIST,
    EXTENDED_APP,
    LISTENER,
    OWN_PLAYLIST,
    SOMEBODY_ELSES_PLAYLIST,
)
from chartlake.demo.answers import Answer, in_json
from chartlake.demo.spotify_accounts import Grant, opened
from chartlake.demo.spotify_pages import Style, Wrapping, description, entry, paging, user
from chartlake.demo.world import Kept

if TYPE_CHECKING:
    from chartlake.demo.answers import Asked
    from chartlake.demo.world import World

_ROUTE = re.compile(r"/v1/playlists/([^/]+)(/tracks|/items)?")
_BASE62 = re.compile(r"[0-9A-Za-z]{22}")
_LONGEST_PAGE = {"/tracks": 100, "/items": 50}
_USUAL_PAGE = {"/tracks": 100, "/items": 20}
_READS_PRIVATE = "playlist-read-private"


@dataclass(frozen=True, slots=True)
class _Playlist:
    name: str
    owner: str
    added_by: str


_PLAYLISTS = {
    EDITORIAL_PLAYLIST: _Playlist("Top 50 - Global", "spotify", ""),
    OWN_PLAYLIST: _Playlist("Mixtape", LISTENER, LISTENER),
    SOMEBODY_ELSES_PLAYLIST: _Playlist("Chansons", "somebody", "somebody"),
}


class Refused(Exception):
    """A request is refused."""

    def __init__(self, status: int, message: str) -> None:
        """Keep the answer."""
        super().__init__(message)
        self.answer = in_json({"error": {"status": status, "message": message}}, status=status)


class Spotify:
    """The service."""

    def __init__(self, world: World, *, wrapping: Wrapping | None = None) -> None:
        """Serve a world.

        Args:
            world: What there is.
            wrapping: Under which key all entries hold their tracks; by default what the app and
                the path are known for.
        """
        self._world = world
        self._wrapping = wrapping
        self._revisions = dict.fromkeys(_PLAYLISTS, 0)
        self._entries = lru_cache(maxsize=8)(self._make_entries)
        self._page = lru_cache(maxsize=16)(self._make_page)
        self._whole = lru_cache(maxsize=16)(self._make_whole)

    def revise(self, playlist_id: str) -> None:
        """Change a playlist within its day: a new snapshot_id, and two entries have changed places."""
        self._revisions[playlist_id] += 1

    def __call__(self, asked: Asked) -> Answer:
        """Answer one request."""
        try:
            grant = _granted(asked)
            if asked.path == "/v1/me":
                return _me(grant)
            playlist_id, part = _route(asked)
            return Answer(body=self._playlist(asked, grant, playlist_id, part))
        except Refused as refused:
            return refused.answer

    def _playlist(self, asked: Asked, grant: Grant, playlist_id: str, part: str) -> bytes:
        readable = _readable(grant, playlist_id)
        old = grant.app == EXTENDED_APP
        style = Style(
            full=old,
            wrapping=self._wrapping or _usual_wrapping(part, old=old),
            episodes="episode" in asked.query.get("additional_types", "").split(","),
        )
        address = f"{asked.base}/v1/playlists/{playlist_id}"
        state = (playlist_id, asked.now.date(), self._revisions[playlist_id])
        if not part:
            return self._whole(*state, style if readable else None, address, asked.query.get("fields", ""))
        if part == "/tracks" and not old:
            raise Refused(403, "Forbidden")
        if not readable:
            raise Refused(403, "Forbidden")
        limit, offset = asked.whole("limit", _USUAL_PAGE[part]), asked.whole("offset", 0)
        if not 1 <= limit <= _LONGEST_PAGE[part]:
            raise Refused(400, "Invalid limit")
        if offset < 0:
            raise Refused(400, "Invalid offset")
        return _chosen(
            self._page(*state, style, address + part, offset, limit), asked.query.get("fields", "")
        )

    def _make_whole(
        self, playlist_id: str, day: date, revision: int, style: Style | None, address: str, fields: str
    ) -> bytes:
        """A playlist with its first hundred entries, for those who may read them."""
        known = _PLAYLISTS[playlist_id]
        value = description(playlist_id, name=known.name, owner=known.owner, day=day, revision=revision)
        text = dumps(value)
        if style is not None:
            parts = {"track": ("tracks",), "item": ("items",), "both": ("tracks", "items")}[style.wrapping]
            pages = (
                (part, self._page(playlist_id, day, revision, style, f"{address}/{part}", 0, 100))
                for part in parts
            )
            text = text[:-1] + "".join(f', "{part}": {page.decode()}' for part, page in pages) + "}"
        return _chosen(text.encode(), fields)

    def _make_page(
        self, playlist_id: str, day: date, revision: int, style: Style, address: str, offset: int, limit: int
    ) -> bytes:
        entries = self._entries(playlist_id, day, revision, style)
        return paging(entries, address=address, offset=offset, limit=limit).encode()

    def _make_entries(self, playlist_id: str, day: date, revision: int, style: Style) -> list[str]:
        kept = self._kept(playlist_id, day)
        first, second = revision % len(kept), (revision + 1) % len(kept)
        if revision:
            kept[first], kept[second] = kept[second], kept[first]
        return [
            entry(
                one,
                style,
                added_by=_PLAYLISTS[playlist_id].added_by,
                popularity=self._world.popularity(one.song, day) if one.song else 0,
            )
            for one in kept
        ]

    def _kept(self, playlist_id: str, day: date) -> list[Kept]:
        if playlist_id == OWN_PLAYLIST:
            return self._world.playlist(day)
        region = "global" if playlist_id == EDITORIAL_PLAYLIST else "fr"
        updated = datetime.combine(day, time(), UTC)
        return [Kept("song", updated, song) for song in self._world.chart(day, region, 50)]


def _route(asked: Asked) -> tuple[str, str]:
    found = _ROUTE.fullmatch(asked.path)
    if found is None or asked.method != "GET":
        raise Refused(404, "Service not found")
    return found[1], found[2] or ""


def _granted(asked: Asked) -> Grant:
    scheme, _, token = asked.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Refused(401, "No token provided")
    grant = opened(token.strip(), "access")
    if grant is None:
        raise Refused(401, "Invalid access token")
    if asked.now.timestamp() > grant.until:
        raise Refused(401, "The access token expired")
    return grant


def _readable(grant: Grant, playlist_id: str) -> bool:
    """Whether an app may read a playlist's entries.

    Raises:
        Refused: It may not even know that there is one.
    """
    if not _BASE62.fullmatch(playlist_id):
        raise Refused(400, "Invalid base62 id")
    if playlist_id not in _PLAYLISTS:
        raise Refused(404, "Resource not found")
    if grant.app == EXTENDED_APP:
        return True
    if playlist_id == EDITORIAL_PLAYLIST:
        raise Refused(404, "Resource not found")
    own = _PLAYLISTS[playlist_id].owner == grant.user
    if own and _READS_PRIVATE not in grant.scope.split():
        raise Refused(403, "Insufficient client scope")
    return own


def _usual_wrapping(part: str, *, old: bool) -> Wrapping:
    if not old:
        return "item"
    return "both" if part == "/items" else "track"


def _me(grant: Grant) -> Answer:
    if not grant.user:
        raise Refused(401, "Valid user authentication required")
    return in_json({"display_name": grant.user, "images": [], **user(grant.user)})


def _chosen(document: bytes, fields: str) -> bytes:
    """What ``fields`` asks for: names separated by commas, inner ones behind dots."""
    if not fields:
        return document
    value = loads(document)
    chosen: dict[str, Any] = {}
    for field in fields.split(","):
        _choose(value, field.strip().split("."), chosen)
    return dumps(chosen, ensure_ascii=False).encode()


def _choose(value: dict[str, Any], path: list[str], into: dict[str, Any]) -> None:
    name, *deeper = path
    if name not in value:
        return
    inner = value[name]
    if not deeper or inner is None:
        into[name] = inner
    elif isinstance(inner, list):
        kept = into.setdefault(name, [{} for _ in inner])
        for one, chosen in zip(inner, kept, strict=True):
            _choose(one, deeper, chosen)
    elif isinstance(inner, dict):
        _choose(inner, deeper, into.setdefault(name, {}))
