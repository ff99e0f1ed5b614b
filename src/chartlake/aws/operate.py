"""Looking after a stack that is there: does it work, how does it go, what was set aside, what was said."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from chartlake import layout
from chartlake.aws import athena, events
from chartlake.aws.access import explained
from chartlake.errors import ChartlakeError, StorageError
from chartlake.steps import LATEST
from chartlake.store import open_store
from chartlake.sweep import accepted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from chartlake.aws.access import Access
    from chartlake.sources import Chart
    from chartlake.store import Store

FUNCTIONS = ("Capture", "Transform", "Sweep", "Report")
_QUEUES = ("Arrived", "Failed", "Undelivered")
_PATIENCE = 180.0


class Seen(NamedTuple):
    """What became of one chart on its way through the stack.

    Attributes:
        chart: The chart, as ``source id``.
        state: What the capture came to.
        entries: Entries in the raw document that lies in processed; None if there is none.
        in_athena: Rows that Athena counts of that document.
    """

    chart: str
    state: str
    entries: int | None
    in_athena: int | None

    @property
    def fine(self) -> bool:
        """Whether what was captured is what Athena answers."""
        return self.entries is not None and self.entries == self.in_athena


class Fact(NamedTuple):
    """One thing that is so."""

    what: str
    how: str


def called(access: Access, name: str, event: Mapping[str, Any]) -> Any:
    """Invoke a function and wait for what it returns.

    Raises:
        ChartlakeError: The function failed; its own sentence.
        CredentialsError, StorageError: It cannot be invoked.
    """
    with explained(f"invoking {name}"):
        answer = access.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event).encode())
        said = json.loads(answer["Payload"].read() or b"null")
    if "FunctionError" in answer:
        why = said.get("errorMessage", "no reason given") if isinstance(said, dict) else said
        raise ChartlakeError(f"{name} failed: {why}; `chartlake aws logs` shows what it said")
    return said


def verified(
    access: Access, out: Mapping[str, str], charts: list[Chart], *, now: datetime, pause: float = 1.0
) -> list[Seen]:
    """Send charts through the deployed chain, and count at both ends.

    Args:
        access: Account and region.
        out: What the stack says of itself.
        charts: The charts of the settings.
        now: The tick to capture for (UTC).
        pause: Seconds between looks whether they have arrived.

    Raises:
        ChartlakeError: The capture failed.
        StorageError: The event never led to the transform.
    """
    names = [events.named(chart) for chart in charts]
    sent = {"do": "capture", "scheduled_for": f"{now:%Y-%m-%dT%H:%M:%SZ}", "charts": names}
    states = called(access, out["Capture"], sent)["states"]
    store = open_store(out["Lake"])
    _await_empty(store, pause=pause)
    return [_seen(access, out, store, chart, states, pause=pause) for chart in charts]


def facts(access: Access, stack: Mapping[str, Any], out: Mapping[str, str]) -> Iterator[Fact]:
    """How a stack goes: its state, its queues, its alarms, its last page."""
    yield Fact("stack", f"{stack['StackName']} is {stack['StackStatus']}")
    yield Fact("lake", out["Lake"])
    sqs = access.client("sqs")
    for queue in _QUEUES:
        with explained(f"looking at the queue {queue}"):
            said = sqs.get_queue_attributes(
                QueueUrl=out[queue],
                AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
            )["Attributes"]
        yield Fact(f"messages in {queue}", str(sum(int(number) for number in said.values())))
    with explained("looking at the alarms"):
        alarms = access.client("cloudwatch").describe_alarms(AlarmNamePrefix=f"{stack['StackName']}-")
    for alarm in alarms["MetricAlarms"]:
        name = alarm["AlarmName"].removeprefix(f"{stack['StackName']}-")
        yield Fact(f"alarm {name}", alarm["StateValue"])


def sent_again(access: Access, out: Mapping[str, str], *, now: datetime) -> Iterator[Fact]:
    """Take up what was set aside: messages go back to their queue, ticks to their function.

    A tick that is too long ago cannot be made good, for sources tell only what is now: it is taken
    out of the queue and told.

    Raises:
        CredentialsError, StorageError: AWS cannot be asked.
    """
    sqs, number = access.client("sqs"), 0
    with explained("moving messages back to their queue"):
        for message in _taken(sqs, out["Failed"]):
            sqs.send_message(QueueUrl=out["Arrived"], MessageBody=message["Body"])
            sqs.delete_message(QueueUrl=out["Failed"], ReceiptHandle=message["ReceiptHandle"])
            number += 1
    yield Fact("messages back in the queue of new documents", str(number))
    with explained("sending ticks again"):
        while found := sqs.receive_message(QueueUrl=out["Undelivered"], MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in found:
                yield Fact("tick", _tick_again(access, out, message["Body"], now=now))
                sqs.delete_message(QueueUrl=out["Undelivered"], ReceiptHandle=message["ReceiptHandle"])


def said(access: Access, out: Mapping[str, str], *, since: datetime) -> Iterator[tuple[str, str, str]]:
    """What the functions said since then: when, which function, and the line.

    Raises:
        CredentialsError, StorageError: AWS cannot be asked.
    """
    functions, logs = access.client("lambda"), access.client("logs")
    lines = []
    for name in FUNCTIONS:
        with explained(f"reading what {name} said"):
            found = functions.get_function_configuration(FunctionName=out[name])
            group = found.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{out[name]}"
            pages = logs.get_paginator("filter_log_events").paginate(
                logGroupName=group, startTime=int(since.timestamp() * 1000)
            )
            lines += [
                (one["timestamp"], name, one["message"].rstrip()) for page in pages for one in page["events"]
            ]
    for moment, name, line in sorted(lines):
        yield datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="seconds"), name, line


def _taken(sqs: Any, queue: str) -> Iterator[dict[str, Any]]:
    """The messages of a queue, each hidden from others until it is deleted, or for half a minute."""
    while found := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1).get(
        "Messages"
    ):
        yield from found


def _tick_again(access: Access, out: Mapping[str, str], body: str, *, now: datetime) -> str:
    try:
        event = json.loads(body)
        if event.get("do") != "capture":
            return f"{event.get('do')} runs again by itself; taken out"
        moment = events.tick(event).moment
    except (ValueError, AttributeError, ChartlakeError):
        return "a message that no schedule sends; taken out"
    if not timedelta() <= now - moment <= LATEST:
        return f"{moment:%Y-%m-%d %H:%M} UTC is too long ago to be made good; taken out"
    called(access, out["Capture"], event)
    return f"{moment:%Y-%m-%d %H:%M} UTC captured"


def _await_empty(store: Store, *, pause: float) -> None:
    until = time.monotonic() + _PATIENCE
    while any(True for _ in store.list(layout.TO_BE_PROCESSED)):
        if time.monotonic() > until:
            raise StorageError(
                f"a document still waits after {_PATIENCE:.0f} s, so no event led to the transform; "
                "`chartlake aws status` shows the queues, and `chartlake aws logs` what was said"
            )
        time.sleep(pause)


def _seen(
    access: Access,
    out: Mapping[str, str],
    store: Store,
    chart: Chart,
    states: Mapping[str, str],
    *,
    pause: float,
) -> Seen:
    name = events.named(chart)
    state = states.get(name, "taken care of before")
    folder = f"{layout.PROCESSED}{layout.spelled(chart.source)}/{layout.spelled(chart.id)}/"
    keys = [stored.key for stored in store.list(folder)]
    if not keys:
        return Seen(name, state, None, None)
    latest = accepted(keys[-1], store.get(keys[-1]))
    # Read as a number and written as one, so that nothing of the data gets into the statement.
    digits = f"{int(latest.raw_hash, 16):064x}"
    rows = athena.asked(
        access,
        f"SELECT count(*) FROM chart_data WHERE raw_hash = '{digits}'",  # noqa: S608 - hexadecimal digits
        database=out["Database"],
        work_group=out["WorkGroup"],
        pause=pause,
    )
    return Seen(name, state, len(latest.reading.entries), int(rows[0][0] or 0))
