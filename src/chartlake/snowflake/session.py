"""A session with Snowflake: the only module that knows its driver.

Who connects, and how, stands in ``~/.snowflake/connections.toml``, as for Snowflake's own tools:
chartlake keeps no password of it.  A session has one verb, and its fake fits on a screen.
"""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from chartlake.errors import ChartlakeError, CredentialsError, QueryError, SettingsError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = dict[str, Any]

_NO_RIGHTS = frozenset({3001, 3003, 3540, 3541})
_NOT_THERE = frozenset({2003, 2043})
_ROLE_OF_AWS = (
    "assuming aws_role",
    "not authorized to perform: sts",
    "access denied",
    "failed to access remote file",
)
_UNREACHABLE = frozenset({250001, 250003, 250006, 290404, 290503, 251001})
_NO_CONNECTION = 251005
_REFUSED = ("incorrect username", "authentication", "jwt", "password", "token", "login")


class Session(Protocol):
    """Whoever answers statements."""

    def ask(self, sql: str) -> list[Row]:
        """Run one statement; its rows, by names in small letters.

        Raises:
            QueryError: Snowflake refuses it.
            CredentialsError: The role has no right to it, or AWS does not let Snowflake in.
            StorageError: Snowflake cannot be reached.
        """


class Driven:
    """A session over the driver, release 4 or 5."""

    def __init__(self, connection: Any) -> None:
        """Use an open connection."""
        self._connection = connection

    def ask(self, sql: str) -> list[Row]:
        """Run one statement; its rows, by names in small letters."""
        with _mapped(), self._connection.cursor() as cursor:
            cursor.execute(sql)
            names = [column[0].lower() for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()] if names else []


@contextmanager
def opened(connection_name: str | None) -> Iterator[Session]:
    """Connect as ``connections.toml`` says.

    Args:
        connection_name: Which of its connections; else the one called default.

    Raises:
        SettingsError: The driver is not installed, or there is no such connection.
        CredentialsError: Snowflake does not let that user in.
        StorageError: Snowflake cannot be reached.
    """
    try:
        import snowflake.connector  # noqa: PLC0415 - an extra, and it takes its time
    except ImportError as error:
        raise SettingsError(
            "Snowflake's driver is missing; pip install 'chartlake[snowflake]', or run the SQL of "
            "`chartlake snowflake sql` elsewhere"
        ) from error
    logging.getLogger("snowflake.connector").setLevel(logging.CRITICAL)
    with _mapped(connecting=connection_name or "default"), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # What a later driver does otherwise is its matter.
        connection = snowflake.connector.connect(connection_name=connection_name or "default")
    try:
        yield Driven(connection)
    finally:
        connection.close()


@contextmanager
def _mapped(*, connecting: str | None = None) -> Iterator[None]:
    from snowflake.connector import errors  # noqa: PLC0415 - as above

    try:
        yield
    except errors.Error as error:
        raise _understood(error, connecting) from error
    except OSError as error:
        raise StorageError(
            f"Snowflake cannot be reached ({error}); check the network and run it again"
        ) from error


def _understood(error: Any, connecting: str | None) -> ChartlakeError:
    """What an error of the driver means for a person."""
    said = " ".join(str(getattr(error, "raw_msg", None) or getattr(error, "msg", None) or error).split())
    number, small = getattr(error, "errno", None), said.lower()
    said = said[:300].rstrip(". ")
    if connecting is not None:
        return _not_connected(number, said, small, connecting)
    if any(words in small for words in _ROLE_OF_AWS):
        return CredentialsError(
            f"AWS does not let Snowflake in yet ({said}); make the role of `chartlake snowflake role` "
            "for what DESC STORAGE INTEGRATION says, then run this again"
        )
    if number in _NO_RIGHTS or "insufficient privileges" in small:
        return CredentialsError(
            f"the role has no right to this ({said}); connect with one that has, or have it granted"
        )
    if number in _NOT_THERE or "does not exist" in small:
        return QueryError(
            f"something is not there, or not for this role ({said}); `chartlake snowflake apply` makes it"
        )
    if number in _UNREACHABLE:
        return StorageError(f"Snowflake cannot be reached ({said}); check the network and run it again")
    return QueryError(f"Snowflake refuses the statement ({said}); correct it and run this again")


def _not_connected(number: int | None, said: str, small: str, name: str) -> ChartlakeError:
    told = ("default connection", "connection name", "connection_name", "not found")
    if number == _NO_CONNECTION or any(words in small for words in told):
        return SettingsError(
            f"there is no connection {name!r} ({said}); write it into ~/.snowflake/connections.toml, "
            "or name another with --connection"
        )
    if any(word in small for word in _REFUSED) and "connection refused" not in small:
        return CredentialsError(
            f"Snowflake does not let you in ({said}); correct ~/.snowflake/connections.toml"
        )
    return StorageError(f"Snowflake cannot be reached ({said}); check account and network and run it again")
