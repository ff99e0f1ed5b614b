"""Playlists edited between their pages, and waits of every kind, by the thousand."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import pytest
from scripted import Service

from editing import edited
from proving import proven
from waiting import kept_waiting

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with Service() as started:
        yield started


@pytest.mark.parametrize("source", ["spotify", "deezer"])
def test_whatever_is_edited_the_capture_is_one_true_version(service: Service, source: str):
    with proven(f"a {source} playlist edited between its pages", promise=1, where="real sockets",
                random=True) as tally:  # fmt: skip
        seed = int(time.time())
        for number in range(1000):
            found, versions = edited(service, source, random.Random(seed + number))
            tally.cases += 1
            tally.torn += found is not None and found not in versions
            assert not tally.torn, seed + number
        tally.note = f"seeds from {seed}"


def test_no_call_before_its_time_and_none_past_the_budget():
    with proven(
        "answers and waits of every kind", promise=6, where="a clock that jumps", random=True
    ) as tally:
        seed = int(time.time())
        for number in range(100_000):
            wrong = kept_waiting(random.Random(seed + number))
            tally.cases += 1
            tally.wrong += wrong is not None
            assert wrong is None, (seed + number, wrong)
        tally.note = f"seeds from {seed}"
