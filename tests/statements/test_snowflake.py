"""The SQL for Snowflake: generated, current, linted, safe, and the same views in DuckDB's mouth."""

from __future__ import annotations

import importlib.util
import json
import logging
import re
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from chartlake import layout, views
from chartlake.dictionary import VIEWS
from chartlake.errors import CredentialsError, QueryError, SettingsError, StorageError
from chartlake.lake import Lake
from chartlake.snowflake import doctor, session
from chartlake.snowflake.apply import apply
from chartlake.snowflake.statements import (
    DYNAMIC,
    TYPES,
    Names,
    copy,
    pipe,
    script,
    select,
    statements,
)
from chartlake.snowflake.trust import notification, role
from chartlake.tables import PHYSICAL
from making import day, playlist, put_pending
from shown import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Ran

NAMES = Names(
    location="s3://a-bucket/some/lake/", role="arn:aws:iam::123456789012:role/made-up", reader="analyst"
)
BROKEN = {
    "a misspelt option of a pipe": "CREATE PIPE P AUTO_INJEST = TRUE AS COPY INTO T FROM @S",
    "a misspelt option of a stage": "CREATE STAGE S URL = 's3://x/' STORAGE_INTEGRATON = I",
    "an unknown format": "CREATE FILE FORMAT F TYPE = PARKET",
    "a misspelt option of a copy": "COPY INTO T FROM @S MATCH_BY_COLUMN_NAM = CASE_INSENSITIVE",
    "from misspelt": "COPY INTO T FORM @S",
    "a misspelt option of an integration": (
        "CREATE STORAGE INTEGRATION I TYPE = EXTERNAL_STAGE STORAGE_PROVIDR = 'S3' ENABLED = TRUE"
    ),
    "a bracket left open": "CREATE TABLE T (A NUMBER(5,0), B VARCHAR",
    "a comma too many": "CREATE TABLE T (A NUMBER(5,0),, B VARCHAR)",
    "no AS": "CREATE DYNAMIC TABLE D TARGET_LAG = '1 hour' WAREHOUSE = W SELECT 1",
}


