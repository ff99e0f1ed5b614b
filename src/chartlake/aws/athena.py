"""Questions to Athena, and the views that they are asked of."""

from __future__ import annotations

import time
from importlib.resources import files
from typing import TYPE_CHECKING

from chartlake import views
from chartlake.aws.access import explained
from chartlake.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartlake.aws.access import Access

_PATIENCE = 600.0
_DONE = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})


def statement(name: str) -> str:
    """The SELECT of a view as Athena takes it: translated when the package was made, not now.

    Raises:
        KeyError: There is no view of that name.
    """
    if name not in views.ORDER:
        raise KeyError(name)
    return files("chartlake.views").joinpath("athena", f"{name}.sql").read_text(encoding="utf-8")


def make_views(access: Access, *, database: str, work_group: str, pause: float = 0.5) -> Iterator[str]:
    """Make every view anew, one after another, and name each that is made.

    Raises:
        QueryError: Athena refuses one; those named before are there.
        CredentialsError, StorageError: AWS cannot be asked.
    """
    for name in views.ORDER:
        sql = f"CREATE OR REPLACE VIEW {name} AS\n{statement(name)}"
        asked(access, sql, database=database, work_group=work_group, pause=pause)
        yield name


def asked(
    access: Access, sql: str, *, database: str, work_group: str, pause: float = 0.5
) -> list[list[str | None]]:
    """Ask Athena and wait for the answer: its rows, without the names of the columns.

    Args:
        access: Account and region.
        sql: The statement.
        database: Whose tables it names.
        work_group: Who is asked; it says where the answer is kept and how much may be read.
        pause: Seconds between looks whether it is done.

    Raises:
        QueryError: Athena refuses it, or takes too long.
        CredentialsError, StorageError: AWS cannot be asked.
    """
    client = access.client("athena")
    with explained("asking Athena"):
        number = client.start_query_execution(
            QueryString=sql, WorkGroup=work_group, QueryExecutionContext={"Database": database}
        )["QueryExecutionId"]
        until = time.monotonic() + _PATIENCE
        while (status := client.get_query_execution(QueryExecutionId=number)["QueryExecution"]["Status"])[
            "State"
        ] not in _DONE:
            if time.monotonic() > until:
                raise QueryError(f"Athena has not answered in {_PATIENCE:.0f} s; look at query {number}")
            time.sleep(pause)
        if status["State"] != "SUCCEEDED":
            why = status.get("StateChangeReason", status["State"]).splitlines()[0]
            raise QueryError(f"Athena refuses the query ({why}); correct it and ask again")
        pages = client.get_paginator("get_query_results").paginate(QueryExecutionId=number)
        rows = [
            [cell.get("VarCharValue") for cell in row["Data"]]
            for page in pages
            for row in page["ResultSet"]["Rows"]
        ]
    return rows[1:]
