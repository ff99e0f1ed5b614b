"""The schedule of this machine: systemd, cron or launchd, whichever it has.

A job runs at its first time of the day and again 4, 9 and 14 hours later.  Doing it again
costs a request or two and finds nothing new, and it is how everything that can wait is
waited out: a rate limit whose end is remembered (such a run sends nothing and ends with
75), a source that was not ready, a morning without a network.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from chartlake.errors import ChartlakeError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

Kind = Literal["systemd", "cron", "launchd"]

KINDS: tuple[Kind, ...] = ("launchd", "systemd", "cron")
"""In the order of preference: launchd is where nothing else is, and cron makes up for no missed run."""

USUAL = time(6, 17)
"""When a job first runs if nothing is said, in UTC: after the services have made their day."""

_REPEATED_AFTER = (0, 4, 9, 14)


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is to be run, and when.

    Attributes:
        config: The chartlake.toml it runs for; absolute.
        command: The program and its arguments; the program is absolute.
        times: When, in UTC.
        environment: Variables that it needs.
        log: Where its output goes where the scheduler keeps none.
    """

    config: Path
    command: tuple[str, ...]
    times: tuple[time, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    log: Path

    @property
    def name(self) -> str:
        """What it is called: the same for one chartlake.toml, different for another."""
        return named(self.config)


@dataclass(frozen=True, kw_only=True)
class Installed:
    """A job as the machine has it.

    Attributes:
        kind: Who runs it.
        name: What it is called there.
        files: Where it stands.
        command: What is run, as it stands there.
        times: When, in UTC; empty where somebody changed it to what is not understood here.
        active: Whether the scheduler says that it will run it.
    """

    kind: Kind
    name: str
    files: tuple[str, ...]
    command: str
    times: tuple[time, ...]
    active: bool

    def next_run(self, now: datetime) -> datetime | None:
        """The next time it is due (UTC), if it is."""
        return next_time(self.times, now) if self.active else None


class Scheduler(Protocol):
    """Something on this machine that starts programs at their time."""

    def usable(self) -> bool:
        """Whether this machine has it, and this user may use it."""
        ...

    def install(self, job: Job) -> None:
        """Run a job from now on, in place of one of the same name."""
        ...

    def installed(self, name: str) -> Installed | None:
        """The job of that name, if there is one."""
        ...

    def remove(self, name: str) -> None:
        """Run it no more."""
        ...


def named(config: Path) -> str:
    """What the job of a chartlake.toml is called: every one may have its own."""
    return f"chartlake-{hashlib.sha256(str(config).encode('utf-8', 'surrogateescape')).hexdigest()[:8]}"


def times_from(first: time) -> tuple[time, ...]:
    """When a job runs whose first time of the day is this one.

    Raises:
        SettingsError: It is a full hour, when everybody asks.
    """
    if first.minute == 0:
        another = first.replace(minute=17)
        raise SettingsError(
            f"at {first:%H:%M} everybody asks; choose another minute, such as {another:%H:%M}"
        )
    return tuple(sorted(moved(first, timedelta(hours=hours)) for hours in _REPEATED_AFTER))


def moved(one: time, by: timedelta) -> time:
    """A time of day so much later, past midnight if need be."""
    return (datetime.combine(datetime(2000, 1, 2, tzinfo=UTC), one) + by).time()


def ahead_of_utc() -> timedelta:
    """How far the time of this place is ahead of UTC now."""
    return datetime.now().astimezone().utcoffset() or timedelta()


def next_time(times: tuple[time, ...], now: datetime) -> datetime | None:
    """The next moment (UTC) at which one of these times comes; None if there are none."""
    days = (now.date(), now.date() + timedelta(days=1))
    ahead = [datetime.combine(day, one, UTC) for day in days for one in times]
    return min((moment for moment in ahead if moment > now), default=None)


def opened(kind: Kind) -> Scheduler:
    """The scheduler of that kind."""
    if kind == "systemd":
        from chartlake.schedule.systemd import Systemd  # noqa: PLC0415 - only what is used is imported

        return Systemd()
    if kind == "cron":
        from chartlake.schedule.cron import Cron  # noqa: PLC0415

        return Cron()
    from chartlake.schedule.launchd import Launchd  # noqa: PLC0415

    return Launchd()


def chosen(kind: Kind | None, *, open_one: Callable[[Kind], Scheduler] = opened) -> tuple[Kind, Scheduler]:
    """The scheduler of that kind, or the best that this machine has.

    Raises:
        SettingsError: There is none.
    """
    for one in (kind,) if kind else KINDS:
        scheduler = open_one(one)
        if scheduler.usable():
            return one, scheduler
    if kind:
        raise SettingsError(f"{kind} cannot be used by this user on this machine; try it without --with")
    raise SettingsError(
        "this machine has no systemd for this user, no cron and no launchd; install cron, or let something "
        "else run `chartlake run` every few hours"
    )


def found(config: Path, *, kind: Kind | None = None) -> tuple[Installed, Scheduler] | None:
    """The job of a chartlake.toml and who runs it, wherever it is installed.

    Raises:
        ChartlakeError: The scheduler of that kind does not say what it has.
    """
    return next(_found(config, (kind,) if kind else KINDS, strict=kind is not None), None)


def installed_elsewhere(config: Path, *, kind: Kind) -> list[tuple[Installed, Scheduler]]:
    """The jobs of a chartlake.toml that somebody else than ``kind`` runs: one too many."""
    return list(_found(config, [one for one in KINDS if one != kind], strict=False))


def _found(config: Path, kinds: Iterable[Kind], *, strict: bool) -> Iterator[tuple[Installed, Scheduler]]:
    for kind in kinds:
        scheduler = opened(kind)
        try:
            installed = scheduler.installed(named(config))
        except ChartlakeError:
            if strict:
                raise
            continue  # Who may not use cron, say, has nothing installed there.
        if installed is not None:
            yield installed, scheduler
