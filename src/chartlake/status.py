"""How recording goes: what is late, what is missing, what waits, what was rejected.

Numbers of days are those of the view ``coverage``, and nothing is counted here that SQL
could count: whoever asks there gets the same answer.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from chartlake.pipeline import rejected, why_rejected
from chartlake.sources.spotify.stored import days_left, read_login
from chartlake.state import load
from chartlake.sweep import pending

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chartlake.config import Settings
    from chartlake.sources import Cadence, Chart
    from chartlake.store import Store
    from chartlake.warehouse import Warehouse

Freshness = Literal["fresh", "stale", "new", "ended"]
"""``new``: in chartlake.toml, not recorded yet and not late.  ``ended``: no longer in chartlake.toml."""

_INTERVAL = {"daily": timedelta(days=1), "weekly": timedelta(days=7)}

_TOLERATED = 1.5
"""Intervals that a chart may be late.  Some feeds stand for yesterday, and a morning may fail:
with one interval, a chart that is recorded in the evening would be stale at noon."""

_ON_PURPOSE = "retracted"
_CAME_TO_NOTHING = {"failed", "rejected", "deferred", "abandoned"}


class ChartStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How the recording of one chart goes.

    Attributes:
        source: The provider.
        chart_id: The provider's name of it.
        name: What people call it, if known.
        cadence: How often it is expected.
        freshness: Whether its next day is overdue.
        last: The latest chart_date recorded, if any.
        due: The chart_date expected after it.
        recorded: Days recorded.
        unchanged: Captures of those that brought nothing new.
        failed: Days that were tried and failed.
        rejected: Days whose answer was rejected.
        deferred: Days on which the source wanted to be left alone.
        missing: Days on which nobody tried.
        last_run: When its source was last to be asked (UTC), if ever.
        last_state: What came of it.
        reason: Why, if the ledger says.
        not_before: The source wants no request before that moment (UTC).
    """

    source: str
    chart_id: str
    name: str | None
    cadence: Cadence
    freshness: Freshness
    last: date | None = None
    due: date | None = None
    recorded: int = 0
    unchanged: int = 0
    failed: int = 0
    rejected: int = 0
    deferred: int = 0
    missing: int = 0
    last_run: datetime | None = None
    last_state: str | None = None
    reason: str | None = None
    not_before: datetime | None = None


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """How recording goes.

    Attributes:
        charts: Chart by chart; those of chartlake.toml first, in its order.
        backlog: Documents that wait to be published.
        rejected: Documents that were rejected, by reason; what was retracted on purpose is left out.
        retracted: Documents that somebody took out again.
        login_days_left: Days that the login for Spotify still holds, if one is used and known.
    """

    charts: list[ChartStatus]
    backlog: int
    rejected: dict[str, int]
    retracted: int
    login_days_left: int | None

    @property
    def stale(self) -> list[ChartStatus]:
        """The charts whose next day is overdue."""
        return [chart for chart in self.charts if chart.freshness == "stale"]

    @property
    def troubled(self) -> list[ChartStatus]:
        """The charts that are not late yet, and whose last capture came to nothing."""
        on_time = (chart for chart in self.charts if chart.freshness in {"fresh", "new"})
        return [chart for chart in on_time if chart.last_state in _CAME_TO_NOTHING]

    @property
    def fine(self) -> bool:
        """Whether nothing is overdue and nothing was rejected."""
        return not self.stale and not self.rejected


def status(store: Store, settings: Settings, warehouse: Warehouse, *, now: datetime) -> Status:
    """How recording goes, by what the lake holds and chartlake.toml wants.

    Args:
        store: The lake.
        settings: The charts that are to be recorded; if there are none, all that were are judged.
        warehouse: Its cache, brought up to date.
        now: When it is (UTC).

    Raises:
        StorageError: The lake cannot be read.
    """
    days = _by_chart(warehouse, _DAYS)
    runs = _by_chart(warehouse, _RUNS)
    wanted = {(chart.source, chart.id): chart for chart in settings.charts}
    known = [*wanted, *sorted((days.keys() | runs.keys()) - wanted.keys())]
    reasons = Counter(why_rejected(store, key)[0] for key in rejected(store))
    return Status(
        charts=[
            _chart_status(
                store,
                key,
                wanted.get(key),
                days.get(key),
                runs.get(key),
                judged=not wanted or key in wanted,
                now=now,
            )
            for key in known
        ],
        backlog=len(pending(store)),
        rejected={reason: count for reason, count in sorted(reasons.items()) if reason != _ON_PURPOSE},
        retracted=reasons[_ON_PURPOSE],
        login_days_left=login_days_left(settings, now=now),
    )


