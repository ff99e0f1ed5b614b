"""Why one attempt brought no answer; a visit decides whether there is another."""

from __future__ import annotations


class Failed(Exception):
    """One attempt failed, and another may not.

    Attributes:
        why: What happened and what to do, as the rest of a sentence that begins with the host.
        heard: Whether the service may have acted on the request without saying that it failed.
        reached: Whether there was a connection at all.
    """

    def __init__(self, why: str, *, heard: bool, reached: bool = True) -> None:
        super().__init__(why)
        self.why = why
        self.heard = heard
        self.reached = reached


class Limited(Exception):
    """The service asks to be left alone.

    Attributes:
        wait: Seconds for which it does, if it says.
        final: Whether waiting within this run is of no use: a quota is used up.
    """

    def __init__(self, *, wait: float | None, final: bool = False) -> None:
        super().__init__("asks to be left alone")
        self.wait = wait
        self.final = final
