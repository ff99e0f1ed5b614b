"""Running the statements, in their order, each as often as one likes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from chartlake.progress import silent
from chartlake.snowflake.statements import Names, Statement, copy, statements
from chartlake.tables import PHYSICAL

if TYPE_CHECKING:
    from collections.abc import Callable

    from chartlake.progress import Progress
    from chartlake.snowflake.session import Session


class Applied(NamedTuple):
    """What came of it.

    Attributes:
        ran: How many statements ran.
        loaded: Rows that each table took from the history.
        user: Who of AWS takes on the role, if that was asked.
        external_id: What it says when it does.
        queue: The queue that S3 is to tell, if there are pipes.
    """

    ran: int
    loaded: dict[str, int]
    user: str | None
    external_id: str | None
    queue: str | None


def apply(
    session: Session,
    names: Names,
    *,
    phase: int | None = None,
    history: bool = False,
    tell: Callable[[str], None],
    progress: Progress = silent,
) -> Applied:
    """Run all statements, or those of one phase.

    A table that holds rows already is not loaded with the history again, for its pipe may have
    loaded the same files, and of that a COPY knows nothing.

    Args:
        session: Who runs them.
        names: What everything is called.
        phase: Of which phase; None means all.
        history: Load the history even so; the views drop what comes twice.
        tell: Told what AWS needs to know, as soon as Snowflake says it.
        progress: Told how far it is.

    Raises:
        SettingsError: A name cannot be used; nothing was run.
        QueryError, CredentialsError, StorageError: A statement failed; those before it hold.
    """
    made = statements(names, phase=phase)
    loads = {copy(table, names): table.name for table in PHYSICAL}
    done = Applied(0, {}, None, None, None)
    for number, one in enumerate(made, 1):
        table = loads.get(one.sql)
        if table is None:
            done = _noted(done, session, one, tell)
        elif history or not _holds(session, names, table):
            rows = session.ask(one.sql)
            done = done._replace(ran=done.ran + 1, loaded={**done.loaded, table: _loaded(rows)})
        progress("apply", number, len(made))
    return done


def _noted(done: Applied, session: Session, one: Statement, tell: Callable[[str], None]) -> Applied:
    rows = session.ask(one.sql)
    done = done._replace(ran=done.ran + 1)
    if one.sql.startswith("DESC "):
        told = {row["property"]: row["property_value"] for row in rows}
        user, external_id = told.get("STORAGE_AWS_IAM_USER_ARN"), told.get("STORAGE_AWS_EXTERNAL_ID")
        tell(f"the role in AWS is for SnowflakeUser={user} ExternalId={external_id}")
        return done._replace(user=user, external_id=external_id)
    if one.sql.startswith("SHOW PIPES"):
        queue = next((row["notification_channel"] for row in rows), None)
        tell(f"S3 is to tell {queue}; `chartlake snowflake notification` says how")
        return done._replace(queue=queue)
    return done


def _holds(session: Session, names: Names, table: str) -> bool:
    return bool(session.ask(f"SELECT 1 AS one FROM {names.database}.raw.{table} LIMIT 1"))  # noqa: S608


def _loaded(rows: list[dict[str, object]]) -> int:
    return sum(int(str(row["rows_loaded"])) for row in rows if row.get("rows_loaded"))
