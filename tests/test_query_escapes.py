"""No SQL gets out of the lake: no file, no network, no setting, and not the end of the process."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from chartlake.cli.bounds import half_of_the_memory
from proving import proven

CANARY = "canary-5f1d"

PROBES = {
    "files": [
        "select * from read_text('{file}')",
        "select * from read_blob('{file}')",
        "select * from read_csv('{file}')",
        "select * from read_csv_auto('{file}')",
        "select * from read_json('{file}')",
        "select * from read_json_auto('{file}')",
        "select * from read_json_objects('{file}')",
        "select * from read_ndjson('{file}')",
        "select * from read_parquet('{folder}/lake/transformed_data/**/*.parquet')",
        "select * from parquet_scan('{parquet}')",
        "select * from parquet_metadata('{parquet}')",
        "select * from parquet_schema('{parquet}')",
        "select * from parquet_kv_metadata('{parquet}')",
        "select * from parquet_file_metadata('{parquet}')",
        "select * from '{file}'",
        "select * from '{parquet}'",
        "from '{folder}/*.txt'",
        'select * from "{file}"',
        "select * from glob('{folder}/*')",
        "select * from glob('/etc/*')",
        "select * from sniff_csv('{file}')",
        "select * from read_text('/proc/self/environ')",
        "select * from read_text('/dev/stdin')",
        "select * from read_text('file://{file}')",
        "select * from query('select * from read_text(''{file}'')')",
        "select * from query_table('{file}')",
        "with x as (select * from read_text('{file}')) select * from x",
        "select (select content from read_text('{file}'))",
        "select * from chart_entries where title in (select content from read_text('{file}'))",
        "describe select * from '{parquet}'",
        "summarize '{parquet}'",
        "explain analyze select * from read_text('{file}')",
        "prepare p as select * from read_text('{file}'); execute p",
        "create temp view v as select * from read_text('{file}'); select * from v",
        "create temp macro m() as table select * from read_text('{file}'); select * from m()",
        "create temp table t as select * from read_text('{file}'); select * from t",
        "select * from duckdb_logs()",
        "select * from read_duckdb('{folder}/other.duckdb')",
        "import database '{folder}'",
    ],
    "writing": [
        "copy chart_entries to '{folder}/out.csv'",
        "copy chart_entries to '{folder}/out.parquet' (format parquet)",
        "copy (select 1) to '/dev/stdout'",
        "copy chart_entries to '{folder}/out' (format parquet, partition_by (source))",
        "copy lake.chart_data from '{file}'",
        "copy from database memory to warehouse",
        "export database '{folder}/out'",
        "create table t (i int)",
        "create or replace view chart_entries as select 1",
        "create schema s",
        "create sequence s",
        "create type t as enum ('a')",
        "create persistent secret s (type http, bearer_token 'x')",
        "create secret s (type http, bearer_token 'x')",
        "drop view chart_entries",
        "drop schema lake cascade",
        "delete from lake.chart_data",
        "update lake.chart_data set title = 'x'",
        "insert into lake.files values (1, 'x')",
        "truncate lake.chart_data",
        "alter table lake.chart_data add column x int",
        "alter view chart_entries rename to x",
        "comment on view chart_entries is 'x'",
        "vacuum",
        "analyze",
        "checkpoint",
        "force checkpoint",
        "begin; delete from lake.chart_data; commit",
        "merge into lake.chart_data using lake.files on false when not matched then insert default values",
    ],
    "other databases": [
        "attach '{folder}/other.duckdb'",
        "attach '{folder}/new.duckdb' as other",
        "attach ':memory:' as m",
        "attach 'http://127.0.0.1:{port}/x.duckdb'",
        "attach 'sqlite:{folder}/x.db' (type sqlite)",
        "attach 'host=127.0.0.1 port={port}' (type postgres)",
        "use memory",
        "detach warehouse",
    ],
    "extensions and network": [
        "install httpfs",
        "load httpfs",
        "force install httpfs from 'http://127.0.0.1:{port}'",
        "load '{file}'",
        "install '{file}'",
        "update extensions",
        "select * from read_csv('http://127.0.0.1:{port}/x.csv')",
        "select * from read_parquet('s3://bucket/x.parquet')",
        "select * from 'https://127.0.0.1:{port}/x.parquet'",
        "select * from read_text('hf://datasets/x')",
        "select http_get('http://127.0.0.1:{port}/')",
        "copy (select 1) to 'http://127.0.0.1:{port}/x.csv'",
        "pragma enable_object_cache",
    ],
    "settings": [
        "set enable_external_access = true",
        "set global enable_external_access = true",
        "reset enable_external_access",
        "set lock_configuration = false",
        "reset lock_configuration",
        "set memory_limit = '100GB'",
        "set threads = 64",
        "set temp_directory = '{folder}/temp'",
        "set home_directory = '{folder}'",
        "set secret_directory = '{folder}'",
        "set extension_directory = '{folder}'",
        "set allowed_directories = ['/']",
        "set allowed_paths = ['{file}']",
        "set allow_unsigned_extensions = true",
        "set autoinstall_known_extensions = true",
        "set custom_extension_repository = 'http://127.0.0.1:{port}'",
        "set log_query_path = '{folder}/log'",
        "set enable_logging = true",
        "set logging_storage = 'file'",
        "set profiling_output = '{folder}/profile'",
        "set enable_profiling = 'json'",
        "set search_path = 'lake'",
        "set schema = 'lake'",
        "set variable x = (select content from read_text('{file}'))",
        "set file_search_path = '/etc'",
        "pragma memory_limit = '100GB'",
        "pragma enable_profiling",
        "pragma profiling_output = '{folder}/profile'",
        "pragma database_list",
        "pragma show_tables",
        "pragma version",
        "pragma platform",
        "pragma debug_checkpoint_abort = 'before_header'",
        "call enable_logging(storage = 'file', storage_path = '{folder}/log')",
        "call enable_logging()",
        "call pragma_version()",
        "call truncate_duckdb_logs()",
        "call enable_profiling()",
    ],
    "the process": [
        "select getenv('CHARTLAKE_SPOTIFY_CLIENT_SECRET')",
        "select current_setting('home_directory')",
        "select current_setting('secret_directory')",
        "select * from duckdb_secrets()",
        "select * from which_secret('s3://x', 's3')",
        "select * from duckdb_settings()",
        "select * from duckdb_extensions()",
        "select * from duckdb_temporary_files()",
        "select * from duckdb_memory()",
        "select * from duckdb_databases()",
        "select * from duckdb_functions() where function_name like 'read%'",
        "select system('id')",
        "select shell('id')",
        "select load_extension('x')",
        "select * from sqlite_master",
        "select * from pandas_frame",
        "select * from os",
        "select * from sys",
        "select * from self",
        "select * from parameters",
        "select * from connection",
        "select error('x')",
        ".shell id",
        ".read {file}",
        "select 1; select 2; select content from read_text('{file}')",
        "select '\\x00'; --",
        "select chr(0)",
        "select $1",
        "select ?",
        "select * from range(10) t(x), lateral (select * from read_text('{file}'))",
    ],
}

ALL = [sql for probes in PROBES.values() for sql in probes]

ASKING = """
import contextlib, io, json, sys
from chartlake import cli
def ask(*arguments):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.run(["query", "--lake", "lake", *arguments])
    return code, out.getvalue(), err.getvalue()
