"""AWS's Runtime API, as far as a cold start goes: the zip, the runtime client, and a clock."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
import zipfile
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from emulator import Emulator

_LARGEST = 250 * 2**20


class Runtime:
    """One environment of a function, as Lambda would begin it."""

    def __init__(self, emulator: Emulator, content: bytes, handler: str) -> None:
        self._emulator, self._content, self._handler = emulator, content, handler
        self._ready = threading.Event()
        self._over = threading.Event()
        self.init_error: dict[str, Any] | None = None

    @staticmethod
    def unzipped(content: bytes) -> int:
        """Bytes of what is in a zip."""
        with zipfile.ZipFile(BytesIO(content)) as one:
            return sum(entry.file_size for entry in one.infolist())

    def __enter__(self) -> Self:
        self._folder = TemporaryDirectory(prefix="chartlake-task-")
        task = Path(self._folder.name)
        assert self.unzipped(self._content) <= _LARGEST
        with zipfile.ZipFile(BytesIO(self._emulator.packed(self._content))) as one:
            one.extractall(task)
        (task / "bootstrap").chmod(0o755)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._answering())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self._started = time.monotonic()
        self._process = subprocess.Popen(
            [task / "bootstrap"],
            env={
                "PATH": os.environ["PATH"],
                "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._server.server_port}",
                "AWS_LAMBDA_FUNCTION_NAME": "measured",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
                "AWS_REGION": "us-east-1",
                "LAMBDA_TASK_ROOT": str(task),
                "_HANDLER": self._handler,
                "CHARTLAKE_LAKE": "s3://measured",
                "CHARTLAKE_CONFIG": "/var/task/chartlake.toml",
                "HOME": "/tmp",
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)
        self._server.shutdown()
        self._server.server_close()
        self._folder.cleanup()

    def cold_start(self) -> tuple[float, float]:
        """Seconds until it asks for its first event: of the wall's clock, and of a processor.

        The second is the same on a busy machine.
        """
        assert self._ready.wait(30), "the runtime client never asked for an event"
        return self._took, self._busy()

    def _busy(self) -> float:
        """What all processes of its session have had of a processor [s]."""
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                fields = stat.read_text().rpartition(")")[2].split()
                if int(fields[3]) == self._process.pid:
                    ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def _answering(self) -> type[BaseHTTPRequestHandler]:
        runtime = self

        class Answering(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if not runtime._ready.is_set():
                    runtime._took = time.monotonic() - runtime._started
                    runtime._ready.set()
                runtime._over.wait(60)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self.path.endswith("/init/error"):
                    runtime.init_error = json.loads(body)
                    runtime._took = time.monotonic() - runtime._started
                    runtime._ready.set()
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Answering
