"""How often a service may be asked, kept before it has to say so."""

from __future__ import annotations

from collections import deque


class Pace:
    """At most so many requests in any so many seconds.

    The window rolls: a bucket refilled every five seconds would let twice as many through
    around the moment of its refilling.
    """

    def __init__(self, requests: int, seconds: float) -> None:
        self._seconds = seconds
        self._sent: deque[float] = deque(maxlen=requests)

    def note(self, now: float) -> None:
        """A request is sent at this monotonic moment."""
        self._sent.append(now)

    def free_at(self, now: float) -> float:
        """The monotonic moment from which another may be sent; ``now`` if it may at once."""
        if len(self._sent) < (self._sent.maxlen or 0):
            return now
        return max(now, self._sent[0] + self._seconds)
