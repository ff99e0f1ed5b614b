"""Thousands of flipped bits in files of every kind that a lake holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flipping import flip, told
from proving import proven

if TYPE_CHECKING:
    from pathlib import Path

    from chartlake.demo.services import Services


def test_flipped_bits_are_noticed_or_do_no_harm(tmp_path: Path, services: Services):
    with proven("flipped bits in stored files", promise=1, where="commands, forked", random=True) as tally:
        tally.note = told(flip(tally, tmp_path, services, 4000, seed=100))
