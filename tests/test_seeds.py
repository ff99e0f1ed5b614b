"""What the simulation found, told as stories: each was once a seed that lost, doubled or wedged something.

The seeds are those of the simulation as it was then; the stories stay true when it changes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from chartlake import layout, ledger, pipeline, publish, superseded
from chartlake.forget import forget
from chartlake.publish import Draft
from chartlake.rebuild import rebuild
from chartlake.retract import retract
from chartlake.sources import Chart
from chartlake.sweep import sweep, take_up
from keeping import count, entries, keys, moment
from keeping import publish as published
from making import FakeSource, playlist, put_pending

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chartlake.store import Store
    from conftest import Clock

CHART = Chart(source="spotify", id="one")
NOON = moment("06-03 12")
AN_HOUR = timedelta(hours=1)


class Meanwhile:
    """A store in which something else happens right before a certain call."""

    def __init__(self, store: Store, verb: str, about: str, act: Callable[[], object]) -> None:
        self.store, self.verb, self.about, self.act = store, verb, about, act
        self.happened = False

    def __getattr__(self, name: str):
        method = getattr(self.store, name)

        def called(*arguments, **options):
            if name == self.verb and self.about in str(arguments) and not self.happened:
                self.happened = True
                self.act()
            return method(*arguments, **options)

        return called if callable(method) else method


def waits(store: Store, day: str, *songs: int) -> str:
    return put_pending(store, playlist(*songs), captured_at=moment(day), chart_id="one")


def test_what_is_captured_while_a_source_is_forgotten_stays(store: Store, tmp_path: Path):
    """Seeds 134 and 192: forgetting deleted whatever there was, also what was captured after it began."""
    published(store, ("06-01", (1,)))

    def capture() -> None:
        waits(store, "06-03 13", 3)
        list(sweep(store, now=NOON))

    at_work = Meanwhile(store, "delete", layout.PROCESSED, capture)
    forget(at_work, "spotify", now=NOON)
    assert at_work.happened
    assert entries(store, tmp_path) == [("06-03", 1, "song3")]
    assert len(keys(store, layout.PROCESSED)) == 1


def test_what_was_being_published_when_its_source_was_forgotten_is_out(store: Store, tmp_path: Path):
    """Seed 268: whoever had not seen the tombstone brought rows and documents back, for good."""
    key = waits(store, "06-01", 1)
    at_work = Meanwhile(store, "put", "chart_data", lambda: forget(store, "spotify", now=NOON))
    take_up(at_work, [key], now=NOON)
    assert at_work.happened
    assert keys(store, layout.TABLES) == keys(store, layout.BATCHES) == []


def test_what_came_back_of_a_forgotten_source_goes_with_the_next_run(
    store: Store, tmp_path: Path, clock: Clock
):
    """Seed 268: the document was copied after the forgetting had looked."""
    clock.moment = NOON
    published(store, ("06-01", (1,)))
    kept = {
        key: store.get(key)
        for zone in ("raw_data/", layout.TABLES, layout.BATCHES)
        for key in keys(store, zone)
    }
    forget(store, "spotify", now=NOON)
    for key, data in kept.items():
        store.put(key, data)
    clock.go_on(hours=2)
    pipeline.run(store, [], {}, now=clock)
    assert [keys(store, zone) for zone in ("raw_data/", layout.TABLES, layout.BATCHES)] == [[], [], []]
    # From then on nobody looks any more: what lies there was put there by somebody who wanted it.
    store.put(next(iter(kept)), next(iter(kept.values())))
    pipeline.run(store, [], {}, now=clock)
    assert len(keys(store, "raw_data/")) == 1


def test_a_batch_left_half_done_of_a_forgotten_source_wedges_nobody(store: Store):
    """Seed 75: a document that was settled already was looked for among the pending ones, in every run."""
    waiting = [waits(store, "06-01", 1), waits(store, "06-02", 2)]
    moves = [(key, key.replace(layout.TO_BE_PROCESSED, layout.PROCESSED)) for key in waiting]
    mark = publish.Mark(batch="0" * 16, transform_version=1, moves=moves)
    store.put(layout.open_batch_key("0" * 16), msgspec.json.encode(mark))
    store.move(moves[:1])
    forget(store, "spotify", now=NOON)
    list(sweep(store, now=NOON))
    assert keys(store, "raw_data/") == keys(store, layout.OPEN_BATCHES) == []


def test_a_document_that_was_published_and_still_waits_is_retracted_in_both_places(
    store: Store, tmp_path: Path
):
    """Seed 171: killed between copy and delete it waited still, and the next sweep published it again."""
    key = waits(store, "06-01", 1)
    data = store.get(key)
    list(sweep(store, now=NOON))
    store.put(key, data)
    retract(store, key.replace(layout.TO_BE_PROCESSED, layout.PROCESSED), why="wrong", now=NOON)
    list(sweep(store, now=NOON))
    assert entries(store, tmp_path) == []
    assert len(pipeline.rejected(store)) == 1


def test_what_is_made_anew_is_not_named_like_what_was_superseded(store: Store):
    """Seed 573: whoever deleted the superseded batch deleted the one that had just been made."""
    published(store, ("06-01", (1,)))
    published(store, ("06-01", (1,)), ("06-02", (2,)))
    rebuild(store, now=NOON)
    old = superseded.marked(store)
    [wrong] = [key for key in keys(store, layout.PROCESSED) if "20260602" in key]
    retract(store, wrong, why="wrong", now=NOON)
    assert old
    assert not old & {record.batch for _, record in publish.records(store) if record.batch not in old}
    superseded.clear(store, now=NOON + 2 * AN_HOUR)
    assert any(len(record.documents) == 1 for _, record in publish.records(store))


def test_a_run_killed_after_its_rows_stands_in_the_ledger_once(store: Store, tmp_path: Path, clock: Clock):
    """Seed 148: its mark was left, and the next run entered it as abandoned beside its own rows."""
    source = {"spotify": FakeSource(playlist(1))}
    pipeline.run(store, [CHART], source, now=clock, run_id="killed")
    mark = {
        "run_id": "killed", "started_at": clock(), "host": "elsewhere", "process": "1:1",
        "charts": [("spotify", "one")],
    }  # fmt: skip
    store.put(layout.open_run_key("killed"), msgspec.json.encode(mark))
    assert ledger.settle_abandoned(store, now=clock() + timedelta(days=2)) == []
    assert keys(store, layout.OPEN_RUNS) == []
    assert count(store, tmp_path, "SELECT count(*) FROM run_data WHERE run_id = 'killed'") == 1


def test_a_chart_is_unchanged_only_while_its_document_is_there(store: Store, tmp_path: Path, clock: Clock):
    """Seed 694: a state that outlived its document let a day be told as recorded that was not."""
    source = {"spotify": FakeSource(playlist(1))}
    pipeline.run(store, [CHART], source, now=clock)
    state = store.get(layout.chart_state_key("spotify", "one"))
    forget(store, "spotify", now=clock())
    store.put(layout.chart_state_key("spotify", "one"), state)
    clock.go_on(hours=1)
    [row] = pipeline.run(store, [CHART], source, now=clock).rows
    assert row.state == "published"
    assert entries(store, tmp_path) == [("06-01", 1, "song1")]
    clock.go_on(hours=1)
    [row] = pipeline.run(store, [CHART], source, now=clock).rows
    assert row.state == "unchanged"


def test_a_draft_made_in_the_place_of_another_has_a_name_of_its_own():
    assert Draft("a", "2026-06").record().batch != Draft("a", "2026-06", instead_of="b").record().batch
