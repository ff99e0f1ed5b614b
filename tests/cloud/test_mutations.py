"""One edit of the template at a time: somebody has to notice, and the table says who.

The chain is a deployment, a tick, an event, the queue, the transform, and a question to Athena.
What the local AWS does not enforce, an invariant of the template sees.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from world import World, settings_text, shipped, soon

from chartlake import layout
from chartlake.aws.access import Access
from chartlake.demo import EDITORIAL_PLAYLIST
from chartlake.errors import ChartlakeError

sys.path.append(str(Path(__file__).parents[1] / "aws"))
from invariants import broken, of, the

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator import Emulator

    from chartlake.demo.services import Services

_WITHIN = 10.0


class Mutation(NamedTuple):
    """An edit, and whether the chain is to be tried with it."""

    name: str
    edit: Callable[[dict[str, Any]], None]
    chain: bool = False


def _rule(made: dict[str, Any]) -> None:
    the(made, "AWS::Events::Rule", "RawArrived")[1]["EventPattern"]["detail"]["object"]["key"] = [
        {"prefix": "raw/to_be_processed/"}
    ]


def _no_events(made: dict[str, Any]) -> None:
    del the(made, "AWS::S3::Bucket", "Lake")[1]["NotificationConfiguration"]


def _no_queue_policy(made: dict[str, Any]) -> None:
    for policy in of(made, "AWS::SQS::QueuePolicy").values():
        document = policy["PolicyDocument"]
        document["Statement"] = [one for one in document["Statement"] if one["Effect"] == "Deny"]


def _without(role: str, *actions: str) -> Callable[[dict[str, Any]], None]:
    def edit(made: dict[str, Any]) -> None:
        name, _ = the(made, "AWS::IAM::Role", role)
        for policy in of(made, "AWS::IAM::Policy").values():
            if policy["Roles"] != [{"Ref": name}]:
                continue
            kept = []
            for one in policy["PolicyDocument"]["Statement"]:
                said = one["Action"] if isinstance(one["Action"], list) else [one["Action"]]
                one["Action"] = [action for action in said if action not in actions]
                kept += [one] if one["Action"] else []
            policy["PolicyDocument"]["Statement"] = kept

    return edit


def _trusting(role: str, service: str) -> Callable[[dict[str, Any]], None]:
    def edit(made: dict[str, Any]) -> None:
        document = the(made, "AWS::IAM::Role", role)[1]["AssumeRolePolicyDocument"]
        document["Statement"][0]["Principal"] = {"Service": service}

    return edit


def _with(kind: str, name: str, *path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Another value somewhere; None takes it away."""

    def edit(made: dict[str, Any]) -> None:
        place = the(made, kind, name)[1]
        for step in path[:-1]:
            place = place[step]
        if value is None:
            del place[path[-1]]
        else:
            place[path[-1]] = value

    return edit


def _loop(made: dict[str, Any]) -> None:
    name, _ = the(made, "AWS::IAM::Role", "TransformRole")
    bucket, _ = the(made, "AWS::S3::Bucket", "Lake")
    inbox = {"Fn::Join": ["", [{"Fn::GetAtt": [bucket, "Arn"]}, f"/{layout.TO_BE_PROCESSED}*"]]}
    for policy in of(made, "AWS::IAM::Policy").values():
        if policy["Roles"] == [{"Ref": name}]:
            policy["PolicyDocument"]["Statement"].append(
                {"Effect": "Allow", "Action": "s3:PutObject", "Resource": inbox}
            )


def _location(made: dict[str, Any]) -> None:
    table = the(made, "AWS::Glue::Table", "ChartData")[1]["TableInput"]
    for place, key in (
        (table["StorageDescriptor"], "Location"),
        (table["Parameters"], "storage.location.template"),
    ):
        place[key]["Fn::Join"][1][-1] = place[key]["Fn::Join"][1][-1].replace("chart_data", "charts_data")


