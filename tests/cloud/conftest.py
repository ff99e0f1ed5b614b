"""The local AWS, the zip that runs in it, and a deployed stack for the tests to share."""

from __future__ import annotations

import os
import platform
import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from emulator import CLOUD, Emulator, python_version
from world import World, settings_text, shipped

from chartlake.aws import artefact
from chartlake.aws.access import Access
from chartlake.demo.services import Services

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FIRST = datetime(2026, 6, 5, 6, 30, tzinfo=UTC)


@pytest.fixture(scope="session", autouse=True)
def _programs() -> None:
    if not (CLOUD / ".made").exists():
        pytest.fail("the environment of the local AWS is missing; run make test-aws")
    if shutil.which("bwrap") is None:
        pytest.fail("needs Debian's bubblewrap: apt install bubblewrap")


@pytest.fixture(scope="session")
def services() -> Iterator[Services]:
    with Services(today=FIRST) as running:
        yield running


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    before = dict(os.environ)
    with Emulator(tmp_path_factory.mktemp("aws")) as running:
        os.environ.update(running.environment())
        try:
            yield running
        finally:
            os.environ.clear()
            os.environ.update(before)


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory, services: Services) -> Path:
    path = tmp_path_factory.mktemp("settings") / "chartlake.toml"
    path.write_text(settings_text(services, "chartlake"))
    return path


@pytest.fixture(scope="session")
def content(config: Path) -> bytes:
    """The functions' zip, made as ``deploy`` makes it, for the processor and the Python of this machine."""
    return artefact.built(config, platform=f"{platform.machine()}-manylinux_2_28", python=python_version())


@pytest.fixture(scope="session")
def world(emulator: Emulator, config: Path, content: bytes) -> World:
    """A stack that is deployed once, with nothing in its lake yet."""
    made = World(Access("us-east-1"), config)
    made.deploy(emulator.packed(content), shipped())
    # A message that failed comes again after half an hour on AWS; an invariant sees to that.
    made.client("sqs").set_queue_attributes(
        QueueUrl=made.out["Arrived"], Attributes={"VisibilityTimeout": "2"}
    )
    return made


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Say a line at the end: a figure, or who caught a mutation."""
    return lambda line: record_property("told", line)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was measured, and who caught what."""
    reports = [one for some in terminalreporter.stats.values() for one in some]
    told = [value for one in reports for name, value in getattr(one, "user_properties", ()) if name == "told"]
    if told:
        terminalreporter.section("the local AWS")
        for line in dict.fromkeys(told):
            terminalreporter.write_line(line)
