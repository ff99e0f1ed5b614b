"""The shipped stack in a local AWS: from the schedule to Athena, and what happens when something fails.

The tests stand in the order of a lake's life and share one stack.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from emulator import Emulator
from runtime import Runtime
from world import World, shipped, soon

from chartlake import cli, layout, pipeline, views
from chartlake.aws import athena, deployment, operate
from chartlake.demo import EDITORIAL_PLAYLIST
from chartlake.demo.faults import rate_limited
from chartlake.dictionary import VIEWS
from chartlake.errors import QueryError, StorageError
from chartlake.intake import bring_in
from chartlake.intake.bucket import fetched
from chartlake.store import open_store
from chartlake.tables import PUBLISHED
from chartlake.warehouse import Warehouse
from conftest import FIRST

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chartlake.demo.services import Services

SPOTIFY = f"spotify {EDITORIAL_PLAYLIST}"
DEEZER = "deezer 3155776842"
DAILY = {SPOTIFY, DEEZER, "apple us-songs"}


def bridged(world: World, key: str) -> str:
    return json.dumps(
        {
            "source": "aws.s3",
            "detail-type": "Object Created",
            "detail": {"bucket": {"name": world.bucket}, "object": {"key": key}},
        }
    )


def measured(emulator: Emulator, name: str) -> list[int]:
    """The values of a metric, as CloudWatch would take them from the lines."""
    found = []
    for line in emulator.log.read_text(errors="replace").splitlines():
        if line.startswith('{"_aws"'):
            said = json.loads(line)
            if any(one["Name"] == name for one in said["_aws"]["CloudWatchMetrics"][0]["Metrics"]):
                found.append(said[name])
    return found


def test_the_zip_starts_quickly_under_the_runtime_client(
    emulator: Emulator, content: bytes, tell: Callable[[str], None]
):
    assert len(content) <= 50_000_000
    seconds = []
    for handler in ("capture", "transform", "report"):
        with Runtime(emulator, content, f"chartlake.aws.handlers.{handler}") as runtime:
            seconds.append(runtime.cold_start())
            assert runtime.init_error is None
    wall, busy = (sorted(one) for one in zip(*seconds, strict=True))
    tell(
        f"zip {len(content) / 1e6:.1f} MB, unzipped {Runtime.unzipped(content) / 2**20:.0f} MiB; "
        f"cold start {busy[-1]:.2f} s of a processor, {wall[0]:.2f} to {wall[-1]:.2f} s of the clock"
    )
    assert busy[-1] <= 0.5


def test_a_handler_that_is_not_there_fails_at_the_start(emulator: Emulator, content: bytes):
    with Runtime(emulator, content, "chartlake.aws.handlers.transfrom") as runtime:
        runtime.cold_start()
        assert runtime.init_error is not None
        assert runtime.init_error["errorType"] == "Runtime.HandlerNotFound"


def test_a_tick_reaches_athena(world: World, tell: Callable[[str], None]):
    started = time.monotonic()
    failed, said = world.capture()
    assert not failed, said
    assert said["states"] == dict.fromkeys(DAILY, "published")
    assert world.settled()
    assert len(world.keys(layout.PROCESSED)) == 3
    rows = world.ask("SELECT source, count(*) FROM chart_data GROUP BY source ORDER BY source")
    assert rows == [["apple", "100"], ["deezer", "20"], ["spotify", "50"]]
    tell(f"tick to Athena: {time.monotonic() - started:.1f} s, three charts")


def test_the_rows_are_those_of_a_folder(world: World, tmp_path: Path):
    warehouse = _folder_of(world, tmp_path)
    for table in PUBLISHED:
        columns = ", ".join(f"CAST({one.name} AS VARCHAR) AS {one.name}" for one in table.columns)
        asked = f"SELECT {columns} FROM {table.name}"
        here = [list(row) for row in warehouse.ask(asked).rows]
        there = world.ask(asked)
        assert len(here) > 10
        assert sorted(there, key=str) == sorted(here, key=str), table.name


def test_the_translated_views_say_what_ours_say(world: World, tmp_path: Path):
    """On DuckDB both times: what the local Athena cannot show is Trino."""
    assert next(athena.make_views(world.access, **world.asking, pause=0.05)) == views.ORDER[0]
    warehouse = _folder_of(world, tmp_path)
    with_views = "WITH " + ", ".join(f"{name} AS ({athena.statement(name)})" for name in views.ORDER)
    for view in VIEWS:
        if view.name == "coverage":
            continue  # It tells of runs, and those of the folder are others.
        columns = ", ".join(f"CAST({one.name} AS VARCHAR) AS {one.name}" for one in view.columns)
        asked = f"SELECT {columns} FROM {view.name}"
        here = [list(row) for row in warehouse.ask(asked).rows]
        there = world.ask(f"{with_views} {asked}")
        assert here, view.name
        assert sorted(there, key=str) == sorted(here, key=str), view.name


def _folder_of(world: World, folder: Path) -> Warehouse:
    """The cache of a lake in a folder, made of the same raw documents."""
    store = open_store(str(folder / "lake"))
    for key in world.keys(layout.PROCESSED):
        store.put(layout.pending_key(key), world.store.get(key))
    pipeline.run(store, [], {})
    warehouse = Warehouse(store, folder / "w.duckdb")
    warehouse.refresh()
    return warehouse


def test_the_same_tick_again_asks_nobody(world: World, services: Services):
    at = datetime.now(UTC)
    world.capture(DEEZER, at=at)
    asked = len(services.seen)
    failed, said = world.capture(DEEZER, at=at)
    assert not failed
    assert said["states"] == {}
    assert len(services.seen) == asked


def test_a_schedule_that_nobody_filled_in_fails(world: World):
    failed, said = world.call(
        "Capture", {"scheduled_for": "<aws.scheduler.scheduled-time>", "cadence": "daily"}
    )
    assert failed
    assert said["errorType"] == "SettingsError"
    assert "deploy" in said["errorMessage"]


def test_a_rate_limit_ends_as_deferred_and_is_no_failure(world: World, services: Services):
    services.misbehave(rate_limited("3600"), service="apple", times=1)
    failed, said = world.capture("apple us-songs")
    assert not failed
    assert said["states"] == {"apple us-songs": "deferred"}
    world.client("s3").delete_object(Bucket=world.bucket, Key="state/charts/apple/us-songs.json")


def test_an_event_delivered_twice_changes_nothing(world: World):
    key = layout.pending_key(world.keys(layout.PROCESSED)[0])
    before = world.keys()
    for _ in range(2):
        world.client("sqs").send_message(QueueUrl=world.out["Arrived"], MessageBody=bridged(world, key))
    assert world.settled()
    assert world.keys() == before
    assert world.waiting("Failed") == 0


def test_a_lost_event_is_made_good_by_the_sweep(world: World, services: Services):
    services.today = FIRST + timedelta(days=1)
    rule = world.resource("RawArrived")
    world.client("events").disable_rule(Name=rule)
    try:
        world.capture("apple us-songs")
        time.sleep(1)
        assert len(world.keys(layout.TO_BE_PROCESSED)) == 1
    finally:
        world.client("events").enable_rule(Name=rule)
    failed, said = world.call("Sweep", {"do": "sweep"})
    assert not failed, said
    assert said["published"] == 1
    assert "listenbrainz week" in said["overdue"]
    assert world.keys(layout.TO_BE_PROCESSED) == []
    assert world.ask("SELECT count(DISTINCT chart_date) FROM chart_data WHERE source = 'apple'") == [["2"]]


def test_poison_is_rejected_and_keeps_nobody_waiting(world: World, services: Services, emulator: Emulator):
    services.today = FIRST + timedelta(days=2)
    world.client("s3").put_object(Bucket=world.bucket, Key=f"{layout.TO_BE_PROCESSED}a b+c.json", Body=b"{x")
    world.capture("apple us-songs")
    assert world.settled()
    rejected = world.keys(layout.REJECTED)
    assert len(rejected) == 2
    reason = json.loads(world.store.get(next(key for key in rejected if key.endswith(layout.REASON_SUFFIX))))
    assert reason["reason"] == "malformed"
    assert world.ask("SELECT count(DISTINCT chart_date) FROM chart_data WHERE source = 'apple'") == [["3"]]
    assert 1 in measured(emulator, "Rejected")


def test_a_message_that_nobody_can_read_is_set_aside(world: World):
    world.client("sqs").send_message(QueueUrl=world.out["Arrived"], MessageBody="{x")
    assert soon(lambda: world.waiting("Failed") == 1, within=30)
    assert world.waiting("Arrived") == 0
    world.client("sqs").purge_queue(QueueUrl=world.out["Failed"])


def test_what_failed_for_want_of_a_right_is_taken_up_by_redrive(world: World, services: Services):
    services.today = FIRST + timedelta(days=3)
    iam, role, name, document = _transform_policy(world)
    without = {
        **document,
        "Statement": [one for one in document["Statement"] if one.get("Sid") != "Write"],
    }
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(without))
    try:
        world.capture("apple us-songs")
        assert soon(lambda: world.waiting("Failed") == 1, within=30)
        assert len(world.keys(layout.TO_BE_PROCESSED)) == 1
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
    facts = list(operate.sent_again(world.access, world.out, now=datetime.now(UTC)))
    assert facts[0].how == "1"
    assert world.settled()
    assert world.waiting("Failed") == 0
    assert world.ask("SELECT count(DISTINCT chart_date) FROM chart_data WHERE source = 'apple'") == [["4"]]


def _transform_policy(world: World) -> tuple[Any, str, str, dict[str, Any]]:
    iam, role = world.client("iam"), world.resource("TransformRole")
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    return iam, role, name, iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]


def test_a_tick_that_nobody_could_deliver_is_sent_again_by_redrive(world: World, services: Services):
    now = datetime.now(UTC)
    for moment in (now, now - timedelta(days=5)):
        body = {"do": "capture", "scheduled_for": f"{moment:%Y-%m-%dT%H:%M:%SZ}", "charts": [DEEZER]}
        world.client("sqs").send_message(QueueUrl=world.out["Undelivered"], MessageBody=json.dumps(body))
    asked = len(services.seen)
    facts = [one.how for one in operate.sent_again(world.access, world.out, now=datetime.now(UTC))]
    assert any(how.endswith("captured") for how in facts)
    assert any("too long ago" in how for how in facts)
    assert len(services.seen) > asked
    assert world.waiting("Undelivered") == 0


def test_the_transform_cannot_wake_itself(world: World):
    """IAM refuses what would make a loop."""
    import boto3  # noqa: PLC0415
    from botocore.exceptions import ClientError  # noqa: PLC0415

    role = world.client("iam").get_role(RoleName=world.resource("TransformRole"))["Role"]["Arn"]
    given = world.client("sts").assume_role(RoleArn=role, RoleSessionName="tests")["Credentials"]
    client = boto3.client(
        "s3",
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
    client.put_object(Bucket=world.bucket, Key=f"{layout.PROCESSED}allowed", Body=b"1")
    world.client("s3").delete_object(Bucket=world.bucket, Key=f"{layout.PROCESSED}allowed")
    for key in (f"{layout.TO_BE_PROCESSED}loop", "claims/a", "query-results/a", "report/index.html"):
        with pytest.raises(ClientError, match="AccessDenied"):
            client.put_object(Bucket=world.bucket, Key=key, Body=b"1")


def test_nobody_speaks_to_the_bucket_without_tls(world: World):
    (statement,) = [
        one
        for one in json.loads(world.client("s3").get_bucket_policy(Bucket=world.bucket)["Policy"])[
            "Statement"
        ]
        if one.get("Condition", {}).get("Bool")
    ]
    assert statement["Effect"] == "Deny"


def test_the_page_is_published(world: World):
    failed, said = world.call("Report", {"do": "report"})
    assert not failed, said
    assert world.store.get(layout.PAGE).startswith(b"<!doctype html>")
    assert said["charts"] == 3


def test_verify_counts_at_both_ends(world: World):
    charts = [chart for chart in world.settings.charts if chart.cadence == "daily"]
    seen = operate.verified(world.access, world.out, charts, now=datetime.now(UTC), pause=0.1)
    assert {one.chart for one in seen} == DAILY
    assert all(one.fine for one in seen), seen


def test_a_bucket_is_taken_in_by_its_address(world: World, tmp_path: Path):
    documents = len(world.keys(layout.PROCESSED))
    with fetched(world.out["Lake"]) as folder:
        brought = bring_in(open_store(str(tmp_path / "lake")), [folder], now=datetime.now(UTC))
    assert brought.taken == documents
    assert len(brought.refused) == 1  # The poison.


def test_an_alarm_reaches_the_topic(world: World, emulator: Emulator):
    """What the functions said is handed to CloudWatch here: the local one reads no lines."""
    sqs, sns = world.client("sqs"), world.client("sns")
    queue = sqs.create_queue(QueueName="mailbox")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    may_send = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [may_send]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=world.resource("Alarms"), Protocol="sqs", Endpoint=arn)
    for name in ("Rejected", "Overdue"):
        world.client("cloudwatch").put_metric_data(
            Namespace="chartlake",
            MetricData=[
                {
                    "MetricName": name,
                    "Value": max(measured(emulator, name)),
                    "Dimensions": [{"Name": "stack", "Value": world.stack}],
                }
            ],
        )
    mails: list[str] = []

    def rang() -> bool:
        mails.extend(one["Body"] for one in sqs.receive_message(QueueUrl=queue).get("Messages", []))
        return all(any(name in one for one in mails) for name in ("DocumentsRejected", "ChartsOverdue"))

    assert soon(rang, within=30), mails
    stack = {"StackName": world.stack, "StackStatus": "CREATE_COMPLETE"}
    facts = dict(operate.facts(world.access, stack, world.out))
    assert facts["alarm DocumentsRejected"] == "ALARM"
    assert facts["messages in Failed"] == "0"


def test_a_question_that_athena_refuses_is_told(world: World):
    with pytest.raises(QueryError, match="Athena refuses"):
        world.ask("SELECT nothing FROM nowhere")


def test_the_schedule_calls_the_capture(world: World, services: Services):
    """With the tick written in, for the local scheduler fills nothing in."""
    scheduler = world.client("scheduler")
    known = scheduler.get_schedule(Name=world.resource("Daily"))
    asked = len(services.seen)
    at = datetime.now(UTC)
    sent = json.loads(known["Target"]["Input"]) | {"scheduled_for": f"{at:%Y-%m-%dT%H:%M:%SZ}"}
    scheduler.create_schedule(
        Name="now",
        ScheduleExpression=f"at({at:%Y-%m-%dT%H:%M:%S})",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={**known["Target"], "Input": json.dumps(sent)},
    )
    assert soon(lambda: len(services.seen) > asked, within=30)


def test_a_second_deployment_keeps_what_is_there(world: World, emulator: Emulator, content: bytes):
    # What passes, passes: the capture of the schedule may still be at it.
    before = set(world.keys("raw_data/processed/"))
    world.deploy(emulator.packed(content), shipped())
    assert before <= set(world.keys("raw_data/processed/"))


def test_what_the_functions_said_is_shown(world: World):
    lines = list(operate.said(world.access, world.out, since=datetime.now(UTC) - timedelta(hours=1)))
    assert {name for _, name, _ in lines} >= {"Capture", "Transform", "Sweep"}
    assert any('"message": "published"' in line for _, _, line in lines)
    assert not any("not-a-secret" in line for _, _, line in lines)


def test_the_commands_speak_to_the_stack(world: World, config: Path, capsys: pytest.CaptureFixture[str]):
    for command, says in (
        (("status",), "messages in Failed"),
        (("logs", "--hours", "1"), "published"),
        (("redrive",), "back in the queue"),
        (("verify", "deezer"), "deezer 3155776842"),
    ):
        assert cli.run(["aws", *command, "--config", str(config)]) == 0, command
        assert says in capsys.readouterr().out


def test_a_stack_that_is_destroyed_leaves_its_data(world: World):
    before = world.keys()
    deployment.unmade(world.access, world.stack, pause=0.1)
    assert deployment.outputs(world.access, world.stack) is None
    with pytest.raises(StorageError, match="`chartlake aws deploy` makes one"):
        deployment.needed(world.access, world.stack)
    assert world.keys() == before
    names = [f"/chartlake/{world.stack}/CHARTLAKE_SPOTIFY_CLIENT_SECRET"]
    assert world.client("ssm").get_parameters(Names=names)["Parameters"] == []
    # And with its data, once somebody names the bucket.
    assert deployment.emptied(world.access, world.out["Lake"]) >= len(before)
    buckets = [one["Name"] for one in world.client("s3").list_buckets()["Buckets"]]
    assert world.bucket not in buckets