for number, sql in enumerate(json.load(sys.stdin)):
    code, answer, talk = ask(sql)
    sound = number % 6 or ask("select count(*) from chart_entries")[:2] == (0, "count_star()\\n9\\n")
    print(json.dumps([sql, code, answer, talk, sound]), flush=True)
"""


def tree(folder: Path) -> dict[str, bytes]:
    """Every file and what is in it, the lock beside the cache apart."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(".lock")
    }


@pytest.fixture
def callers() -> tuple[str, list[str]]:
    """The port of somebody who listens, and who has called."""
    called: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def listen() -> None:
            while True:
                try:
                    connection, peer = listening.accept()
                except OSError:
                    return
                called.append(str(peer))
                connection.close()

        threading.Thread(target=listen, daemon=True).start()
        yield str(listening.getsockname()[1]), called
        listening.shutdown(socket.SHUT_RDWR)


def test_no_sql_gets_out_of_the_lake(lake: Path, at_home: Path, callers: tuple[str, list[str]]):
    port, called = callers
    outside = at_home / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text(f"{CANARY},x\n")
    parquet = next((at_home / "lake").rglob("*.parquet"))
    places = {
        "file": str(outside / "secret.txt"),
        "folder": str(at_home),
        "port": port,
        "parquet": str(parquet),
    }
    probes = [_placed(sql, places) for sql in ALL]
    environment = {**os.environ, "CHARTLAKE_SPOTIFY_CLIENT_SECRET": CANARY, "HOME": str(at_home)}
    _asked(["select 1"], environment)
    before = tree(at_home)
    with proven("SQL that tries to get out of the lake", promise=7, where="the command's own code") as tally:
        told = _asked(probes, environment)
        for sql, code, answer, talk, sound in told:
            tally.cases += 1
            spared = CANARY not in answer + talk and "Traceback" not in talk and code in {0, 1, 5}
            tally.wrong += not (spared and sound)
            assert spared, (sql, code, answer[:200], talk[:200])
            assert sound, f"after {sql} the next question is not answered"
        assert [one[0] for one in told] == probes, "the process ended"
        after = tree(at_home)
        assert {name for name in before | after if before.get(name) != after.get(name)} == set()
        assert called == []
        assert tally.cases >= 60