def _column(made: dict[str, Any]) -> None:
    columns = the(made, "AWS::Glue::Table", "ChartData")[1]["TableInput"]["StorageDescriptor"]["Columns"]
    next(one for one in columns if one["Name"] == "captured_at")["Type"] = "string"


def _no_tls(made: dict[str, Any]) -> None:
    (policy,) = of(made, "AWS::S3::BucketPolicy").values()
    policy["PolicyDocument"]["Statement"] = [
        one for one in policy["PolicyDocument"]["Statement"] if one["Effect"] != "Deny"
    ]


def _not_kept(made: dict[str, Any]) -> None:
    made["Resources"][the(made, "AWS::S3::Bucket", "Lake")[0]]["DeletionPolicy"] = "Delete"


def _lifecycle(made: dict[str, Any]) -> None:
    rules = the(made, "AWS::S3::Bucket", "Lake")[1]["LifecycleConfiguration"]["Rules"]
    rules.append({"Id": "all", "Status": "Enabled", "Prefix": "raw_data/", "ExpirationInDays": 30})


def _forecast(made: dict[str, Any]) -> None:
    (budget,) = of(made, "AWS::Budgets::Budget").values()
    budget["NotificationsWithSubscribers"] = budget["NotificationsWithSubscribers"][:1]


_FUNCTION, _QUEUE, _ALARM = "AWS::Lambda::Function", "AWS::SQS::Queue", "AWS::CloudWatch::Alarm"

MUTATIONS = (
    Mutation("event pattern: another prefix", _rule, chain=True),
    Mutation("bucket tells EventBridge nothing", _no_events, chain=True),
    Mutation("queue takes nothing from EventBridge", _no_queue_policy, chain=True),
    Mutation("transform: no s3:PutObject", _without("TransformRole", "s3:PutObject"), chain=True),
    Mutation("transform: no s3:GetObject", _without("TransformRole", "s3:GetObject"), chain=True),
    Mutation("transform: no s3:DeleteObject", _without("TransformRole", "s3:DeleteObject"), chain=True),
    Mutation("transform: no sqs:ReceiveMessage", _without("TransformRole", "sqs:ReceiveMessage"), chain=True),
    Mutation("transform: no s3:ListBucket", _without("TransformRole", "s3:ListBucket"), chain=True),
    Mutation("capture: no s3:PutObject", _without("CaptureRole", "s3:PutObject"), chain=True),
    Mutation("capture: no ssm:GetParameter", _without("CaptureRole", "ssm:GetParameter"), chain=True),
    Mutation(
        "transform: a typing error in the handler",
        _with(_FUNCTION, "Transform", "Handler", value="chartlake.aws.handlers.transfrom"),
        chain=True,
    ),
    Mutation(
        "capture: CHARTLAKE_LAKE is missing",
        _with(_FUNCTION, "Capture", "Environment", "Variables", "CHARTLAKE_LAKE", value=None),
        chain=True,
    ),
    Mutation("Glue: another folder", _location, chain=True),
    Mutation("Glue: a timestamp called string", _column),
    Mutation("transform: role trusts Glue", _trusting("TransformRole", "glue.amazonaws.com")),
    Mutation("schedule: role trusts EventBridge", _trusting("ScheduleRole", "events.amazonaws.com")),
    Mutation("schedule: may call nothing", _without("ScheduleRole", "lambda:InvokeFunction")),
    Mutation(
        "schedule: sends no cadence",
        _with(
            "AWS::Scheduler::Schedule",
            "Daily",
            "Target",
            "Input",
            value='{"do": "capture", "scheduled_for": "<aws.scheduler.scheduled-time>"}',
        ),
    ),
    Mutation(
        "schedule: sends no tick",
        _with(
            "AWS::Scheduler::Schedule",
            "Daily",
            "Target",
            "Input",
            value='{"do": "capture", "scheduled_for": "now", "cadence": "daily"}',
        ),
    ),
    Mutation("queue: hidden for 30 s", _with(_QUEUE, "Arrived", "VisibilityTimeout", value=30)),
    Mutation("queue: nothing is set aside", _with(_QUEUE, "Arrived", "RedrivePolicy", value=None)),
    Mutation(
        "queue: what is set aside is kept 4 days",
        _with(_QUEUE, "Failed", "MessageRetentionPeriod", value=345600),
    ),
    Mutation("transform: may write where events begin", _loop),
    Mutation(
        "transform: concurrency reserved",
        _with(_FUNCTION, "Transform", "ReservedConcurrentExecutions", value=1),
    ),
    Mutation("sweep: nothing set aside", _with(_FUNCTION, "Sweep", "DeadLetterConfig", value=None)),
    Mutation("bucket: http is allowed", _no_tls),
    Mutation("bucket: deleted with the stack", _not_kept),
    Mutation("bucket: raw documents expire", _lifecycle),
    Mutation("bucket: no versions", _with("AWS::S3::Bucket", "Lake", "VersioningConfiguration", value=None)),
    Mutation("alarm: tells nobody", _with(_ALARM, "TransformFails", "AlarmActions", value=[])),
    Mutation(
        "alarm: silence is fine", _with(_ALARM, "ChartsOverdue", "TreatMissingData", value="notBreaching")
    ),
    Mutation(
        "alarm: a metric that nobody sends", _with(_ALARM, "DocumentsRejected", "MetricName", value="Refused")
    ),
    Mutation("budget: no forecast", _forecast),
    Mutation(
        "Athena: anybody may read everything",
        _with(
            "AWS::Athena::WorkGroup",
            "Asking",
            "WorkGroupConfiguration",
            "BytesScannedCutoffPerQuery",
            value=10**15,
        ),
    ),
)


