"""Documents changed at random give rows that hold together, or a reason; tests/proof has the long run."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import msgspec
import pytest

from chartlake.transform import understood
from mutating import passed, tried
from proving import proven

if TYPE_CHECKING:
    from chartlake.transform.reading import Reading


def unchecked(document: bytes, name: str) -> Reading:
    return understood(document, name=name)


def forgetful(document: bytes, name: str) -> Reading:
    """Leaves out what it cannot read, and says that there was no more."""
    reading = unchecked(document, name)
    shown = [entry for entry in reading.entries if entry.item_type != "missing"]
    return msgspec.structs.replace(reading, entries=shown)


def trusting(document: bytes, name: str) -> Reading:
    """Takes for granted that an answer is as it always was."""
    if document[:1] == b"{":
        json.loads(document)["pages"][0]
    return passed(document, name)


class Slow:
    """Stumbles over the first document with a null character, whenever it comes."""

    def __init__(self) -> None:
        self.over = b""

    def __call__(self, document: bytes, name: str) -> Reading:
        began = time.process_time()
        if not self.over and b"\0" in document:
            self.over = document
        while document == self.over and time.process_time() < began + 1.05:
            pass
        return passed(document, name)


FAULTY = {"bytes": [unchecked, trusting, Slow()], "parts": [unchecked, forgetful, trusting]}
"""Readers that are wrong in a way that the proof is to see."""


@pytest.mark.parametrize(("how", "count"), [("bytes", 40_000), ("parts", 4_000)])
def test_a_changed_document_gives_rows_that_hold_together_or_a_reason(how: str, count: int):
    with proven(
        f"random {how} of every document changed", promise=3, where="transform", random=True
    ) as tally:
        for faulty in FAULTY[how]:
            tally.planted += 1
            seen = tried(how, seed=1, count=1000, read=faulty)
            tally.found += bool(seen.wrong or seen.wedged)
        seed = int(time.time()) // 86400
        done = tried(how, seed=seed, count=count)
        tally.cases, tally.wrong, tally.wedged = done.cases, done.wrong, done.wedged
        tally.note = f"seed {seed}; {done.accepted:,} gave rows"
        assert not done.first, done.first
        assert len(done.reasons) >= 8
        assert done.accepted > count / 10
