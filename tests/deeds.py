"""Everything that changes a lake, each with a lake to do it in and what the charts hold before and after."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from chartlake import intake, layout, pipeline, retention, state, superseded
from chartlake.compact import compact
from chartlake.errors import MissingObject
from chartlake.forget import forget
from chartlake.publish import records
from chartlake.rebuild import rebuild
from chartlake.retract import retract
from chartlake.sources import Chart
from chartlake.sweep import sweep
from exploring import Deed
from keeping import LATER, keys, ledger, moment, publish
from making import FakeSource, document, playlist, put_pending

if TYPE_CHECKING:
    from chartlake.store import Store

CHART = Chart(source="spotify", id="one")
NONE = timedelta()
MONTHS = {"06-01": (1, 2), "06-02": (2,), "06-03": (3,), "07-01": (1,)}


def _run(when: str, *songs: int, **options: object):
    def run(store: Store) -> None:
        sources = {"spotify": FakeSource(playlist(*songs))}
        pipeline.run(store, [CHART], sources, now=lambda: moment(when), run_id="run", **options)

    return run


def _nothing(store: Store) -> None:
    """An empty lake."""


def _three_pending(store: Store) -> None:
    for day, songs in (("06-01", (1, 9)), ("06-02", (2, 9)), ("06-03", (3, 9))):
        put_pending(store, playlist(*songs), captured_at=moment(day), chart_id="one")


def _poisoned(store: Store) -> None:
    _three_pending(store)
    store.put(layout.TO_BE_PROCESSED + "x.json", b"{")


def _months(store: Store) -> None:
    """Overlapping batches of June, one of July, and a ledger."""
    publish(store, ("06-01", (1, 2)))
    publish(store, ("06-01", (1, 2)), ("06-02", (2,)))
    publish(store, ("06-02", (2,)), ("06-03", (3,)))
    publish(store, ("07-01", (1,)))
    for when in ("06-01", "06-03"):
        ledger(store, when)


def _replaced(store: Store) -> None:
    _months(store)
    compact(store, now=LATER)
    rebuild(store, now=LATER)


def _compacted(store: Store) -> None:
    _months(store)
    compact(store, now=LATER, grace=NONE)


def _old(store: Store) -> None:
    _months(store)
    poison = layout.REJECTED + "spotify/one/20260601T063000.000000Z-0123456789ab.json.zst"
    store.put(poison, b"poison")
    store.put(layout.reason_key(poison), b"{}")
    state.save(store, "spotify", "one", state.ChartState())


def _everywhere(store: Store) -> None:
    _old(store)
    store.put(layout.TO_BE_PROCESSED + "2026-06-05.json", playlist(1))


def _all_superseded(store: Store) -> None:
    """Marks that are wrong: what they name is still wanted."""
    _months(store)
    superseded.supersede(store, [record.batch for _, record in records(store)], now=LATER)


def _refused(store: Store) -> None:
    put_pending(store, playlist(1, 2), captured_at=moment("06-01"), chart_id="one")
    [key] = keys(store, layout.TO_BE_PROCESSED)
    store.move([(key, key.replace(layout.TO_BE_PROCESSED, layout.REJECTED))])
    store.put(layout.reason_key(key.replace(layout.TO_BE_PROCESSED, layout.REJECTED)), b"{}")


def _sweep(store: Store) -> None:
    list(sweep(store, now=LATER))


def _retry(store: Store) -> None:
    pipeline.retry(store)
    _sweep(store)


def _retract(store: Store) -> None:
    """Take 2 June out; asked for again after it had come to its end, it finds nothing."""
    [key] = {
        key.replace(layout.REJECTED, layout.PROCESSED)
        for zone in (layout.PROCESSED, layout.REJECTED)
        for key in keys(store, zone)
        if "20260602" in key and not key.endswith(layout.REASON_SUFFIX)
    }
    with suppress(MissingObject):
        retract(store, key, why="wrong", now=LATER)


def _import(store: Store) -> None:
    with TemporaryDirectory() as folder:
        for day, songs in (("06-01", (1,)), ("06-02", (2,))):
            made = document(playlist(*songs), captured_at=moment(day), chart_id="one")
            (Path(folder) / f"2026-{day}.json").write_bytes(made)
        intake.bring_in(store, [Path(folder)], now=LATER)
    _sweep(store)


def _without(*days: str) -> dict[str, tuple[int, ...]]:
    return {day: songs for day, songs in MONTHS.items() if day not in days}


THREE = {"06-01": (1, 9), "06-02": (2, 9), "06-03": (3, 9)}
JUNE_BEGINS = {"spotify": 62}
"""Sixty-two days before 3 August, noon, is 2 June, noon."""


def _retention(store: Store) -> object:
    return retention.enforce(store, JUNE_BEGINS, now=LATER)


DEEDS = {
    "a capture": Deed(_run("06-01", 1, 2), _nothing, {}, {"06-01": (1, 2)}, (1, 0)),
    "a sweep": Deed(_sweep, _three_pending, {}, THREE, (3, 0)),
    "a rejection": Deed(_sweep, _poisoned, {}, THREE, (3, 1)),
    "a retry": Deed(_retry, _refused, {}, {"06-01": (1, 2)}, (1, 0)),
    "an import": Deed(_import, _nothing, {}, {"06-01": (1,), "06-02": (2,)}, (2, 0)),
    "a compaction": Deed(
        lambda store: compact(store, now=LATER, grace=NONE), _months, MONTHS, MONTHS, (4, 0)
    ),
    "a rebuild": Deed(lambda store: rebuild(store, now=LATER, grace=NONE), _months, MONTHS, MONTHS, (4, 0)),
    "a rebuild of what is superseded": Deed(
        lambda store: rebuild(store, now=LATER, grace=NONE), _all_superseded, MONTHS, MONTHS, (4, 0)
    ),
    "a deletion": Deed(
        lambda store: superseded.clear(store, now=LATER + timedelta(hours=1)),
        _replaced,
        MONTHS,
        MONTHS,
        (4, 0),
    ),
    "a retraction": Deed(_retract, _compacted, MONTHS, _without("06-02"), (3, 1)),
    "a retention": Deed(_retention, _old, MONTHS, {"06-03": (3,), "07-01": (1,)}, (2, 0)),
    "a forgetting": Deed(lambda store: forget(store, "spotify", now=LATER), _everywhere, MONTHS, {}, (0, 0)),
    "the first run of a month": Deed(
        _run("08-03", 7, retention={"spotify": 61}),
        lambda store: (_run("07-02", 5)(store), _months(store)),
        {**MONTHS, "07-02": (5,)},
        {"06-03": (3,), "07-01": (1,), "07-02": (5,), "08-03": (7,)},
        (4, 0),
    ),
}
