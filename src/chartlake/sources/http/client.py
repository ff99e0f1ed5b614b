"""The client: connections, one exchange at a time, and what services said about being asked too often."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from chartlake import __version__
from chartlake.errors import SourceError
from chartlake.snapshot import LARGEST
from chartlake.sources.http import body
from chartlake.sources.http.address import origin
from chartlake.sources.http.ask import Answer
from chartlake.sources.http.clock import Clock, SystemClock
from chartlake.sources.http.failure import Failed
from chartlake.sources.http.pace import Pace
from chartlake.sources.http.visit import Visit

if TYPE_CHECKING:
    import httpx2

    from chartlake.sources.http.ask import Ask


class Client:
    """Connections to services, for one thread at a time.

    Close it, or use it in a ``with`` statement.

    Args:
        budget: Seconds that one visit may take, waits included.
        clock: What tells the time; None is the clock of this machine.
        connect: Seconds to wait for a connection.
        read: Seconds to wait for the next byte.
        exchange: Seconds that one request and its whole answer may take.

    Attributes:
        clock: What tells the time.
        budget: Seconds that one visit may take.
        latest: The visit begun last: there a failed capture left what it had asked.
    """

    def __init__(
        self,
        *,
        budget: float = 120.0,
        clock: Clock | None = None,
        connect: float = 10.0,
        read: float = 20.0,
        exchange: float = 60.0,
    ) -> None:
        # Slow to import (0.1 s), and most commands ask nobody.
        from http.cookiejar import CookieJar, DefaultCookiePolicy  # noqa: PLC0415

        import httpx2  # noqa: PLC0415

        from chartlake.sources.http import wire  # noqa: PLC0415

        self.clock: Clock = clock or SystemClock()
        self.budget = budget
        self.latest: Visit | None = None
        self._requests = self._received = 0
        self._exchange = exchange
        self._closed_until: dict[str, float] = {}
        self._paces: dict[str, Pace] = {}
        self._deadline = wire.Deadline(self.clock)
        self._translated = wire.translated
        self._http = httpx2.Client(
            transport=wire.Wire(self._deadline),
            timeout=httpx2.Timeout(read, connect=connect),
            headers={
                "User-Agent": f"chartlake/{__version__}",
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
            },
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )

    def __enter__(self) -> Self:
        """The client itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._http.close()

    def traffic(self) -> tuple[int, int]:
        """Requests sent so far, and bytes received, over all visits."""
        return self._requests, self._received

    def count(self, *, received: int = 0, requests: int = 0) -> None:
        """Add to the traffic."""
        self._requests += requests
        self._received += received

    def visit(self) -> Visit:
        """One capture's dealings with services; its budget begins now."""
        self.latest = Visit(self)
        return self.latest

    def keep_pace(self, url: str, *, requests: int, seconds: float) -> None:
        """From now on send that origin at most so many requests in any so many seconds."""
        self._paces.setdefault(origin(url), Pace(requests, seconds))

    def closed_for(self, url: httpx2.URL) -> float:
        """Seconds for which an origin is to be left alone; 0 if it is not."""
        now, place = self.clock.monotonic(), origin(str(url))
        pace = self._paces.get(place)
        until = max(self._closed_until.get(place, now), pace.free_at(now) if pace else now)
        return max(until - now, 0.0)

    def close_for(self, url: httpx2.URL, seconds: float) -> None:
        """Remember that an origin is to be left alone for so many seconds."""
        until, place = self.clock.monotonic() + seconds, origin(str(url))
        self._closed_until[place] = max(until, self._closed_until.get(place, until))

    def exchange(self, ask: Ask, url: httpx2.URL, *, before: float) -> Answer:
        """Send one request once and receive its whole answer.

        Args:
            ask: What to ask.
            url: Where: the address of ``ask``, or one that it was redirected to.
            before: The monotonic moment by which it is over, whatever happens.

        Raises:
            Failed: There is no whole answer.
            SourceError: There is none, and asking again would not help.
        """
        now = self.clock.monotonic()
        self._deadline.at = min(before, now + self._exchange)
        if pace := self._paces.get(origin(str(url))):
            pace.note(now)
        with self._translated(url.host):
            request = self._http.build_request(
                ask.method, url, headers=ask.headers, data=ask.form, content=ask.document
            )
            response = self._http.send(request, stream=True, follow_redirects=False)
            try:
                received = body.whole(
                    response.iter_raw(),
                    encoding=response.headers.get("content-encoding", ""),
                    largest=LARGEST,
                )
            except body.Damaged as error:
                raise Failed(f"sent a damaged answer ({error}); run again later", heard=True) from error
            except body.TooLarge as error:
                raise SourceError(
                    f"{url.host} sent more than 16 MiB, which is no chart; check its address"
                ) from error
            finally:
                response.close()
        return Answer(response.status_code, dict(response.headers), received)
