"""What stands between a store and its server: it counts the requests, and spoils some of the answers."""

from __future__ import annotations

import http.client
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

Spoil = str
"""``lost``: it is done and the connection ends; ``broken``: it is done and the answer is a 500;
``busy``: it is not done, 503; ``conflict``: it is not done, 409; ``cut``: half of the answer."""

_NOT_DONE = {
    "busy": (503, "SlowDown"),
    "conflict": (409, "ConditionalRequestConflict"),
}


class Between:
    """A proxy on a free port of this machine."""

    def __init__(self, endpoint: str) -> None:
        self.requests: list[str] = []
        self.spoil: Callable[[str, int], Spoil | None] = lambda _request, _number: None
        self._alone = Lock()
        between = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                self.raw_requestline = self.rfile.readline(65537)
                if self.raw_requestline and self.parse_request():
                    between._answer(self, urlsplit(endpoint).netloc)
                else:
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                """Nothing is talked about."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, asked: BaseHTTPRequestHandler, server: str) -> None:
        request = _named(asked)
        with self._alone:
            self.requests.append(request)
            spoil = self.spoil(request, self.requests.count(request))
        body = asked.rfile.read(int(asked.headers.get("Content-Length") or 0))
        if spoil in _NOT_DONE:
            status, code = _NOT_DONE[spoil]
            _send(asked, status, {}, f"<Error><Code>{code}</Code></Error>".encode())
            return
        status, headers, data = _forwarded(asked, server, body)
        if spoil == "lost":
            asked.close_connection = True
        elif spoil == "broken":
            _send(asked, 500, {}, b"<Error><Code>InternalError</Code></Error>")
        elif spoil == "cut":
            _send(asked, status, headers, data, cut=len(data) // 2)
        else:
            _send(asked, status, headers, data)


def _named(asked: BaseHTTPRequestHandler) -> str:
    kind = "COPY" if "x-amz-copy-source" in asked.headers else asked.command
    if kind == "GET" and "list-type=2" in asked.path:
        kind = "LIST"
    if kind == "POST":
        return "DELETE MANY"
    return f"{kind} {asked.path.partition('?')[0]}"


def _forwarded(asked: BaseHTTPRequestHandler, server: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(server, timeout=30)
    try:
        connection.putrequest(asked.command, asked.path, skip_host=True, skip_accept_encoding=True)
        for name, value in asked.headers.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def _send(
    asked: BaseHTTPRequestHandler,
    status: int,
    headers: dict[str, str],
    data: bytes,
    *,
    cut: int | None = None,
) -> None:
    asked.send_response_only(status)
    for name, value in headers.items():
        if name.lower() not in ("content-length", "transfer-encoding", "connection"):
            asked.send_header(name, value)
    length = headers.get("Content-Length") if asked.command == "HEAD" else None
    asked.send_header("Content-Length", length or str(len(data)))
    asked.end_headers()
    if asked.command != "HEAD":
        asked.wfile.write(data[:cut])
    if cut is not None:
        asked.close_connection = True
