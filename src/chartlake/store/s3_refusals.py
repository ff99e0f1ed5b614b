"""What S3 says when it does not do as it is asked, in words that say what to do next.

Of an answer only its code, its status and a region are taken over: the rest may hold what
is nobody's business.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import obstore.exceptions

from chartlake.errors import ChartlakeError, CredentialsError, MissingObject, RefusedObject, StorageError
from chartlake.store.s3_access import NO_CREDENTIALS

if TYPE_CHECKING:
    from collections.abc import Iterator

_CODE = re.compile(r"<Code>([A-Za-z0-9.]{1,60})</Code>")
_STATUS = re.compile(r"status code: (\d{3})\b")
_REGION = re.compile(r"<Region>([a-z0-9-]{1,30})</Region>|expecting &?#?\w*;?'?([a-z]{2}-[a-z-]+-\d)")
_DEBUG = "\nDebug source"

_EXPIRED = {"ExpiredToken", "TokenRefreshRequired", "RequestExpired", "ExpiredTokenException"}
_WRONG_KEYS = {
    "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "InvalidClientTokenId", "NotSignedUp",
    "UnrecognizedClientException",
}  # fmt: skip
_ELSEWHERE = {
    "PermanentRedirect", "AuthorizationHeaderMalformed", "TemporaryRedirect",
    "IllegalLocationConstraintException",
}  # fmt: skip
_OF_ONE_OBJECT = {
    "KeyTooLongError", "InvalidURI", "EntityTooLarge", "InvalidObjectState", "InvalidObjectName",
    "XMinioInvalidObjectName",
}  # fmt: skip
_METADATA = ("169.254.169.254", "169.254.170.2", "fd00:ec2::254", "/latest/api/token")
_SERVER = 500
_TOO_MANY = 429
_RANGE = "416"


@contextmanager
def explained(address: str, key: str = "") -> Iterator[None]:
    """Turn whatever the client raises into what a person can do."""
    try:
        yield
    except ChartlakeError:
        raise
    except (obstore.exceptions.BaseError, OSError, ValueError) as error:
        raise _explained(error, address, key) from error


def passing(error: Exception) -> bool:
    """Whether trying again may help: no answer, or one that speaks of the server only."""
    if "redirect" in _said(error).lower():
        return False
    status = _status(error)
    return status is None or status >= _SERVER or status == _TOO_MANY


def conflicting(error: Exception) -> bool:
    """Whether another one is at the same object right now (409), so that the answer is still open."""
    return "ConditionalRequestConflict" in _said(error) or _status(error) == 409  # noqa: PLR2004


def nothing_in_range(error: Exception) -> bool:
    """Whether an object is there and holds nothing of the range: it is empty."""
    return f"status code: {_RANGE}" in _said(error)


def _said(error: Exception) -> str:
    return str(error).partition(_DEBUG)[0]


def _status(error: Exception) -> int | None:
    found = _STATUS.search(_said(error))
    return int(found[1]) if found else None


def _explained(error: Exception, address: str, key: str) -> ChartlakeError:
    said = _said(error)
    code = found[1] if (found := _CODE.search(said)) else ""
    bucket = address.removeprefix("s3://").partition("/")[0]
    if any(place in said for place in _METADATA):
        return CredentialsError(NO_CREDENTIALS)
    if code == "NoSuchBucket":
        return StorageError(f"there is no bucket {bucket}; make it, or name another lake in chartlake.toml")
    if isinstance(error, FileNotFoundError):
        return MissingObject(f"there is no {address}/{key}; `chartlake tables` shows what the lake holds")
    return (
        _of_credentials(type(error).__name__, code)
        or _of_the_place(said, code, bucket)
        or _of_one_object(code, address, key)
        or _of_the_way(error, code, address)
    )


def _of_credentials(kind: str, code: str) -> ChartlakeError | None:
    if code in _EXPIRED:
        return CredentialsError(f"the AWS credentials have expired ({code}); sign in again and run it again")
    if code == "RequestTimeTooSkewed":
        return StorageError("the clock of this machine is wrong by more than S3 allows; set it and run again")
    if code in _WRONG_KEYS or (kind == "UnauthenticatedError" and not code):
        return CredentialsError(
            f"the AWS credentials are not accepted ({code or 'refused'}); check AWS_ACCESS_KEY_ID, "
            "AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or the profile"
        )
    return None


def _of_the_place(said: str, code: str, bucket: str) -> ChartlakeError | None:
    if code in _ELSEWHERE or "redirect" in said.lower():
        region = next(filter(None, found.groups()), "") if (found := _REGION.search(said)) else ""
        return StorageError(
            f"the bucket {bucket} lies in {region or 'another region'}; "
            f"set AWS_REGION={region or 'to its own'} and run it again"
        )
    return None


def _of_one_object(code: str, address: str, key: str) -> ChartlakeError | None:
    if key and code in _OF_ONE_OBJECT:
        return RefusedObject(f"{address}/{key} is refused ({code}); give it another name or remove it")
    return None


def _of_the_way(error: Exception, code: str, address: str) -> ChartlakeError:
    status = _status(error)
    if type(error).__name__ in ("PermissionDeniedError", "UnauthenticatedError") or status in (401, 403):
        return StorageError(
            f"{address} may not be accessed ({code or 'denied'}); allow s3:ListBucket on the bucket, and "
            "s3:GetObject, s3:PutObject and s3:DeleteObject on what is in it"
        )
    if status is None:
        return StorageError(
            f"{address} cannot be reached; check the network, AWS_REGION and AWS_ENDPOINT_URL, "
            "and run it again"
        )
    if passing(error):
        return StorageError(f"{address} has trouble of its own ({code or status}); run it again later")
    return StorageError(f"{address} refuses what is asked of it ({code or status}); check its settings")
