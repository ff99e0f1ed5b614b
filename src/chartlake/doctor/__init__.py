"""What is wrong with a set-up, found before a run finds it: each thing with the next step.

A check is a value: ok, warn (it works, and may not for long) or fail (a run would not do
what it should).
"""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Literal, NamedTuple

from chartlake import __version__
from chartlake.errors import ChartlakeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Verdict = Literal["ok", "warn", "fail"]


class Check(NamedTuple):
    """One thing that was looked at.

    Attributes:
        name: What.
        verdict: How it is.
        message: The same as a sentence; where it is not ok, it ends with what to do.
    """

    name: str
    verdict: Verdict
    message: str


def ok(name: str, message: str) -> Check:
    """Nothing is wrong with it."""
    return Check(name, "ok", message)


def warn(name: str, message: str) -> Check:
    """It works, and may not for long."""
    return Check(name, "warn", message)


def fail(name: str, message: str) -> Check:
    """A run would not do what it should."""
    return Check(name, "fail", message)


def failed(name: str, error: ChartlakeError) -> Check:
    """What an error says that a run would meet."""
    return fail(name, str(error))


def version() -> Check:
    """What is running."""
    return ok(
        "version", f"chartlake {__version__} on Python {platform.python_version()}, {platform.system()}"
    )


def examined(*questions: tuple[str, Callable[[], Iterator[Check]]]) -> Iterator[Check]:
    """The answers to named questions, one after another; what stops one keeps no other from being asked."""
    for name, question in questions:
        try:
            yield from question()
        except ChartlakeError as error:
            yield failed(name, error)