def dialects() -> Any:
    spec = importlib.util.spec_from_file_location("dialects", ROOT / "tools" / "dialects.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def faults() -> Callable[[str], list[str]]:
    """What sqlfluff finds in a statement."""
    pytest.importorskip("sqlfluff", reason="lints the statements")
    from sqlfluff.core import FluffConfig, Linter  # noqa: PLC0415 - takes its time

    logging.getLogger("sqlfluff").setLevel(logging.CRITICAL)
    linter = Linter(config=FluffConfig(overrides={"dialect": "snowflake"}))
    return lambda sql: [fault.desc() for fault in linter.parse_string(f"{sql};\n").violations]


def test_every_statement_is_snowflakes_sql(faults):
    found = {one.sql[:60]: faults(one.sql) for one in statements(NAMES)}
    assert {sql: said for sql, said in found.items() if said} == {}
    assert len(found) > 50


@pytest.mark.parametrize("sql", BROKEN.values(), ids=BROKEN)
def test_the_linter_finds_what_is_planted(sql: str, faults):
    assert faults(sql) != []


@pytest.mark.parametrize("name", views.ORDER)
def test_the_translated_views_are_current(name: str):
    made = dialects().translated(name, "snowflake")
    committed = (ROOT / "src" / "chartlake" / "views" / "snowflake" / f"{name}.sql").read_text("utf-8")
    assert committed == made, "run make views, and read the difference"


def test_the_views_say_the_same_when_said_back(lake: Path):
    """Translated to Snowflake's SQL and back they answer as they did: nothing was lost on the way."""
    sqlglot = pytest.importorskip("sqlglot", reason="a tool of the build")
    warehouse = Lake.of(None, str(lake)).warehouse()
    warehouse.refresh()
    connection = duckdb.connect()
    connection.execute(
        "ATTACH ':memory:' AS chartlake; CREATE SCHEMA chartlake.raw; CREATE SCHEMA chartlake.charts"
    )
    for table in PHYSICAL:
        files = f"{lake}/transformed_data/{table.name}/*/*.parquet"
        connection.execute(f"CREATE TABLE chartlake.raw.{table.name} AS FROM read_parquet('{files}')")
        # Everything twice, as a pipe and the history may load it.
        connection.execute(f"INSERT INTO chartlake.raw.{table.name} FROM chartlake.raw.{table.name}")
    for name in views.ORDER:
        (back,) = sqlglot.transpile(select(name, Names()), read="snowflake", write="duckdb")
        connection.execute(f"CREATE VIEW chartlake.charts.{name} AS {back}")
        rows = connection.execute(f"SELECT * FROM chartlake.charts.{name}").fetchall()
        expected = warehouse.ask(f"SELECT * FROM {name}").rows
        assert in_order(rows) == in_order(expected), name
    connection.close()


def in_order(rows: list[tuple[Any, ...]]) -> list[str]:
    """Rows as they compare; of DATEADD(DAY, n, date) DuckDB makes a moment, and Snowflake a date."""
    return sorted(
        repr([one.date() if isinstance(one, datetime) and one.time() == time() else one for one in row])
        for row in rows
    )


def test_every_table_column_and_view_is_there_in_its_order():
    made = [one.sql for one in statements(NAMES)]
    for table in PHYSICAL:
        (create,) = [
            sql for sql in made if sql.startswith(f"CREATE TABLE IF NOT EXISTS chartlake.raw.{table.name} ")
        ]
        told = re.findall(r"(?<=[(,] |.\()?(\w+) (\S+(?: 0\))?) COMMENT '", create)
        assert told == [
            *((column.name, TYPES[column.type]) for column in table.columns),
            ("src_file", "VARCHAR"),
            ("loaded_at", "TIMESTAMP_LTZ"),
        ]
    places = [
        re.search(r"chartlake\.charts\.(\w+) ", sql) for sql in made if sql.startswith("CREATE OR REPLACE")
    ]
    assert [found[1] for found in places if found] == list(views.ORDER)
    assert {view.name for view in VIEWS} == set(views.ORDER) >= set(DYNAMIC)


def test_dynamic_tables_stand_only_on_what_is_stored():
    for name in DYNAMIC:
        stands_on = set(re.findall(r"chartlake\.charts\.(\w+)", select(name, Names())))
        assert stands_on <= set(DYNAMIC), name


def test_history_comes_before_pipes_and_views_last():
    made = [(one.phase, one.sql) for one in statements(NAMES)]
    assert [phase for phase, _ in made] == sorted(phase for phase, _ in made)
    first = {
        kind: next(at for at, (_, sql) in enumerate(made) if sql.startswith(kind))
        for kind in (
            "CREATE STAGE",
            "CREATE TABLE",
            "COPY",
            "CREATE PIPE",
            "ALTER PIPE",
            "CREATE OR REPLACE",
            "GRANT",
        )
    }
    assert list(first.values()) == sorted(first.values())


@pytest.mark.parametrize("source", ["deezer", "spotify", "c", "my-source", "compactor", "=63"])
def test_a_pipe_leaves_compacted_files_and_no_others(source: str):
    words = {"month": "2026-06", "source": source, "batch": "0123456789abcdef"}
    plain, compacted = (layout.table_key("chart_data", **words, compacted=one) for one in (False, True))
    pattern = re.search(r"PATTERN = '([^']*)'", pipe(PHYSICAL[0], NAMES))
    every = re.search(r"PATTERN = '([^']*)'", copy(PHYSICAL[0], NAMES))
    assert pattern
    assert every
    assert re.fullmatch(pattern[1], plain)
    assert not re.fullmatch(pattern[1], compacted)
    assert re.fullmatch(every[1], plain)
    assert re.fullmatch(every[1], compacted)


def test_a_pipes_copy_and_the_historys_differ_in_the_pattern_alone():
    for table in PHYSICAL:
        without = [
            re.sub(r"PATTERN = '[^']*' ", "", copy(table, NAMES, new_only=one)) for one in (False, True)
        ]
        assert without[0] == without[1]
        assert pipe(table, NAMES).endswith(copy(table, NAMES, new_only=True))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"database": "x; DROP DATABASE y"}, "cannot name a database"),
        ({"warehouse": "a b"}, "cannot name a warehouse"),
        ({"integration": ""}, "cannot name a integration"),
        ({"reader": "x'"}, "cannot name a reader"),
        ({"lag": "soon"}, "is no lag"),
        ({"location": "./lake/"}, "reads a lake in S3"),
        ({"location": "s3://b/o'dd/"}, "reads a lake in S3"),
        ({"role": "me"}, "is no role"),
    ],
    ids=lambda one: next(iter(one.values())) if isinstance(one, dict) else None,
)
def test_no_name_is_code(changes: dict[str, str], says: str):
    with pytest.raises(SettingsError, match=says):
        statements(NAMES._replace(**changes))


def test_another_database_is_named_everywhere():
    text = script(statements(NAMES._replace(database="music")))
    assert "chartlake.raw" not in text
    assert "music.raw.chart_data" in text
    assert "music.charts.snapshots" in text


# The commands, without a driver.


