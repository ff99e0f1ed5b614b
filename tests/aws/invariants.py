"""What must hold for the template, for no local AWS would notice if it did not.

Each invariant is a function that takes the template and asserts; `INVARIANTS` holds them all, so
that the local cloud test can ask which of them a broken template breaks.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from chartlake import layout
from chartlake.aws import artefact, handlers, template
from chartlake.aws.telemetry import METRICS, NAMESPACE
from chartlake.config import SECRETS
from chartlake.tables import PHYSICAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Template = dict[str, Any]

_MAY_WRITE_INBOX = {"Capture"}
_FUNCTIONS = ("Capture", "Transform", "Sweep", "Report")


def of(made: Template, kind: str) -> dict[str, dict[str, Any]]:
    """The properties of all resources of a kind, by name."""
    return {name: one.get("Properties", {}) for name, one in made["Resources"].items() if one["Type"] == kind}


def the(made: Template, kind: str, begins: str) -> tuple[str, dict[str, Any]]:
    """The one resource of a kind whose name begins so."""
    (found,) = [one for one in of(made, kind).items() if re.match(rf"{begins}[0-9A-F]*$", one[0])]
    return found


def arn_of(value: Any) -> str | None:
    """Which resource's ARN, or reference, a value is."""
    if isinstance(value, dict):
        if "Fn::GetAtt" in value:
            return str(value["Fn::GetAtt"][0])
        if "Ref" in value:
            return str(value["Ref"])
    return None


def statements(document: dict[str, Any]) -> list[dict[str, Any]]:
    return list(document["Statement"])


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def rights(made: Template, function: str) -> Iterator[tuple[str, str]]:
    """Each action that a role may do, with the resource as text."""
    role = arn_of(the(made, "AWS::Lambda::Function", function)[1]["Role"])
    yield from rights_of(made, str(role))


def rights_of(made: Template, role: str) -> Iterator[tuple[str, str]]:
    for policy in of(made, "AWS::IAM::Policy").values():
        if role not in [arn_of(one) for one in policy["Roles"]]:
            continue
        for one in statements(policy["PolicyDocument"]):
            for action in listed(one["Action"]):
                for resource in listed(one["Resource"]):
                    yield action, json.dumps(resource)


def reach(made: Template, function: str, action: str) -> set[str]:
    """Below which prefixes of the bucket a function may do something."""
    return {
        found[1]
        for done, resource in rights(made, function)
        if done == action and (found := re.search(r'"/([^"]*)\*"', resource))
    }


def every_function_may_do_what_it_does(made: Template) -> None:
    needs = {
        "Capture": {
            "s3:GetObject": {"state/", "claims/", layout.TO_BE_PROCESSED, layout.PROCESSED},
            "s3:PutObject": {"state/", "claims/", layout.TO_BE_PROCESSED, "transformed_data/run_data/"},
            "s3:DeleteObject": {"state/", "claims/"},
        },
        "Transform": {
            "s3:GetObject": {"raw_data/", "state/"},
            "s3:PutObject": {layout.PROCESSED, layout.REJECTED, "batches/", "transformed_data/", "state/"},
            "s3:DeleteObject": {layout.TO_BE_PROCESSED, "batches/", "transformed_data/", "state/"},
        },
        "Sweep": {
            "s3:GetObject": {"raw_data/", "batches/", "transformed_data/", "state/"},
            "s3:PutObject": {layout.PROCESSED, layout.REJECTED, "batches/", "transformed_data/", "state/"},
            "s3:DeleteObject": {"raw_data/", "batches/", "transformed_data/", "state/", layout.PAGE},
            "s3:DeleteObjectVersion": {"raw_data/", "batches/", "transformed_data/", "state/", layout.PAGE},
        },
        "Report": {"s3:GetObject": {"transformed_data/", "state/"}, "s3:PutObject": {"report/"}},
    }
    for function, wanted in needs.items():
        for action, prefixes in wanted.items():
            assert reach(made, function, action) == prefixes, (function, action)


def every_function_may_list_the_bucket(made: Template) -> None:
    # Else a missing object looks like a forbidden one.
    for function in _FUNCTIONS:
        assert "s3:ListBucket" in {action for action, _ in rights(made, function)}, function


