"""What the stack would cost in a month, from list prices, before anything is made.

Prices are those of us-east-1 as remembered in November 2026 and are to be looked up before anybody
relies on them: https://aws.amazon.com/pricing/.  What stays below a free allowance costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chartlake.sources import Chart

AS_OF = "2026-11"

_DAYS = 30.4
_TICKS = {"daily": 4 * _DAYS, "weekly": 4 * _DAYS / 7}
_SWEEPS = 4 * _DAYS
_QUERIES = 20 * _DAYS
_PUT, _GET = 0.005 / 1000, 0.0004 / 1000
_GB_SECOND = 0.0000133334  # on Graviton
_CALL = 0.20 / 1e6
_LOG_GB = 0.50
_SCANNED_TB = 5.0
_CRAWLER_RUN = 0.44 * 2 * 10 / 60  # two units for the ten minutes that are the least


class Item(NamedTuple):
    """One line: what, how many a month, and what that costs [USD].

    Attributes:
        what: What is paid for.
        number: How many a month.
        usd: US dollars a month.
    """

    what: str
    number: float
    usd: float


def items(charts: Sequence[Chart], *, crawler: bool = False) -> list[Item]:
    """What a month costs, line by line.

    Args:
        charts: The charts that are captured.
        crawler: Whether the crawler is on.
    """
    captures = sum(_TICKS[chart.cadence] for chart in charts)
    snapshots = captures / 4
    # Of the four ticks of a day one brings a new document, as a rule; see docs/how-to/aws.md.
    # What each function asks of the bucket was counted; a page reads what compaction leaves of a year.
    puts = captures * 7 + snapshots * 10 + _SWEEPS * 7
    gets = captures + snapshots * 2 + _SWEEPS * (2 + len(charts)) + _DAYS * 400
    seconds = captures * 3 * 0.5 + snapshots * 1.5 * 1.0 + _SWEEPS * 5 * 1.0 + _DAYS * 15 * 1.0
    calls = captures + snapshots + _SWEEPS + _DAYS
    found = [
        Item("Lambda [GB-s]", seconds, seconds * _GB_SECOND + calls * _CALL),
        Item("S3 PUT, COPY, LIST", puts, puts * _PUT),
        Item("S3 GET", gets, gets * _GET),
        Item("CloudWatch logs [GB]", 0.01, 0.01 * _LOG_GB),
        Item(
            "Athena, 20 queries a day at the least size [TB]", _QUERIES * 1e-5, _QUERIES * 1e-5 * _SCANNED_TB
        ),
        Item("SQS requests of the waiting function, free below 1 M", 650_000, 0.0),
        Item("EventBridge, Scheduler, SNS, SSM, budget, 10 alarms, 5 metrics: free", 0, 0.0),
    ]
    if crawler:
        runs = _DAYS / 7
        found.append(Item("Glue crawler, once a week", runs, runs * _CRAWLER_RUN))
    return found
