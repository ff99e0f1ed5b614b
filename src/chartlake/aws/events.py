"""What the cloud tells the functions, read strictly: ticks of the schedule, and names of new objects."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from urllib.parse import unquote_plus

import msgspec

from chartlake import layout
from chartlake.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartlake.sources import Chart

_TICK = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|\+00:00)")


class Tick(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the schedule sends to the function ``capture``.

    Attributes:
        do: The function that it is for, so that a message found in a queue can be sent again.
        scheduled_for: The tick (UTC) in ISO 8601, as EventBridge Scheduler puts it in.
        cadence: The charts of this cadence that no schedule of their own captures.
        charts: Or these charts, each as ``source id``.
        left_to_others: Charts that a schedule of their own captures, as ``source id``.
    """

    do: Literal["capture"] = "capture"
    scheduled_for: str
    cadence: Literal["daily", "weekly"] | None = None
    charts: list[str] | None = None
    left_to_others: list[str] = []

    @property
    def moment(self) -> datetime:
        """The tick.

        Raises:
            SettingsError: It is no moment; ``<aws.scheduler.scheduled-time>`` that nobody filled in is none.
        """
        if not _TICK.fullmatch(self.scheduled_for):
            raise SettingsError(
                f"scheduled_for is {self.scheduled_for[:80]!r} and no moment in UTC such as "
                "2026-11-20T06:17:00Z; run `chartlake aws deploy` again, which writes the schedules anew"
            )
        try:
            return datetime.fromisoformat(self.scheduled_for).astimezone(UTC)
        except ValueError as error:
            raise SettingsError(
                f"scheduled_for is {self.scheduled_for!r}, a moment that never was; correct the schedule"
            ) from error

    def wanted(self, charts: list[Chart]) -> list[Chart]:
        """Those of the settings' charts that it is the time for.

        Raises:
            SettingsError: It says neither which cadence nor which charts, or names one that is not there.
        """
        by_name = {named(chart): chart for chart in charts}
        if self.charts is not None:
            unknown = [name for name in self.charts if name not in by_name]
            if unknown:
                raise SettingsError(
                    f"the schedule names {unknown[0]!r}, which chartlake.toml does not; "
                    "run `chartlake aws deploy` again"
                )
            return [by_name[name] for name in self.charts]
        if self.cadence is None:
            raise SettingsError(
                "the schedule says neither which cadence nor which charts; run `chartlake aws deploy` again"
            )
        return [
            chart
            for name, chart in by_name.items()
            if chart.cadence == self.cadence and name not in self.left_to_others
        ]


class Place(NamedTuple):
    """Where the lake lies in S3: a bucket, and what its keys begin with (empty, or ending in ``/``)."""

    bucket: str
    prefix: str = ""


def named(chart: Chart) -> str:
    """A chart as schedules name it."""
    return f"{chart.source} {chart.id}"


def tick(event: Any) -> Tick:
    """What the schedule sent.

    Raises:
        SettingsError: It is not what a schedule of ours sends.
    """
    try:
        return msgspec.convert(event, Tick)
    except msgspec.ValidationError as error:
        raise SettingsError(
            f"this is no message of the schedule ({error}); run `chartlake aws deploy` again"
        ) from error


def place(address: str) -> Place | None:
    """The bucket and prefix of a lake's address, or None of a lake elsewhere."""
    if not address.startswith("s3://"):
        return None
    bucket, _, prefix = address.removeprefix("s3://").partition("/")
    return Place(bucket, f"{prefix.strip('/')}/" if prefix.strip("/") else "")


def pending_in(body: str, *, lake: Place | None) -> list[str]:
    """The keys of pending documents that a message of the queue names.

    Two envelopes are known.  An event of EventBridge names the key literally, and a notification
    that S3 sent to the queue itself names it form-encoded (Amazon S3 user guide, "Event message
    structure").  What is not below to_be_processed is passed over, whatever rule let it through, so
    that no function ever wakes itself; so is another bucket's object.

    Raises:
        ValueError: It is neither of the two.
    """
    said = msgspec.json.decode(body)
    if not isinstance(said, dict):
        raise ValueError("the message is no JSON object")  # noqa: TRY004 - the data is wrong, not a type
    if said.get("Event") == "s3:TestEvent":
        return []
    found = list(_bridged(said)) or list(_notified(said))
    if not found:
        raise ValueError("the message names no object of S3")
    return [key for one in found if (key := _pending(*one, lake=lake)) is not None]


def _bridged(said: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if said.get("source") != "aws.s3":
        return
    detail = said.get("detail")
    try:
        yield str(detail["bucket"]["name"]), str(detail["object"]["key"])  # type: ignore[index]
    except (KeyError, TypeError):
        return


def _notified(said: dict[str, Any]) -> Iterator[tuple[str, str]]:
    records = said.get("Records")
    for record in records if isinstance(records, list) else []:
        try:
            yield str(record["s3"]["bucket"]["name"]), unquote_plus(str(record["s3"]["object"]["key"]))
        except (KeyError, TypeError):
            continue


def _pending(bucket: str, key: str, *, lake: Place | None) -> str | None:
    if lake is not None:
        if bucket != lake.bucket or not key.startswith(lake.prefix):
            return None
        key = key.removeprefix(lake.prefix)
    return key if key.startswith(layout.TO_BE_PROCESSED) and not key.endswith("/") else None
