"""An emulated Snowflake that the real driver of this environment talks to."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def port() -> Iterator[int]:
    """Where the emulator listens; it always runs beside driver 4, which it needs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    python = os.environ.get("EMULATOR_PYTHON", sys.executable)
    server = subprocess.Popen(
        [python, Path(__file__).with_name("server.py"), str(number)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(600):
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", number)) == 0:
                    break
            assert server.poll() is None
            time.sleep(0.1)
        yield number
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture
def connections(port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A connections.toml whose default is the emulator."""
    monkeypatch.setenv("SNOWFLAKE_HOME", str(tmp_path / "snowflake"))
    file = tmp_path / "snowflake" / "connections.toml"
    file.parent.mkdir()
    words = {
        "host": "127.0.0.1",
        "protocol": "http",
        "account": "tests",
        "user": "tests",
        "password": "tests",
    }
    said = "".join(f'{name} = "{word}"\n' for name, word in words.items()) + f"port = {port}\n"
    nobody = said.replace(str(port), "1").replace('account = "tests"', 'account = "tests"\nlogin_timeout = 2')
    file.write_text(f"[default]\n{said}\n[nobody]\n{nobody}")
    file.chmod(0o600)
    return file
