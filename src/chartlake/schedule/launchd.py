"""An agent of launchd, as macOS has it.  Never tried on a Mac.

launchd knows the time of this place only, so the times are reckoned when the agent is made
and move with summer time.  It makes up for a run that was missed in sleep.
"""

from __future__ import annotations

import os
import plistlib
from contextlib import suppress
from datetime import time, timedelta
from typing import TYPE_CHECKING, Any
from xml.parsers.expat import ExpatError

from chartlake.config import home
from chartlake.schedule import Installed, Job, ahead_of_utc, moved
from chartlake.schedule.programs import called, made, obeyed, there, written

if TYPE_CHECKING:
    from pathlib import Path


def agent(job: Job, *, ahead: timedelta) -> bytes:
    """The property list of a job.

    Args:
        job: The job.
        ahead: How far the time of this place is ahead of UTC.
    """
    local = sorted(moved(one, ahead) for one in job.times)
    return plistlib.dumps(
        {
            "Label": job.name,
            "ProgramArguments": list(job.command),
            "EnvironmentVariables": dict(job.environment),
            "StartCalendarInterval": [{"Hour": one.hour, "Minute": one.minute} for one in local],
            "ProcessType": "Background",
            "StandardOutPath": str(job.log),
            "StandardErrorPath": str(job.log),
        }
    )


class Launchd:
    """The user's own agents."""

    def usable(self) -> bool:
        """Whether there is a launchd."""
        return there("launchctl")

    def install(self, job: Job) -> None:
        """Write the agent and load it, in place of an older one."""
        path = _file(job.name)
        made(job.log.parent)
        written(path, agent(job, ahead=ahead_of_utc()))
        called("launchctl", "bootout", _target(job.name))
        obeyed("launchctl", "bootstrap", _domain(), str(path))

    def installed(self, name: str) -> Installed | None:
        """What the agent says, and whether it is loaded."""
        path = _file(name)
        try:
            said = plistlib.loads(path.read_bytes())
        except (OSError, plistlib.InvalidFileException, ExpatError, ValueError):
            return None
        return Installed(
            kind="launchd",
            name=name,
            files=(str(path),),
            command=" ".join(said.get("ProgramArguments", [])),
            times=tuple(sorted(_times(said.get("StartCalendarInterval", [])))),
            active=self.usable() and not called("launchctl", "print", _target(name)).code,
        )

    def remove(self, name: str) -> None:
        """Unload the agent and delete it."""
        called("launchctl", "bootout", _target(name))
        with suppress(FileNotFoundError):
            _file(name).unlink()


def _file(name: str) -> Path:
    return home() / "Library" / "LaunchAgents" / f"{name}.plist"


def _domain() -> str:
    return f"gui/{os.getuid()}"


def _target(name: str) -> str:
    return f"{_domain()}/{name}"


def _times(intervals: Any) -> list[time]:
    """The times of an agent in UTC; none if somebody wrote what is not understood here."""
    try:
        local = [time(one["Hour"], one["Minute"]) for one in intervals]
    except (KeyError, TypeError, ValueError):
        return []
    return [moved(one, -ahead_of_utc()) for one in local]
