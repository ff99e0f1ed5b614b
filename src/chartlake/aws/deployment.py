"""Making the stack and unmaking it: a change set that is shown, then carried out.

Whatever goes wrong, AWS puts back what was before, and the error says where it went wrong.
"""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from chartlake.aws import parameters, template
from chartlake.aws.access import code_of, explained
from chartlake.config import SECRETS
from chartlake.errors import SettingsError, StorageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chartlake.aws.access import Access
    from chartlake.config import Settings

_CAPABILITIES = ["CAPABILITY_IAM"]
_NOTHING = ("didn't contain changes", "No updates are to be performed")
_PATIENCE = 1800.0
_UNFINISHED = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"})


class Change(NamedTuple):
    """One resource that a deployment would add, modify or remove."""

    action: str
    kind: str
    name: str


class Prepared(NamedTuple):
    """A change set that waits to be carried out; without changes there is none."""

    stack: str
    name: str | None
    new: bool
    changes: list[Change]


def outputs(access: Access, stack: str) -> dict[str, str] | None:
    """What a stack says of itself, or None if there is no such stack.

    Raises:
        CredentialsError, StorageError: AWS cannot be asked.
    """
    found = described(access, stack)
    if found is None:
        return None
    return {one["OutputKey"].removesuffix("Is"): one["OutputValue"] for one in found.get("Outputs", [])}


def described(access: Access, stack: str) -> dict[str, Any] | None:
    """A stack as CloudFormation describes it, or None if there is none."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 - of the extra

    with explained(f"looking for the stack {stack}"):
        try:
            found: dict[str, Any] = access.client("cloudformation").describe_stacks(StackName=stack)[
                "Stacks"
            ][0]
        except ClientError as error:
            if code_of(error) == "ValidationError" and "does not exist" in str(error):
                return None
            raise
    return None if found["StackStatus"] == "DELETE_COMPLETE" else found


def needed(access: Access, stack: str) -> dict[str, str]:
    """What a stack says of itself.

    Raises:
        StorageError: There is none, or it is not finished.
    """
    found = outputs(access, stack)
    if not found:
        raise StorageError(
            f"there is no finished stack {stack!r} in {access.region}; `chartlake aws deploy` makes one, "
            "or check region and stack in [aws] of chartlake.toml"
        )
    return found


def code_bucket(access: Access, settings: Settings, account: str) -> str:
    """The bucket for the functions' zip, made if it is not there.

    Raises:
        StorageError: It belongs to somebody else, or cannot be made.
    """
    from botocore.exceptions import ClientError  # noqa: PLC0415 - of the extra

    name = settings.aws.code_bucket or f"chartlake-code-{account}-{access.region}"
    client = access.client("s3")
    with explained(f"looking at the bucket {name}"):
        try:
            client.head_bucket(Bucket=name, ExpectedBucketOwner=account)
        except ClientError as error:
            if code_of(error) not in {"404", "NoSuchBucket"}:
                raise _not_ours(name, error) from error
        else:
            return name
    with explained(f"making the bucket {name}"):
        try:
            _make_bucket(client, name, access.region)
        except ClientError as error:
            if code_of(error) == "BucketAlreadyExists":
                raise _not_ours(name, error) from error
            raise
    return name


def upload(access: Access, bucket: str, content: bytes) -> str:
    """Put the functions' zip under the name of its content; the key."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 - of the extra

    key = f"functions/{hashlib.sha256(content).hexdigest()}.zip"
    client = access.client("s3")
    with explained(f"putting the functions into {bucket}"):
        try:
            client.head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if code_of(error) not in {"404", "NoSuchKey", "403"}:
                raise
            client.put_object(Bucket=bucket, Key=key, Body=content)
    return key


def secrets_put(access: Access, stack: str, known: Mapping[str, str | None]) -> list[str]:
    """Put the secrets that are known here where the functions find them; their names."""
    found = {name: value for name, value in known.items() if value and name in SECRETS}
    with explained("putting secrets into the Parameter Store"):
        return parameters.put(access.client("ssm"), stack, found)


def prepared(
    access: Access, settings: Settings, *, body: Mapping[str, Any], bucket: str, key: str, pause: float = 2.0
) -> Prepared:
    """Ask what would change, and change nothing.

    Raises:
        SettingsError: The settings say what cannot be.
        StorageError: An earlier deployment is half done, or the template is refused.
    """
    said = settings.aws
    found = described(access, said.stack)
    status = found["StackStatus"] if found else "REVIEW_IN_PROGRESS"
    if status in _UNFINISHED:
        raise StorageError(
            f"an earlier deployment of {said.stack} ended as {status}; "
            "run `chartlake aws destroy`, which keeps the data, and deploy again"
        )
    new = status == "REVIEW_IN_PROGRESS"
    client = access.client("cloudformation")
    name = f"chartlake-{int(time.time())}"
    with explained(f"preparing the stack {said.stack}"):
        client.create_change_set(
            StackName=said.stack,
            ChangeSetName=name,
            ChangeSetType="CREATE" if new else "UPDATE",
            TemplateBody=template.minified(body),
            Parameters=[
                {"ParameterKey": one, "ParameterValue": value}
                for one, value in _parameters(settings, bucket, key).items()
            ],
            Capabilities=_CAPABILITIES,
        )
        while (set_ := client.describe_change_set(StackName=said.stack, ChangeSetName=name))["Status"] in {
            "CREATE_PENDING",
            "CREATE_IN_PROGRESS",
        }:
            time.sleep(pause)
        if set_["Status"] == "FAILED":
            why = set_.get("StatusReason", "no reason given")
            client.delete_change_set(StackName=said.stack, ChangeSetName=name)
            if any(word in why for word in _NOTHING):
                return Prepared(said.stack, None, new, [])
            raise StorageError(
                f"AWS refuses the change ({why}); nothing was changed, correct that and deploy again"
            )
    changes = [one["ResourceChange"] for one in set_["Changes"]]
    return Prepared(
        said.stack,
        name,
        new,
        [Change(one["Action"], one["ResourceType"], one["LogicalResourceId"]) for one in changes],
    )


