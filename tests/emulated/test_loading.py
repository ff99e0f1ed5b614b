"""Through the real driver: whatever is loaded, and how often, the views answer as DuckDB does on the lake."""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from emulation import QUEUE, UNKNOWN, Emulated

from chartlake import cli, views
from chartlake.errors import QueryError, SettingsError, StorageError
from chartlake.lake import Lake
from chartlake.snowflake import doctor
from chartlake.snowflake.apply import apply
from chartlake.snowflake.session import opened
from chartlake.snowflake.statements import Names
from chartlake.store import open_store
from chartlake.tables import PHYSICAL
from making import day, playlist, put_pending, track

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartlake.store import Store

HOSTILE = '=HYPERLINK("x") \'; DROP TABLE chart_data; -- </script>'
_numbers = count(1)


class World:
    """A lake, and an emulated Snowflake of its own beside it."""

    def __init__(self, store: Store, snowflake: Emulated) -> None:
        self.store, self.snowflake = store, snowflake
        self.names = Names(
            location="s3://a-bucket/some/lake/",
            role="arn:aws:iam::123456789012:role/made-up",
            database=f"chartlake_{next(_numbers)}",
            reader="analyst",
        )
        self.told: list[str] = []

    def recorded(self, *documents: tuple[bytes, Any], **said: Any) -> None:
        for body, moment in documents:
            put_pending(self.store, body, captured_at=moment, **said)
        assert cli.run(["transform", "--lake", "lake"]) in (0, 3)

    def apply(self, **said: Any):
        return apply(self.snowflake, self.names, tell=self.told.append, **said)

    def loaded(self) -> dict[str, int]:
        asked = {
            table.name: self.snowflake.ask(
                f"SELECT COUNT(*) AS n FROM {self.names.database}.raw.{table.name}"
            )
            for table in PHYSICAL
        }
        return {name: int(rows[0]["n"]) for name, rows in asked.items()}

    def agrees(self) -> None:
        """Every view, row for row, as DuckDB answers it on the same lake."""
        warehouse = Lake.of(None, "lake").warehouse()
        warehouse.refresh()
        for name in views.ORDER:
            here = warehouse.ask(f"SELECT * FROM {name}")
            there = self.snowflake.ask(f"SELECT * FROM {self.names.database}.charts.{name}")
            assert [list(row) for row in there[:1]] in ([], [here.columns]), name
            assert in_order(tuple(row.values()) for row in there) == in_order(here.rows), name


def in_order(rows: Any) -> list[str]:
    return sorted(repr(tuple(plain(value) for value in row)) for row in rows)


def plain(value: Any) -> Any:
    """A value as it compares: the drivers make numbers int, float or Decimal."""
    if isinstance(value, datetime) and value.time() == time():
        return value.date()  # The emulator makes a moment of DATEADD(DAY, n, date); Snowflake a date.
    if isinstance(value, Decimal | float):
        return int(value) if value == int(value) else round(float(value), 12)
    return value


@pytest.fixture
def world(at_home: Path, connections: Path) -> Iterator[World]:
    store = open_store(str(at_home / "lake"))
    with opened(None) as session:
        session.ask("CREATE DATABASE IF NOT EXISTS somewhere")  # The emulator's own need.
        yield World(store, Emulated(session, at_home / "lake" / "transformed_data"))


def test_replayed_corrected_late_and_compacted_files_change_no_answer(world: World):
    odd = track(9, name=HOSTILE, artists=[{"id": "a1", "name": "A"}, {"id": "a2", "name": "B"}])
    world.recorded(
        (playlist(1, 2, 3, odd), day(1)),
        (playlist(2, 1, None, 4), day(2)),
        (playlist(4, 2, 1, odd, 2), day(5)),
    )
    done = world.apply()
    assert done.loaded["chart_data"] == 13
    assert (done.user, done.queue) == ("arn:aws:iam::1:user/made-up", QUEUE)
    world.agrees()

    # Every event twice: what was loaded is skipped.
    before = world.loaded()
    world.snowflake.told()
    world.snowflake.told()
    assert world.loaded() == before

    # A correction that is shorter, a late document, a new month.
    world.recorded(
        (playlist(2, 1), day(2, hour=20)),
        (playlist(7, 1, 2), day(3)),
        (playlist(8, 1, 2), day(30) + timedelta(days=3)),
    )
    world.snowflake.told()
    assert world.loaded()["chart_data"] == 13 + 8
    world.agrees()

    # The same files loaded again, all of them.
    world.snowflake.told(again=True)
    assert world.loaded()["chart_data"] == 2 * (13 + 8)
    world.agrees()

    # Compacted files are left alone by the pipes, and taken with the history.
    before = world.loaded()
    assert cli.run(["compact", "--lake", "lake"]) == 0
    assert list(Path("lake").rglob("compact-*.parquet"))
    world.snowflake.told()
    assert world.loaded() == before
    world.agrees()

    # Everything made once more, which loads nothing, and then with the history.
    assert world.apply().loaded == {}
    assert world.loaded() == before
    world.apply(history=True)
    assert world.loaded()["chart_data"] > before["chart_data"]
    world.agrees()


