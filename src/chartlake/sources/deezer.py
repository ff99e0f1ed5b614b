"""Deezer: any public playlist, such as its own Top Worldwide (3155776842), without an account.

Deezer's ``/chart`` answers according to the caller's country, so a laptop and a server
would record different charts under one name; its playlists are the same for everybody.
Errors come with status 200; the quota is 50 requests in 5 seconds for one address.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec

from chartlake.errors import SettingsError, SourceError
from chartlake.sources import Captured, Chart, Retention, Secrets
from chartlake.sources.http import same_origin
from chartlake.sources.passes import MOST, Pass, steady

if TYPE_CHECKING:
    from chartlake.sources.http import Answer, Client, Trouble, Visit

_PAGE = 100
_PACE_REQUESTS, _PACE_SECONDS = 40, 5.0
_QUOTA, _BUSY, _NO_DATA = 4, 700, 800
_NOT_ALLOWED = (200, 300)
_ID = re.compile(r"[0-9]{1,18}")


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[deezer]`` of chartlake.toml.

    Attributes:
        url: Where the service answers.
        retention_days: Days to keep what it gave, or ``forever``; every run deletes what is older.
    """

    url: str = "https://api.deezer.com"
    retention_days: Retention = None


def requests_for(chart: Chart, settings: Settings) -> int:
    """Requests that a capture sends at the least: one for each page that is known to be there."""
    del settings
    return -(-(chart.size or 1) // _PAGE)


class _Track(msgspec.Struct):
    id: msgspec.Raw = msgspec.Raw(b"null")


class _Page(msgspec.Struct):
    error: Any = None
    data: list[_Track] | None = None
    total: int | None = None
    checksum: str | None = None
    next: str | None = None


class Source:
    """Playlists of Deezer."""

    def __init__(self, settings: Settings, *, client: Client, secrets: Secrets) -> None:
        """Keep within the quota from the first request on; no secret is needed."""
        del secrets
        self._url = settings.url.rstrip("/")
        self._client = client
        client.keep_pace(self._url, requests=_PACE_REQUESTS, seconds=_PACE_SECONDS)

    def accepts(self, chart: Chart) -> None:
        """Whether the id is a playlist's number.

        Raises:
            SettingsError: It is not, or the size is no number of positions.
        """
        if not _ID.fullmatch(chart.id):
            raise SettingsError(
                f"{chart.id!r} is no Deezer chart; write the number of a playlist, "
                "such as 3155776842 out of www.deezer.com/playlist/3155776842"
            )
        if chart.size is not None and not 1 <= chart.size <= MOST:
            raise SettingsError(f"size = {chart.size} is no number of positions; write 1 to {MOST}")

    def capture(self, chart: Chart) -> Captured:
        """Fetch the playlist's tracks, all or as many as the chart's size.

        Raises:
            SettingsError: The chart cannot be asked for.
            TryLater: Deezer asks to be left alone, or the playlist is being edited.
            SourceError: Deezer does not answer, or has no such playlist.
        """
        self.accepts(chart)
        visit = self._client.visit()
        found = steady(
            lambda: self._pass(visit, chart), what=f"Deezer playlist {chart.id}", clock=self._client.clock
        )
        return Captured(pages=found.pages, requests=visit.requests, received=visit.received)

    def _pass(self, visit: Visit, chart: Chart) -> Pass:
        wanted = chart.size or MOST
        bodies: list[bytes] = []
        ids: list[bytes] = []
        versions = set()
        while True:
            seen = len(ids)
            body, page = self._page(visit, chart, index=seen, limit=min(_PAGE, wanted - seen))
            bodies.append(body)
            versions.add((page.checksum, page.total))
            found = [bytes(track.id) for track in page.data or ()]
            repeated = bool(found) and found == ids[-len(found) :]
            if repeated or (page.next and not found):
                raise SourceError(
                    f"Deezer stopped at position {seen} of playlist {chart.id}; run again later, "
                    "or ask for fewer positions with size"
                )
            ids += found
            if not page.next or len(ids) >= wanted:
                # Without a checksum two songs may have changed places, and the total says nothing.
                told = len(bodies) == 1 or all(checksum for checksum, _ in versions)
                return Pass(bodies, ids, steady=told and len(versions) == 1)

    def _page(self, visit: Visit, chart: Chart, *, index: int, limit: int) -> tuple[bytes, _Page]:
        answer = visit.get(
            f"{self._url}/playlist/{chart.id}/tracks",
            params={"limit": limit, "index": index},
            judge=_trouble,
        )
        page = _page(answer, chart)
        if page.next and not same_origin(page.next, self._url):
            raise SourceError(
                "Deezer continues at another address, which is not followed; check url under [deezer]"
            )
        return answer.body, page


def _trouble(body: bytes) -> Trouble | None:
    """What the error inside a 200 means, as far as waiting helps."""
    try:
        error = msgspec.json.decode(body, type=_Page).error
    except (msgspec.DecodeError, RecursionError):
        return None
    code = error.get("code") if isinstance(error, dict) else None
    return "limited" if code == _QUOTA else "busy" if code == _BUSY else None


def _page(answer: Answer, chart: Chart) -> _Page:
    """The page in an answer.

    Raises:
        SourceError: It is an error, or no page.
    """
    if answer.status == HTTPStatus.NOT_FOUND:
        raise _no_playlist(chart)
    try:
        page = msgspec.json.decode(answer.body, type=_Page)
    except (msgspec.DecodeError, RecursionError):
        page = _Page(error=f"status {answer.status}")
    # An empty list in "error" is what Deezer says of success.
    code = page.error.get("code") if isinstance(page.error, dict) else None
    if code == _NO_DATA:
        raise _no_playlist(chart)
    if code in _NOT_ALLOWED:
        raise SourceError(
            f"Deezer shows playlist {chart.id} to its owner only; make it public, or choose another"
        )
    if page.error or page.data is None or not answer.fine:
        stated = f"status {answer.status}" + (f", error {code}" if isinstance(code, int) else "")
        raise SourceError(f"Deezer cannot give playlist {chart.id} ({stated}); run again later")
    return page


def _no_playlist(chart: Chart) -> SourceError:
    return SourceError(
        f"Deezer has no public playlist {chart.id}; look up its number on www.deezer.com "
        "and correct it in chartlake.toml"
    )
