"""Whether a Snowflake shows what the lake holds: pipes, errors of loading, counts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, NamedTuple

from chartlake.errors import QueryError
from chartlake.tables import PHYSICAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartlake.snowflake.session import Session
    from chartlake.snowflake.statements import Names
    from chartlake.tables import Table
    from chartlake.warehouse import Warehouse

Verdict = Literal["ok", "warning", "failed"]


class Finding(NamedTuple):
    """One thing that was looked at: what, whether it is well, and what to do if not."""

    what: str
    verdict: Verdict
    told: str


def examine(session: Session, names: Names, warehouse: Warehouse) -> Iterator[Finding]:
    """Look at everything, one thing after another.

    Args:
        session: Who answers.
        names: What everything is called.
        warehouse: The lake's cache, brought up to date.

    Raises:
        CredentialsError, StorageError: Snowflake cannot be asked.
    """
    for table in PHYSICAL:
        yield _pipe(session, names, table)
    for table in PHYSICAL:
        yield _errors(session, names, table)
    for table in PHYSICAL:
        yield _counted(session, names, warehouse, table)


def refresh(session: Session, names: Names) -> None:
    """Let every pipe look for files of the last seven days that S3 never told of.

    Raises:
        QueryError, CredentialsError, StorageError: It cannot be done.
    """
    for table in PHYSICAL:
        session.ask(f"ALTER PIPE {names.database}.raw.{table.name}_pipe REFRESH")


def _pipe(session: Session, names: Names, table: Table) -> Finding:
    pipe = f"{names.database}.raw.{table.name}_pipe"
    what = f"pipe {table.name}"
    try:
        (row,) = session.ask(f"SELECT SYSTEM$PIPE_STATUS('{pipe}') AS status")
    except QueryError:
        return Finding(what, "failed", "it is not there; `chartlake snowflake apply` makes it")
    status = json.loads(row["status"])
    state = status.get("executionState", "unknown")
    if state != "RUNNING":
        said = status.get("error") or status.get("notificationChannelName") or "see SYSTEM$PIPE_STATUS"
        return Finding(what, "failed", f"{state}: {said}; mend that, then ALTER PIPE {pipe} REFRESH")
    if not status.get("lastReceivedMessageTimestamp"):
        return Finding(
            what,
            "warning",
            "S3 never told it of a file; set the bucket's notification (`chartlake snowflake notification`)",
        )
    return Finding(what, "ok", f"running, last told {status['lastReceivedMessageTimestamp']}")


def _errors(session: Session, names: Names, table: Table) -> Finding:
    """Files that could not be loaded in the 14 days that Snowflake remembers."""
    what = f"files of {table.name}"
    found = session.ask(
        "SELECT file_name, first_error_message "  # noqa: S608 - names of ours
        f"FROM TABLE({names.database}.information_schema.copy_history("
        f"TABLE_NAME => '{names.database}.raw.{table.name}', "
        "START_TIME => DATEADD(day, -14, CURRENT_TIMESTAMP()))) "
        "WHERE status <> 'Loaded' ORDER BY last_load_time DESC LIMIT 100"
    )
    if not found:
        return Finding(what, "ok", "none failed in 14 days")
    first = found[0]
    return Finding(
        what,
        "failed",
        f"{len(found)} not loaded, the last {first['file_name']}: {first['first_error_message']}; "
        "mend that, then `chartlake snowflake doctor --refresh`",
    )


def _counted(session: Session, names: Names, warehouse: Warehouse, table: Table) -> Finding:
    """Rows as the key tells them apart: a row that came twice is one."""
    key = ", ".join((*table.key, *(() if "transform_version" in table.key else ("transform_version",))))
    counting = f"SELECT COUNT(*) AS rows_there FROM (SELECT DISTINCT {key} FROM {{}}) AS d"  # noqa: S608
    (there,) = session.ask(counting.format(f"{names.database}.raw.{table.name}"))
    ((here,),) = warehouse.ask(counting.format(table.name)).rows
    loaded = int(there["rows_there"])
    what = f"rows of {table.name}"
    if loaded == here:
        return Finding(what, "ok", f"{here}")
    if loaded < here:
        return Finding(
            what,
            "failed",
            f"{loaded} there, {here} in the lake; `chartlake snowflake doctor --refresh` loads what was "
            "missed in 7 days, `apply --history` all",
        )
    return Finding(
        what,
        "warning",
        f"{loaded} there, {here} in the lake: rows were retracted, expired or rebuilt here; "
        f"TRUNCATE TABLE {names.database}.raw.{table.name}, then `chartlake snowflake apply --history`",
    )
