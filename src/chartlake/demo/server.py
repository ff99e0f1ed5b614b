"""One service on one loopback port: sockets and nothing else.

HTTP/1.1 with connections that stay open, gzip where the client takes it, quiet.  Head and
body leave in one write, or Nagle's algorithm and delayed acknowledgements would hold each
answer back for 40 ms.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, SO_LINGER, SOL_SOCKET, create_connection, socket
from socketserver import TCPServer
from struct import pack
from threading import Event, Lock, Thread
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from chartlake.demo.answers import PIECES, Answer, Answering, Asked, gzipped

_HOST = "127.0.0.1"
_WORTH_COMPRESSING = 512
_LARGEST_REQUEST = 1 << 20


class Server(ThreadingHTTPServer):
    """A service that listens on 127.0.0.1, from the moment it is made until `close`.

    Attributes:
        base: Scheme, host and port.
        stopping: Set once the server closes; nothing waits beyond that.
    """

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, answering: Answering, *, now: Callable[[], datetime], port: int = 0) -> None:
        """Begin to listen.

        Args:
            answering: The service.
            now: The simulated moment.
            port: Where; 0 is any port that is free.

        Raises:
            OSError: The port is taken.
        """
        super().__init__((_HOST, port), _Connection)
        self.base = f"http://{_HOST}:{self.server_port}"
        self.stopping = Event()
        self.answering = answering
        self.now = now
        self._open: set[socket] = set()
        self._lock = Lock()
        self._thread = Thread(target=self._serve, name=f"demo {self.base}")
        self._thread.start()

    def close(self) -> None:
        """Stop listening, end every connection, and wait for every thread."""
        self.stopping.set()
        with suppress(OSError):
            create_connection((_HOST, self.server_port)).close()
        self._thread.join()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(SHUT_RDWR)
        self.server_close()

    def _serve(self) -> None:
        """Accept connections without ever looking at the clock; `close` sends the last one."""
        while not self.stopping.is_set():
            self.handle_request()

    def server_bind(self) -> None:
        """Bind without asking a name server what this machine is called."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.socket.getsockname()[:2]

    def get_request(self) -> tuple[socket, Any]:
        """Accept a connection, and remember it."""
        connection, address = super().get_request()
        with self._lock:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        """End a connection, and forget it."""
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that went away; anything else is a defect and is shown."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Connection(BaseHTTPRequestHandler):
    """One connection: request after request."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer one request."""
        answer = self.server.answering(self._asked())
        if not self.server.stopping.wait(answer.delay):
            self._deliver(answer)
        self.close_connection |= answer.ends

    do_POST = do_GET  # noqa: N815 - the standard library calls it so

    def _asked(self) -> Asked:
        target = urlsplit(self.path)
        length = min(int(self.headers.get("Content-Length") or 0), _LARGEST_REQUEST)
        return Asked(
            method=self.command,
            path=unquote(target.path),
            query=dict(parse_qsl(target.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length) if length else b"",
            now=self.server.now(),
            base=self.server.base,
        )

    def _deliver(self, answer: Answer) -> None:
        body, encoding = self._encoded(answer)
        if answer.portion or not answer.reset:
            self._send(answer, self._head(answer, len(body), encoding), body)
        if answer.reset:
            self._reset()

    def _encoded(self, answer: Answer) -> tuple[bytes, str]:
        if answer.encoding is not None:
            return answer.body, answer.encoding
        if len(answer.body) < _WORTH_COMPRESSING or "gzip" not in self.headers.get("Accept-Encoding", ""):
            return answer.body, "identity"
        return gzipped(answer.body), "gzip"

    def _head(self, answer: Answer, length: int, encoding: str) -> bytes:
        lines = [
            f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}",
            f"Date: {format_datetime(self.server.now(), usegmt=True)}",
            *(f"{name}: {value}" for name, value in answer.headers),
        ]
        if answer.status != HTTPStatus.NO_CONTENT:
            lines.append(f"Content-Type: {answer.content_type}")
            lines.append(f"Content-Length: {length + answer.length_off}")
        if encoding != "identity":
            lines.append(f"Content-Encoding: {encoding}")
        if self.close_connection:
            lines.append("Connection: close")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _send(self, answer: Answer, head: bytes, body: bytes) -> None:
        body = body[: round(len(body) * answer.portion)]
        if not answer.pause:
            self.connection.sendall(head + body)
            return
        self.connection.sendall(head)
        size = -(-len(body) // PIECES) or 1
        for start in range(0, len(body), size):
            if self.server.stopping.wait(answer.pause):
                return
            self.connection.sendall(body[start : start + size])

    def _reset(self) -> None:
        """End the connection with RST: with no time to linger, a close sends no FIN."""
        self.connection.setsockopt(SOL_SOCKET, SO_LINGER, pack("ii", 1, 0))
        self.rfile.close()
        self.connection.close()
