"""The wire under the client: every connect, read and write ends by one deadline.

A timeout of httpx2 holds for one read, so a server that sends a byte a second, in its
headers too, keeps a request alive for ever.  Here each read is given what is left.
"""

from __future__ import annotations

import logging
import socket
import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.request import getproxies, proxy_bypass

import httpcore2
import httpx2

from chartlake.errors import SettingsError, SourceError
from chartlake.sources.http.failure import Failed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chartlake.sources.http.clock import Clock

# They would write down addresses and headers as received, and ours is one line a request already.
for _talkative in ("httpx2", "httpcore2"):
    logging.getLogger(_talkative).setLevel(logging.WARNING)

_LOOPBACK = ("127.", "localhost", "::1")


@contextmanager
def translated(host: str) -> Iterator[None]:
    """Whatever goes wrong on the wire, said in this project's words.

    Raises:
        Failed: There is no answer, and another attempt may bring one.
        SourceError: There is none, and another attempt would not help.
    """
    try:
        yield
    except (httpcore2.LocalProtocolError, UnicodeError):
        # Its text quotes the header that cannot be sent, which may be a credential.
        raise SourceError(
            f"the request to {host} cannot be written down; check the credentials for line breaks"
        ) from None
    except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
        if isinstance(_origin_of(error), ssl.SSLCertVerificationError):
            raise SourceError(
                f"{host} shows a certificate that is not trusted; check this machine's date and SSL_CERT_FILE"
            ) from error
        raise Failed(
            "cannot be reached; check the network, or its address in chartlake.toml, and run again",
            heard=False,
            reached=False,
        ) from error
    except httpcore2.ProxyError as error:
        raise Failed(
            "cannot be reached through the proxy; check HTTPS_PROXY and run again", heard=False
        ) from error
    except httpcore2.TimeoutException as error:
        raise Failed("did not answer in time; check the network and run again", heard=True) from error
    except httpcore2.NetworkError as error:
        raise Failed("broke off the connection; check the network and run again", heard=True) from error
    except httpcore2.ProtocolError:
        # Its text quotes what was received.
        raise Failed("broke off the connection; check the network and run again", heard=True) from None


def _origin_of(error: BaseException) -> BaseException:
    while error.__cause__ is not None:
        error = error.__cause__
    return error


class Deadline:
    """The moment by which whatever happens on the wire is over."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.at = float("inf")

    def within(self, timeout: float | None, late: type[httpcore2.TimeoutException]) -> float:
        """Seconds that one step may take.

        Raises:
            httpcore2.TimeoutException: There are none left; of the kind that was given.
        """
        left = self.at - self._clock.monotonic()
        if left <= 0:
            raise late("the deadline has passed")
        return left if timeout is None else min(timeout, left)


class Wire(httpx2.BaseTransport):
    """Connections that are kept open between requests and end by the deadline.

    Proxies are those of the environment (``HTTPS_PROXY``, ``NO_PROXY``), as for any other
    program; this machine itself is never asked for through one.
    """

    def __init__(self, deadline: Deadline) -> None:
        self._backend = _Backend(deadline)
        self._pools: dict[str, httpcore2.ConnectionPool] = {}

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request and receive the head of its answer.

        Raises:
            httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError,
            httpcore2.ProxyError: What went wrong.
        """
        url = request.url
        answer = self._pool(url).handle_request(
            httpcore2.Request(
                method=request.method,
                url=httpcore2.URL(
                    scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                ),
                headers=request.headers.raw,
                content=request.read(),
                extensions=request.extensions,
            )
        )
        return httpx2.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Body(answer),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        """Close every connection."""
        for pool in self._pools.values():
            pool.close()

    def _pool(self, url: httpx2.URL) -> httpcore2.ConnectionPool:
        proxy = _proxy(url)
        if proxy not in self._pools:
            self._pools[proxy] = self._opened(proxy)
        return self._pools[proxy]

    def _opened(self, proxy: str) -> httpcore2.ConnectionPool:
        if not proxy:
            return httpcore2.ConnectionPool(network_backend=self._backend)
        try:
            address = httpx2.URL(proxy)
        except httpx2.InvalidURL as error:
            raise SettingsError(
                "the proxy that the environment names is no address; correct HTTPS_PROXY"
            ) from error
        if address.scheme not in {"http", "https"} or not address.host:
            raise SettingsError(
                f"a proxy of the kind {address.scheme!r} cannot be used; name an http proxy in HTTPS_PROXY"
            )
        return httpcore2.HTTPProxy(
            proxy_url=httpcore2.URL(
                scheme=address.raw_scheme, host=address.raw_host, port=address.port, target=b"/"
            ),
            proxy_auth=(address.username, address.password) if address.userinfo else None,
            network_backend=self._backend,
        )


def _proxy(url: httpx2.URL) -> str:
    """The proxy to use for an address; the empty text for none."""
    if url.host.startswith(_LOOPBACK) or proxy_bypass(url.host):
        return ""
    named = getproxies()
    proxy = named.get(url.scheme) or named.get("all") or ""
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"


class _Backend(httpcore2.NetworkBackend):
    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self._sockets = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        # Each address of a host would be given the whole timeout if they were tried below.
        failure: httpcore2.NetworkError | httpcore2.TimeoutException | None = None
        for address in _addresses(host, port):
            allowed = self._deadline.within(timeout, httpcore2.ConnectTimeout)
            try:
                stream = self._sockets.connect_tcp(address, port, allowed, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
            else:
                return _Stream(stream, self._deadline)
        raise failure or httpcore2.ConnectError("the host has no address")


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore2.ConnectError("the host cannot be found") from error
    return list(dict.fromkeys(str(place[4][0]) for place in found))


class _Stream(httpcore2.NetworkStream):
    def __init__(self, stream: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.within(timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.within(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        allowed = self._deadline.within(timeout, httpcore2.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, allowed), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Body(httpx2.SyncByteStream):
    def __init__(self, answer: httpcore2.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()