@pytest.fixture(scope="module")
def smoked(
    emulator: Emulator, services: Services, content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """What the chain says to each mutation that it is tried with; nothing if it notices nothing."""
    zipped = emulator.packed(content)

    def tried(number: int, edit: Callable[[dict[str, Any]], None] | None) -> str:
        config = tmp_path_factory.mktemp("mutation") / "chartlake.toml"
        config.write_text(settings_text(services, f"mutation{number}"))
        made = deepcopy(shipped())
        if edit is not None:
            edit(made)
        return _smoke(World(Access("us-east-1"), config), zipped, made)

    wanted = [one for one in MUTATIONS if one.chain]
    with ThreadPoolExecutor(3) as pool:
        baseline = pool.submit(tried, 0, None)
        found = {one.name: pool.submit(tried, number, one.edit) for number, one in enumerate(wanted, 1)}
        assert baseline.result() == "", "the chain fails without any mutation"
        return {name: said.result() for name, said in found.items()}


def _smoke(world: World, zipped: bytes, made: dict[str, Any]) -> str:
    try:
        world.deploy(zipped, made)
    except ChartlakeError as error:
        return f"deployment: {error}"
    failed, said = world.capture(f"spotify {EDITORIAL_PLAYLIST}")
    if failed:
        return f"capture: {said.get('errorType')}"
    if not soon(lambda: world.keys(layout.PROCESSED), within=_WITHIN):
        return "nothing in processed"
    if not world.settled(within=_WITHIN):
        return "it still lies in to_be_processed"
    rows = world.ask("SELECT count(*) FROM chart_data AS d JOIN song_data AS s USING (song_id, raw_hash)")
    return "" if rows == [["50"]] else f"Athena counts {rows[0][0]}"


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: one.name)
def test_somebody_notices(mutation: Mutation, smoked: dict[str, str], tell: Callable[[str], None]):
    made = deepcopy(shipped())
    mutation.edit(made)
    assert made != shipped()
    by_chain = smoked.get(mutation.name, "not tried") or "notices nothing"
    by_invariant = ", ".join(broken(made)) or "none"
    tell(f"{mutation.name:48} | {by_chain:40.40} | {by_invariant}")
    assert broken(made) or smoked.get(mutation.name)


def test_the_invariants_notice_nothing_where_nothing_is():
    assert broken(shipped()) == []
