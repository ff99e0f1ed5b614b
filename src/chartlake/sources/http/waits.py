"""How long to wait: what a service states, and what is waited if it states nothing."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_WAIT = 60.0
"""Seconds a run waits for a rate limit at most; hours are normal at Spotify, and then the run ends."""

LONGEST_STATED = 7 * 86400.0
"""Seconds of a stated wait that are believed: a mistaken number closes no chart for a year."""

QUOTA_WAIT = 86400.0
"""Seconds after a used-up quota without a stated wait: Spotify counts over rolling 24 hours."""

UNSTATED_CLOSURE = 900.0
"""Seconds that a service is left alone once it refused again and again without stating a time."""

_FIRST_LIMIT = 5.0
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 16.0
_SECONDS = re.compile(r"[0-9]{1,18}")
_SEVERAL = re.compile(r"[0-9]{1,18}(?:[ \t]*,[ \t]*[0-9]{1,18})+")
_DATE = re.compile(r"[A-Z][a-z]{2,8},? [A-Za-z0-9: -]{15,30}")


def stated(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that an answer asks to wait, or None if it does not say so readably.

    ``Retry-After`` is seconds or a date (RFC 9110, 10.2.3); a date is taken relative to the
    answer's own ``Date``, so that a wrong clock here does no harm.  ListenBrainz says
    ``X-RateLimit-Reset-In``.

    Args:
        headers: The headers of the answer, names in lower case.
        now: This moment, in UTC.
    """
    text = headers.get("retry-after", "").strip()
    if _SEVERAL.fullmatch(text):
        # Two headers of one name come as a list: the longest wait is never too short.
        text = max(re.split(r"[ \t]*,[ \t]*", text), key=int)
    if (seconds := _seconds(text)) is not None:
        return seconds
    if (moment := _date(text)) is not None:
        there = _date(headers.get("date", "").strip()) or now
        return min(max((moment - there).total_seconds(), 0.0), LONGEST_STATED)
    return _seconds(headers.get("x-ratelimit-reset-in", "").strip())


def exhausted(headers: Mapping[str, str]) -> float | None:
    """Seconds until more may be asked, of an answer that was the last allowed; else None."""
    if _seconds(headers.get("x-ratelimit-remaining", "")) != 0:
        return None
    return _seconds(headers.get("x-ratelimit-reset-in", ""))


def limit_pause(turn: int) -> float:
    """Seconds to wait after the given refusal (0 is the first) that states no time."""
    return _FIRST_LIMIT * 2.0 ** min(turn, 20)


def failure_pause(turn: int) -> float:
    """Seconds to wait after the given failure (0 is the first): growing, and never quite the same."""
    longest: float = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(turn, 20))
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing


def _seconds(text: str) -> float | None:
    # str.isdigit would let '²' pass, and int would let '+5' and '1_0'.
    return min(float(text), LONGEST_STATED) if _SECONDS.fullmatch(text) else None


def _date(text: str) -> datetime | None:
    if not _DATE.fullmatch(text):
        return None
    try:
        moment = parsedate_to_datetime(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
