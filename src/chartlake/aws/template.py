"""The stack as CloudFormation reads it, and what is put into it for one person's charts.

``template.json`` is synthesised from deploy/aws (a test says that it is) and shipped with the
package, so that whoever deploys needs neither the CDK nor node.
"""

from __future__ import annotations

import json
import re
from copy import deepcopy
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from chartlake.aws.events import named
from chartlake.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chartlake.sources import Chart

LARGEST = 51_200
"""Bytes of a template that is sent with the call (AWS CloudFormation user guide, "Quotas")."""

SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"
"""What EventBridge Scheduler replaces by the tick (user guide, "Adding context attributes")."""

INPUTS: dict[str, dict[str, Any]] = {
    "Daily": {"do": "capture", "scheduled_for": SCHEDULED_TIME, "cadence": "daily"},
    "Weekly": {"do": "capture", "scheduled_for": SCHEDULED_TIME, "cadence": "weekly"},
    "Sweeping": {"do": "sweep"},
    "Reporting": {"do": "report"},
}
"""What each schedule sends to its function."""

_EXPRESSION = re.compile(r"(?:cron|rate|at)\([A-Za-z0-9 */?,#:LW-]+\)")


def shipped() -> dict[str, Any]:
    """The template as it was synthesised."""
    text = files("chartlake.aws").joinpath("template.json").read_text(encoding="utf-8")
    made: dict[str, Any] = json.loads(text)
    return made


def for_charts(
    template: Mapping[str, Any], charts: Sequence[Chart], schedules: Mapping[str, str]
) -> dict[str, Any]:
    """The template with a schedule of its own for each chart that wants one.

    Args:
        template: The template.
        charts: The charts of the settings.
        schedules: When to capture some of them, by ``source id``.

    Raises:
        SettingsError: A schedule names no chart, or says no time.
    """
    made = deepcopy(dict(template))
    known = {named(chart) for chart in charts}
    for number, (name, at) in enumerate(sorted(schedules.items()), 1):
        if name not in known:
            raise SettingsError(
                f"[aws] schedules names {name!r}, which is no chart; there are: {', '.join(sorted(known))}"
            )
        own = deepcopy(made["Resources"]["Daily"])
        own["Properties"]["ScheduleExpression"] = expression(at)
        sent = {"do": "capture", "scheduled_for": SCHEDULED_TIME, "charts": [name]}
        own["Properties"]["Target"]["Input"] = json.dumps(sent, sort_keys=True)
        made["Resources"][f"Own{number}"] = own
    for name in ("Daily", "Weekly") if schedules else ():
        sent = {**INPUTS[name], "left_to_others": sorted(schedules)}
        made["Resources"][name]["Properties"]["Target"]["Input"] = json.dumps(sent, sort_keys=True)
    return made


def expression(said: str) -> str:
    """A time as EventBridge Scheduler writes one.

    Raises:
        SettingsError: It is none.
    """
    if not _EXPRESSION.fullmatch(said):
        raise SettingsError(
            f"{said!r} is no schedule; write it like cron(17 6 * * ? *) or rate(12 hours), in UTC"
        )
    return said


def minified(template: Mapping[str, Any]) -> str:
    """A template as it is sent.

    Raises:
        SettingsError: It is too large, for too many charts have a schedule of their own.
    """
    text = json.dumps(template, separators=(",", ":"), sort_keys=True)
    if len(text.encode()) > LARGEST:
        raise SettingsError(
            f"the template has {len(text.encode())} bytes and may have {LARGEST}; "
            "give fewer charts a schedule of their own"
        )
    return text
