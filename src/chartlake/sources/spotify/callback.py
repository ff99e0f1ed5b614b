"""Where the browser comes back to after the person agreed: a page on this machine, for one visit."""

from __future__ import annotations

from contextlib import suppress
from hmac import compare_digest
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, SimpleQueue
from socketserver import TCPServer
from threading import Thread
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qs, urlsplit

from chartlake.errors import CredentialsError

if TYPE_CHECKING:
    from types import TracebackType

PATH = "/callback"

_PAGE = "<!doctype html><meta charset=utf-8><title>chartlake</title><p>{}"
_THANKS = _PAGE.format("chartlake has its answer; this page can be closed.").encode()
_SORRY = _PAGE.format("Nothing is expected here.").encode()


class Callback:
    """Waits on 127.0.0.1, on a port that is free, for one request that knows the state.

    Use it in a ``with`` statement.

    Args:
        state: What the right request carries; whoever does not know it is turned away.

    Attributes:
        address: Where the browser is to be sent, such as ``http://127.0.0.1:34567/callback``.
    """

    def __init__(self, state: str) -> None:
        self._listener = _Listener(state)
        self._thread = Thread(
            target=self._listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self.address = f"http://{self._listener.host}{PATH}"

    def __enter__(self) -> Self:
        """Begin to listen."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End listening, whatever happened."""
        self._listener.shutdown()
        self._thread.join()
        self._listener.server_close()

    def code(self, *, within: float) -> str:
        """The code that the person's consent was turned into.

        Args:
            within: Seconds to wait for it.

        Raises:
            CredentialsError: The person refused, or did not answer in time.
        """
        try:
            answer = self._listener.answers.get(timeout=within)
        except Empty:
            raise CredentialsError(
                f"nobody agreed in the browser within {within:g} seconds; run `chartlake login spotify` again"
            ) from None
        if answer is None:
            raise CredentialsError(
                "the login was refused in the browser; run `chartlake login spotify` again"
            )
        return answer


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = False

    def __init__(self, state: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.state = state
        self.answers: SimpleQueue[str | None] = SimpleQueue()
        self.host = f"127.0.0.1:{self.server_address[1]}"

    def server_bind(self) -> None:
        # HTTPServer would look up this machine's name, which can take many seconds.
        TCPServer.server_bind(self)

    def handle_error(self, *_: object) -> None:
        """Nothing: a browser that goes away is no error of ours."""


class _Handler(BaseHTTPRequestHandler):
    # Browsers open connections ahead of need and say nothing on them.
    timeout = 5
    server: _Listener

    def do_GET(self) -> None:
        """Take the answer if this is the request that was waited for."""
        parts = urlsplit(self.path)
        asked = parse_qs(parts.query)
        state = "".join(asked.get("state", ()))
        # A foreign page that has its own name resolve to 127.0.0.1 would show that name here.
        expected = self.headers.get("Host") == self.server.host and parts.path == PATH
        if not expected or not compare_digest(state.encode(), self.server.state.encode()):
            self._reply(HTTPStatus.BAD_REQUEST, _SORRY)
            return
        codes = asked.get("code", [])
        with suppress(OSError):
            self._reply(HTTPStatus.OK, _THANKS)
        self.server.answers.put(codes[0] if len(codes) == 1 else None)

    def _reply(self, status: HTTPStatus, page: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.send_header("Content-Security-Policy", "default-src 'none'")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(page)

    def version_string(self) -> str:
        """The name of the program, without versions."""
        return "chartlake"

    def log_message(self, *_: object) -> None:
        """Nothing: the address holds the code."""
