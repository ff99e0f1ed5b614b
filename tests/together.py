"""Real processes that work on one lake at once, held at a barrier so that they begin together."""

from __future__ import annotations

import os
import shutil
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from chartlake import failpoints, layout, pipeline
from chartlake.compact import compact
from chartlake.errors import StorageError
from chartlake.rebuild import rebuild
from chartlake.store import open_store
from chartlake.sweep import take_up
from chartlake.warehouse import Warehouse
from keeping import LATER, keys, moment
from making import playlist, put_pending
from oracle import leftovers, objects_of, seen

if TYPE_CHECKING:
    from chartlake.store import Store
    from proving import Tally

DAYS = ("06-01", "06-02", "06-03", "07-01")


def filled(lake: Path) -> list[str]:
    """A lake with a document pending for each day; their keys."""
    store = open_store(str(lake))
    return [
        put_pending(store, playlist(number, 90), captured_at=moment(day), chart_id="one")
        for number, day in enumerate(DAYS, 1)
    ]


def at_once(lake: Path, acts: list[Callable[[Store], object]]) -> list[str | int]:
    """Do all acts in processes of their own, beginning together; what went wrong in them."""
    ready, go = os.pipe()
    children: list[int] = []
    told = lake.parent / "told"
    told.mkdir(exist_ok=True)
    for act in acts:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            code = 1
            try:
                os.close(go)
                os.read(ready, 1)
                act(open_store(str(lake)))
                code = 0
            except BaseException:  # noqa: BLE001
                (told / str(os.getpid())).write_text(traceback.format_exc())
            finally:
                os._exit(code)
        children.append(child)
    os.close(ready)
    os.close(go)  # All of them read the end of it at once.
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    wrong = [path.read_text() for path in told.iterdir()]
    shutil.rmtree(told)
    return wrong or [code for code in codes if code]


def sweep_it(store: Store) -> None:
    """What the schedule does."""
    pipeline.run(store, [], {}, now=lambda: LATER)


def rebuild_it(store: Store) -> None:
    """What a person does."""
    rebuild(store, now=LATER)


def compact_it(store: Store) -> None:
    """What the first run of a month does."""
    compact(store, now=LATER)


def event(keys_: list[str]) -> Callable[[Store], object]:
    """What a trigger does, told of some keys."""

    def act(store: Store) -> None:
        for key in keys_:
            take_up(store, [key], now=LATER)

    return act


def counted(lake: Path, tally: Tally) -> None:
    """Count what is wrong with the lake once one plain run has passed."""
    sweep_it(open_store(str(lake)))
    objects = objects_of(lake)
    here = seen(objects)
    wanted = {
        ("spotify", "one", f"2026-{day}"): [(1, f"song{number}"), (2, "song90")]
        for number, day in enumerate(DAYS, 1)
    }
    tally.cases += 1
    tally.torn += bool(here.torn)
    tally.lost += here.entries != wanted
    tally.wedged += bool(leftovers(objects))


class Reader:
    """Somebody who asks again and again, over the files and through the cache."""

    def __init__(self, folder: Path) -> None:
        self.cache = folder / "reader.duckdb"
        self.listed: list[str] = []

    def look(self, lake: Path) -> tuple[list[tuple[str, int, str]], list[tuple[str, int, str]]]:
        """Entries as the view has them, and as the files that were listed the time before have them."""
        store = open_store(str(lake))
        warehouse = Warehouse(store, self.cache)
        assert warehouse.refresh() == []
        sql = "SELECT strftime(chart_date, '%m-%d'), position, song_id FROM chart_entries ORDER BY ALL"
        seen_ = warehouse.ask(sql).rows
        table = f"{layout.TABLES}chart_data/"
        listed, self.listed = self.listed, keys(store, table)
        paths = [str(lake / key) for key in listed or self.listed]
        with duckdb.connect() as connection:
            raw = connection.execute(
                "SELECT DISTINCT strftime(chart_date, '%m-%d'), position, song_id "
                "FROM read_parquet($1) ORDER BY ALL", [paths],
            ).fetchall()  # fmt: skip
        return seen_, raw


def killed_worker(lake: Path, act: Callable[[Store], object], told: str) -> str | int:
    """An act in a process of its own that a failpoint ends; how it ended."""

    def armed(_: Store) -> None:
        failpoints.arm(told)
        with suppress(StorageError):
            act(open_store(str(lake)))

    return next(iter(at_once(lake, [armed])), 0)
