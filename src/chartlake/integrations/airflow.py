"""The daily work as a DAG of Airflow: capture, then transform, then report."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from chartlake.errors import SettingsError, TryLater
from chartlake.integrations import HOPELESS, told
from chartlake.steps import STEPS, run_step

try:
    from airflow.sdk import DAG, CronTriggerTimetable, chain, task
    from airflow.sdk.exceptions import AirflowFailException, AirflowRescheduleException
except ImportError as error:
    raise SettingsError(
        "Airflow 3 is not installed here; run `pip install 'apache-airflow>=3.1'` beside chartlake"
    ) from error

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def daily(
    *,
    start_date: datetime,
    config: Path | None = None,
    lake: str | None = None,
    charts: Sequence[str] = (),
    dag_id: str = "chartlake",
    cron: str = "17 6 * * *",
) -> DAG:
    """The DAG of a lake; assign it to a name of a module in the folder of DAGs.

    A source that wants to be left alone reschedules its task, which then holds no worker and costs
    no retry.

    Args:
        start_date: The first day.
        config: The settings; else ``$CHARTLAKE_CONFIG``, else ./chartlake.toml.
        lake: The lake; else the one of the settings.
        charts: Ids, names or sources of some of the charts; none means all.
        dag_id: What the DAG is called.
        cron: When it runs (UTC).
    """
    options = {"config": config, "lake": lake, "charts": tuple(charts)}
    with DAG(
        dag_id,
        # The moment of the run itself, for a chart tells what is now, and no interval before it.
        schedule=CronTriggerTimetable(cron, timezone="UTC"),
        start_date=start_date,
        catchup=False,
        max_active_runs=1,
        default_args={"retries": 3, "retry_delay": timedelta(minutes=5)},
        tags=["chartlake"],
    ) as dag:
        chain(*(task(task_id=step)(_work)(step, options) for step in STEPS))
    return dag


def _work(step: str, options: dict[str, Any], logical_date: datetime | None = None) -> dict[str, Any]:
    """One step, for the moment that Airflow says; what it came to, for the next tasks to read."""
    try:
        return dict(msgspec.to_builtins(run_step(step, scheduled_for=logical_date, **options)))
    except TryLater as error:
        raise AirflowRescheduleException(error.not_before) from error
    except HOPELESS as error:
        raise AirflowFailException(told(error)) from error
