"""What makes a Snowflake that shows a lake, as plain SQL in three phases; any of it may be run again.

1. Account: a warehouse, and a storage integration that may read the lake's tables.
2. Trust: AWS lets the integration in (`chartlake.snowflake.trust`); SQL only tells for whom.
3. Database: stage, append-only tables in ``raw``, history, pipes; in ``charts`` the dynamic tables
   by who wins, and the views over them.

Loading may bring a row twice: a file that was replayed, loaded with the history and by its pipe, or
compacted.  The views take one of each, as they do everywhere.  Columns come from ``tables.py``, views
from ``views/snowflake``, translated when the package was made.
"""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING, Literal, NamedTuple

from chartlake import views
from chartlake.errors import SettingsError
from chartlake.export.choice import KNOWN
from chartlake.tables import PHYSICAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartlake.tables import Table, Type

Phase = Literal[1, 2, 3]

TYPES: dict[Type, str] = {
    "string": "VARCHAR",
    "int": "NUMBER(10, 0)",
    "bigint": "NUMBER(19, 0)",
    "double": "FLOAT",
    "date": "DATE",
    "timestamp": "TIMESTAMP_NTZ(6)",
    "boolean": "BOOLEAN",
}
"""Each type as Snowflake names it."""

DYNAMIC = ("snapshots", "chart_entries", "songs", "albums", "artists", "song_artists", "album_artists")
"""What is kept ready by who wins; every other view is worked out when it is asked."""