def only_the_capture_may_write_where_events_begin(made: Template) -> None:
    for function in set(_FUNCTIONS) - _MAY_WRITE_INBOX:
        for prefix in reach(made, function, "s3:PutObject"):
            assert not layout.TO_BE_PROCESSED.startswith(prefix), function
            assert not prefix.startswith(layout.TO_BE_PROCESSED), function


def the_capture_may_read_its_secrets_and_no_other(made: Template) -> None:
    found = [resource for action, resource in rights(made, "Capture") if action == "ssm:GetParameter"]
    assert len(found) == len(SECRETS)
    for name in SECRETS:
        assert any(resource.endswith(f'/{name}"]]}}') for resource in found), name


def no_action_and_no_resource_is_everything(made: Template) -> None:
    for name, policy in of(made, "AWS::IAM::Policy").items():
        for one in statements(policy["PolicyDocument"]):
            assert all("*" not in action for action in listed(one["Action"])), name
            assert "*" not in listed(one["Resource"]), name


def every_role_trusts_the_service_that_uses_it(made: Template) -> None:
    users = {
        **{
            str(arn_of(one["Role"])): "lambda.amazonaws.com"
            for one in of(made, "AWS::Lambda::Function").values()
        },
        **{
            str(arn_of(one["Target"]["RoleArn"])): "scheduler.amazonaws.com"
            for one in of(made, "AWS::Scheduler::Schedule").values()
        },
        **{str(arn_of(one["Role"])): "glue.amazonaws.com" for one in of(made, "AWS::Glue::Crawler").values()},
    }
    roles = of(made, "AWS::IAM::Role")
    assert users.keys() == roles.keys()
    for name, role in roles.items():
        (one,) = statements(role["AssumeRolePolicyDocument"])
        assert one["Action"] == "sts:AssumeRole"
        assert one["Principal"] == {"Service": users[name]}, name


def the_schedules_may_call_their_functions_and_no_other(made: Template) -> None:
    called = {arn_of(one["Target"]["Arn"]) for one in of(made, "AWS::Scheduler::Schedule").values()}
    name, _ = the(made, "AWS::IAM::Role", "ScheduleRole")
    allowed = dict.fromkeys(called, "lambda:InvokeFunction")
    found = {arn_of(json.loads(resource)): action for action, resource in rights_of(made, name)}
    aside = {
        arn_of(one["Target"]["DeadLetterConfig"]["Arn"])
        for one in of(made, "AWS::Scheduler::Schedule").values()
    }
    assert found == {**allowed, **dict.fromkeys(aside, "sqs:SendMessage")}


def every_schedule_sends_what_its_function_reads(made: Template) -> None:
    schedules = of(made, "AWS::Scheduler::Schedule")
    assert len(schedules) >= 4
    for name, one in schedules.items():
        sent = json.loads(one["Target"]["Input"])
        assert arn_of(one["Target"]["Arn"]) == the(made, "AWS::Lambda::Function", sent["do"].capitalize())[0]
        if sent["do"] == "capture":
            assert sent["scheduled_for"] == template.SCHEDULED_TIME, name
            assert sent.get("cadence") == name.lower() or sent.get("charts"), name
        assert one["ScheduleExpressionTimezone"] == "UTC"
        assert one.get("State", "ENABLED") == "ENABLED"


def every_function_is_one_of_the_handlers(made: Template) -> None:
    functions = of(made, "AWS::Lambda::Function")
    assert len(functions) == len(_FUNCTIONS)
    for name in _FUNCTIONS:
        one = the(made, "AWS::Lambda::Function", name)[1]
        module, _, function = one["Handler"].rpartition(".")
        assert module == handlers.__name__
        assert function == name.lower()
        assert callable(getattr(handlers, function))
        assert one["Runtime"] == f"python{artefact.PYTHON}"
        assert one["Architectures"] == ["arm64"]
        said = one["Environment"]["Variables"]
        assert set(said) >= {"CHARTLAKE_LAKE", "CHARTLAKE_CONFIG", handlers.STACK, "XDG_CACHE_HOME", "HOME"}
        assert said[handlers.STACK] == {"Ref": "AWS::StackName"}
        assert not [word for word in said if re.search("SECRET|TOKEN|KEY", word)]


