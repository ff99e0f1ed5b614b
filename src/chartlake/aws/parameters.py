"""Secrets from the Parameter Store of Systems Manager: fetched once by each container.

They are SecureStrings below one path of the stack, named as in the environment, and free of charge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chartlake.config import SECRETS
from chartlake.errors import CredentialsError

if TYPE_CHECKING:
    from collections.abc import Mapping


def path_of(stack: str) -> str:
    """Below which path the secrets of a stack lie."""
    return f"/chartlake/{stack}"


class Parameters:
    """The secrets of a stack; nothing is fetched before one is wanted."""

    def __init__(self, stack: str, client: Any = None) -> None:
        """Use a client of Systems Manager; None makes one when it is needed."""
        self._path = path_of(stack)
        self._client = client
        self._known: dict[str, str] | None = None

    def __call__(self, name: str) -> str | None:
        """The secret of that name, or None.

        Raises:
            CredentialsError: They cannot be fetched.
        """
        if self._known is None:
            self._known = self._fetched()
        return self._known.get(name)

    def __repr__(self) -> str:
        """Without what is in it."""
        return f"<Parameters of {self._path}>"

    def _fetched(self) -> dict[str, str]:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            # By name, for a path's rights are harder to read; what is not there is no error.
            names = [f"{self._path}/{name}" for name in SECRETS]
            answer = self._ssm().get_parameters(Names=names, WithDecryption=True)
        except (BotoCoreError, ClientError) as error:
            raise CredentialsError(
                f"the secrets below {self._path} cannot be read ({type(error).__name__}); "
                "run `chartlake aws deploy` again, which gives the function its right to them"
            ) from error
        return {one["Name"].rpartition("/")[2]: one["Value"] for one in answer["Parameters"]}

    def _ssm(self) -> Any:
        if self._client is None:
            import boto3  # noqa: PLC0415 - half a second that only those pay who want a secret

            self._client = boto3.client("ssm")
        return self._client


def put(client: Any, stack: str, secrets: Mapping[str, str]) -> list[str]:
    """Put secrets of this machine's environment where the functions find them; the names put.

    Raises:
        ValueError: One is no secret of chartlake.
    """
    for name, value in secrets.items():
        if name not in SECRETS:
            raise ValueError(name)
        client.put_parameter(
            Name=f"{path_of(stack)}/{name}", Value=value, Type="SecureString", Overwrite=True
        )
    return list(secrets)