SOMEWHERE = "s3://your-bucket/"
SOMEBODY = "arn:aws:iam::000000000000:role/chartlake-snowflake"
"""What stands where nobody has said yet which."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,200}")
_LAG = re.compile(r"[1-9][0-9]{0,4} (?:minute|hour|day)s?")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+")
_LOCATION = re.compile(r"s3://[a-z0-9.-]+/(?:[A-Za-z0-9_.=-]+/)*")
_COMPACTED = "compact-"


class Names(NamedTuple):
    """What everything is called.

    Attributes:
        location: The lake: ``s3://bucket/prefix/``.
        role: The role in AWS that the integration takes on.
        database: The database.
        warehouse: What computes.
        integration: The storage integration.
        lag: How old the dynamic tables may be, such as ``1 hour``.
        reader: A role of Snowflake that may read the views, if any.
    """

    location: str = SOMEWHERE
    role: str = SOMEBODY
    database: str = "chartlake"
    warehouse: str = "chartlake_wh"
    integration: str = "chartlake_s3"
    lag: str = "1 hour"
    reader: str | None = None


class Statement(NamedTuple):
    """One statement: its phase, what it is for, and its SQL without a semicolon."""

    phase: Phase
    about: str
    sql: str


def named(names: Names) -> Names:
    """The names, once it is certain that each can be written into SQL as it is.

    Raises:
        SettingsError: One cannot.
    """
    named = ("database", "warehouse", "integration", "reader")
    for what, said in names._asdict().items():
        if what in named and said is not None and not _NAME.fullmatch(said):
            raise SettingsError(f"{said!r} cannot name a {what}; take letters, digits and _")
    if not _LOCATION.fullmatch(names.location):
        raise SettingsError(
            f"Snowflake reads a lake in S3, and {names.location!r} is none; say --lake s3://bucket/prefix"
        )
    if not _ROLE.fullmatch(names.role):
        raise SettingsError(f"{names.role!r} is no role of AWS; write it like {SOMEBODY}")
    if not _LAG.fullmatch(names.lag):
        raise SettingsError(f"{names.lag!r} is no lag; write it like '1 hour' or '15 minutes'")
    return names


def statements(names: Names, *, phase: int | None = None) -> list[Statement]:
    """All statements in their order, or those of one phase.

    Raises:
        SettingsError: A name cannot be used.
    """
    made = [*_account(named(names)), *_trust(names), *_database(names)]
    return [one for one in made if phase in (None, one.phase)]


def script(made: list[Statement]) -> str:
    """Statements as one text: comments say what each is for."""
    parts, phase = [], 0
    for one in made:
        if one.phase != phase:
            phase = one.phase
            parts.append(f"-- Phase {phase}\n")
        parts.append(f"-- {one.about}\n{one.sql};\n")
    return "\n".join(parts)


def _account(n: Names) -> Iterator[Statement]:
    yield Statement(
        1,
        "What computes: the smallest size, asleep a minute after its last question.",
        f"CREATE WAREHOUSE IF NOT EXISTS {n.warehouse} WAREHOUSE_SIZE = XSMALL AUTO_SUSPEND = 60 "
        "AUTO_RESUME = TRUE INITIALLY_SUSPENDED = TRUE",
    )
    yield Statement(
        1,
        "Who reads the bucket. Not replaced if it is there: a new one would be another for AWS.",
        f"CREATE STORAGE INTEGRATION IF NOT EXISTS {n.integration} TYPE = EXTERNAL_STAGE "
        f"STORAGE_PROVIDER = 'S3' ENABLED = TRUE STORAGE_AWS_ROLE_ARN = '{n.role}' "
        f"STORAGE_ALLOWED_LOCATIONS = ('{n.location}transformed_data/')",
    )


def _trust(n: Names) -> Iterator[Statement]:
    yield Statement(
        2,
        "For whom AWS makes the role: STORAGE_AWS_IAM_USER_ARN and STORAGE_AWS_EXTERNAL_ID.",
        f"DESC STORAGE INTEGRATION {n.integration}",
    )


def _database(n: Names) -> Iterator[Statement]:
    yield from _places(n)
    for table in PHYSICAL:
        yield Statement(3, _sentence(table), _raw(table, n))
    for table in PHYSICAL:
        # Also what was compacted: its parts are gone, and a pipe looks back no further than a week.
        yield Statement(3, f"What {table.name} holds already.", copy(table, n))
    for table in PHYSICAL:
        yield Statement(3, f"Every new file of {table.name}, as soon as S3 tells of it.", pipe(table, n))
        yield Statement(
            3,
            "What came in between.",
            f"ALTER PIPE {n.database}.raw.{table.name}_pipe REFRESH",
        )
    for name in views.ORDER:
        yield Statement(3, _sentence(KNOWN[name]), view(name, n))
    if n.reader:
        yield from _grants(n, n.reader)
    yield Statement(
        3,
        "notification_channel is the queue that S3 tells, for `chartlake snowflake notification`.",
        f"SHOW PIPES IN SCHEMA {n.database}.raw",
    )


def _places(n: Names) -> Iterator[Statement]:
    yield Statement(3, "One database.", f"CREATE DATABASE IF NOT EXISTS {n.database}")
    yield Statement(3, "What was loaded, as it came.", f"CREATE SCHEMA IF NOT EXISTS {n.database}.raw")
    yield Statement(3, "What people ask.", f"CREATE SCHEMA IF NOT EXISTS {n.database}.charts")
    yield Statement(
        3,
        "Dates and moments are read as such.",
        f"CREATE FILE FORMAT IF NOT EXISTS {n.database}.raw.parquet TYPE = PARQUET "
        "USE_VECTORIZED_SCANNER = TRUE USE_LOGICAL_TYPE = TRUE",
    )
    yield Statement(
        3,
        "The lake's tables in S3.",
        f"CREATE STAGE IF NOT EXISTS {n.database}.raw.lake URL = '{n.location}transformed_data/' "
        f"STORAGE_INTEGRATION = {n.integration} FILE_FORMAT = (FORMAT_NAME = '{n.database}.raw.parquet')",
    )


def _raw(table: Table, n: Names) -> str:
    columns = [
        f"{column.name} {TYPES[column.type]} COMMENT {_text(column.meaning)}" for column in table.columns
    ]
    columns += ["src_file VARCHAR COMMENT 'file it was loaded from'"]
    columns += ["loaded_at TIMESTAMP_LTZ COMMENT 'when it was loaded'"]
    return f"CREATE TABLE IF NOT EXISTS {n.database}.raw.{table.name} ({', '.join(columns)})"


def copy(table: Table, n: Names, *, new_only: bool = False) -> str:
    """What loads a table's files.

    Args:
        table: The table.
        n: The names.
        new_only: Leave compacted files out: what is in them was loaded from their parts.
    """
    pattern = _not_beginning(_COMPACTED) if new_only else "[^/]*"
    return (
        f"COPY INTO {n.database}.raw.{table.name} FROM @{n.database}.raw.lake/{table.name}/ "
        f"PATTERN = '.*/{pattern}[.]parquet' "
        f"FILE_FORMAT = (FORMAT_NAME = '{n.database}.raw.parquet') "
        "MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE "
        "INCLUDE_METADATA = (src_file = METADATA$FILENAME, loaded_at = METADATA$START_SCAN_TIME) "
        "ON_ERROR = SKIP_FILE"
    )


def pipe(table: Table, n: Names) -> str:
    """What loads a table's files as they come."""
    return (
        f"CREATE PIPE IF NOT EXISTS {n.database}.raw.{table.name}_pipe AUTO_INGEST = TRUE "
        f"AS {copy(table, n, new_only=True)}"
    )