def no_concurrency_is_reserved(made: Template) -> None:
    # A new account has ten in all, and the deployment would fail.
    for one in of(made, "AWS::Lambda::Function").values():
        assert "ReservedConcurrentExecutions" not in one


def new_raw_documents_reach_the_queue(made: Template) -> None:
    bucket, properties = the(made, "AWS::S3::Bucket", "Lake")
    assert properties["NotificationConfiguration"] == {
        "EventBridgeConfiguration": {"EventBridgeEnabled": True}
    }
    name, rule = the(made, "AWS::Events::Rule", "RawArrived")
    assert rule["EventPattern"] == {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {
            "bucket": {"name": [{"Ref": bucket}]},
            "object": {"key": [{"prefix": layout.TO_BE_PROCESSED}]},
        },
    }
    assert rule["State"] == "ENABLED"
    (target,) = rule["Targets"]
    for queue in (target["Arn"], target["DeadLetterConfig"]["Arn"]):
        assert _may_send(made, str(arn_of(queue)), "events.amazonaws.com", source=name), queue


def _may_send(made: Template, queue: str, principal: str, *, source: str) -> bool:
    for policy in of(made, "AWS::SQS::QueuePolicy").values():
        if queue not in [arn_of(one) for one in policy["Queues"]]:
            continue
        for one in statements(policy["PolicyDocument"]):
            if (
                one["Effect"] == "Allow"
                and one["Principal"] == {"Service": principal}
                and "sqs:SendMessage" in listed(one["Action"])
                and arn_of(one["Condition"]["ArnEquals"]["aws:SourceArn"]) == source
            ):
                return True
    return False


def the_transform_works_off_the_queue(made: Template) -> None:
    queue, _ = the(made, "AWS::SQS::Queue", "Arrived")
    (mapping,) = of(made, "AWS::Lambda::EventSourceMapping").values()
    assert arn_of(mapping["EventSourceArn"]) == queue
    assert arn_of(mapping["FunctionName"]) == the(made, "AWS::Lambda::Function", "Transform")[0]
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["ScalingConfig"]["MaximumConcurrency"] >= 2
    allowed = {action for action, resource in rights(made, "Transform") if queue in resource}
    assert {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"} <= allowed


def a_message_stays_hidden_for_six_times_the_function(made: Template) -> None:
    _, queue = the(made, "AWS::SQS::Queue", "Arrived")
    _, function = the(made, "AWS::Lambda::Function", "Transform")
    assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]


def what_fails_is_set_aside_and_kept_longer(made: Template) -> None:
    queues = of(made, "AWS::SQS::Queue")
    _, arrived = the(made, "AWS::SQS::Queue", "Arrived")
    aside = arrived["RedrivePolicy"]
    assert 3 <= aside["maxReceiveCount"] <= 5
    failed = queues[str(arn_of(aside["deadLetterTargetArn"]))]
    assert failed["MessageRetentionPeriod"] == 14 * 86400 > arrived["MessageRetentionPeriod"]
    undelivered, _ = the(made, "AWS::SQS::Queue", "Undelivered")
    for name in set(_FUNCTIONS) - {"Transform"}:
        function = the(made, "AWS::Lambda::Function", name)[1]
        assert arn_of(function["DeadLetterConfig"]["TargetArn"]) == undelivered
        assert ("sqs:SendMessage", json.dumps({"Fn::GetAtt": [undelivered, "Arn"]})) in set(
            rights(made, name)
        )
    for one in of(made, "AWS::Scheduler::Schedule").values():
        assert arn_of(one["Target"]["DeadLetterConfig"]["Arn"]) == undelivered
        assert 0 <= one["Target"]["RetryPolicy"]["MaximumRetryAttempts"] <= 185
        assert 60 <= one["Target"]["RetryPolicy"]["MaximumEventAgeInSeconds"] <= 86400