def explained(chart: ChartStatus) -> str:
    """Why a chart was not recorded, as far as can be told, and what to do."""
    if chart.last_run is None:
        return "nobody has ever tried; `chartlake schedule show` tells who should"
    day = f"{chart.last_run:%Y-%m-%d}"
    if chart.last_state in _CAME_TO_NOTHING:
        return f"{chart.last_state} on {day}: {chart.reason or 'run `chartlake run` and read what it says'}"
    if chart.due is not None and chart.last_run.date() > chart.due:
        return f"on {day} the source still gave the chart of {chart.last}; see whether it has another by now"
    return f"nobody has tried since {day}; `chartlake schedule show` tells who should"


def login_days_left(settings: Settings, *, now: datetime) -> int | None:
    """Days that the login for Spotify still holds; None if no chart needs one, or nobody can tell.

    Raises:
        CredentialsError: The login cannot be read.
    """
    if not any(chart.source == "spotify" for chart in settings.charts):
        return None
    spotify = settings.of("spotify")
    login = read_login(Path(spotify.login_file).expanduser()) if spotify.flavour == "development" else None
    return days_left(login.authorized_at, now) if login else None


def overdue(last: date, cadence: Cadence, *, now: datetime) -> bool:
    """Whether the chart_date after ``last`` is late by more than one and a half intervals.

    It is due when its day begins (UTC): a daily chart last recorded for Monday is stale from
    Wednesday noon, a weekly one seventeen and a half days after the day it stands for.
    """
    due = datetime.combine(last, datetime.min.time(), UTC) + _INTERVAL[cadence]
    return now - due > _TOLERATED * _INTERVAL[cadence]


def _chart_status(
    store: Store,
    key: tuple[str, str],
    chart: Chart | None,
    days: Mapping[str, Any] | None,
    runs: Mapping[str, Any] | None,
    *,
    judged: bool,
    now: datetime,
) -> ChartStatus:
    days, runs = days or {}, runs or {}
    cadence: Cadence = chart.cadence if chart else days.get("cadence") or "daily"
    last: date | None = days.get("last")
    not_before = load(store, *key, now=now).not_before
    counted = {name: days.get(name) or 0 for name in _COUNTED}
    return ChartStatus(
        source=key[0],
        chart_id=key[1],
        name=(chart.name if chart else None) or days.get("name"),
        cadence=cadence,
        freshness=_freshness(last, runs.get("first_run"), cadence, now=now) if judged else "ended",
        last=last,
        due=last + _INTERVAL[cadence] if last else None,
        last_run=runs.get("last_run"),
        last_state=runs.get("last_state"),
        reason=runs.get("reason"),
        not_before=not_before if not_before and not_before > now else None,
        **counted,
    )


def _freshness(
    last: date | None, first_run: datetime | None, cadence: Cadence, *, now: datetime
) -> Freshness:
    """A chart that was tried and never recorded counts from the day it was first tried."""
    since = last or (first_run.date() - _INTERVAL[cadence] if first_run else None)
    if since is not None and overdue(since, cadence, now=now):
        return "stale"
    return "fresh" if last else "new"


_COUNTED = ("recorded", "unchanged", "failed", "rejected", "deferred", "missing")

_DAYS = """
SELECT
    source, chart_id, max(chart_name) AS name, arg_max(cadence, chart_date) AS cadence,
    max(CASE WHEN state = 'recorded' THEN chart_date END) AS last,
    sum(unchanged) AS unchanged,
    count(*) FILTER (state = 'recorded') AS recorded,
    count(*) FILTER (state = 'failed') AS failed,
    count(*) FILTER (state = 'rejected') AS rejected,
    count(*) FILTER (state = 'deferred') AS deferred,
    count(*) FILTER (state = 'missing') AS missing
FROM coverage GROUP BY source, chart_id
"""

_RUNS = """
SELECT
    source, chart_id, started_at AS last_run, state AS last_state, reason,
    min(started_at) OVER (PARTITION BY source, chart_id) AS first_run
FROM run_data
-- A row that only publishes what was dropped or imported is no attempt to capture.
WHERE chart_id IS NOT NULL AND (state NOT IN ('published', 'rejected') OR raw_hash IS NOT NULL)
QUALIFY row_number() OVER (PARTITION BY source, chart_id ORDER BY started_at DESC, run_id DESC) = 1
"""


def _by_chart(warehouse: Warehouse, sql: str) -> dict[tuple[str, str], dict[str, Any]]:
    answer = warehouse.ask(sql)
    rows = [dict(zip(answer.columns, map(_in_utc, row), strict=True)) for row in answer.rows]
    return {(row["source"], row["chart_id"]): row for row in rows}


def _in_utc(value: Any) -> Any:
    """The tables' moments are UTC without saying so."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
