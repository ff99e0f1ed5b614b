"""Every view gives the same answer in Spark SQL as in DuckDB."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import lakes
import pytest
import worlds
from hypothesis import HealthCheck, Phase, given, settings

from chartlake import layout, parquet, views
from chartlake.dictionary import VIEWS
from chartlake.spark import show
from chartlake.spark.lake import schema
from chartlake.store import open_store
from chartlake.tables import PHYSICAL

if TYPE_CHECKING:
    from pathlib import Path

    from lakes import Row

WORLDS = 60


def many_worlds() -> dict[str, list[Row]]:
    """The rows of many small worlds side by side; the first few share their sources, the others not."""
    found: list[dict[str, list[Row]]] = []

    @settings(
        max_examples=WORLDS,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(worlds.worlds)
    def gather(world: dict[str, list[Row]]) -> None:
        found.append(world)

    gather()
    together: dict[str, list[Row]] = {table.name: [] for table in PHYSICAL}
    for number, world in enumerate(found):
        for table, rows in world.items():
            together[table] += [
                row if number % 20 == 0 else {**row, "source": f"{row['source']}{number}"} for row in rows
            ]
    return together


@pytest.fixture(scope="module")
def both(session: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The same rows in DuckDB, and as a lake that Spark is shown."""
    world = many_worlds()
    store = open_store(str(tmp_path_factory.mktemp("shown") / "lake"))
    for table in PHYSICAL:
        columns = {
            column.name: [lakes._stored(row[column.name]) for row in world[table.name]]
            for column in table.columns
        }
        key = layout.table_key(table.name, month="2024-02", source="any", batch="0123456789abcdef")
        store.put(key, parquet.written(table, columns))
    show(session, str(store.local_path("x").parent))
    duck = lakes.Lake(world)
    yield duck, session
    duck.close()


@pytest.mark.parametrize("name", [table.name for table in PHYSICAL] + list(views.ORDER))
def test_the_same_rows(both: Any, name: str):
    duck, session = both
    found = duck._connection.execute(f"SELECT * FROM {name}")
    columns = [column[0] for column in found.description]
    expected = found.fetchall()
    answered = session.table(name)
    assert answered.columns == columns
    rows = [tuple(row) for row in answered.collect()]
    assert expected
    assert ordered(rows) == ordered(expected)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_the_same_types(both: Any, view: Any):
    _, session = both
    names = {"string": "string", "int": "int", "bigint": "bigint", "double": "double", "boolean": "boolean"}
    names |= {"date": "date", "timestamp": "timestamp_ntz"}
    expected = [(column.name, names[column.type]) for column in view.columns]
    assert session.table(view.name).dtypes == expected


def test_a_lake_without_a_file_has_tables_without_rows(session: Any, tmp_path: Path):
    show(session.newSession(), str(tmp_path / "nothing"))


def test_the_schema_is_that_of_the_tables():
    for table in PHYSICAL:
        assert [part.split()[0] for part in schema(table).split(", ")] == [one.name for one in table.columns]


def ordered(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted(rows, key=lambda row: [(value is None, _plain(value)) for value in row])


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