def nothing_is_reached_without_tls_nor_kept_readable(made: Template) -> None:
    _, bucket = the(made, "AWS::S3::Bucket", "Lake")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["BucketEncryption"]
    for queue in of(made, "AWS::SQS::Queue").values():
        assert queue["SqsManagedSseEnabled"] is True
    guarded = {
        "AWS::S3::BucketPolicy": of(made, "AWS::S3::Bucket"),
        "AWS::SQS::QueuePolicy": of(made, "AWS::SQS::Queue"),
        "AWS::SNS::TopicPolicy": of(made, "AWS::SNS::Topic"),
    }
    for kind, things in guarded.items():
        closed = set()
        for policy in of(made, kind).values():
            denied = [
                one
                for one in statements(policy["PolicyDocument"])
                if one["Effect"] == "Deny"
                and one.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport") == "false"
            ]
            if denied:
                named = policy.get("Bucket") or policy.get("Queues") or policy.get("Topics")
                closed |= {arn_of(one) for one in listed(named)}
        assert closed == set(things), kind


def the_bucket_outlives_the_stack(made: Template) -> None:
    (bucket,) = [one for one in made["Resources"].values() if one["Type"] == "AWS::S3::Bucket"]
    assert bucket["DeletionPolicy"] == bucket["UpdateReplacePolicy"] == "Retain"


def what_is_passing_expires(made: Template) -> None:
    _, bucket = the(made, "AWS::S3::Bucket", "Lake")
    rules = {one["Id"]: one for one in bucket["LifecycleConfiguration"]["Rules"]}
    assert all(one["Status"] == "Enabled" for one in rules.values())
    assert rules["claims"]["Prefix"] == layout.CLAIMS
    assert rules["claims"]["ExpirationInDays"] > 2  # No tick is captured for after 36 hours.
    assert rules["answers"]["Prefix"] == layout.QUERY_RESULTS
    assert rules["older-versions"]["NoncurrentVersionExpiration"]["NoncurrentDays"] == 7
    # Only what is passing: nothing that a person recorded.
    assert [name for name, one in rules.items() if "ExpirationInDays" in one] == ["claims", "answers"]


def there_is_no_resource_of_somebody_elses_code(made: Template) -> None:
    kinds = {one["Type"] for one in made["Resources"].values()}
    assert not [kind for kind in kinds if kind.startswith("Custom::")]
    assert "AWS::CloudFormation::CustomResource" not in kinds
    assert "Transform" not in made


def every_alarm_tells_the_topic(made: Template) -> None:
    topic, _ = the(made, "AWS::SNS::Topic", "Alarms")
    alarms = of(made, "AWS::CloudWatch::Alarm")
    assert len(alarms) == 10  # As many as are free.
    for name, alarm in alarms.items():
        assert [arn_of(one) for one in alarm["AlarmActions"]] == [topic], name
    (policy,) = of(made, "AWS::SNS::TopicPolicy").values()
    tell = [one for one in statements(policy["PolicyDocument"]) if one["Effect"] == "Allow"]
    assert [one["Principal"] for one in tell] == [{"Service": "cloudwatch.amazonaws.com"}]
    (subscription,) = of(made, "AWS::SNS::Subscription").values()
    assert subscription["Protocol"] == "email"
    assert subscription["Endpoint"] == {"Ref": "AlarmEmail"}


def every_trouble_has_an_alarm(made: Template) -> None:
    watched = {(one["Namespace"], one["MetricName"]) for one in of(made, "AWS::CloudWatch::Alarm").values()}
    for wanted in (
        ("AWS/Lambda", "Errors"),
        ("AWS/Lambda", "Throttles"),
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
        (NAMESPACE, "Rejected"),
        (NAMESPACE, "Overdue"),
    ):
        assert wanted in watched
    own = [one for one in of(made, "AWS::CloudWatch::Alarm").values() if one["Namespace"] == NAMESPACE]
    for one in own:
        assert one["MetricName"] in METRICS
        assert one["Dimensions"] == [{"Name": "stack", "Value": {"Ref": "AWS::StackName"}}]


