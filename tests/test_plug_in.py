"""A source of somebody else's package: begun from the template, found by its entry points."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from chartlake.errors import SettingsError
from chartlake.starter import begin_source

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Ran


@pytest.fixture
def plug_in(tmp_path: Path) -> Path:
    """The template's package, as if it were installed: its metadata beside its code."""
    root = tmp_path / "chartlake-tides"
    begin_source(tmp_path, "tides")
    metadata = root / "src" / "chartlake_tides-0.1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: chartlake-tides\nVersion: 0.1.0\n")
    (metadata / "entry_points.txt").write_text(
        "[chartlake.sources]\ntides = chartlake_tides.source\n"
        "[chartlake.transforms]\ntides = chartlake_tides.transform\n"
    )
    return root


def python(root: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join([str(root / "src"), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": paths, **environment},
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_template_passes_its_own_test(plug_in: Path):
    done = python(plug_in, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests")
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_settings_are_read_like_any_others(plug_in: Path):
    settings = plug_in / "chartlake.toml"
    settings.write_text(
        'lake = "lake"\n[tides]\nurl = "http://127.0.0.1:9"\n[[chart]]\nsource = "tides"\nid = "A B"\n'
    )
    done = python(plug_in, "-m", "chartlake", "run")
    assert (done.returncode, "is no chart of Tides" in done.stderr) == (2, True), done.stderr
    done = python(plug_in, "-m", "chartlake", "run", CHARTLAKE_TIDES__URLL="x")
    assert (done.returncode, "did you mean url?" in done.stderr) == (2, True), done.stderr


def test_without_the_plug_in_the_source_is_unknown(ran: Callable[..., Ran], at_home: Path):
    (at_home / "chartlake.toml").write_text('lake = "l"\n[[chart]]\nsource = "tides"\nid = "top"\n')
    code, _, talk = ran("run")
    assert (code, "install the plug-in" in talk) == (2, True)


def test_init_writes_it(ran: Callable[..., Ran], at_home: Path):
    code, answer, _ = ran("init", "--source", "tides")
    assert (code, "chartlake-tides/pyproject.toml" in answer) == (0, True)
    code, _, talk = ran("init", "--source", "tides")
    assert (code, "exists already" in talk) == (2, True)


@pytest.mark.parametrize("name", ["", "Tides", "a-b", "../x", "1st"])
def test_a_name_that_cannot_be_is_told(tmp_path: Path, name: str):
    with pytest.raises(SettingsError, match="choose small letters"):
        begin_source(tmp_path, name)