def carried_out(access: Access, change: Prepared, *, pause: float = 3.0) -> dict[str, str]:
    """Carry a change set out and wait until it is; what the stack says of itself then.

    Raises:
        StorageError: It failed; the first thing that went wrong is named.
    """
    client = access.client("cloudformation")
    with explained(f"making the stack {change.stack}"):
        if change.name is not None:
            client.execute_change_set(StackName=change.stack, ChangeSetName=change.name)
        until = time.monotonic() + _PATIENCE
        while (found := client.describe_stacks(StackName=change.stack)["Stacks"][0])["StackStatus"].endswith(
            "IN_PROGRESS"
        ):
            if time.monotonic() > until:
                raise StorageError(
                    f"{change.stack} is not done after half an hour; look with `chartlake aws status`"
                )
            time.sleep(pause)
        if found["StackStatus"] not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            raise _half_done(client, change, found)
    return needed(access, change.stack)


def unmade(access: Access, stack: str, *, pause: float = 3.0) -> None:
    """Delete a stack and its secrets; the bucket of the lake stays.

    Raises:
        StorageError: Something resists; it is named.
    """
    client = access.client("cloudformation")
    with explained(f"deleting the stack {stack}"):
        client.delete_stack(StackName=stack)
        until = time.monotonic() + _PATIENCE
        while (found := described(access, stack)) is not None and time.monotonic() < until:
            if found["StackStatus"] == "DELETE_FAILED":
                raise _half_done(client, Prepared(stack, None, new=False, changes=[]), found)
            time.sleep(pause)
    with explained("deleting the secrets"):
        names = [f"{parameters.path_of(stack)}/{name}" for name in SECRETS]
        access.client("ssm").delete_parameters(Names=names)


def emptied(access: Access, address: str) -> int:
    """Delete every version of every object of the lake's bucket, then the bucket; how many versions."""
    bucket = address.removeprefix("s3://").partition("/")[0]
    client, count = access.client("s3"), 0
    with explained(f"emptying {bucket}"):
        for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
            every = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            named = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in every]
            if named:
                client.delete_objects(Bucket=bucket, Delete={"Objects": named, "Quiet": True})
                count += len(named)
        client.delete_bucket(Bucket=bucket)
    return count


def _parameters(settings: Settings, bucket: str, key: str) -> dict[str, str]:
    said = settings.aws
    if not said.email:
        raise SettingsError(
            'the alarms have to reach somebody; write email = "you@example.org" into [aws] of chartlake.toml'
        )
    return {
        "CodeBucket": bucket,
        "CodeKey": key,
        "AlarmEmail": said.email,
        "Database": database(said.stack),
        "DailyAt": template.expression(said.daily),
        "WeeklyAt": template.expression(said.weekly),
        "ReportAt": template.expression(said.report),
        "FirstMonth": said.first_month,
        "Crawler": "on" if said.crawler else "off",
    }


def database(stack: str) -> str:
    """What the database of a stack is called: Athena takes no hyphen without quotes."""
    return stack.lower().replace("-", "_")


def _make_bucket(client: Any, name: str, region: str) -> None:
    # The oldest region is the one that must not be named.
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    client.create_bucket(Bucket=name, **where)
    blocked = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    client.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=dict.fromkeys(blocked, True))


def _not_ours(name: str, error: Any) -> StorageError:
    return StorageError(
        f"the bucket {name} is somebody else's or may not be used ({code_of(error)}); nothing was made, "
        "name another as code_bucket in [aws] of chartlake.toml"
    )


def _half_done(client: Any, change: Prepared, found: Mapping[str, Any]) -> StorageError:
    """The first thing that failed, for all the rest failed because of it."""
    told = client.describe_stack_events(StackName=change.stack)["StackEvents"]
    failed = [one for one in told if one["ResourceStatus"].endswith("FAILED")]
    first = failed[-1] if failed else {}
    where = first.get("LogicalResourceId", change.stack)
    why = first.get("ResourceStatusReason") or found.get("StackStatusReason", "no reason given")
    left = (
        "what was made is left behind for you to see; mend that, run `chartlake aws destroy`, deploy again"
        if change.new
        else "AWS went back to what was before; mend that and deploy again"
    )
    return StorageError(f"the deployment ended as {found['StackStatus']} ({where}: {why}); {left}")
