"""A service that does what a test says, on a real socket of this machine, and a clock that never waits."""

from __future__ import annotations

import gzip
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""
    peer: int = 0

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode()))


@dataclass(frozen=True)
class Reply:
    """One answer; ``wire`` takes the socket instead and does what it likes with it."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    wire: Callable[[socket.socket], None] | None = None


Script = Callable[[Asked], Reply]


def of(document: Any, status: int = 200, **headers: str) -> Reply:
    """An answer in JSON."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps(document).encode(), {"Content-Type": "application/json", **named})


def gzipped(body: bytes) -> Reply:
    return Reply(200, gzip.compress(body), {"Content-Encoding": "gzip"})


def reset(connection: socket.socket) -> None:
    """End with a reset instead of a farewell."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def sends(*parts: bytes, pause: float = 0.0) -> Reply:
    """Exactly these bytes, with a pause before each."""

    def wire(connection: socket.socket) -> None:
        try:
            for part in parts:
                time.sleep(pause)
                connection.sendall(part)
        except OSError:
            pass  # the client has gone, as it should

    return Reply(wire=wire)


RESET = Reply(wire=reset)
HANGS_UP = Reply(wire=lambda _: None)


class Service:
    """A service on 127.0.0.1; by default it answers 404."""

    def __init__(self) -> None:
        self.forget()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def forget(self) -> None:
        """Begin anew."""
        self.asked: list[Asked] = []
        self.script: Script = lambda _: Reply(404)

    def answers(self, *replies: Reply) -> None:
        """One after the other; the last one for ever."""
        left = list(replies)
        self.script = lambda _: left.pop(0) if len(left) > 1 else left[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # head and body in one piece: Nagle would hold the body back for 40 ms

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                asked = Asked(
                    self.command,
                    parts.path,
                    dict(parse_qsl(parts.query)),
                    {name.lower(): value for name, value in self.headers.items()},
                    body,
                    self.client_address[1],
                )
                service.asked.append(asked)
                reply = service.script(asked)
                if reply.wire is not None:
                    reply.wire(self.connection)
                    self.close_connection = True
                    return
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if reply.status != 204:
                    self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

            do_POST = do_GET  # noqa: N815 - http.server's name

            def log_message(self, *_: object) -> None:
                pass

        return Handler


class Clock:
    """Time that passes only when somebody sleeps, and then at once."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 6, 1, 6, 30, tzinfo=UTC)
        self.passed = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.moment + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return 1000.0 + self.passed

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.slept.append(seconds)
        self.passed += seconds

    def pass_by(self, seconds: float) -> None:
        self.passed += seconds
