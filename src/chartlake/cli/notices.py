"""Telling somebody, once a command has done its work; whatever comes of that fails nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chartlake.cli import output
from chartlake.errors import ChartlakeError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chartlake.cli.options import Lake
    from chartlake.notify import Event
    from chartlake.status import Status
    from chartlake.summary import Summary


def after_run(at: Lake, summary: Summary) -> None:
    """Tell what went wrong in a run, and what is stale and was not told today."""
    from chartlake import notify  # noqa: PLC0415 - only what is used is imported
    from chartlake.pipeline import utc_now  # noqa: PLC0415
    from chartlake.reminders import Reminders  # noqa: PLC0415

    events, now, reminders, stale = notify.of_run(summary), utc_now(), None, []
    try:
        if notify.wanted(at.settings, "stale"):
            stale = [event for event in notify.of_status(_status(at)) if event.kind == "stale"]
            reminders = Reminders(at.store)
            events += reminders.due(stale, now=now)
    except ChartlakeError as error:
        output.talk(f"warning: nobody can be told what is stale: {error}")
    if _tell(at, events, command="run") and reminders is not None:
        try:
            reminders.remember(stale, now=now)
        except ChartlakeError as error:
            output.talk(f"warning: the next run tells again what is stale: {error}")


def after_failure(at: Lake, error: ChartlakeError) -> None:
    """Tell that a run could not be made."""
    from chartlake import notify  # noqa: PLC0415 - only what is used is imported

    _tell(at, notify.of_error(error), command="run")


def after_status(at: Lake, told: Status) -> None:
    """Tell what is stale or was rejected."""
    from chartlake import notify  # noqa: PLC0415 - only what is used is imported

    _tell(at, notify.of_status(told), command="status")


def _status(at: Lake) -> Status:
    from chartlake.pipeline import utc_now  # noqa: PLC0415 - only what is used is imported
    from chartlake.status import status  # noqa: PLC0415

    warehouse = at.warehouse()
    warehouse.refresh()
    return status(at.store, at.settings, warehouse, now=utc_now())


def _tell(at: Lake, events: Iterable[Event], *, command: str) -> bool:
    """Tell whom the settings name; whether all of them were told."""
    from chartlake.notify import tell  # noqa: PLC0415 - only what is used is imported
    from chartlake.pipeline import utc_now  # noqa: PLC0415

    complaints = tell(at.settings, events, command=command, now=utc_now())
    for complaint in complaints:
        output.talk(f"warning: {complaint}")
    return not complaints
