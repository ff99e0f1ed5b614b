"""Weeks of daily captures in seconds: the services of the demo, the real client, the real pipeline.

Only the clock is simulated.  Every day each chart that is due is captured, checked and
published as it would be on that day, so that the lake looks as if it had run for weeks.
Doing it again captures the same documents, and so makes the same rows.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from chartlake import layout, pipeline
from chartlake.config import FILE_NAME
from chartlake.demo import CHARTS, CLIENT_SECRETS, EXTENDED_APP, FIRST_DAY, WEEKS
from chartlake.demo.services import Services
from chartlake.errors import StorageError
from chartlake.progress import silent
from chartlake.sources import open_source, source_module
from chartlake.sources.http import Client
from chartlake.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from chartlake.progress import Progress
    from chartlake.sources import Chart, Source

_EVERY_MORNING = time(6, 30)

_FIRST_PORT = 47650
"""Documents hold the addresses that they came from: the same ports make the same documents."""

_SETTINGS = """\
# The lake of the demo.  Every song, artist and chart in it is invented.
# To record real charts, run `chartlake init` in another folder.
lake = "./lake"
"""


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What the demo did: days, captures, entries published and requests sent, and the charts."""

    days: int
    captures: int
    entries: int
    requests: int
    charts: list[Chart]


class SimulatedClock:
    """A clock that a day's captures share; a wait passes at once."""

    def __init__(self, moment: datetime) -> None:
        """Stand at a moment (UTC)."""
        self.moment = moment

    def now(self) -> datetime:
        """The simulated moment."""
        return self.moment

    def monotonic(self) -> float:
        """Seconds since 1970-01-01."""
        return self.moment.timestamp()

    def sleep(self, seconds: float) -> None:
        """Be that many seconds later."""
        self.moment += timedelta(seconds=seconds)


def replay(folder: Path, *, weeks: int = WEEKS, progress: Progress = silent) -> Replayed:
    """Record weeks of the demo's charts into ``folder/lake``.

    Args:
        folder: Where the demo's settings and its lake go.
        weeks: How many weeks.
        progress: Told how far it is.

    Raises:
        StorageError: The folder cannot be written.
    """
    _settle_in(folder)
    store = open_store(str(folder / "lake"))
    # Nothing is remembered of an earlier replay, or its last day would be told as unchanged.
    store.delete([stored.key for stored in store.list(layout.CHART_STATES)])
    clock = SimulatedClock(datetime.combine(FIRST_DAY, _EVERY_MORNING, UTC))
    days = [FIRST_DAY + timedelta(days=number) for number in range(7 * weeks)]
    rows = []
    with _started() as services, Client(clock=clock) as client:
        sources = _sources(services, client)
        for done, day in enumerate(days, 1):
            clock.moment = services.today = datetime.combine(day, _EVERY_MORNING, UTC)
            due = [chart for chart in CHARTS if chart.cadence == "daily" or (day - FIRST_DAY).days % 7 == 0]
            summary = pipeline.run(
                store,
                due,
                sources,
                now=clock.now,
                run_id=f"demo-{day.isoformat()}",
                scheduled_for=clock.now(),
            )
            rows += summary.rows
            progress("days", done, len(days))
    return Replayed(
        days=len(days),
        captures=len(rows),
        entries=sum(row.rows_out for row in rows),
        requests=sum(row.requests for row in rows),
        charts=list(CHARTS),
    )


@contextmanager
def _started() -> Iterator[Services]:
    """The services, on ports of their own unless somebody else has one of them."""
    with ExitStack() as running:
        try:
            services = running.enter_context(Services(first_port=_FIRST_PORT))
        except OSError:
            services = running.enter_context(Services())
        yield services


def _sources(services: Services, client: Client) -> dict[str, Source]:
    settings: dict[str, dict[str, Any]] = {
        "spotify": {
            "flavour": "extended",
            "api_url": services.spotify_api,
            "accounts_url": services.spotify_accounts,
            "retention_days": "forever",
        },
        "deezer": {"url": services.deezer},
        "apple": {"urls": [services.apple]},
        "listenbrainz": {"url": services.listenbrainz},
    }
    return {
        name: open_source(
            name, msgspec.convert(said, source_module(name).Settings), client=client, secrets=_secret
        )
        for name, said in settings.items()
    }


def _secret(name: str) -> str | None:
    return {
        "CHARTLAKE_SPOTIFY_CLIENT_ID": EXTENDED_APP,
        "CHARTLAKE_SPOTIFY_CLIENT_SECRET": CLIENT_SECRETS[EXTENDED_APP],
    }.get(name)


def _settle_in(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE_NAME).write_text(_SETTINGS, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{folder} cannot be written ({error.strerror}); name another folder") from error
