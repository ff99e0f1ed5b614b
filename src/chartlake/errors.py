"""Everything that can go wrong, as one tree.

::

    ChartlakeError            exit 1   failed
    ├── SettingsError         exit 2   usage or chartlake.toml
    ├── ChecksFailed          exit 3   something was rejected, or a check failed
    ├── CredentialsError      exit 4   no, wrong or expired credentials
    ├── StorageError          exit 5   the lake cannot be read or written
    │   ├── MissingObject              no object under that key
    │   └── RefusedObject              one object cannot be handled; others can
    ├── SourceError           exit 1   the service answered something unusable
    │   └── TryLater          exit 75  a rate limit, or not ready; says when
    ├── QueryError            exit 1   the SQL was refused
    └── Rejected              exit 3   one raw document cannot be published

Every message is one sentence or two and ends with what to do next.  Foreign
exceptions are turned into these where they arise; none reaches a person.
"""

from __future__ import annotations

from datetime import datetime


class ChartlakeError(Exception):
    """Something failed, and the message says what to do next."""

    exit_code = 1


class SettingsError(ChartlakeError):
    """A command was called wrongly, or chartlake.toml does not say what it must."""

    exit_code = 2


class ChecksFailed(ChartlakeError):
    """Something was rejected, or a check did not hold."""

    exit_code = 3


class CredentialsError(ChartlakeError):
    """Credentials are missing, wrong or no longer valid."""

    exit_code = 4


class StorageError(ChartlakeError):
    """The lake cannot be read or written."""

    exit_code = 5


class MissingObject(StorageError):
    """There is no object under the key that was asked for."""


class RefusedObject(StorageError):
    """One object cannot be read, written or moved, which says nothing of the others."""


class SourceError(ChartlakeError):
    """A service did not answer, or answered what cannot be used."""


class TryLater(SourceError):
    """A service asks to be left alone, or is not ready; nothing is wrong.

    Attributes:
        not_before: The moment (UTC) before which nothing should be sent again.
    """

    exit_code = 75

    def __init__(self, message: str, *, not_before: datetime) -> None:
        """Keep the moment beside the message."""
        super().__init__(message)
        self.not_before = not_before


class QueryError(ChartlakeError):
    """A query could not be answered."""


class Rejected(ChartlakeError):
    """One raw document cannot be published; all others are unaffected.

    Attributes:
        reason: One word a machine can read, such as ``malformed`` or the name of a check.
        items: How many items the document held, as far as that could be counted.
    """

    exit_code = 3

    def __init__(self, message: str, *, reason: str, items: int = 0) -> None:
        """Keep the reason and the count beside the message."""
        super().__init__(message)
        self.reason = reason
        self.items = items
