"""Programs of Debian that some tests need."""

from __future__ import annotations

import os
import shutil

import pytest

missing: dict[str, int] = {}
"""How many tests were left out for want of a package."""


def debian_program(name: str, *, package: str | None = None) -> str:
    """The path of a program that a Debian package brings; where it is missing the test is skipped.

    In CI a missing one is a failure: there the packages are installed first.
    """
    path = shutil.which(name)
    if path is None:
        if os.environ.get("CI"):
            pytest.fail(f"{name} is missing; .ci/run installs it")
        package = package or name
        missing[package] = missing.get(package, 0) + 1
        pytest.skip(f"needs Debian's {package}: apt install {package}")
    return path


def left_out(message: str) -> None:
    """Skip a test; in CI, where nothing may be missing, fail it."""
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)
