"""The AWS side as one stack: no custom resource, no lookup, nothing built by Docker.

Each function has a role of its own with hand-written statements, so that what it may do can be read
in one place: `RIGHTS` in rights.py.
"""

from __future__ import annotations

import json
from typing import Any

import catalog
import watching
from aws_cdk import (
    Aws,
    CfnOutput,
    CfnParameter,
    Duration,
    RemovalPolicy,
    Stack,
    Tags,
)
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as functions
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct
from excused import excuse
from rights import KEPT_FOREVER, RIGHTS

from chartlake import layout
from chartlake.aws.template import INPUTS
from chartlake.config import SECRETS

_RETRIES = scheduler.CfnSchedule.RetryPolicyProperty(
    maximum_event_age_in_seconds=7200, maximum_retry_attempts=10
)

_WRITABLE = "/tmp"  # noqa: S108 - the only folder that a function may write, and its own


class Chartlake(Stack):
    """Capture, raw data, event, queue, transform, tables, SQL, alarms: one stack."""

    def __init__(self, scope: Construct, name: str, **settings: Any) -> None:
        super().__init__(
            scope, name, description="chartlake: music charts, recorded day after day", **settings
        )
        Tags.of(self).add("application", "chartlake")
        self.said = self._parameters()
        self.lake = self._bucket()
        self.undelivered = self._set_aside("Undelivered")
        self.failed = self._set_aside("Failed")
        self.arrived = sqs.Queue(
            self,
            "Arrived",
            enforce_ssl=True,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            # Six times what a call may take: AWS Lambda developer guide, "Using Lambda with Amazon SQS".
            visibility_timeout=Duration.minutes(30),
            retention_period=Duration.days(4),
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.failed, max_receive_count=3),
        )
        self.functions = {
            "capture": self._function("Capture", minutes=5, memory=512),
            "transform": self._function("Transform", minutes=5, memory=1024),
            "sweep": self._function("Sweep", minutes=15, memory=1024),
            "report": self._function("Report", minutes=15, memory=1024),
        }
        self._events()
        self._schedules()
        catalog.add_to(self)
        watching.add_to(self)
        self._outputs()
        excuse(self)

    def _parameters(self) -> dict[str, str]:
        said = {
            "CodeBucket": ("The bucket that holds the functions' zip.", None),
            "CodeKey": ("The key of the functions' zip.", None),
            "AlarmEmail": ("Who is told when something is wrong.", None),
            "Database": ("The database of the Glue Data Catalog.", "chartlake"),
            "DailyAt": ("When daily charts are captured (UTC).", "cron(17 6,10,15,20 * * ? *)"),
            "WeeklyAt": ("When weekly charts are captured (UTC).", "cron(27 6,10,15,20 ? * SAT *)"),
            "ReportAt": ("When the page is made (UTC).", "cron(47 6 * * ? *)"),
            "FirstMonth": ("The first month that Athena looks for.", "2017-01"),
            "Crawler": (
                "Whether a Glue crawler looks at the lake too; it costs more than all the rest.",
                "off",
            ),
        }
        made = {}
        for name, (meaning, default) in said.items():
            allowed = ["on", "off"] if name == "Crawler" else None
            parameter = CfnParameter(self, name, description=meaning, default=default, allowed_values=allowed)
            made[name] = parameter.value_as_string
        return made

    def _bucket(self) -> s3.Bucket:
        bucket = s3.Bucket(
            self,
            "Lake",
            versioned=True,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            removal_policy=RemovalPolicy.RETAIN,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="older-versions",
                    noncurrent_version_expiration=Duration.days(7),
                    abort_incomplete_multipart_upload_after=Duration.days(7),
                    expired_object_delete_marker=True,
                ),
                s3.LifecycleRule(id="claims", prefix=layout.CLAIMS, expiration=Duration.days(7)),
                s3.LifecycleRule(id="answers", prefix=layout.QUERY_RESULTS, expiration=Duration.days(14)),
            ],
        )
        # The property itself: what the construct offers for it would bring a function of its own along.
        made: Any = bucket.node.default_child
        made.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(
                event_bridge_enabled=True
            )
        )
        return bucket

    def _set_aside(self, name: str) -> sqs.Queue:
        """A queue for what nobody could deliver or work off, kept as long as SQS keeps anything."""
        return sqs.Queue(
            self,
            name,
            enforce_ssl=True,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            retention_period=Duration.days(KEPT_FOREVER),
        )

    def _function(self, name: str, *, minutes: int, memory: int) -> functions.Function:
        said = logs.LogGroup(
            self, f"{name}Log", retention=logs.RetentionDays.ONE_MONTH, removal_policy=RemovalPolicy.DESTROY
        )
        role = iam.Role(self, f"{name}Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        for statement in self._rights(name.lower()):
            role.add_to_policy(statement)
        role.add_to_policy(
            iam.PolicyStatement(
                sid="Log",
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[said.log_group_arn],
            )
        )
        code = s3.Bucket.from_bucket_name(self, f"{name}Code", self.said["CodeBucket"])
        return functions.Function(
            self,
            name,
            # The newest that the exact zip was run on; see docs/how-to/aws.md.
            runtime=functions.Runtime.PYTHON_3_13,
            architecture=functions.Architecture.ARM_64,
            handler=f"chartlake.aws.handlers.{name.lower()}",
            code=functions.Code.from_bucket_v2(code, self.said["CodeKey"]),
            timeout=Duration.minutes(minutes),
            memory_size=memory,
            role=role,
            log_group=said,
            logging_format=functions.LoggingFormat.JSON,
            # What Lambda tried in vain three times goes aside; for transform the queue does that.
            dead_letter_queue=None if name == "Transform" else self.undelivered,
            environment={
                "CHARTLAKE_LAKE": f"s3://{self.lake.bucket_name}",
                "CHARTLAKE_CONFIG": "/var/task/chartlake.toml",
                "STACK": Aws.STACK_NAME,
                "HOME": _WRITABLE,
                "XDG_CACHE_HOME": f"{_WRITABLE}/cache",
                "XDG_STATE_HOME": f"{_WRITABLE}/state",
            },
        )

    def _rights(self, function: str) -> list[iam.PolicyStatement]:
        statements = [
            iam.PolicyStatement(sid="Look", actions=["s3:ListBucket"], resources=[self.lake.bucket_arn])
        ]
        for sid, (actions, prefixes) in RIGHTS[function].items():
            resources = [self.lake.arn_for_objects(f"{prefix}*") for prefix in prefixes]
            statements.append(
                iam.PolicyStatement(sid=sid, actions=actions, resources=resources or [self.lake.bucket_arn])
            )
        if function == "capture":
            secrets = [
                self.format_arn(
                    service="ssm", resource="parameter", resource_name=f"chartlake/{Aws.STACK_NAME}/{name}"
                )
                for name in SECRETS
            ]
            statements.append(
                iam.PolicyStatement(sid="Secrets", actions=["ssm:GetParameter"], resources=secrets)
            )
        return statements

    def _events(self) -> None:
        pattern = events.EventPattern(
            source=["aws.s3"],
            detail_type=["Object Created"],
            detail={
                "bucket": {"name": [self.lake.bucket_name]},
                "object": {"key": [{"prefix": layout.TO_BE_PROCESSED}]},
            },
        )
        target = targets.SqsQueue(
            self.arrived, dead_letter_queue=self.failed, retry_attempts=185, max_event_age=Duration.hours(24)
        )
        events.Rule(self, "RawArrived", event_pattern=pattern, targets=[target])
        self.functions["transform"].add_event_source(
            # Two at once at most; a reserved concurrency would fail in a new account.
            sources.SqsEventSource(
                self.arrived, batch_size=10, report_batch_item_failures=True, max_concurrency=2
            )
        )

    def _schedules(self) -> None:
        role = iam.Role(
            self,
            "ScheduleRole",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
            ),
        )
        called = [self.functions[name].function_arn for name in ("capture", "sweep", "report")]
        role.add_to_policy(
            iam.PolicyStatement(sid="Call", actions=["lambda:InvokeFunction"], resources=called)
        )
        role.add_to_policy(
            iam.PolicyStatement(
                sid="SetAside", actions=["sqs:SendMessage"], resources=[self.undelivered.queue_arn]
            )
        )
        rights: Any = role.node.find_child("DefaultPolicy").node.default_child
        for name, at, function in (
            ("Daily", self.said["DailyAt"], "capture"),
            ("Weekly", self.said["WeeklyAt"], "capture"),
            ("Sweeping", "rate(6 hours)", "sweep"),
            ("Reporting", self.said["ReportAt"], "report"),
        ):
            made = scheduler.CfnSchedule(
                self,
                name,
                description=f"chartlake: {function}",
                schedule_expression=at,
                schedule_expression_timezone="UTC",
                flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(
                    mode="FLEXIBLE", maximum_window_in_minutes=5
                ),
                target=scheduler.CfnSchedule.TargetProperty(
                    arn=self.functions[function].function_arn,
                    role_arn=role.role_arn,
                    input=json.dumps(INPUTS[name], sort_keys=True),
                    retry_policy=_RETRIES,
                    dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(
                        arn=self.undelivered.queue_arn
                    ),
                ),
            )
            made.add_resource_dependency(rights)

    def _outputs(self) -> None:
        said = {
            "Lake": f"s3://{self.lake.bucket_name}",
            "Arrived": self.arrived.queue_url,
            "Failed": self.failed.queue_url,
            "Undelivered": self.undelivered.queue_url,
            "Database": self.said["Database"],
            "WorkGroup": Aws.STACK_NAME,
            **{name.capitalize(): one.function_name for name, one in self.functions.items()},
        }
        for name, value in said.items():
            CfnOutput(self, f"{name}Is", value=value)


__all__ = ["Chartlake"]