def test_sql_always_works(ran: Callable[..., Ran]):
    code, text, talk = ran("snowflake", "sql")
    assert (code, talk) == (0, "")
    assert text.count(";\n") + 1 >= 45
    parts = [ran("snowflake", "sql", "--phase", str(phase))[1] for phase in (1, 2, 3)]
    assert "\n".join(parts) == text
    listed = json.loads(ran("snowflake", "sql", "--json")[1])
    assert [one["sql"] for one in listed] == [one.sql for one in statements(Names())]
    assert "s3://b/p/transformed_data/" in ran("snowflake", "sql", "--lake", "s3://b/p")[1]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("apply",), 2, "say which with --lake"),
        (("apply", "--lake", "s3://b/p"), 2, "--role"),
        (
            ("apply", "--lake", "s3://b/p", "--role", "arn:aws:iam::123456789012:role/x"),
            2,
            "driver is missing",
        ),
        (("doctor", "--lake", "lake"), 2, "driver is missing"),
        (("apply", "--lake", "s3://b/p", "--role", "x"), 2, "is no role"),
        (("sql", "--database", "a;b"), 2, "cannot name"),
        (("sql", "--lag", "soon"), 2, "is no lag"),
        (("notification", "me", "--lake", "s3://b/p"), 2, "is no queue"),
        (("role",), 2, "--lake"),
    ],
    ids=lambda value: " ".join(value)[:50] if isinstance(value, tuple) else None,
)
def test_bad_input_is_told_in_a_sentence(arguments, code, says, ran: Callable[..., Ran]):
    if "driver" in says and importlib.util.find_spec("snowflake") is not None:
        pytest.skip("the driver is installed here")
    found, out, talk = ran("snowflake", *arguments)
    assert (found, out) == (code, "")
    assert says in talk
    assert talk.count("\n") == 1


def test_the_role_reads_the_tables_and_nothing_else(ran: Callable[..., Ran]):
    made = role(NAMES)["Resources"]["Role"]["Properties"]
    assert made["RoleName"] == "made-up"
    (policy,) = made["Policies"]
    said = [(one["Action"], one["Resource"]) for one in policy["PolicyDocument"]["Statement"]]
    assert said == [
        (["s3:GetObject", "s3:GetObjectVersion"], "arn:aws:s3:::a-bucket/some/lake/transformed_data/*"),
        ("s3:ListBucket", "arn:aws:s3:::a-bucket"),
        ("s3:GetBucketLocation", "arn:aws:s3:::a-bucket"),
    ]
    assert ran("snowflake", "role", "--lake", "s3://b/p", "--role", NAMES.role)[0] == 0


def test_s3_tells_of_tables_only_and_eventbridge_stays():
    queue = "arn:aws:sqs:eu-central-1:123456789012:sf-snowpipe-made-up"
    made = notification(NAMES, queue=queue)
    assert made["EventBridgeConfiguration"] == {}
    (told,) = made["QueueConfigurations"]
    rules = {rule["Name"]: rule["Value"] for rule in told["Filter"]["Key"]["FilterRules"]}
    assert (told["QueueArn"], rules) == (
        queue,
        {"prefix": "some/lake/transformed_data/", "suffix": ".parquet"},
    )


# apply and doctor, over a session that answers what it is told to.


