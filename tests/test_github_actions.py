"""The example workflow: its steps are run by the shell, against a repository and a lake of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from chartlake.demo.faults import answering, rate_limited
from chartlake.starter import begin

if TYPE_CHECKING:
    from chartlake.demo.services import Services

WORKFLOW = Path(__file__).parents[1] / "docs" / "examples" / "record-charts.yml"


def steps() -> dict[str, str]:
    """What each named step of the workflow runs."""
    text = WORKFLOW.read_text(encoding="utf-8")
    found = re.findall(r"- name: (\w+)\n(.*?)(?=\n\n|\n      - |\Z)", text, re.DOTALL)
    return {name: textwrap.dedent(body.partition("run: |\n")[2]) for name, body in found}


class Job:
    """A checkout of a repository, and what a runner knows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "checkout"
        self.remote = folder / "remote.git"
        self.summary = folder / "summary"
        self.output = folder / "output"
        self.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "GITHUB_OUTPUT": str(self.output),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GIT_CONFIG_GLOBAL": os.devnull,
        }

    def git(self, *arguments: str, at: Path | None = None) -> str:
        return subprocess.run(
            ["git", "-c", "init.defaultBranch=main", *arguments],
            cwd=at or self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    def step(self, name: str) -> int:
        output = self.output.read_text() if self.output.exists() else ""
        code = output.splitlines()[-1].partition("=")[2] if output else ""
        return subprocess.run(
            ["bash", "-e", "-c", steps()[name]],
            cwd=self.folder,
            env={**self.environment, "CODE": code},
            check=False,
        ).returncode

    def kept(self) -> list[str]:
        return self.git("ls-tree", "-r", "--name-only", "main", at=self.remote).splitlines()


@pytest.fixture
def job(tmp_path: Path, services: Services) -> Job:
    services.today = datetime.now(UTC)
    one = Job(tmp_path)
    begin(one.folder)
    (one.folder / "chartlake.toml").write_text(
        f'lake = "./lake"\n[deezer]\nurl = "{services.deezer}"\n'
        '[[chart]]\nsource = "deezer"\nid = "3155776842"\nsize = 50\n'
    )
    one.git("init", "--quiet", "--bare", str(one.remote))
    one.git("init", "--quiet")
    one.git("remote", "add", "origin", str(one.remote))
    one.git("add", "--all")
    one.git("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "-m", "Begin")
    one.git("push", "--quiet", "--set-upstream", "origin", "main")
    return one


def test_what_was_recorded_is_kept(job: Job):
    assert [job.step(name) for name in ("Record", "Keep", "Tell")] == [0, 0, 0]
    kept = job.kept()
    assert [key for key in kept if key.startswith("lake/raw_data/processed/deezer/")]
    assert [key for key in kept if key.startswith("lake/transformed_data/chart_data/")]
    assert [key for key in kept if "duckdb" in key or ".tmp" in key] == []
    assert "3155776842" in job.summary.read_text()
    assert job.git("status", "--porcelain") == ""


def test_a_rate_limit_is_not_red(job: Job, services: Services):
    services.misbehave(rate_limited("86400"), service="deezer")
    assert [job.step(name) for name in ("Record", "Keep", "Tell")] == [0, 0, 0]
    assert job.output.read_text() == "code=75\n"
    assert [key for key in job.kept() if key.startswith("lake/state/charts/")], "it is remembered"


def test_a_failure_is_red_and_kept(job: Job, services: Services):
    services.misbehave(answering(404, b"{}"), service="deezer")
    assert [job.step(name) for name in ("Record", "Keep", "Tell")] == [0, 0, 1]
    assert [key for key in job.kept() if key.startswith("lake/transformed_data/run_data/")]


def test_it_may_do_no_more_than_it_must():
    text = WORKFLOW.read_text(encoding="utf-8")
    assert "\npermissions: {}\n" in text
    assert re.findall(r"^ +(\w+): write$", text, re.MULTILINE) == ["contents"]
    assert not re.search(r"cron: \"0 ", text)
    # What a run is told from outside comes as a variable, never as part of a shell's text.
    assert all("${{" not in script for script in steps().values())
