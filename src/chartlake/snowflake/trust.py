"""What AWS must allow: a role that Snowflake's integration takes on, and S3 telling its queue.

The role is a CloudFormation template of its own, for it belongs to whoever owns the bucket, with
the stack of `chartlake aws` or without.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from chartlake.errors import SettingsError

if TYPE_CHECKING:
    from chartlake.snowflake.statements import Names

_QUEUE = re.compile(r"arn:aws[a-z-]*:sqs:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.-]{1,80}")


def role(names: Names) -> dict[str, Any]:
    """The template of the role: it may list and read the lake's tables, and nothing else.

    Its two parameters are what ``DESC STORAGE INTEGRATION`` says.
    """
    bucket, _, prefix = names.location.removeprefix("s3://").partition("/")
    tables = f"{prefix}transformed_data/"
    partition = names.role.split(":")[1]
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Lets Snowflake read the tables of a chartlake lake.",
        "Parameters": {
            "SnowflakeUser": {
                "Type": "String",
                "Description": "STORAGE_AWS_IAM_USER_ARN of DESC STORAGE INTEGRATION",
                "AllowedPattern": "arn:aws[a-z-]*:iam::[0-9]{12}:(user|role)/.+",
            },
            "ExternalId": {
                "Type": "String",
                "Description": "STORAGE_AWS_EXTERNAL_ID of DESC STORAGE INTEGRATION",
                "MinLength": 2,
            },
        },
        "Resources": {
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "RoleName": names.role.rpartition("/")[2],
                    "AssumeRolePolicyDocument": _document(
                        {
                            "Principal": {"AWS": {"Ref": "SnowflakeUser"}},
                            "Action": "sts:AssumeRole",
                            "Condition": {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}},
                        }
                    ),
                    "Policies": [
                        {"PolicyName": "read-tables", "PolicyDocument": _reading(partition, bucket, tables)}
                    ],
                },
            }
        },
        "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}},
    }


def _reading(partition: str, bucket: str, tables: str) -> dict[str, Any]:
    at = f"arn:{partition}:s3:::{bucket}"
    return _document(
        {"Action": ["s3:GetObject", "s3:GetObjectVersion"], "Resource": f"{at}/{tables}*"},
        {
            "Action": "s3:ListBucket",
            "Resource": at,
            "Condition": {"StringLike": {"s3:prefix": [f"{tables}*"]}},
        },
        {"Action": "s3:GetBucketLocation", "Resource": at},
    )


def _document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **one} for one in statements]}


def notification(names: Names, *, queue: str) -> dict[str, Any]:
    """The bucket's notifications: new table files to Snowflake's queue, everything to EventBridge.

    Setting them replaces all that a bucket had; EventBridge stays on because the stack of
    ``chartlake aws`` is told by it.

    Raises:
        SettingsError: That is no queue.
    """
    if not _QUEUE.fullmatch(queue):
        raise SettingsError(
            f"{queue!r} is no queue; take the notification_channel that `SHOW PIPES` tells, arn:aws:sqs:…"
        )
    prefix = names.location.removeprefix("s3://").partition("/")[2]
    return {
        "EventBridgeConfiguration": {},
        "QueueConfigurations": [
            {
                "Id": "chartlake-snowpipe",
                "QueueArn": queue,
                "Events": ["s3:ObjectCreated:*"],
                "Filter": {
                    "Key": {
                        "FilterRules": [
                            {"Name": "prefix", "Value": f"{prefix}transformed_data/"},
                            {"Name": "suffix", "Value": ".parquet"},
                        ]
                    }
                },
            }
        ],
    }
