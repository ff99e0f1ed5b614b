"""How a bucket is reached: the usual ``AWS_*`` environment, and a profile where it has no keys.

Keys of the environment come first, then what a container or a web identity is given (both
by obstore itself), then the profile that ``aws configure`` wrote and everything else that
botocore knows, which ends with the role of a machine of EC2.
"""

from __future__ import annotations

import ipaddress
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import obstore.exceptions
import obstore.store

from chartlake.errors import CredentialsError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from obstore.store import ClientConfig, RetryConfig, S3Credential

NO_CREDENTIALS = (
    "there are no AWS credentials; run `aws configure`, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
)

_CONNECTED = timedelta(seconds=3)
_ANSWERED = timedelta(seconds=30)
"""How long to wait for the next bytes; the body of a request must be through within it too."""
_WHOLE = timedelta(minutes=5)
_LAST_RETRY = timedelta(seconds=10)
_KEPT = timedelta(minutes=5)
"""How long credentials are used before botocore is asked again; it knows when they end."""

_OF_OBSTORE = (
    ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",),
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI",),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"),
)


def opened(bucket: str, *, retries: int) -> obstore.store.S3Store:
    """The client of a bucket; nothing is sent yet.

    Args:
        bucket: Its name.
        retries: How often the client itself repeats what failed in passing.

    Raises:
        SettingsError: The environment says what cannot be.
        CredentialsError: There are none.
    """
    options: ClientConfig = {"timeout": _WHOLE, "read_timeout": _ANSWERED, "connect_timeout": _CONNECTED}
    address = endpoint(os.environ)
    if urlsplit(address).scheme == "http":
        options["allow_http"] = True
    if bundle := os.environ.get("AWS_CA_BUNDLE"):
        options["root_certificate"] = _certificates(bundle)
    retry: RetryConfig = {
        "max_retries": retries,
        "retry_timeout": _LAST_RETRY,
        "backoff": {"max_backoff": timedelta(seconds=2)},
    }
    settings, provider = _credentials(os.environ)
    if address:
        settings["endpoint"] = address
    try:
        return obstore.store.S3Store(
            bucket,
            client_options=options,
            retry_config=retry,
            credential_provider=provider,
            **settings,
        )
    except obstore.exceptions.BaseError as error:
        raise SettingsError(
            f"the AWS_… variables of the environment cannot be used for the bucket {bucket}; correct them"
        ) from error


def endpoint(environment: Mapping[str, str]) -> str:
    """The server that the environment names in place of AWS, or nothing.

    Raises:
        SettingsError: It is no address, or would send everything readable over a network.
    """
    address = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL") or ""
    if not address:
        return ""
    try:
        parts = urlsplit(address)
        # An odd port is told only when it is asked for; the client would panic.
        known = parts.port != 0 and parts.scheme in ("http", "https") and bool(parts.hostname)
        known = known and parts.username is None
    except ValueError:
        known = False
    if not known:
        raise SettingsError(
            "AWS_ENDPOINT_URL is no address of a server; write it as https://host:port, without a name or key"
        )
    if parts.scheme == "http" and not _loopback(parts.hostname or ""):
        raise SettingsError(
            f"{parts.hostname} would be spoken to over plain http; "
            "name an https address in AWS_ENDPOINT_URL, http is for this machine only"
        )
    return address.rstrip("/")


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _certificates(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise SettingsError(
            f"AWS_CA_BUNDLE names {file}, which cannot be read ({error.strerror}); correct it"
        ) from error


def _credentials(
    environment: Mapping[str, str],
) -> tuple[dict[str, Any], Callable[[], S3Credential] | None]:
    """What the client must be told of the region, and who gives it credentials if not the environment."""
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    settings: dict[str, Any] = {"region": region} if region else {}
    if any(all(environment.get(name) for name in names) for names in _OF_OBSTORE):
        return settings, None
    try:
        import botocore.exceptions  # noqa: PLC0415 - it takes 0.4 s, and a Lambda never needs it
        import botocore.session  # noqa: PLC0415
    except ImportError as error:
        raise CredentialsError(NO_CREDENTIALS) from error
    try:
        session = botocore.session.get_session()
        found = session.get_credentials()
        region = region or session.get_config_variable("region")
    except botocore.exceptions.BotoCoreError as error:
        raise CredentialsError(_unusable(error)) from error
    if found is None:
        raise CredentialsError(NO_CREDENTIALS)
    return {"region": region} if region else {}, _provider(found)


def _provider(found: Any) -> Callable[[], S3Credential]:
    def provide() -> S3Credential:
        now = found.get_frozen_credentials()
        return {
            "access_key_id": now.access_key,
            "secret_access_key": now.secret_key,
            "token": now.token,
            "expires_at": datetime.now(UTC) + _KEPT,
        }

    return provide


def _unusable(error: Exception) -> str:
    return f"the AWS profile cannot be used ({type(error).__name__}); correct it, or run `aws configure`"
