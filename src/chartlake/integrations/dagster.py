"""The daily work as assets of Dagster, partitioned by day: capture, then transform, then report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chartlake.errors import SettingsError, TryLater
from chartlake.integrations import HOPELESS, told
from chartlake.pipeline import utc_now
from chartlake.steps import STEPS, run_step

try:
    import dagster as dg
except ImportError as error:
    raise SettingsError(
        "Dagster is not installed here; run `pip install dagster dagster-webserver` beside chartlake"
    ) from error

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_RETRIES = 4
_DELAY = 300
"""Before a step that failed is tried again [s]."""

_LONGEST_WAIT = 6 * 3600
"""The longest that a run stays open for a source that wants to be left alone [s].

As long as ListenBrainz is given to make its statistics; a retry that is still too early sends nothing.
"""


def definitions(
    *,
    start_date: str,
    config: Path | None = None,
    lake: str | None = None,
    charts: Sequence[str] = (),
    name: str = "chartlake",
    hour: int = 6,
    minute: int = 17,
) -> dg.Definitions:
    """The assets of a lake, a job over them, and its daily schedule.

    Args:
        start_date: The first day (UTC) there is a partition of, such as ``2026-11-20``.
        config: The settings; else ``$CHARTLAKE_CONFIG``, else ./chartlake.toml.
        lake: The lake; else the one of the settings.
        charts: Ids, names or sources of some of the charts; none means all.
        name: The group of the assets, and the beginning of their keys and of the job's name.
        hour: The hour of the schedule (UTC).
        minute: Its minute.
    """
    # A chart tells what is now, so the partition of a day is made on that day and not after it.
    days = dg.DailyPartitionsDefinition(start_date=start_date, end_offset=1)
    options = {"config": config, "lake": lake, "charts": tuple(charts)}
    keys = [dg.AssetKey([name, step]) for step in STEPS]
    assets = [
        dg.asset(
            key=key,
            deps=keys[place - 1 : place] if place else [],
            partitions_def=days,
            group_name=name,
            retry_policy=dg.RetryPolicy(max_retries=_RETRIES, delay=_DELAY),
            description=f"What `chartlake {step}` does.",
        )(_work(step, options))
        for place, (step, key) in enumerate(zip(STEPS, keys, strict=True))
    ]
    job = dg.define_asset_job(f"{name}_daily", selection=dg.AssetSelection.assets(*assets))
    daily = dg.build_schedule_from_partitioned_job(job, hour_of_day=hour, minute_of_hour=minute)
    return dg.Definitions(assets=assets, jobs=[job], schedules=[daily])


def _work(step: str, options: dict[str, Any]) -> Any:
    """What makes one asset; Dagster knows its argument by the name."""

    def work(context):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202 - Dagster reads annotations
        try:
            done = run_step(step, scheduled_for=context.partition_time_window.start, **options)
        except TryLater as error:
            seconds = (error.not_before - utc_now()).total_seconds()
            wait = min(max(seconds, 1), _LONGEST_WAIT)
            raise dg.RetryRequested(max_retries=_RETRIES, seconds_to_wait=wait) from error
        except HOPELESS as error:
            raise dg.Failure(told(error), allow_retries=False) from error
        for warning in done.warnings:
            context.log.warning(warning)
        metadata = {"dagster/row_count": done.entries, "states": done.states, "file": done.file}
        return dg.MaterializeResult(metadata={name: value for name, value in metadata.items() if value})

    return work