class Told:
    """A session that answers by the beginning of the statement."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers, self.asked = answers, []

    def ask(self, sql: str) -> list[dict[str, Any]]:
        self.asked.append(sql)
        answer = next((said for begins, said in self.answers.items() if begins in sql), [])
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_apply_stops_where_aws_does_not_let_snowflake_in_and_has_said_for_whom():
    told: list[str] = []
    rows = [
        {"property": "STORAGE_AWS_IAM_USER_ARN", "property_value": "arn:aws:iam::1:user/u"},
        {"property": "STORAGE_AWS_EXTERNAL_ID", "property_value": "x=1"},
    ]
    one = Told({"DESC STORAGE": rows, "COPY INTO": CredentialsError("not yet")})
    with pytest.raises(CredentialsError):
        apply(one, NAMES, tell=told.append)
    assert told == ["the role in AWS is for SnowflakeUser=arn:aws:iam::1:user/u ExternalId=x=1"]
    assert not any(sql.startswith("CREATE PIPE") for sql in one.asked)


def test_apply_does_one_phase():
    one = Told({})
    assert apply(one, NAMES, phase=1, tell=lambda _: None).ran == len(one.asked) == 2


def test_apply_loads_no_history_twice_unless_told():
    holding = Told({"SELECT 1 AS one": [{"one": 1}], "SHOW PIPES": [{"notification_channel": "q"}]})
    assert apply(holding, NAMES, tell=lambda _: None).loaded == {}
    assert not any(sql.startswith("COPY") for sql in holding.asked)
    again = Told(
        {"COPY INTO": [{"status": "LOADED", "rows_loaded": 3}, {"status": "LOADED", "rows_loaded": 4}]}
    )
    done = apply(again, NAMES, history=True, tell=lambda _: None)
    assert done.loaded == {table.name: 7 for table in PHYSICAL}


RUNNING = [{"status": '{"executionState":"RUNNING","lastReceivedMessageTimestamp":"2026-06-01T06:00:00Z"}'}]


@pytest.mark.parametrize(
    ("answers", "what", "verdict", "says"),
    [
        ({"PIPE_STATUS": RUNNING}, "pipe chart_data", "ok", "running"),
        ({"PIPE_STATUS": QueryError("gone")}, "pipe chart_data", "failed", "apply"),
        ({"PIPE_STATUS": [{"status": '{"executionState":"PAUSED"}'}]}, "pipe chart_data", "failed", "PAUSED"),
        (
            {"PIPE_STATUS": [{"status": '{"executionState":"STOPPED_STAGE_DROPPED","error":"no stage"}'}]},
            "pipe chart_data",
            "failed",
            "no stage",
        ),
        (
            {"PIPE_STATUS": [{"status": '{"executionState":"RUNNING"}'}]},
            "pipe chart_data",
            "warning",
            "notification",
        ),
        (
            {"copy_history": [{"file_name": "a.parquet", "first_error_message": "bad"}]},
            "files of chart_data",
            "failed",
            "a.parquet: bad",
        ),
        ({}, "files of chart_data", "ok", "none failed"),
        ({"COUNT": [{"rows_there": 9}]}, "rows of chart_data", "ok", "9"),
        ({"COUNT": [{"rows_there": 8}]}, "rows of chart_data", "failed", "8 there, 9 in the lake"),
        ({"COUNT": [{"rows_there": 10}]}, "rows of chart_data", "warning", "TRUNCATE"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_the_doctor_says_what_is_wrong_and_what_to_do(answers, what, verdict, says, lake: Path):
    warehouse = Lake.of(None, str(lake)).warehouse()
    warehouse.refresh()
    usual = {"PIPE_STATUS": RUNNING, "COUNT": [{"rows_there": 9}]}
    found = {one.what: one for one in doctor.examine(Told({**usual, **answers}), NAMES, warehouse)}
    assert len(found) == 3 * len(PHYSICAL)
    assert found[what].verdict == verdict
    assert says in found[what].told


def test_a_dropped_pipe_ends_in_exit_code_3(lake: Path):
    put_pending(Lake.of(None, str(lake)).store, playlist(1), captured_at=day(9))
    warehouse = Lake.of(None, str(lake)).warehouse()
    gone = Told({"PIPE_STATUS": QueryError("gone"), "COUNT": [{"rows_there": 0}]})
    assert {one.verdict for one in doctor.examine(gone, NAMES, warehouse)} >= {"failed", "ok"}


class Failed(Exception):
    """An error as the driver makes one."""

    def __init__(self, said: str, errno: int | None = None) -> None:
        super().__init__(said)
        self.msg, self.errno = said, errno


@pytest.mark.parametrize(
    ("said", "number", "kind", "code", "says"),
    [
        ("Insufficient privileges to operate on account", 3001, CredentialsError, 4, "no right"),
        ("Object 'X' does not exist or not authorized.", 2003, QueryError, 1, "not there"),
        ("Error assuming AWS_ROLE: not authorized", 3167, CredentialsError, 4, "chartlake snowflake role"),
        ("Failed to access remote file: access denied", 91003, CredentialsError, 4, "DESC STORAGE"),
        ("syntax error line 1", 1003, QueryError, 1, "correct it"),
        ("Failed to connect to host", 250001, StorageError, 5, "network"),
    ],
)
def test_what_the_driver_says_becomes_a_sentence(said, number, kind, code, says):
    made = session._understood(Failed(said, number), None)
    assert (type(made), made.exit_code) == (kind, code)
    assert says in str(made)
    assert str(made).count("\n") == 0


@pytest.mark.parametrize(
    ("said", "number", "code"),
    [
        ("Incorrect username or password was specified.", 250001, 4),
        ("JWT token is invalid", 250001, 4),
        ("Invalid connection_name 'x', known ones are []", None, 2),
        ("Could not connect to Snowflake backend: connection refused", 250001, 5),
    ],
)
def test_who_cannot_connect(said, number, code):
    assert session._understood(Failed(said, number), "x").exit_code == code
