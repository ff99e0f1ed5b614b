"""Flipped bits in stored files: a share of what `make proof` tries in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chartlake import layout, tombstones
from chartlake.proofread import sealed, unsealed
from chartlake.state import ChartState
from chartlake.sweep import sweep
from flipping import flip, told
from making import day, playlist, put_pending
from proving import proven

if TYPE_CHECKING:
    from pathlib import Path

    from chartlake.demo.services import Services
    from chartlake.store import Store


def test_flipped_bits_are_noticed_or_do_no_harm(tmp_path: Path, services: Services):
    with proven("flipped bits in stored files", promise=1, where="commands, forked", random=True) as tally:
        tally.note = told(flip(tally, tmp_path, services, 150, seed=1))


def test_no_bit_of_a_sealed_record_can_be_flipped():
    data = sealed(ChartState(fields={"a": "2026-06-01"}))
    assert unsealed(data, type=ChartState).fields == {"a": "2026-06-01"}
    for place in range(len(data)):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[place] ^= 1 << bit
            with pytest.raises(ValueError, match=r"not what was written"):
                unsealed(bytes(flipped), type=ChartState)


@pytest.mark.parametrize("damage", [b"", b"{", b'{"source":"spotify","until":"1999-06-01T00:00:00Z"}'])
def test_a_source_stays_out_whose_tombstone_cannot_be_read(store: Store, damage: bytes):
    tombstones.erect(store, "spotify", until=day(3))
    store.put(layout.tombstone_key("spotify"), damage)
    put_pending(store, playlist(1), captured_at=day(1))
    [portion] = sweep(store, now=day(4))
    assert [(one.reason, "cannot be read" in (one.message or "")) for one in portion.outcomes] == [
        ("forgotten", True)
    ]
    tombstones.erect(store, "spotify", until=day(3))
    assert tombstones.standing(store) == {"spotify": day(3)}
