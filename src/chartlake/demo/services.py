"""All services of the demo, begun and ended together."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import partial
from typing import TYPE_CHECKING, Self
from urllib.parse import urlencode

from chartlake.demo import OWN_PLAYLIST
from chartlake.demo.apple import Apple
from chartlake.demo.deezer import Deezer
from chartlake.demo.faults import Fault, Plan
from chartlake.demo.listenbrainz import ListenBrainz
from chartlake.demo.server import Server
from chartlake.demo.spotify import Spotify
from chartlake.demo.spotify_accounts import Accounts
from chartlake.demo.world import FIRST_DAY, World, the_world

if TYPE_CHECKING:
    from types import TracebackType

    from chartlake.demo.answers import Answer, Answering, Asked
    from chartlake.demo.spotify_pages import Wrapping


@dataclass(frozen=True, slots=True)
class Seen:
    """One request that a service answered; ``target`` is the path with its query."""

    service: str
    method: str
    target: str
    status: int


class Services:
    """Spotify's two services, Deezer, Apple and ListenBrainz, each on a free loopback port.

    What they answer depends on `today` and on what was asked, and on nothing else::

        with Services() as services:
            services.today = datetime(2026, 6, 2, 6, 30, tzinfo=UTC)
            services.misbehave(rate_limited("120"), service="deezer", times=2)

    Attributes:
        today: The simulated moment (UTC); it may be set at any time.
        seen: Every request so far, in the order in which the answers were found.
    """

    def __init__(
        self,
        *,
        today: datetime | None = None,
        world: World | None = None,
        wrapping: Wrapping | None = None,
        first_port: int = 0,
    ) -> None:
        """Make the services, without starting them.

        Args:
            today: The simulated moment (UTC); the morning of the first day if it is not given.
            world: What they serve.
            wrapping: Under which key Spotify's entries hold their tracks; by default what the app
                and the path are known for.
            first_port: The first of five ports to listen on; 0 is any that are free.  Documents
                hold addresses, so the same ports make the same bytes.
        """
        self.today = today or datetime.combine(FIRST_DAY, time(6, 30), UTC)
        self.seen: list[Seen] = []
        self._first_port = first_port
        self._plan = Plan()
        self._running = ExitStack()
        self._servers: dict[str, Server] = {}
        served = world or the_world()
        self._spotify = Spotify(served, wrapping=wrapping)
        self._accounts = Accounts()
        self._services: dict[str, Answering] = {
            "spotify_api": self._spotify,
            "spotify_accounts": self._accounts,
            "deezer": Deezer(served),
            "apple": Apple(served),
            "listenbrainz": ListenBrainz(served),
        }

    def __enter__(self) -> Self:
        """Start all of them, or none.

        Raises:
            OSError: A port is taken.
        """
        with ExitStack() as starting:
            for place, (name, service) in enumerate(self._services.items()):
                port = self._first_port + place if self._first_port else 0
                server = Server(partial(self._answer, name, service), now=lambda: self.today, port=port)
                starting.callback(server.close)
                self._servers[name] = server
            self._running = starting.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End all of them: no thread and no socket is left."""
        self._running.close()

    @property
    def spotify_api(self) -> str:
        """The base of Spotify's Web API, with its version."""
        return self._servers["spotify_api"].base + "/v1"

    @property
    def spotify_accounts(self) -> str:
        """The base of Spotify's accounts service."""
        return self._servers["spotify_accounts"].base

    @property
    def deezer(self) -> str:
        """The base of Deezer's API."""
        return self._servers["deezer"].base

    @property
    def apple(self) -> str:
        """The base of Apple's feeds."""
        return self._servers["apple"].base

    @property
    def listenbrainz(self) -> str:
        """The base of ListenBrainz' API, without its version."""
        return self._servers["listenbrainz"].base

    @property
    def consents(self) -> bool:
        """Whether the listener agrees when an app asks for access to Spotify."""
        return self._accounts.consents

    @consents.setter
    def consents(self, agrees: bool) -> None:
        """Set what the listener says from now on."""
        self._accounts.consents = agrees

    @property
    def faults_left(self) -> int:
        """How many planned faults no request has met yet."""
        return self._plan.left()

    def misbehave(self, fault: Fault, *, path: str = "*", times: int = 1, service: str = "*") -> None:
        """Let the next requests that match meet a fault.

        Args:
            fault: What goes wrong; see `chartlake.demo.faults`.
            path: A pattern with ``*``, of the path alone or of the path with its query.
            times: How many requests.
            service: A pattern of ``spotify_api``, ``spotify_accounts``, ``deezer``, ``apple`` and
                ``listenbrainz``.
        """
        self._plan.add(fault, service=service, path=path, times=times)

    def change_between_pages(self, playlist_id: str = OWN_PLAYLIST, *, times: int = 1) -> None:
        """Let a Spotify playlist change behind the next requests for its entries."""

        def changing(answer: Answer) -> Answer:
            self._spotify.revise(playlist_id)
            return answer

        self.misbehave(changing, service="spotify_api", path=f"*/playlists/{playlist_id}/*", times=times)

    def _answer(self, name: str, service: Answering, asked: Asked) -> Answer:
        target = f"{asked.path}?{urlencode(asked.query)}" if asked.query else asked.path
        answer = service(asked)
        fault = self._plan.take(service=name, path=asked.path, target=target)
        if fault is not None:
            answer = fault(answer)
        self.seen.append(Seen(name, asked.method, target, answer.status))
        return answer