def _placed(sql: str, places: dict[str, str]) -> str:
    for name, value in places.items():
        sql = sql.replace("{" + name + "}", value)
    return sql


def _asked(probes: list[str], environment: dict[str, str]) -> list[list]:
    done = subprocess.run(
        [sys.executable, "-c", ASKING], input=json.dumps(probes), capture_output=True, text=True,
        env=environment, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert CANARY not in done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_probes_would_get_out_of_an_open_engine(tmp_path: Path):
    """They could fail: where nothing is locked, many of them read what they should not."""
    duckdb = pytest.importorskip("duckdb")
    (tmp_path / "secret.txt").write_text(f"{CANARY},x\n")
    got = 0
    for sql in PROBES["files"]:
        with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as engine:
            try:
                found = engine.execute(
                    _placed(sql, {"file": str(tmp_path / "secret.txt"), "folder": str(tmp_path)})
                )
                got += CANARY in str(found.fetchall())
            except duckdb.Error:
                continue
    assert got >= 10


# What takes the machine.


GREEDY = {
    "one long text": "select length(repeat('x', 3000000000))",
    "a long list": "select len(list(range || 'x')) from range(2000000000)",
}

CAPPED = """
import resource, sys
from chartlake import cli
resource.setrlimit(resource.RLIMIT_AS, (3 << 29, 3 << 29))
sys.exit(cli.run(["query", "--lake", "lake", sys.argv[1]]))
"""


@pytest.mark.parametrize("sql", GREEDY.values(), ids=GREEDY)
def test_a_query_that_takes_too_much_ends_with_a_sentence(lake: Path, at_home: Path, sql: str):
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", CAPPED, sql], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 1, (done.returncode, done.stderr[-500:])
    assert done.stderr.startswith("error: ")
    assert time.monotonic() - began < 60


def test_a_query_may_take_half_of_the_memory():
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_AS)
    with half_of_the_memory():
        soft, _ = resource.getrlimit(resource.RLIMIT_AS)
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        assert soft <= memory // 2 + (2 << 30)
        inside = resource.getrlimit(resource.RLIMIT_AS)
        with half_of_the_memory():
            assert resource.getrlimit(resource.RLIMIT_AS)[0] <= inside[0]
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_a_query_without_end_is_ended_by_ctrl_c(lake: Path, at_home: Path):
    sql = "with recursive t(x) as (select 1 union all select x from t) select count(*) from t"
    asking = "import sys; from chartlake.cli import main; print('asks', file=sys.stderr, flush=True); main()"
    with subprocess.Popen(
        [sys.executable, "-c", asking, "query", "--lake", "lake", sql], stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "asks\n"
        time.sleep(1.5)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
        assert process.wait(30) == 130
    assert said.lstrip().startswith("error: interrupted")
    assert time.monotonic() - began < 10
