"""Somebody is told what went wrong: by a document to a webhook, and to a command.

It is sent once and never again: a message that fails does not fail what it tells of.
Nothing is sent where there is nothing to tell, and no secret is in it.
"""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import msgspec

from chartlake import __version__
from chartlake.config import Occasion, secret, without_secrets
from chartlake.errors import SettingsError, SourceError
from chartlake.status import explained

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from chartlake.config import Settings
    from chartlake.errors import ChartlakeError
    from chartlake.status import Status
    from chartlake.summary import Summary

WEBHOOK = "CHARTLAKE_NOTIFY_WEBHOOK"

_LONGEST = 30.0
"""Seconds that a webhook may take, and a command."""

_IN_TEXT = 5
_FAILED = {"failed", "abandoned"}
_MARKUP = re.compile(r"[\x00-\x1f\x7f-\x9f<>\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is worth telling.

    Attributes:
        kind: What kind of thing.
        message: What happened and what to do, in a sentence.
        source: Whose chart, if it is one's.
        chart_id: The provider's name of it.
    """

    kind: Occasion
    message: str
    source: str | None = None
    chart_id: str | None = None


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent.

    Attributes:
        chartlake: The version that sends it.
        command: What was called: ``run`` or ``status``.
        lake: Where the lake lies.
        at: When (UTC).
        text: The same for people, in a line; chat services show it.
        events: What happened.
    """

    chartlake: str
    command: str
    lake: str
    at: datetime
    text: str
    events: list[Event]


def of_run(summary: Summary) -> list[Event]:
    """What is worth telling of a run."""
    events = [
        Event(kind=kind, message=row.reason or row.state, source=row.source, chart_id=row.chart_id)
        for row in (*summary.abandoned, *summary.rows)
        if (kind := _kind(row.state))
    ]
    return [*events, *(Event(kind="drift", message=warning) for warning in summary.warnings)]


def of_error(error: ChartlakeError) -> list[Event]:
    """What is worth telling of a run that could not be made."""
    return [Event(kind="failure", message=str(error))]


def of_status(status: Status) -> list[Event]:
    """What is worth telling of how recording goes."""
    events = [
        Event(kind="stale", message=explained(chart), source=chart.source, chart_id=chart.chart_id)
        for chart in status.stale
    ]
    if status.rejected:
        counts = ", ".join(f"{count} {reason}" for reason, count in status.rejected.items())
        message = f"rejected documents: {counts}; `chartlake retry --list` tells more"
        events.append(Event(kind="rejected", message=message))
    return events


def wanted(settings: Settings, occasion: Occasion) -> bool:
    """Whether somebody is to be told of such a thing."""
    notify = settings.notify
    return occasion in notify.on and bool(notify.command or notify.webhook or secret(WEBHOOK))


def tell(settings: Settings, events: Iterable[Event], *, command: str, now: datetime) -> list[str]:
    """Tell whom the settings name, if they want to know any of it.

    Args:
        settings: Whom to tell, and of what.
        events: What happened.
        command: What was called.
        now: When it is (UTC).

    Returns:
        What could not be delivered, a sentence each.
    """
    told = [event for event in events if event.kind in settings.notify.on]
    if not told:
        return []
    message = Message(
        chartlake=__version__,
        command=command,
        lake=settings.lake,
        at=now,
        text=_text(command, told),
        events=told,
    )
    body = msgspec.json.encode(message)
    complaints = []
    try:
        if webhook := secret(WEBHOOK) or settings.notify.webhook:
            complaints.append(_posted(webhook, body))
    except SettingsError as error:
        complaints.append(str(error))
    if settings.notify.command:
        complaints.append(_handed(settings, body))
    return [complaint for complaint in complaints if complaint]


def _kind(state: str) -> Occasion | None:
    if state in _FAILED:
        return "failure"
    return "rejected" if state == "rejected" else None


def _text(command: str, events: list[Event]) -> str:
    """A line that no chat service takes for markup or for a call to everybody."""
    told = "; ".join(_line(event) for event in events[:_IN_TEXT])
    more = f"; and {len(events) - _IN_TEXT} more" if len(events) > _IN_TEXT else ""
    return f"chartlake {command}: {_MARKUP.sub(' ', told)}{more}"


def _line(event: Event) -> str:
    chart = f"{event.source} {event.chart_id or ''}".rstrip() if event.source else ""
    return f"{event.kind}: {chart}: {event.message}" if chart else f"{event.kind}: {event.message}"


def _posted(webhook: str, body: bytes) -> str | None:
    """Why the webhook was not told; None if it was."""
    from chartlake.sources.http import Client  # noqa: PLC0415 - slow to import, and mostly there is nothing

    try:
        with Client(budget=_LONGEST) as client:
            answer = client.visit().once(webhook, document=body)
    except SettingsError:
        # Its text shows the address, which may be a secret.
        return "the webhook of [notify] may not be called; use https://, or http:// with 127.0.0.1"
    except SourceError as error:
        return f"the webhook was not told: {error}"
    return (
        None if answer.fine else f"the webhook was not told: it answered {answer.status}; check its address"
    )


def _handed(settings: Settings, body: bytes) -> str | None:
    """Why the command was not told; None if it was."""
    command = settings.notify.command
    try:
        done = subprocess.run(  # noqa: S603 - the settings' own words, and no shell
            command,
            input=body,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=settings.folder,
            env=without_secrets(),
            timeout=_LONGEST,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"the command {command[0]} of [notify] took more than {_LONGEST:g} seconds; make it quicker"
    except (OSError, ValueError):
        return f"the command {command[0]} of [notify] cannot be run; check its path and permissions"
    if done.returncode:
        return f"the command {command[0]} of [notify] ended with {done.returncode}; run it by hand to see why"
    return None
