"""The login as it lies on disk: for this user's eyes only, whole or not at all."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import TYPE_CHECKING

import msgspec

from chartlake.errors import CredentialsError

if TYPE_CHECKING:
    from pathlib import Path

LIFE = timedelta(days=180)
"""How long a login holds, from the day that its person agreed; a refresh does not extend it."""


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """What a person agreed to.

    Attributes:
        refresh_token: What access tokens are fetched with: a secret.
        authorized_at: When the person agreed (UTC).
    """

    refresh_token: str
    authorized_at: datetime

    def __repr__(self) -> str:
        """Without the token."""
        return f"<Login of {self.authorized_at:%Y-%m-%d}>"


def days_left(authorized_at: datetime, now: datetime) -> int:
    """Whole days that a login still holds; 0 once it has ended."""
    return max((authorized_at + LIFE - now).days, 0)


def read_login(path: Path) -> Login | None:
    """The stored login, or None if there is none.

    Raises:
        CredentialsError: The file cannot be read, or holds no login.
    """
    try:
        stored = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CredentialsError(
            f"the login in {path} cannot be read ({error.strerror}); check its permissions"
        ) from error
    try:
        login = msgspec.json.decode(stored, type=Login)
    except (msgspec.DecodeError, RecursionError):
        raise CredentialsError(f"{path} holds no login; run `chartlake login spotify`") from None
    if login.authorized_at.tzinfo is None:
        return Login(refresh_token=login.refresh_token, authorized_at=login.authorized_at.replace(tzinfo=UTC))
    return login


def write_login(path: Path, login: Login) -> None:
    """Store a login in place of any other, readable by its owner only.

    Raises:
        CredentialsError: It cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{token_hex(8)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            _write(temporary, msgspec.json.encode(login))
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except OSError as error:
        raise CredentialsError(
            f"the login cannot be written to {path} ({error.strerror}); check the folder's permissions"
        ) from error


def _write(path: Path, content: bytes) -> None:
    # The mode is given at the making: a chmod afterwards would come too late.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