def silence_is_an_alarm(made: Template) -> None:
    _, overdue = the(made, "AWS::CloudWatch::Alarm", "ChartsOverdue")
    assert overdue["TreatMissingData"] == "breaching"
    assert overdue["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert overdue["Threshold"] == 1
    others = [one for one in of(made, "AWS::CloudWatch::Alarm").values() if one is not overdue]
    assert {one["TreatMissingData"] for one in others} == {"notBreaching"}


def a_budget_of_five_dollars_tells(made: Template) -> None:
    (budget,) = of(made, "AWS::Budgets::Budget").values()
    assert budget["Budget"]["BudgetLimit"] == {"Amount": 5, "Unit": "USD"}
    assert budget["Budget"]["TimeUnit"] == "MONTHLY"
    kinds = {one["Notification"]["NotificationType"] for one in budget["NotificationsWithSubscribers"]}
    assert kinds == {"ACTUAL", "FORECASTED"}


def athena_is_bounded_and_answers_into_the_bucket(made: Template) -> None:
    (group,) = of(made, "AWS::Athena::WorkGroup").values()
    said = group["WorkGroupConfiguration"]
    assert said["EnforceWorkGroupConfiguration"] is True
    assert 10_000_000 <= said["BytesScannedCutoffPerQuery"] <= 10_000_000_000
    assert said["ResultConfiguration"]["OutputLocation"] == {
        "Fn::Join": [
            "",
            ["s3://", {"Ref": the(made, "AWS::S3::Bucket", "Lake")[0]}, f"/{layout.QUERY_RESULTS}"],
        ]
    }


def the_catalog_says_what_the_files_hold(made: Template) -> None:
    bucket, _ = the(made, "AWS::S3::Bucket", "Lake")
    tables = {one["TableInput"]["Name"]: one["TableInput"] for one in of(made, "AWS::Glue::Table").values()}
    assert tables.keys() == {table.name for table in PHYSICAL}
    for table in PHYSICAL:
        said = tables[table.name]
        columns = said["StorageDescriptor"]["Columns"]
        assert [(one["Name"], one["Type"]) for one in columns] == [
            (one.name, one.type) for one in table.columns
        ]
        assert said["PartitionKeys"] == [{"Name": "month", "Type": "string"}]
        folder = f"/{layout.TABLES}{table.name}/"
        assert said["StorageDescriptor"]["Location"] == {"Fn::Join": ["", ["s3://", {"Ref": bucket}, folder]]}
        parameters = said["Parameters"]
        assert parameters["storage.location.template"] == {
            "Fn::Join": ["", ["s3://", {"Ref": bucket}, f"{folder}month=${{month}}/"]]
        }
        assert parameters["projection.enabled"] == "true"
        assert parameters["projection.month.format"] == "yyyy-MM"
        assert parameters["projection.month.interval.unit"] == "MONTHS"
        assert parameters["projection.month.range"] == {"Fn::Join": ["", [{"Ref": "FirstMonth"}, ",NOW"]]}


def the_crawler_is_off(made: Template) -> None:
    assert made["Parameters"]["Crawler"]["Default"] == "off"
    for one in made["Resources"].values():
        if one["Type"] in {"AWS::Glue::Crawler", "AWS::Glue::Classifier"}:
            assert one["Condition"] == "WithCrawler"
    assert made["Conditions"]["WithCrawler"] == {"Fn::Equals": [{"Ref": "Crawler"}, "on"]}


def it_is_sent_with_the_call(made: Template) -> None:
    assert (
        len(template.minified(made).encode()) < template.LARGEST - 4000
    )  # Room for schedules of charts' own.


def no_secret_is_in_it(made: Template) -> None:
    assert not re.search(r"AKIA[0-9A-Z]{16}|BEGIN [A-Z ]*PRIVATE KEY|not-a-secret", json.dumps(made))
    assert "AWS::SecretsManager::Secret" not in json.dumps(made)


INVARIANTS: tuple[Callable[[Template], None], ...] = tuple(
    one
    for name, one in list(globals().items())
    if callable(one)
    and not name.startswith("_")
    and getattr(one, "__module__", "") == __name__
    and name not in {"of", "the", "arn_of", "statements", "listed", "rights", "rights_of", "reach"}
)


def broken(made: Template) -> list[str]:
    """The names of the invariants that a template breaks."""
    found = []
    for one in INVARIANTS:
        try:
            one(made)
        except (AssertionError, KeyError, ValueError, IndexError, StopIteration):
            found.append(one.__name__)
    return found
