"""Commands that keep a recorder going: schedule, watch."""

from __future__ import annotations

import os
import re
import signal
import sys
from contextlib import contextmanager
from datetime import time
from getpass import getuser
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import rich_click as click

from chartlake import layout
from chartlake.cli import output
from chartlake.cli.options import Lake, json_option, lake_options
from chartlake.cli.work import report
from chartlake.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from chartlake.schedule import Installed, Job, Kind

_WHO = ("systemd", "cron", "launchd")


def _time_of_day(_context: click.Context, _parameter: click.Parameter, value: str | None) -> time | None:
    if value is None:
        return None
    if not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", value):
        raise click.BadParameter("write it like 06:17, in UTC")
    hour, minute = value.split(":")
    return time(int(hour), int(minute))


@click.command()
@lake_options
@json_option
@click.option(
    "--every",
    type=click.IntRange(1, 3600),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="Time from one sweep to the next where no event comes.",
)
def watch(config: Path | None, lake: str | None, every: int, *, as_json: bool) -> int:
    """Publish documents as they arrive in raw_data/to_be_processed, until Ctrl-C or SIGTERM.

    What the file system tells of is taken up at once, and a sweep finds the rest.  A file that
    somebody is still writing is left alone until it has stood still for two seconds.  With --json
    it prints one document a line.
    """
    from chartlake.watch import watch as watched  # noqa: PLC0415 - only what is used is imported

    store = Lake.of(config, lake).store
    with _stopped_by_signals() as stop:
        output.talk(f"watching {store.address}/{layout.TO_BE_PROCESSED}; Ctrl-C ends it")
        for summary in watched(
            store, every=every, stop=stop, complain=lambda error: output.complain(str(error))
        ):
            report(summary, as_json=as_json, stream=True)
    output.talk("stopped; whatever arrives now waits for the next run")
    return 0


@contextmanager
def _stopped_by_signals() -> Iterator[Event]:
    """An event that the first Ctrl-C or SIGTERM sets; a second one ends the program at once."""
    stop = Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def told(number: int, _frame: FrameType | None) -> None:
        stop.set()
        signal.signal(number, before[signal.Signals(number)])

    for number in before:
        signal.signal(number, told)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@click.command()
@click.argument("action", type=click.Choice(["install", "show", "remove"]))
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The settings; else $CHARTLAKE_CONFIG, else ./chartlake.toml.",
)
@json_option
@click.option(
    "--at", callback=_time_of_day, metavar="HH:MM", help="The first time of the day, in UTC.  Default: 06:17."
)
@click.option("--with", "kind", type=click.Choice(_WHO), help="Who runs it; else the best there is.")
def schedule(action: str, config: Path | None, at: time | None, kind: Kind | None, *, as_json: bool) -> int:
    """Let this machine run chartlake: install, show or remove its schedule.

    `chartlake run` is started at a time of the day and again 4, 9 and 14 hours later, by a systemd
    timer of this user, by cron or by launchd.  What is recorded already costs a request or two, and
    what had to wait is made good.  Each chartlake.toml has a schedule of its own.
    """
    from chartlake.config import load  # noqa: PLC0415 - only what is used is imported
    from chartlake.schedule import found  # noqa: PLC0415

    file = load(config=config, lake=".").file
    if file is None:
        raise SettingsError("a schedule runs a chartlake.toml; `chartlake init` writes one")
    if action == "install":
        _install(file, at, kind)
    there = found(file, kind=kind)
    if action == "remove" and there is not None:
        there[1].remove(there[0].name)
    if there is None:
        then = "nothing was removed" if action == "remove" else "`chartlake schedule install` does it"
        output.talk(f"no schedule is installed; {then}")
    _show(there[0] if there else None, as_json=as_json, removed=action == "remove")
    return 0


def _install(file: Path, at: time | None, kind: Kind | None) -> None:
    from chartlake.config import carried, state_folder  # noqa: PLC0415 - only what is used is imported
    from chartlake.schedule import USUAL, Job, chosen, installed_elsewhere, named, times_from  # noqa: PLC0415

    environment, lacking = carried()
    job = Job(
        config=file,
        command=(str(_program()), "run", "--config", str(file)),
        times=times_from(at or USUAL),
        environment=environment,
        log=state_folder().absolute() / f"{named(file)}.log",
    )
    _refuse_odd(job)
    who, scheduler = chosen(kind)
    scheduler.install(job)
    for other, its_scheduler in installed_elsewhere(file, kind=who):
        its_scheduler.remove(other.name)
        output.talk(f"{other.kind} ran it until now, and does no more")
    for name in lacking:
        output.talk(
            f"warning: {name} is known to this shell only; write it into a file, name that in {name}_FILE, "
            "and install once more"
        )
    if os.environ.get("AWS_SECRET_ACCESS_KEY"):
        output.talk(
            "warning: the AWS keys are known to this shell only; where the lake lies in S3, "
            "write them into a profile with `aws configure`"
        )
    if who == "systemd" and not Path("/var/lib/systemd/linger", getuser()).exists():
        output.talk("note: it runs while you are logged in; `loginctl enable-linger` lets it run always")


def _program() -> Path:
    """Where chartlake is installed.

    Raises:
        SettingsError: Nobody can tell.
    """
    for path in (Path(sys.argv[0]), Path(sys.executable).with_name("chartlake")):
        if path.name == "chartlake" and path.is_file():
            return path.absolute()
    raise SettingsError("nothing tells where the command chartlake lies; call it by its whole path")


def _refuse_odd(job: Job) -> None:
    for text in (*job.command, *job.environment.values(), str(job.log)):
        if not text.isprintable():
            raise SettingsError(f"{output.visible(text)} cannot stand in a schedule; rename it")


def _show(installed: Installed | None, *, as_json: bool, removed: bool) -> None:
    told = _told(installed)
    if removed and installed is not None:
        told = {**told, "installed": False, "removed": True, "active": False, "next_run": None}
    if as_json:
        output.print_json(told)
        return
    if installed is None:
        return
    rows = [
        (name, ", ".join(value) if isinstance(value, list) else value)
        for name, value in told.items()
        if value
    ]
    output.answer(["schedule", "is"], rows)
    if not installed.active and not removed:
        output.talk("it is written down and not active; `chartlake schedule install` does it again")


def _told(installed: Installed | None) -> dict[str, Any]:
    from chartlake.pipeline import utc_now  # noqa: PLC0415 - only what is used is imported

    if installed is None:
        return {"installed": False}
    return {
        "installed": True,
        "with": installed.kind,
        "name": installed.name,
        "active": installed.active,
        "times_utc": [f"{one:%H:%M}" for one in installed.times],
        "next_run": output.plain(installed.next_run(utc_now())),
        "command": installed.command,
        "files": list(installed.files),
    }