def view(name: str, n: Names) -> str:
    """What makes a view, or the dynamic table of one."""
    about = f"COMMENT = {_text(KNOWN[name].grain)} AS\n{select(name, n)}"
    place = f"{n.database}.charts.{name}"
    if name not in DYNAMIC:
        return f"CREATE OR REPLACE VIEW {place} {about}"
    # Each has a lag of its own: views do not count as downstream, which would refresh it.
    return (
        f"CREATE OR REPLACE DYNAMIC TABLE {place} TARGET_LAG = '{n.lag}' WAREHOUSE = {n.warehouse} "
        f"REFRESH_MODE = AUTO INITIALIZE = ON_CREATE {about}"
    )


def select(name: str, n: Names) -> str:
    """The SELECT of a view as Snowflake takes it: translated when the package was made, not now.

    Raises:
        KeyError: There is no view of that name.
    """
    if name not in views.ORDER:
        raise KeyError(name)
    said = files("chartlake.views").joinpath("snowflake", f"{name}.sql").read_text(encoding="utf-8")
    said = said.partition("\n")[2].strip()
    return re.sub(r"\bchartlake\.(raw|charts)\.", rf"{n.database}.\1.", said)


def _grants(n: Names, reader: str) -> Iterator[Statement]:
    kinds = ("VIEWS", "DYNAMIC TABLES")
    rights = [
        f"USAGE ON WAREHOUSE {n.warehouse}",
        f"USAGE ON DATABASE {n.database}",
        f"USAGE ON SCHEMA {n.database}.charts",
        *(f"SELECT ON ALL {kind} IN SCHEMA {n.database}.charts" for kind in kinds),
        *(f"SELECT ON FUTURE {kind} IN SCHEMA {n.database}.charts" for kind in kinds),
    ]
    for right in rights:
        yield Statement(3, f"{reader} may read.", f"GRANT {right} TO ROLE {reader}")


def _not_beginning(prefix: str) -> str:
    """An expression for names that do not begin so, and are longer; Snowflake has no lookahead."""
    others = [
        f"{re.escape(prefix[:place])}[^{char}/][^/]*"
        for place, char in sorted(enumerate(prefix), key=lambda one: one[1] == "-")
    ]
    return f"({'|'.join(others)})"


def _sentence(table: Table) -> str:
    return f"{table.name}: {table.grain}."


def _text(said: str) -> str:
    return "'" + said.replace("'", "''") + "'"
