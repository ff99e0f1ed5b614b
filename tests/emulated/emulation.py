"""Statements as the emulator takes them.

fakesnow knows no pipes, integrations, warehouses and grants, and keeps a dynamic table as the view it
was made of.  A COPY differs in one thing, and only in `emulated_copy`: it takes no PATTERN, no
INCLUDE_METADATA and no ON_ERROR, so that the files which the pattern lets through are named instead.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chartlake.snowflake.session import Session

QUEUE = "arn:aws:sqs:eu-central-1:123456789012:sf-snowpipe-made-up"

UNKNOWN = (
    "CREATE WAREHOUSE",
    "CREATE STORAGE INTEGRATION",
    "CREATE PIPE",
    "ALTER PIPE",
    "GRANT",
)
"""What fakesnow cannot parse, so that only the linter has seen it."""

_COPY = re.compile(
    r"(?P<into>COPY INTO \S+ FROM @\S+/(?P<table>\w+)/) PATTERN = '(?P<pattern>[^']*)' "
    r"(?P<how>FILE_FORMAT = \(FORMAT_NAME = '\S+'\) MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE) "
    r"INCLUDE_METADATA = \(src_file = METADATA\$FILENAME, loaded_at = METADATA\$START_SCAN_TIME\) "
    r"ON_ERROR = SKIP_FILE"
)


def emulated_copy(sql: str, tables: Path) -> str | None:
    """A COPY that names the files; None if there are none.

    Args:
        sql: The COPY as it is for Snowflake.
        tables: transformed_data, as a folder.
    """
    found = _COPY.fullmatch(sql)
    assert found, sql
    folder = tables / found["table"]
    names = sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*.parquet"))
    matching = [name for name in names if re.fullmatch(found["pattern"], f"{found['table']}/{name}")]
    if not matching:
        return None
    files = ", ".join(f"'{name}'" for name in matching)
    return f"{found['into']} FILES = ({files}) {found['how']}"


class Emulated:
    """A session of the product's, over one with the emulator."""

    def __init__(self, inner: Session, tables: Path) -> None:
        self.inner, self.tables = inner, tables
        self.skipped: list[str] = []
        self.pipes: dict[str, str] = {}

    def ask(self, sql: str) -> list[dict[str, Any]]:
        if sql.startswith("CREATE PIPE"):
            pipe = sql.split()[5]
            self.pipes.setdefault(pipe, sql.partition(" AS ")[2])
        if sql.startswith(UNKNOWN):
            self.skipped.append(sql)
            return []
        if sql.startswith("DESC STORAGE INTEGRATION"):
            told = {
                "STORAGE_AWS_IAM_USER_ARN": "arn:aws:iam::1:user/made-up",
                "STORAGE_AWS_EXTERNAL_ID": "made=up",
            }
            return [{"property": name, "property_value": value} for name, value in told.items()]
        if sql.startswith("SHOW PIPES"):
            return [{"name": pipe, "notification_channel": QUEUE} for pipe in self.pipes]
        if sql.startswith("COPY"):
            return self.copied(sql)
        return self.inner.ask(self.said(sql))

    def said(self, sql: str) -> str:
        """What is no COPY: the stage on this machine, and views for dynamic tables."""
        if sql.startswith("CREATE STAGE"):
            return re.sub(
                r"URL = 's3://[^']*' STORAGE_INTEGRATION = \w+", f"URL = 'file://{self.tables}/'", sql
            )
        dynamic = r"CREATE OR REPLACE DYNAMIC TABLE (\S+) TARGET_LAG = '[^']*' WAREHOUSE = \w+ "
        return re.sub(
            dynamic + r"REFRESH_MODE = AUTO INITIALIZE = ON_CREATE", r"CREATE OR REPLACE VIEW \1", sql
        )

    def copied(self, sql: str, *, again: bool = False) -> list[dict[str, Any]]:
        copying = emulated_copy(sql, self.tables)
        return self.inner.ask(copying + (" FORCE = TRUE" if again else "")) if copying else []

    def told(self, *, again: bool = False) -> None:
        """S3 tells of every file there is: each pipe loads what it does not know, or all once more."""
        for sql in self.pipes.values():
            self.copied(sql, again=again)
