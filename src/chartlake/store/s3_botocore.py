"""What obstore cannot do in a bucket, done by botocore: odd names, and versions that S3 keeps.

It is imported on use, for it takes 0.4 s and is hardly ever needed.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from chartlake.errors import StorageError
from chartlake.store.s3_access import endpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_KEEPS_NONE = {"NotImplemented", "MethodNotAllowed"}
"""What servers answer that keep no versions and do not know the question."""

_KEEPS_NONE = {"NotImplemented", "MethodNotAllowed"}
"""What servers answer that keep no versions and so do not know the question."""

_AT_ONCE = 1000
"""Versions that one request deletes: the limit of S3."""


class _Version(NamedTuple):
    key: str
    version: str


def listed(bucket: str, prefix: str) -> list[tuple[str, int]]:
    """Every name below a prefix with its size (bytes), whatever people and other programs called it.

    Raises:
        StorageError: The bucket cannot be listed, or botocore is not installed.
    """
    with _client(bucket, "cannot be listed") as client:
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return [(one["Key"], one["Size"]) for page in pages for one in page.get("Contents", [])]


def buried(bucket: str, prefix: str, unwanted: Callable[[str], bool]) -> int:
    """Delete the versions that a bucket keeps of objects that were deleted or replaced; how many that were.

    Args:
        bucket: Its name.
        prefix: Below which to look.
        unwanted: Tells of a name whether its older versions are to go.

    Raises:
        StorageError: Versions cannot be listed or deleted, or botocore is not installed.
    """
    with _client(bucket, "keeps older versions of objects that cannot be deleted") as client:
        kept, markers = _outdated(client, bucket, prefix, unwanted)
        _delete(client, bucket, kept)
        # Only now: a version whose marker goes first is an object again.
        _delete(client, bucket, markers)
    return len(kept)


def _outdated(
    client: Any, bucket: str, prefix: str, unwanted: Callable[[str], bool]
) -> tuple[list[_Version], list[_Version]]:
    """The versions that are not current, and the markers of what was deleted."""
    kept: list[_Version] = []
    markers: list[_Version] = []
    try:
        for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
            found = [one for one in page.get("Versions", []) if not one["IsLatest"]]
            for into, some in ((kept, found), (markers, page.get("DeleteMarkers", []))):
                into += [_Version(one["Key"], one["VersionId"]) for one in some if unwanted(one["Key"])]
    except client.exceptions.ClientError as error:
        if error.response["Error"].get("Code") not in _KEEPS_NONE:
            raise
    return kept, markers


def _delete(client: Any, bucket: str, versions: Sequence[_Version]) -> None:
    """Delete versions.

    Raises:
        StorageError: One of them stayed.
    """
    for start in range(0, len(versions), _AT_ONCE):
        named = [{"Key": one.key, "VersionId": one.version} for one in versions[start : start + _AT_ONCE]]
        answer = client.delete_objects(Bucket=bucket, Delete={"Objects": named, "Quiet": True})
        for refused in answer.get("Errors", []):
            raise StorageError(
                f"the bucket {bucket} keeps older versions of objects that cannot be deleted "
                f"({refused.get('Code', 'unknown')}); allow s3:DeleteObjectVersion and run it again"
            )


@contextmanager
def _client(bucket: str, trouble: str) -> Iterator[Any]:
    try:
        import botocore.config  # noqa: PLC0415
        import botocore.exceptions  # noqa: PLC0415
        import botocore.session  # noqa: PLC0415
    except ImportError as error:
        raise StorageError(f"the bucket {bucket} {trouble}; run: pip install 'chartlake[aws]'") from error
    try:
        yield botocore.session.get_session().create_client(
            "s3",
            region_name=os.environ.get("AWS_REGION") or None,
            endpoint_url=endpoint(os.environ) or None,
            config=botocore.config.Config(
                connect_timeout=3, read_timeout=30, s3={"addressing_style": "path"}
            ),
        )
    except botocore.exceptions.ClientError as error:
        raise StorageError(
            f"the bucket {bucket} {trouble} ({error.response['Error'].get('Code', 'unknown')}); "
            "allow s3:ListBucket, s3:ListBucketVersions and s3:DeleteObjectVersion, and run it again"
        ) from error
    except botocore.exceptions.BotoCoreError as error:
        raise StorageError(
            f"the bucket {bucket} {trouble} ({type(error).__name__}); run it again later"
        ) from error
