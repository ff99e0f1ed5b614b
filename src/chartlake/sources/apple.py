"""Apple Music: its "most played" feeds, without an account, for more than 150 countries.

Two hosts serve the same feeds; the second is asked where the first does not answer.  The
rank of a song is its place in the list.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec

from chartlake.errors import SettingsError, SourceError, TryLater
from chartlake.sources import Captured, Chart, Retention, Secrets

if TYPE_CHECKING:
    from chartlake.sources.http import Client, Trouble, Visit

_SIZES = (10, 25, 50, 100)
_ID = re.compile(r"([a-z]{2})-(songs|albums)")
_ATTEMPTS = 4
"""Fewer than usual: there is another host to ask."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[apple]`` of chartlake.toml.

    Attributes:
        urls: Where the service answers; the next is asked where one does not.
        retention_days: Days to keep what it gave, or ``forever``; every run deletes what is older.
    """

    urls: list[str] = msgspec.field(
        default_factory=lambda: [
            "https://rss.marketingtools.apple.com",
            "https://rss.applemarketingtools.com",
        ]
    )
    retention_days: Retention = None


def requests_for(chart: Chart, settings: Settings) -> int:
    """Requests that a capture sends at the least."""
    del chart, settings
    return 1


class _Feed(msgspec.Struct):
    results: list[msgspec.Raw]
    title: str | None = None


class _Page(msgspec.Struct):
    feed: _Feed


class Source:
    """Most-played feeds of Apple Music."""

    def __init__(self, settings: Settings, *, client: Client, secrets: Secrets) -> None:
        """Keep what is needed; no secret is.

        Raises:
            SettingsError: No address is named.
        """
        del secrets
        if not settings.urls:
            raise SettingsError("urls under [apple] names no address; remove the line to use Apple's own")
        self._urls = [url.rstrip("/") for url in settings.urls]
        self._client = client

    def accepts(self, chart: Chart) -> None:
        """Whether the id names a feed and the size is one that Apple gives.

        Raises:
            SettingsError: It does not, or is not.
        """
        if not _ID.fullmatch(chart.id):
            raise SettingsError(
                f"{chart.id!r} is no Apple chart; write a country of two small letters, a hyphen, "
                "and songs or albums, such as us-songs"
            )
        if chart.size not in (None, *_SIZES):
            raise SettingsError(f"Apple gives no chart of size {chart.size}; write 10, 25, 50 or 100")

    def capture(self, chart: Chart) -> Captured:
        """Fetch the feed from the first host that has it.

        Raises:
            SettingsError: The chart cannot be asked for.
            TryLater: A host asks to be left alone, and no other has the feed.
            SourceError: No host has it.
        """
        self.accepts(chart)
        country, _, kind = chart.id.partition("-")
        path = f"/api/v2/{country}/music/most-played/{chart.size or max(_SIZES)}/{kind}.json"
        visit = self._client.visit()
        failures: list[SourceError] = []
        for url in self._urls:
            try:
                body, title = self._feed(visit, url + path, chart)
            except SourceError as failure:
                failures.append(failure)
                continue
            return Captured(
                pages=[body],
                requests=visit.requests,
                received=visit.received,
                chart_name=title if chart.name is None else None,
            )
        raise next((failure for failure in failures if isinstance(failure, TryLater)), failures[0])

    def _feed(self, visit: Visit, url: str, chart: Chart) -> tuple[bytes, str | None]:
        answer = visit.get(url, judge=_trouble, attempts=_ATTEMPTS)
        if answer.status == HTTPStatus.NOT_FOUND:
            raise SourceError(
                f"Apple has no chart {chart.id}; check the country and correct it in chartlake.toml"
            )
        feed = _feed_in(answer.body)
        if not answer.fine or feed is None:
            raise SourceError(
                f"Apple cannot give the chart {chart.id} (status {answer.status}); run again later"
            )
        return answer.body, feed.title


def _trouble(body: bytes) -> Trouble | None:
    """A feed without a single song is one that is being made."""
    feed = _feed_in(body)
    return "busy" if feed is not None and not feed.results else None


def _feed_in(body: bytes) -> _Feed | None:
    try:
        return msgspec.json.decode(body, type=_Page).feed
    except (msgspec.DecodeError, RecursionError):
        return None
