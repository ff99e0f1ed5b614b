"""What the functions say: one JSON document a line, on standard output.

CloudWatch makes metrics of the lines that hold ``_aws`` (its embedded metric format); nothing is
sent, so nothing can be lost or cost a request.  Nothing said here holds a secret: errors and rows
of the ledger are made without them.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import Any

NAMESPACE = "chartlake"

METRICS = ("Captured", "Published", "Rejected", "Deferred", "Overdue")
"""All there are.  ``Overdue`` is the freshness: how many charts are late by the rule of
`chartlake.status.overdue`; the others count charts or documents."""


def say(message: str, *, level: str = "INFO", **fields: Any) -> None:
    """Say one thing, with what belongs to it."""
    _line({"timestamp": _now().isoformat(), "level": level, "message": message, **fields})


def measure(stack: str, **metrics: int) -> None:
    """Tell numbers to CloudWatch, under the name of the stack.

    Raises:
        ValueError: There is no metric of such a name.
    """
    if unknown := metrics.keys() - set(METRICS):
        raise ValueError(f"no metric is called {', '.join(sorted(unknown))}")
    described = {
        "Namespace": NAMESPACE,
        "Dimensions": [["stack"]],
        "Metrics": [{"Name": name, "Unit": "Count"} for name in metrics],
    }
    moment = int(_now().timestamp() * 1000)
    _line({"_aws": {"Timestamp": moment, "CloudWatchMetrics": [described]}, "stack": stack, **metrics})


def _line(said: dict[str, Any]) -> None:
    # One write, so that lines of a library cannot fall between.
    sys.stdout.write(json.dumps(said, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


def _now() -> datetime:
    return datetime.now(UTC)
