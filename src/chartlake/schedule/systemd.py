"""A timer of systemd, in the user's own part of it.

systemd makes up for a run that was missed while the machine was off, spreads the moment
over ten minutes, and tries again after a failure that may pass.  What will not pass by
itself (settings, checks, credentials) and a wait whose end is known are not retried.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import time
from typing import TYPE_CHECKING

from chartlake.config import units_folder
from chartlake.errors import SettingsError
from chartlake.schedule import Installed, Job
from chartlake.schedule.programs import called, obeyed, there, written

if TYPE_CHECKING:
    from pathlib import Path

# Five starts in three hours: a failing run is repeated for an hour, and the next time of the
# timer, four hours later at the least, finds the count forgotten.
_SERVICE = """\
# Made by `chartlake schedule install`, which makes it anew.
[Unit]
Description=chartlake run for {config}
StartLimitIntervalSec=3h
StartLimitBurst=5

[Service]
Type=oneshot
ExecStart=:{command}
{environment}TimeoutStartSec=30min
Nice=10
# 75 is "come back later": the timer does, and a run that comes too early sends nothing.
SuccessExitStatus=75
Restart=on-failure
RestartPreventExitStatus=2 3 4 75
RestartSec=15min
"""

_TIMER = """\
# Made by `chartlake schedule install`, which makes it anew.
[Unit]
Description=when to run chartlake for {config}

[Timer]
{times}RandomizedDelaySec=10min
Persistent=true

[Install]
WantedBy=timers.target
"""

_TIME = re.compile(r"^OnCalendar=\*-\*-\* (\d\d):(\d\d):\d\d UTC$", re.MULTILINE)
_COMMAND = re.compile(r"^ExecStart=:?(.+)$", re.MULTILINE)
_NO_PROGRAM = frozenset("\"'\\")
_SPECIAL = {"\\": "\\\\", '"': '\\"', "%": "%%"}


def service(job: Job) -> str:
    """The text of the unit that runs a job."""
    lines = (f"Environment={_quoted(f'{name}={value}')}\n" for name, value in job.environment.items())
    return _SERVICE.format(
        config=_without_specifiers(job.config),
        command=" ".join(map(_quoted, job.command)),
        environment="".join(lines),
    )


def timer(job: Job) -> str:
    """The text of the unit that says when."""
    times = "".join(f"OnCalendar=*-*-* {one:%H:%M}:00 UTC\n" for one in job.times)
    return _TIMER.format(config=_without_specifiers(job.config), times=times)


class Systemd:
    """The user's own systemd."""

    def usable(self) -> bool:
        """Whether there is one that answers."""
        return there("systemctl") and _systemctl_answers()

    def install(self, job: Job) -> None:
        """Write the units and start the timer."""
        if set(job.command[0]) & _NO_PROGRAM:
            raise SettingsError(
                f"systemd starts no program with quotes in its path, as in {job.command[0]}; use --with cron"
            )
        unit, when = _files(job.name)
        written(unit, service(job).encode())
        written(when, timer(job).encode())
        obeyed("systemctl", "--user", "daemon-reload")
        obeyed("systemctl", "--user", "enable", when.name)
        # Not "enable --now": a timer that runs already would go on with its old times.
        obeyed("systemctl", "--user", "restart", when.name)

    def installed(self, name: str) -> Installed | None:
        """What the units say, and whether the timer runs."""
        unit, when = _files(name)
        try:
            texts = unit.read_text(encoding="utf-8"), when.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None
        command = _COMMAND.search(texts[0])
        return Installed(
            kind="systemd",
            name=name,
            files=(str(unit), str(when)),
            command=command[1] if command else "",
            times=tuple(time(int(hour), int(minute)) for hour, minute in _TIME.findall(texts[1])),
            active=there("systemctl") and not called("systemctl", "--user", "is-active", when.name).code,
        )

    def remove(self, name: str) -> None:
        """Stop the timer and delete the units."""
        unit, when = _files(name)
        obeyed("systemctl", "--user", "disable", "--now", when.name)
        for path in (unit, when):
            with suppress(FileNotFoundError):
                path.unlink()
        obeyed("systemctl", "--user", "daemon-reload")


def _files(name: str) -> tuple[Path, Path]:
    folder = units_folder()
    return folder / f"{name}.service", folder / f"{name}.timer"


def _systemctl_answers() -> bool:
    return called("systemctl", "--user", "show", "--property=Version").code == 0


def _quoted(text: str) -> str:
    return '"' + "".join(_SPECIAL.get(one, one) for one in text) + '"'


def _without_specifiers(path: Path) -> str:
    return str(path).replace("%", "%%")
