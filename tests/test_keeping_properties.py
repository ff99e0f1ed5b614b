"""Whatever batches a lake has, rebuilding and compacting change nothing that a view says."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chartlake import superseded
from chartlake.compact import compact
from chartlake.rebuild import rebuild, verify
from chartlake.store import open_store
from keeping import LATER, everything, ledger, publish

if TYPE_CHECKING:
    from collections.abc import Callable

    from chartlake.store import Store

AN_HOUR = timedelta(hours=1)

songs = st.lists(st.integers(1, 6), unique=True, min_size=1, max_size=3).map(tuple)
moments = st.sampled_from(["06-01", "06-01 18", "06-02", "06-30 23", "07-01", "07-02", "08-01"])
sweeps = st.lists(st.lists(st.integers(0, 6), min_size=1, max_size=4), min_size=1, max_size=5)
"""Which of the documents each sweep takes up; one that comes again makes batches overlap."""


def keep(*, grace: timedelta) -> Callable[[Store], None]:
    def kept(store: Store) -> None:
        compact(store, now=LATER, grace=grace)
        rebuild(store, now=LATER, grace=grace)
        compact(store, now=LATER, grace=grace)

    return kept


@pytest.mark.parametrize(
    "act",
    [
        lambda store: rebuild(store, now=LATER, grace=timedelta()),
        lambda store: compact(store, now=LATER, grace=timedelta()),
        keep(grace=AN_HOUR),
        keep(grace=timedelta()),
    ],
    ids=["rebuild", "compact", "one after the other", "without grace"],
)
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    documents=st.lists(st.tuples(moments, songs), unique_by=lambda one: one[0], min_size=1, max_size=7),
    taken=sweeps,
    runs=st.lists(moments, max_size=4),
)
def test_every_view_says_what_it_said(tmp_path_factory, act, documents, taken, runs):
    folder = tmp_path_factory.mktemp("kept")
    store = open_store(str(folder / "lake"))
    for numbers in taken:
        publish(store, *{documents[number % len(documents)] for number in numbers})
    for run in runs:
        ledger(store, run)
    before = everything(store, folder)
    act(store)
    assert everything(store, folder) == before
    superseded.clear(store, now=LATER + AN_HOUR)
    assert everything(store, folder) == before
    assert verify(store).differences == []
