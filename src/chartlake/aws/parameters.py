"""Secrets from the Parameter Store of Systems Manager: each fetched once by a container.

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
        self._known: dict[str, str | None] = {}

    def __call__(self, name: str) -> str | None:
        """The secret of that name, or None.

        Raises:
            CredentialsError: It cannot be fetched.
        """
        if name not in self._known:
            self._known[name] = self._fetched(name)
        return self._known[name]

    def __repr__(self) -> str:
        """Without what is in it."""
        return f"<Parameters of {self._path}>"

    def _fetched(self, name: str) -> str | None:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            answer = self._ssm().get_parameter(Name=f"{self._path}/{name}", WithDecryption=True)
        except (BotoCoreError, ClientError) as error:
            if isinstance(error, ClientError) and error.response["Error"]["Code"] == "ParameterNotFound":
                return None
            raise CredentialsError(
                f"{self._path}/{name} cannot be read ({type(error).__name__}); "
                "run `chartlake aws deploy` again, which gives the function its right to it"
            ) from error
        return str(answer["Parameter"]["Value"])

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