def test_a_lake_whose_parts_are_gone_is_loaded_from_what_was_compacted(world: World):
    world.recorded((playlist(1, 2, 3), day(1)))
    world.recorded((playlist(2, 1, 4), day(2)))
    assert cli.run(["compact", "--lake", "lake"]) == 0
    for file in Path("lake/transformed_data").rglob("compact-*.parquet"):
        for part in set(file.parent.iterdir()) - set(file.parent.glob("compact-*")):
            part.unlink()
    world.apply()
    assert world.loaded()["chart_data"] == 6
    world.agrees()


def test_an_empty_lake_makes_everything_and_loads_nothing(world: World):
    done = world.apply()
    assert done.loaded == {table.name: 0 for table in PHYSICAL}
    world.agrees()


def test_the_linter_alone_has_seen_what_the_emulator_skips(world: World):
    world.apply()
    kinds = {kind for kind in UNKNOWN for sql in world.snowflake.skipped if sql.startswith(kind)}
    assert kinds == set(UNKNOWN)


def test_the_doctor_counts(world: World):
    world.recorded((playlist(1, 2, 3), day(1)))
    world.apply()
    warehouse = Lake.of(None, "lake").warehouse()
    chart_data = PHYSICAL[0]
    assert doctor._counted(world.snowflake, world.names, warehouse, chart_data).verdict == "ok"
    world.snowflake.told(again=True)
    assert doctor._counted(world.snowflake, world.names, warehouse, chart_data).verdict == "ok"
    world.recorded((playlist(2, 3), day(2)))
    warehouse.refresh()
    missing = doctor._counted(world.snowflake, world.names, warehouse, chart_data)
    assert (missing.verdict, missing.told.partition(";")[0]) == ("failed", "3 there, 5 in the lake")
    world.snowflake.told()
    assert doctor._counted(world.snowflake, world.names, warehouse, chart_data).verdict == "ok"


@pytest.mark.parametrize(
    ("sql", "error", "says"),
    [
        (
            "SELECT * FROM chartlake_nowhere.raw.chart_data",
            QueryError,
            "`chartlake snowflake apply` makes it",
        ),
        ("SELEC 1", QueryError, "correct it"),
        ("SHOW NOTHING AT ALL IN PARTICULAR", QueryError, "correct it"),
    ],
)
def test_what_is_refused_is_told_in_a_sentence(sql: str, error: type, says: str, world: World):
    with pytest.raises(error, match=says):
        world.snowflake.inner.ask(sql)


@pytest.mark.parametrize(
    ("name", "error", "says"),
    [("nobody", StorageError, "cannot be reached"), ("nope", SettingsError, "no connection 'nope'")],
)
def test_who_cannot_connect_is_told_so(name: str, error: type, says: str, connections: Path):
    with pytest.raises(error, match=says), opened(name):
        pass


def test_a_stage_that_is_not_there(world: World):
    world.apply()
    wrong = f"COPY INTO {world.names.database}.raw.song_data FROM @{world.names.database}.raw.nowhere/"
    with pytest.raises(QueryError, match="NOWHERE"):
        world.snowflake.inner.ask(f"{wrong} FILE_FORMAT = (TYPE = PARQUET)")


def test_the_command(world: World, capsys: pytest.CaptureFixture[str]):
    """As far as the emulator goes: it knows no warehouse, and the command says what Snowflake said."""
    code = cli.run(["snowflake", "apply", "--phase", "1", "--lake", "s3://b/p", "--role", world.names.role])
    said = capsys.readouterr()
    assert (code, said.out) == (1, "")
    assert said.err.startswith("error: Snowflake refuses the statement")
    assert json.dumps(said.err).count("\\n") == 1
