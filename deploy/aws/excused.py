"""The rules of cdk-nag that this stack does not follow, each with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Acknowledgment, Validations
from rights import RIGHTS

from chartlake import layout

if TYPE_CHECKING:
    from stack import Chartlake

_LOGS = (
    "one owner's public charts in a private bucket: access logs would be more objects than the lake has; "
    "CloudTrail tells who changed what"
)
_RUNTIME = "python3.13 is the newest on which the exact zip was run before it was deployed"
_PREFIX = "the rights reach below one prefix of one bucket; hand-written in rights.py"
_CRAWLER = "tables and log groups that the crawler makes cannot be named before"
_OPTION = "an option that is off; what it logs names objects and no content"


def excuse(stack: Chartlake) -> None:
    """Say of each finding why it stays."""
    _said(stack.lake, "AwsSolutions-S1", _LOGS)
    for name, function in stack.functions.items():
        _said(function, "AwsSolutions-L1", _RUNTIME)
        for _, prefixes in RIGHTS[name].values():
            for prefix in prefixes:
                _wild(function.role, f"<{_id(stack, stack.lake)}.Arn>/{prefix}*", _PREFIX)
    crawler = stack.node.find_child("CrawlerRole")
    here = "<AWS::Region>:<AWS::AccountId>"
    for resource in (
        *(f"<{_id(stack, stack.lake)}.Arn>/{prefix}*" for prefix in (layout.TABLES, layout.PROCESSED)),
        f"arn:<AWS::Partition>:glue:{here}:table/<Database>/*",
        f"arn:<AWS::Partition>:logs:{here}:log-group:/aws-glue/crawlers*",
    ):
        _wild(crawler, resource, _CRAWLER)
    _said(stack.node.find_child("Looking"), "AwsSolutions-GL1", _OPTION)


def _id(stack: Chartlake, construct: object) -> str:
    return stack.get_logical_id(construct.node.default_child)


def _wild(construct: object, resource: str, why: str) -> None:
    _said(construct, f"AwsSolutions-IAM5[Resource::{resource}]", why)


def _said(construct: object, rule: str, why: str) -> None:
    Validations.of(construct).acknowledge(Acknowledgment(id=rule, reason=why))
