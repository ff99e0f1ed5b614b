"""The cache: right whatever happened to it, and never in anybody's way."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from chartlake import layout
from chartlake.dictionary import VIEWS
from chartlake.errors import QueryError
from chartlake.sweep import sweep
from chartlake.tables import PHYSICAL
from chartlake.warehouse import Warehouse
from making import day, playlist, put_pending

if TYPE_CHECKING:
    from pathlib import Path

    from chartlake.store import Store

COUNT = "SELECT count(*) FROM chart_entries"
HOLD = """
import sys, time, duckdb
connection = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "read")
print(connection.execute("SELECT count(*) FROM chart_entries").fetchall(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache.duckdb"


@pytest.fixture
def warehouse(store: Store, cache: Path) -> Warehouse:
    """The cache of a lake of two days."""
    publish(store, 1)
    publish(store, 2)
    warehouse = Warehouse(store, cache)
    warehouse.refresh()
    return warehouse


def publish(store: Store, number: int) -> None:
    put_pending(store, playlist(1, 2, 3), captured_at=day(number))
    list(sweep(store, now=day(number)))


def tables(store: Store) -> list[str]:
    return [stored.key for stored in store.list(layout.TABLES)]


def tables_of(warehouse: Warehouse) -> set[str]:
    return {key for (key,) in warehouse.ask("SELECT key FROM lake.files").rows}


def holding(cache: Path, how: str) -> subprocess.Popen[str]:
    """Another process that has the cache open."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(cache), how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline().startswith("[(")
    return process


def test_a_cache_is_made_when_it_is_first_asked(store: Store, cache: Path):
    publish(store, 1)
    assert Warehouse(store, cache).ask(COUNT).rows == [(3,)]


def test_an_empty_lake_has_every_table(store: Store, cache: Path):
    warehouse = Warehouse(store, cache)
    for table in (*PHYSICAL, *VIEWS):
        assert warehouse.ask(f"SELECT count(*) FROM {table.name}").rows == [(0,)]
        described = warehouse.ask(f"DESCRIBE {table.name}").rows
        assert [row[0] for row in described] == [column.name for column in table.columns]


def test_new_files_are_added_and_rows_of_vanished_ones_are_dropped(store: Store, warehouse: Warehouse):
    publish(store, 3)
    warehouse.refresh()
    assert warehouse.ask(COUNT).rows == [(9,)]
    store.delete([key for key in tables(store) if "chart_data" in key][:1])
    warehouse.refresh()
    assert warehouse.ask(COUNT).rows == [(6,)]
    store.delete(tables(store))
    warehouse.refresh()
    assert warehouse.ask(COUNT).rows == [(0,)]


@pytest.mark.parametrize("how", ["read", "write"])
def test_a_refresh_does_not_wait_for_whoever_has_the_cache_open(
    store: Store, warehouse: Warehouse, cache: Path, how: str
):
    publish(store, 3)
    with holding(cache, how) as other:
        assert warehouse.refresh() == []
        if how == "read":
            assert warehouse.ask(COUNT).rows == [(9,)]
        other.communicate("")
    assert other.returncode == 0
    assert warehouse.ask(COUNT).rows == [(9,)]


@pytest.mark.parametrize("content", [b"", b"no database", b"\0" * 100_000], ids=["empty", "text", "zeros"])
def test_a_damaged_cache_is_made_anew(warehouse: Warehouse, cache: Path, content: bytes):
    cache.write_bytes(content)
    warehouse.refresh()
    assert warehouse.ask(COUNT).rows == [(6,)]


def test_a_cut_cache_is_made_anew(warehouse: Warehouse, cache: Path):
    cache.write_bytes(cache.read_bytes()[:200_000])
    warehouse.refresh()
    assert warehouse.ask(COUNT).rows == [(6,)]


def test_a_cache_of_another_version_is_made_anew(warehouse: Warehouse, cache: Path):
    code = "import sys, duckdb; duckdb.connect(sys.argv[1]).execute(\"UPDATE lake.meta SET version = 'old'\")"
    subprocess.run([sys.executable, "-c", code, str(cache)], check=True)
    warehouse.refresh()
    assert warehouse.ask(COUNT).rows == [(6,)]


def test_many_ask_while_one_publishes(store: Store, warehouse: Warehouse, cache: Path):
    def asked(_: int) -> int:
        own = Warehouse(store, cache)
        own.refresh()
        [(entries,)] = own.ask("SELECT count(*) / count(DISTINCT chart_date) FROM chart_entries").rows
        return int(entries)

    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(asked, range(12))
        for number in range(3, 9):
            publish(store, number)
        assert set(answers) == {3}


@pytest.mark.parametrize(
    ("content", "named"),
    [(b"no parquet", "mine.parquet"), (b"", "empty.parquet")],
)
def test_a_foreign_file_is_left_out_and_named_every_time(
    store: Store, warehouse: Warehouse, content: bytes, named: str
):
    key = f"{layout.TABLES}chart_data/month=2026-06/{named}"
    store.put(key, content)
    publish(store, 3)
    assert warehouse.refresh() == [key]
    assert warehouse.refresh() == [key]
    assert warehouse.ask(COUNT).rows == [(9,)]
    store.delete([key])
    assert warehouse.refresh() == []


def test_a_file_that_could_not_be_read_is_tried_again(store: Store, warehouse: Warehouse):
    publish(store, 3)
    [fresh] = [key for key in tables(store) if "chart_data" in key and key not in tables_of(warehouse)]
    good = store.get(fresh)
    store.put(fresh, good[:-10])
    assert warehouse.refresh() == [fresh]
    store.put(fresh, good)
    assert warehouse.refresh() == []
    assert warehouse.ask(COUNT).rows == [(9,)]


def test_what_a_killed_refresh_left_behind_is_removed(store: Store, warehouse: Warehouse, cache: Path):
    (cache.parent / ".warehouse-killed").mkdir()
    (cache.parent / ".warehouse-killed/warehouse.duckdb").write_bytes(b"half")
    warehouse.refresh()
    assert list(cache.parent.glob(".warehouse-*")) == []


@pytest.mark.parametrize("offset", range(8192, 800_000, 60_000))
def test_a_damaged_block_never_gives_a_wrong_answer(warehouse: Warehouse, cache: Path, offset: int):
    content = bytearray(cache.read_bytes())
    content[offset : offset + 64] = bytes(64)
    cache.write_bytes(content)
    warehouse.refresh()
    assert warehouse.ask(COUNT).rows == [(6,)]


@pytest.mark.parametrize("offset", range(12_345, 100_000, 30_000))
def test_a_flipped_bit_in_the_cache_is_nobody_s_trouble(warehouse: Warehouse, cache: Path, offset: int):
    whole = {table.name: warehouse.ask(f"FROM {table.name} ORDER BY ALL").rows for table in PHYSICAL}
    content = bytearray(cache.read_bytes())
    for place in range(offset % 100_000, len(content), 100_000):
        content[place] ^= 4
    cache.write_bytes(content)
    warehouse.refresh()
    for name, rows in whole.items():
        assert warehouse.ask(f"FROM {name} ORDER BY ALL").rows == rows


@pytest.mark.parametrize("sql", [";", "-- nothing", "  "])
def test_nothing_to_answer_is_told(warehouse: Warehouse, sql: str):
    with pytest.raises(QueryError, match="there is no SQL"):
        warehouse.ask(sql)


def test_a_moment_with_a_zone_is_answered(warehouse: Warehouse):
    assert warehouse.ask("SELECT now() > TIMESTAMPTZ '2026-01-01 00:00:00+00'").rows == [(True,)]
    assert len(warehouse.ask("SELECT now()").rows) == 1


def test_a_table_of_another_shape_is_foreign(store: Store, warehouse: Warehouse):
    song = next(key for key in tables(store) if "song_data" in key)
    key = f"{layout.TABLES}chart_data/month=2026-06/song.parquet"
    store.put(key, store.get(song))
    assert warehouse.refresh() == [key]


@pytest.mark.parametrize(
    "sql", ["SELECT", "SELECT nope FROM chart_entries", "SELECT 1 +", "SELECT 1/0 + 'a'"]
)
def test_a_wrong_query_is_told_what_to_do(warehouse: Warehouse, sql: str):
    with pytest.raises(QueryError, match=r"correct|chartlake tables"):
        warehouse.ask(sql)


def test_values_are_not_sql(warehouse: Warehouse):
    assert warehouse.ask("SELECT $1", ["'; DROP TABLE lake.files; --"]).rows == [
        ("'; DROP TABLE lake.files; --",)
    ]
    assert warehouse.ask(COUNT).rows == [(6,)]
