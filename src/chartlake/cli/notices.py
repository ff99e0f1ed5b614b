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
    """Tell what went wrong in a run, and what is stale."""
    from chartlake import notify  # noqa: PLC0415 - only what is used is imported

    events = notify.of_run(summary)
    try:
        if notify.wanted(at.settings, "stale"):
            events += [event for event in notify.of_status(_status(at)) if event.kind == "stale"]
    except ChartlakeError as error:
        output.talk(f"warning: nobody can be told what is stale: {error}")
    _tell(at, events, command="run")


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


def _tell(at: Lake, events: Iterable[Event], *, command: str) -> None:
    from chartlake.notify import tell  # noqa: PLC0415 - only what is used is imported
    from chartlake.pipeline import utc_now  # noqa: PLC0415

    for complaint in tell(at.settings, events, command=command, now=utc_now()):
        output.talk(f"warning: {complaint}")
