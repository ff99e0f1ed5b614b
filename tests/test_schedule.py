"""Schedules, with programs that write down how they were called; none reaches this machine's own."""

from __future__ import annotations

import json
import os
import plistlib
import re
import subprocess
import sys
import time as clock_of_this_machine
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from chartlake import config
from chartlake.errors import SettingsError
from chartlake.schedule import Job, cron, launchd, named, next_time, systemd, times_from

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Ran

ODD = '100%h of $HOME\'s "charts" \\ here'
"""A folder whose name means something to every one of the schedulers."""

PROGRAM = """#!{python}
import json, pathlib, sys
here = pathlib.Path({folder!r})
with (here / "calls").open("a") as calls:
    calls.write(json.dumps([{name!r}, *sys.argv[1:]]) + "\\n")
if sys.argv[1:] in {refused!r}:
    sys.exit("it is forbidden")
tab = here / "crontab.txt"
if sys.argv[1:] == ["-l"]:
    sys.exit("no crontab for you") if not tab.exists() else print(tab.read_text(), end="")
if sys.argv[1:] == ["-"]:
    tab.write_text(sys.stdin.read())
"""


class Machine:
    """Programs that write down how they were called, and nothing else on the PATH."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def has(self, name: str, *, refused: tuple[list[str], ...] = ()) -> None:
        file = self.folder / name
        text = PROGRAM.format(
            python=sys.executable, folder=str(self.folder), name=name, refused=list(refused)
        )
        file.write_text(text)
        file.chmod(0o755)

    @property
    def calls(self) -> list[list[str]]:
        path = self.folder / "calls"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    @property
    def crontab(self) -> str:
        return (self.folder / "crontab.txt").read_text()


@pytest.fixture
def machine(at_home: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(at_home / "programs")
    monkeypatch.setenv("PATH", str(made.folder))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return made


@pytest.fixture
def settings(at_home: Path) -> Path:
    folder = at_home / ODD
    folder.mkdir()
    path = folder / "chartlake.toml"
    path.write_text('lake = "./lake"\n')
    return path


@pytest.fixture
def somewhere(monkeypatch: pytest.MonkeyPatch):
    """A place whose clocks are five and a half hours ahead of UTC."""
    monkeypatch.setenv("TZ", "XST-5:30")
    clock_of_this_machine.tzset()
    yield
    monkeypatch.undo()
    clock_of_this_machine.tzset()


def job(settings: Path, **changes) -> Job:
    made = {
        "config": settings,
        "command": (str(settings.parent / "chart lake"), "run", "--config", str(settings)),
        "times": times_from(time(6, 17)),
        "environment": {"CHARTLAKE_LAKE": str(settings.parent / "lake")},
        "log": settings.parent / "log",
        **changes,
    }
    return Job(**made)


# Times.


@pytest.mark.parametrize(
    ("first", "times"),
    [
        (time(6, 17), ["06:17", "10:17", "15:17", "20:17"]),
        (time(22, 30), ["02:30", "07:30", "12:30", "22:30"]),
        (time(0, 5), ["00:05", "04:05", "09:05", "14:05"]),
    ],
)
def test_a_job_runs_four_times_a_day(first: time, times: list[str]):
    assert [f"{one:%H:%M}" for one in times_from(first)] == times


def test_nobody_asks_at_the_full_hour():
    with pytest.raises(SettingsError, match="06:17"):
        times_from(time(6, 0))


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-06-01T06:16:59", "2026-06-01T06:17:00"),
        ("2026-06-01T06:17:00", "2026-06-01T10:17:00"),
        ("2026-06-30T23:00:00", "2026-07-01T06:17:00"),
    ],
)
def test_the_next_time_is_the_next(now: str, then: str):
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert next_time(times_from(time(6, 17)), moment) == datetime.fromisoformat(then).replace(tzinfo=UTC)
    assert next_time((), moment) is None


# What is written down.


def test_systemd_takes_the_units(settings: Path, tmp_path: Path, systemd_analyze: str):
    program = tmp_path / "100%h of $HOME" / "chart lake"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    one = job(settings, command=(str(program), *job(settings).command[1:]))
    for name, text in (
        (f"{one.name}.service", systemd.service(one)),
        (f"{one.name}.timer", systemd.timer(one)),
    ):
        (tmp_path / name).write_text(text)
    done = subprocess.run(
        [
            systemd_analyze,
            "--user",
            "--man=no",
            "--recursive-errors=no",
            "verify",
            str(tmp_path / f"{one.name}.service"),
            str(tmp_path / f"{one.name}.timer"),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
    )
    assert (done.returncode, done.stderr) == (0, "")
    for moment in re.findall("OnCalendar=(.*)", systemd.timer(one)):
        subprocess.run([systemd_analyze, "calendar", moment], check=True, capture_output=True)


def test_what_will_not_pass_by_itself_is_not_retried(settings: Path):
    text = systemd.service(job(settings))
    assert "RestartPreventExitStatus=2 3 4 75\n" in text
    assert "SuccessExitStatus=75\n" in text
    assert "Persistent=true\n" in systemd.timer(job(settings))


def test_a_program_that_systemd_cannot_start_is_told(settings: Path, machine: Machine):
    with pytest.raises(SettingsError, match="--with cron"):
        systemd.Systemd().install(job(settings))
    assert machine.calls == []


def as_cron_runs(line: str) -> list[str]:
    """What cron hands to the shell: five fields, then the command up to a bare percent sign."""
    fields = line.split(None, 5)
    assert all(re.fullmatch(r"\*|\d+(,\d+)*", one) for one in fields[:5])
    assert not re.search(r"(?<!\\)%", fields[5])
    return [*fields[:5], fields[5].replace(r"\%", "%")]


def test_cron_runs_the_very_command(settings: Path):
    program = settings.parent / "chart lake"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$CHARTLAKE_LAKE" "$@"\n')
    program.chmod(0o755)
    one = job(settings)
    begin, line, end = cron.line(one, ahead=timedelta()).splitlines()
    minute, hours, *rest, command = as_cron_runs(line)
    assert (minute, hours, rest) == ("17", "6,10,15,20", ["*", "*", "*"])
    subprocess.run(["/bin/sh", "-c", command], check=True)
    assert one.log.read_text().splitlines() == [
        str(settings.parent / "lake"),
        "run",
        "--config",
        str(settings),
    ]
    assert begin.startswith("#")
    assert end.startswith("#")


def test_cron_and_launchd_are_told_the_time_of_the_place(settings: Path):
    ahead = timedelta(hours=5, minutes=30)
    assert cron.line(job(settings), ahead=ahead).splitlines()[1].startswith("47 1,11,15,20 * * * ")
    told = plistlib.loads(launchd.agent(job(settings), ahead=ahead))
    assert [(one["Hour"], one["Minute"]) for one in told["StartCalendarInterval"]] == [
        (1, 47),
        (11, 47),
        (15, 47),
        (20, 47),
    ]
    assert told["ProgramArguments"] == list(job(settings).command)


def test_cron_takes_no_endless_line(settings: Path):
    with pytest.raises(SettingsError, match="too long"):
        cron.line(job(settings, environment={"A": "x" * 1000}), ahead=timedelta())


# The command.


@pytest.mark.parametrize("kind", ["systemd", "cron", "launchd"])
def test_install_show_remove(ran: Callable[..., Ran], machine: Machine, settings: Path, somewhere, kind: str):
    machine.has({"systemd": "systemctl", "cron": "crontab", "launchd": "launchctl"}[kind])
    for _ in range(2):  # Twice is once.
        code, answer, _ = ran("schedule", "install", "--config", str(settings), "--json")
        assert code == 0
    told = json.loads(answer)
    assert (told["with"], told["active"], told["times_utc"]) == (
        kind,
        True,
        ["06:17", "10:17", "15:17", "20:17"],
    )
    assert told["next_run"].endswith(":17:00Z")
    assert str(Path(sys.executable).with_name("chartlake")) in told["command"]

    code, answer, _ = ran("schedule", "show", "--config", str(settings))
    assert (code, f"with\t{kind}\n" in answer) == (0, True)

    assert json.loads(ran("schedule", "remove", "--config", str(settings), "--json")[1])["removed"]
    code, answer, talk = ran("schedule", "show", "--config", str(settings), "--json")
    assert (code, json.loads(answer)) == (0, {"installed": False})
    assert "schedule install" in talk
    assert [path for path in Path.cwd().rglob(f"{named(settings)}*") if path.is_file()] == []


def test_systemd_is_told_in_order(ran: Callable[..., Ran], machine: Machine, settings: Path):
    machine.has("systemctl")
    ran("schedule", "install", "--config", str(settings), "--at", "22:30")
    timer = f"{named(settings)}.timer"
    assert [call[2:] for call in machine.calls if call[2] not in {"show", "is-active"}] == [
        ["daemon-reload"],
        ["enable", timer],
        ["restart", timer],
    ]
    assert "OnCalendar=*-*-* 22:30:00 UTC" in (config.units_folder() / timer).read_text()


def test_a_crontab_keeps_what_others_wrote(ran: Callable[..., Ran], machine: Machine, settings: Path):
    machine.has("crontab")
    mine = "# mine\n0 5 * * * backup 100\\%"
    (machine.folder / "crontab.txt").write_text(mine)
    ran("schedule", "install", "--config", str(settings))
    ran("schedule", "install", "--config", str(settings), "--at", "7:23")
    assert machine.crontab.startswith(mine + "\n")
    assert len(machine.crontab.splitlines()) == 5
    ran("schedule", "remove", "--config", str(settings))
    assert machine.crontab == mine + "\n"


def test_two_recorders_have_two_schedules(ran: Callable[..., Ran], machine: Machine, settings: Path):
    machine.has("crontab")
    other = settings.with_name("other.toml")
    other.write_text('lake = "./other"\n')
    for path in (settings, other):
        ran("schedule", "install", "--config", str(path))
    ran("schedule", "remove", "--config", str(settings))
    assert (str(other.name) in machine.crontab, "chartlake.toml" in machine.crontab) == (True, False)


def test_a_crontab_that_cannot_be_read_is_not_overwritten(
    ran: Callable[..., Ran], machine: Machine, settings: Path
):
    machine.has("crontab", refused=(["-l"],))
    code, _, talk = ran("schedule", "install", "--config", str(settings))
    assert (code, "crontab -l" in talk) == (1, True)
    assert ["crontab", "-"] not in machine.calls


def test_a_scheduler_that_refuses_is_told(ran: Callable[..., Ran], machine: Machine, settings: Path):
    machine.has("systemctl", refused=(["--user", "daemon-reload"],))
    code, _, talk = ran("schedule", "install", "--config", str(settings))
    assert (code, "it is forbidden" in talk) == (1, True)


@pytest.mark.parametrize(
    ("programs", "chosen"),
    [
        (["systemctl", "crontab"], "systemd"),
        (["crontab", "launchctl"], "launchd"),
        (["crontab"], "cron"),
    ],
)
def test_the_best_there_is_is_chosen(
    ran: Callable[..., Ran], machine: Machine, settings: Path, programs: list[str], chosen: str
):
    for name in programs:
        machine.has(name)
    answer = ran("schedule", "install", "--config", str(settings), "--json")[1]
    assert json.loads(answer)["with"] == chosen


def test_a_user_without_systemd_gets_cron(ran: Callable[..., Ran], machine: Machine, settings: Path):
    machine.has("systemctl", refused=(["--user", "show", "--property=Version"],))
    code, _, talk = ran("schedule", "install", "--config", str(settings))
    assert (code, "install cron" in talk) == (2, True)
    machine.has("crontab")
    answer = ran("schedule", "install", "--config", str(settings), "--json")[1]
    assert json.loads(answer)["with"] == "cron"
    assert ran("schedule", "install", "--config", str(settings), "--with", "systemd")[0] == 2


def test_who_changes_the_scheduler_is_not_run_by_both(
    ran: Callable[..., Ran], machine: Machine, settings: Path
):
    machine.has("crontab")
    ran("schedule", "install", "--config", str(settings))
    machine.has("systemctl")
    ran("schedule", "install", "--config", str(settings))
    assert "chartlake" not in machine.crontab
    ran("schedule", "install", "--config", str(settings), "--with", "cron")
    answer = ran("schedule", "show", "--config", str(settings), "--json")[1]
    assert json.loads(answer)["with"] == "cron"
    assert list(config.units_folder().iterdir()) == []


def test_who_may_not_use_cron_uses_systemd(ran: Callable[..., Ran], machine: Machine, settings: Path):
    machine.has("systemctl")
    machine.has("crontab", refused=(["-l"],))
    assert ran("schedule", "show", "--config", str(settings))[0] == 0
    assert ran("schedule", "install", "--config", str(settings))[0] == 0
    assert ran("schedule", "show", "--config", str(settings), "--with", "cron")[0] == 1


def test_no_secret_is_written_down(
    ran: Callable[..., Ran], machine: Machine, settings: Path, monkeypatch: pytest.MonkeyPatch
):
    machine.has("crontab")
    monkeypatch.setenv("CHARTLAKE_SPOTIFY_CLIENT_SECRET", "secret-canary")
    monkeypatch.setenv("CHARTLAKE_SPOTIFY_CLIENT_ID_FILE", "id.txt")
    code, answer, talk = ran("schedule", "install", "--config", str(settings))
    assert code == 0
    assert "secret-canary" not in machine.crontab + answer + talk
    assert "CHARTLAKE_SPOTIFY_CLIENT_SECRET_FILE" in talk
    assert f"CHARTLAKE_SPOTIFY_CLIENT_ID_FILE={Path.cwd() / 'id.txt'} " in machine.crontab


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--at", "24:00"], "06:17"),
        (["--at", "6:00"], "everybody"),
        (["--at", "noon"], "06:17"),
        (["--config", "nowhere.toml"], "no settings file"),
    ],
)
def test_a_wrong_word_is_told(
    ran: Callable[..., Ran], machine: Machine, at_home: Path, arguments: list[str], why: str
):
    machine.has("crontab")
    (at_home / "chartlake.toml").write_text('lake = "./lake"\n')
    code, _, talk = ran("schedule", "install", *arguments)
    assert (code, why in talk) == (2, True)
    assert machine.calls == []


def test_without_settings_there_is_nothing_to_schedule(ran: Callable[..., Ran], machine: Machine):
    machine.has("crontab")
    code, _, talk = ran("schedule", "install")
    assert (code, "chartlake init" in talk) == (2, True)
