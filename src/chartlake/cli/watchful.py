"""Commands that tell how it goes, and how it would go: plan, status."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import rich_click as click

from chartlake.cli import output
from chartlake.cli.notices import after_status
from chartlake.cli.options import Lake, json_option, lake_options
from chartlake.errors import ChartlakeError, ChecksFailed

if TYPE_CHECKING:
    from datetime import datetime

    from chartlake.status import Status

_FEW_DAYS = 30


@click.command()
@lake_options
@json_option
@click.option("--notify", is_flag=True, help="Tell whom [notify] names, too.")
def status(config: Path | None, lake: str | None, *, as_json: bool, notify: bool) -> int:
    """Tell how recording goes: what is late or missing, what waits, what was rejected.

    Ends with 3 if a chart of chartlake.toml is stale (its next day is late by more than one and a half
    intervals) or documents were rejected, so that anything that watches can use it.
    """
    from chartlake.pipeline import utc_now  # noqa: PLC0415 - only what is used is imported
    from chartlake.status import status as found  # noqa: PLC0415

    at = Lake.of(config, lake)
    warehouse = at.warehouse()
    for key in warehouse.refresh():
        output.talk(f"warning: {key} cannot be read as a table file and is left out; check it")
    told = found(at.store, at.settings, warehouse, now=utc_now())
    if as_json:
        output.print_json(_as_json(told))
    else:
        _tell(told)
    if notify:
        after_status(at, told)
    return 0 if told.fine else ChecksFailed.exit_code


@click.command()
@click.argument("charts", nargs=-1)
@lake_options
@json_option
def plan(charts: tuple[str, ...], config: Path | None, lake: str | None, *, as_json: bool) -> int:
    """Tell what `run` would do now: requests, bytes, objects, waits.  Nothing is asked or written.

    CHARTS are ids or names of some of them.  What a chart costs is told by the ledger, and where that
    knows nothing, by the pages that the source is read in.
    """
    from chartlake.pipeline import utc_now  # noqa: PLC0415 - only what is used is imported
    from chartlake.plan import planned  # noqa: PLC0415

    at, now = Lake.of(config, lake), utc_now()
    wanted = at.charts(charts)
    at.accept(wanted)
    warehouse = at.warehouse()
    warehouse.refresh()
    next_run = _next_run(at, now)
    made = planned(at.store, at.settings, warehouse, wanted, now=now, next_run=next_run)
    if as_json:
        output.print_json(_plain(msgspec.structs.asdict(made) | {"charts": list(map(_fields, made.charts))}))
        return 0
    output.answer(
        [name.replace("_", " ") for name in made.charts[0].__struct_fields__],
        [list(_fields(chart).values()) for chart in made.charts],
    )
    output.talk(
        f"captures: {made.captures}, requests: {made.requests}, bytes known of: {made.bytes}, "
        f"objects at most: {made.objects}, waiting to be published: {made.backlog}"
    )
    output.talk(
        f"the schedule runs it next at {made.next_run:%Y-%m-%d %H:%M} UTC"
        if made.next_run
        else "nothing on this machine runs it; `chartlake schedule install` does that"
    )
    return 0


def _next_run(at: Lake, now: datetime) -> datetime | None:
    from chartlake.schedule import found  # noqa: PLC0415 - only what is used is imported

    try:
        there = found(at.settings.file) if at.settings.file else None
    except ChartlakeError as error:
        output.talk(f"warning: {error}")
        return None
    return there[0].next_run(now) if there else None


def _fields(record: msgspec.Struct) -> dict[str, Any]:
    return msgspec.structs.asdict(record)


def _as_json(told: Status) -> dict[str, Any]:
    return {"fine": told.fine, **_plain(msgspec.to_builtins(told))}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else output.plain(value)


_SHOWN = {
    "source": "source",
    "chart": "chart_id",
    "is": "freshness",
    "last day": "last",
    "recorded": "recorded",
    "missing": "missing",
    "failed": "failed",
    "rejected": "rejected",
}


def _tell(told: Status) -> None:
    from chartlake.status import explained  # noqa: PLC0415 - only what is used is imported

    if told.charts:
        rows = [[getattr(chart, name) for name in _SHOWN.values()] for chart in told.charts]
        output.answer(list(_SHOWN), rows)
    else:
        output.talk("no chart is named or recorded yet; `chartlake init` begins")
    for chart in told.stale:
        output.talk(output.visible(f"stale: {chart.source} {chart.chart_id}: {explained(chart)}"))
    for chart in told.troubled:
        output.talk(output.visible(f"not late yet: {chart.source} {chart.chart_id}: {explained(chart)}"))
    if told.backlog:
        output.talk(f"waiting to be published: {told.backlog}; `chartlake transform` does it")
    if told.rejected:
        counts = ", ".join(f"{count} {reason}" for reason, count in told.rejected.items())
        output.talk(f"rejected: {output.visible(counts)}; `chartlake retry --list` tells more")
    left = told.login_days_left
    if left is not None and left <= _FEW_DAYS:
        output.talk(f"the Spotify login ends in {left} days; run `chartlake login spotify`")
