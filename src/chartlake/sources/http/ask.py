"""What is asked, and what comes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import httpx2

ATTEMPTS = 8
"""How often a request is sent at most: with the pauses between, about 50 seconds."""

Trouble = Literal["busy", "limited"]
"""What a service may say inside a 200: it is busy, or it is asked too often."""

Judge = Callable[[bytes], Trouble | None]
"""What tells from the body of a 200 whether it means trouble after all."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What a visit asks.

    Attributes:
        method: GET or POST.
        url: Where.
        headers: Further headers, such as credentials.
        form: The form to post.
        document: The JSON document to post.
        judge: What tells whether a 200 is an error after all.
        attempts: How often to ask at most.
    """

    method: Literal["GET", "POST"]
    url: httpx2.URL
    headers: Mapping[str, str] = field(repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    document: bytes | None = field(default=None, repr=False)
    judge: Judge | None = None
    attempts: int = ATTEMPTS


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """One answer.

    Attributes:
        status: Its status.
        headers: Its headers, names in lower case.
        body: Its body, whole and decompressed.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def fine(self) -> bool:
        """Whether it is what was asked for: a 2xx."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def redirects(self) -> bool:
        """Whether it says that the answer is elsewhere: a 3xx."""
        return HTTPStatus.MULTIPLE_CHOICES <= self.status < HTTPStatus.BAD_REQUEST

    def __repr__(self) -> str:
        """Without the body, which may hold a token."""
        return f"<Answer {self.status}, {len(self.body)} bytes>"
