"""A line in the user's crontab.

cron knows the time of this place only, so the times are reckoned when the line is made and
move with summer time.  It makes up for no run that was missed.
"""

from __future__ import annotations

import shlex
from datetime import time, timedelta
from itertools import groupby

from chartlake.errors import ChartlakeError, SettingsError
from chartlake.schedule import Installed, Job, ahead_of_utc, moved
from chartlake.schedule.programs import called, made, obeyed, there

_LONGEST = 990
"""Characters of a command that every cron takes."""

_NOTHING_YET = ("no crontab for", "No such file")


def line(job: Job, *, ahead: timedelta) -> str:
    """The lines of a job, between two marks.

    Args:
        job: The job.
        ahead: How far the time of this place is ahead of UTC.

    Raises:
        SettingsError: cron takes no line of that length.
    """
    variables = [f"{name}={shlex.quote(value)}" for name, value in job.environment.items()]
    command = " ".join([*variables, *map(shlex.quote, job.command), ">>", shlex.quote(str(job.log)), "2>&1"])
    command = command.replace("%", r"\%")
    if len(command) > _LONGEST:
        raise SettingsError("the command is too long for cron; move chartlake.toml to a shorter path")
    local = sorted((moved(one, ahead) for one in job.times), key=lambda one: (one.minute, one.hour))
    lines = [
        f"{minute} {','.join(str(one.hour) for one in together)} * * * {command}"
        for minute, together in groupby(local, key=lambda one: one.minute)
    ]
    return "\n".join([_begin(job.name), *lines, _end(job.name)]) + "\n"


class Cron:
    """The user's crontab."""

    def usable(self) -> bool:
        """Whether there is a cron."""
        return there("crontab")

    def install(self, job: Job) -> None:
        """Put the lines into the crontab, in place of older ones."""
        made(job.log.parent)
        before = _without(_crontab(), job.name)
        after = before if not before or before.endswith("\n") else before + "\n"
        obeyed("crontab", "-", given=after + line(job, ahead=ahead_of_utc()))

    def installed(self, name: str) -> Installed | None:
        """What the crontab says."""
        if not self.usable():
            return None
        lines = _lines_of(_crontab(), name)
        if not lines:
            return None
        return Installed(
            kind="cron",
            name=name,
            files=("crontab",),
            command=lines[0].split(None, 5)[-1],
            times=tuple(sorted(time_ for one in lines for time_ in _times(one))),
            active=True,
        )

    def remove(self, name: str) -> None:
        """Take the lines out of the crontab again."""
        obeyed("crontab", "-", given=_without(_crontab(), name))


def _begin(name: str) -> str:
    return f"# {name}: made by `chartlake schedule install`, in the time of this place"


def _end(name: str) -> str:
    return f"# {name}: end"


def _crontab() -> str:
    said = called("crontab", "-l")
    if said.code == 0:
        return said.out
    if any(words in said.err for words in _NOTHING_YET):
        return ""
    # Taken for empty, it would be overwritten.
    raise ChartlakeError("the crontab cannot be read; see what `crontab -l` says")


def _parted(crontab: str, name: str) -> tuple[list[str], list[str]]:
    """The lines of a crontab that are not this job's, and those that are.

    Where the end was lost, the job's part ends with the first line that is none of its own.
    """
    others: list[str] = []
    own: list[str] = []
    inside = False
    for one in crontab.splitlines(keepends=True):
        text = one.rstrip("\n")
        if text.startswith(f"# {name}: made"):
            inside = True
        elif text == _end(name):
            inside = False
        elif inside and "chartlake" in text and not text.startswith("#"):
            own.append(text)
        else:
            inside = False
            others.append(one)
    return others, own


def _without(crontab: str, name: str) -> str:
    return "".join(_parted(crontab, name)[0])


def _lines_of(crontab: str, name: str) -> list[str]:
    return _parted(crontab, name)[1]


def _times(entry: str) -> list[time]:
    """The times of a line in UTC; none if somebody wrote what is not understood here."""
    minute, hours, *_ = entry.split(None, 2)
    if not minute.isdigit() or not hours.replace(",", "").isdigit():
        return []
    local = [time(int(hour), int(minute)) for hour in hours.split(",") if hour]
    return [moved(one, -ahead_of_utc()) for one in local]
