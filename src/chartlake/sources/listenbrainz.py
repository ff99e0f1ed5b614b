"""ListenBrainz: what its listeners played most, without an account, as open data.

The statistics are made once a day (and take longer on the 1st and the 15th); until those
of a new range are ready, the service answers 204.
"""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec

from chartlake.errors import SettingsError, SourceError, TryLater
from chartlake.sources import Captured, Chart, Retention, Secrets

if TYPE_CHECKING:
    from chartlake.sources.http import Client

RANGES = (
    "this_week",
    "this_month",
    "this_year",
    "week",
    "month",
    "quarter",
    "half_yearly",
    "year",
    "all_time",
)
"""The ranges that there are; ``week`` is the last whole one, ``this_week`` the present one."""

_USUAL = 100
_MOST = 1000
_READY_IN = timedelta(hours=6)


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[listenbrainz]`` of chartlake.toml.

    Attributes:
        url: Where the service answers.
        retention_days: Days to keep what it gave, or ``forever``; every run deletes what is older.
    """

    url: str = "https://api.listenbrainz.org"
    retention_days: Retention = None


def requests_for(chart: Chart, settings: Settings) -> int:
    """Requests that a capture sends at the least."""
    del chart, settings
    return 1


class Source:
    """Sitewide statistics of recordings."""

    def __init__(self, settings: Settings, *, client: Client, secrets: Secrets) -> None:
        """Keep what is needed; no secret is."""
        del secrets
        self._url = settings.url.rstrip("/")
        self._client = client

    def accepts(self, chart: Chart) -> None:
        """Whether the id is a range, and the size one that is given.

        Raises:
            SettingsError: It is not.
        """
        if chart.id not in RANGES:
            raise SettingsError(f"{chart.id!r} is no ListenBrainz chart; write one of {', '.join(RANGES)}")
        if chart.size is not None and not 1 <= chart.size <= _MOST:
            raise SettingsError(f"ListenBrainz gives no chart of size {chart.size}; write 1 to {_MOST}")

    def capture(self, chart: Chart) -> Captured:
        """Fetch the most played recordings of the range.

        Raises:
            SettingsError: The chart cannot be asked for.
            TryLater: The statistics are not ready, or ListenBrainz asks to be left alone.
            SourceError: It does not answer, or not with statistics.
        """
        self.accepts(chart)
        visit = self._client.visit()
        answer = visit.get(
            f"{self._url}/1/stats/sitewide/recordings",
            params={"range": chart.id, "count": chart.size or _USUAL, "offset": 0},
        )
        if answer.status == HTTPStatus.NO_CONTENT:
            not_before = self._client.clock.now() + _READY_IN
            raise TryLater(
                f"ListenBrainz has not made its statistics of {chart.id} yet; "
                f"run again after {not_before:%Y-%m-%d %H:%M} UTC",
                not_before=not_before,
            )
        if not answer.fine:
            raise SourceError(
                f"ListenBrainz cannot give the chart {chart.id} (status {answer.status}); run again later"
            )
        return Captured(pages=[answer.body], requests=visit.requests, received=visit.received)
