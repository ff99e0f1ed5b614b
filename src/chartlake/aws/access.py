"""The way to AWS: clients for one region, and what went wrong in a sentence."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from chartlake.errors import ChartlakeError, CredentialsError, SettingsError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOT_KNOWN = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_FORBIDDEN = frozenset({"403", "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Forbidden"})
_HOW_TO_LOG_IN = "run `aws configure` or `aws sso login`, or set AWS_PROFILE"


class Access:
    """One account and one region."""

    def __init__(self, region: str | None = None) -> None:
        """Use the credentials of this machine; nothing is asked yet.

        Raises:
            SettingsError: The extra is not installed.
            CredentialsError: The profile is not there, or no region is named.
        """
        try:
            import boto3  # noqa: PLC0415 - of the extra
        except ImportError as error:
            raise SettingsError("AWS needs boto3; run `pip install 'chartlake[aws]'`") from error
        with explained("using the AWS profile"):
            self._session = boto3.Session(region_name=region)
        if not self._session.region_name:
            raise CredentialsError(
                'no region of AWS is named; write one into [aws] of chartlake.toml, say region = "eu-west-1"'
            )
        self.client = cache(self._client)

    @property
    def region(self) -> str:
        """The region."""
        return str(self._session.region_name)

    def _client(self, service: str) -> Any:
        with explained(f"reaching {service}"):
            return self._session.client(service)

    def account(self) -> str:
        """The number of the account.

        Raises:
            CredentialsError: Nobody is logged in, or the region is none.
        """
        with explained("asking who is logged in"):
            return str(self.client("sts").get_caller_identity()["Account"])


def code_of(error: Any) -> str:
    """The code of an error that AWS answered."""
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def explained(doing: str) -> Iterator[None]:
    """Tell what went wrong with AWS in a sentence that ends with what to do.

    Args:
        doing: What was being done, as in "creating the bucket".

    Raises:
        CredentialsError: Nobody is logged in, something is not allowed, or the region is none.
        StorageError: Anything else.
    """
    from botocore import exceptions as boto  # noqa: PLC0415 - of the extra

    try:
        yield
    except boto.ClientError as error:
        raise _answered(error, doing) from error
    except (boto.NoRegionError, boto.InvalidRegionError, boto.EndpointConnectionError) as error:
        raise CredentialsError(
            f"{doing}: AWS is not there ({error}); check region in [aws] of chartlake.toml, and the network"
        ) from error
    except (
        boto.NoCredentialsError,
        boto.PartialCredentialsError,
        boto.CredentialRetrievalError,
        boto.ProfileNotFound,
        boto.SSOError,
        boto.UnauthorizedSSOTokenError,
    ) as error:
        raise CredentialsError(f"{doing}: there are no credentials for AWS; {_HOW_TO_LOG_IN}") from error
    except boto.BotoCoreError as error:
        raise StorageError(f"{doing}: {error}; run it again") from error


def _answered(error: Any, doing: str) -> ChartlakeError:
    code, said = code_of(error), str(error.response.get("Error", {}).get("Message", "")).rstrip(".")
    if code in _NOT_KNOWN:
        return CredentialsError(f"{doing}: AWS does not take these credentials ({code}); {_HOW_TO_LOG_IN}")
    if code in _FORBIDDEN:
        return CredentialsError(
            f"{doing}: AWS does not allow it ({said or error.operation_name}); "
            "use a login that may, docs/how-to/aws.md lists what is needed"
        )
    return StorageError(f"{doing}: {said or code}; mend that and run it again")
