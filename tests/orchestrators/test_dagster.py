"""The assets of Dagster, materialized for a day; nothing but the demo's services is asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest

from chartlake import layout, state
from chartlake.demo.faults import rate_limited
from chartlake.integrations import dagster as ours
from chartlake.store import open_store
from making import put_pending

if TYPE_CHECKING:
    from pathlib import Path

    from chartlake.demo.services import Services

TODAY = datetime.now(UTC).date().isoformat()


@pytest.fixture
def instance() -> Any:
    with dg.DagsterInstance.ephemeral() as one:
        yield one


def materialized(settings: Path, instance: Any, *, day: str = TODAY, steps: tuple[str, ...] = ()) -> Any:
    made = ours.definitions(start_date="2026-01-01", config=settings)
    wanted = [one for one in made.assets if not steps or one.key.path[-1] in steps]
    return dg.materialize(wanted, partition_key=day, instance=instance, raise_on_error=False)


def rows(result: Any, step: str) -> int:
    [event] = result.asset_materializations_for_node(f"chartlake__{step}")
    return event.metadata["dagster/row_count"].value if "dagster/row_count" in event.metadata else 0


def retries(result: Any) -> list[Any]:
    return [one for one in result.all_events if one.event_type_value == "STEP_UP_FOR_RETRY"]


def test_a_day_is_captured_published_and_drawn(settings: Path, instance: Any):
    result = materialized(settings, instance)
    assert result.success
    assert (rows(result, "capture"), rows(result, "transform"), rows(result, "report")) == (0, 200, 200)
    [captured] = result.asset_materializations_for_node("chartlake__capture")
    assert captured.metadata["states"].value == {
        "deezer 3155776842": "captured",
        "apple us-songs": "captured",
    }
    assert (settings.parent / "report.html").is_file()
    assert rows(materialized(settings, instance), "transform") == 0, "a second time finds nothing new"


def test_a_day_that_is_gone_is_not_captured_and_not_tried_again(
    settings: Path, instance: Any, services: Services
):
    result = materialized(settings, instance, day="2026-02-03", steps=("capture",))
    assert not result.success
    assert "sources tell only what is now" in str(result.failure_data_for_node("chartlake__capture"))
    assert (retries(result), services.seen) == ([], [])


def test_a_rejected_document_fails_the_transform_once(settings: Path, instance: Any):
    store = open_store(str(settings.parent / "lake"))
    put_pending(store, b'{"no": "chart"}', captured_at=datetime.now(UTC))
    result = materialized(settings, instance, steps=("transform",))
    assert not result.success
    assert retries(result) == []
    assert [*store.list(layout.REJECTED)]


def test_a_source_that_wants_to_be_left_alone_is_asked_again_when_it_says(settings: Path, instance: Any):
    store = open_store(str(settings.parent / "lake"))
    until = datetime.now(UTC) + timedelta(seconds=6)
    state.save(store, "deezer", "3155776842", state.ChartState(not_before=until))
    result = materialized(settings, instance)
    assert result.success
    assert len(retries(result)) == 1
    # What the other chart gave was published meanwhile.
    assert rows(result, "transform") == 100
    assert rows(result, "report") == 200


def test_the_wait_is_limited(settings: Path, services: Services):
    services.misbehave(rate_limited("86400"), service="deezer", times=1)
    ours_work = ours._work("capture", {"config": settings})

    class Context:
        class partition_time_window:  # noqa: N801 - as Dagster calls it
            start = datetime.now(UTC) - timedelta(minutes=1)

    with pytest.raises(dg.RetryRequested) as wanted:
        ours_work(Context())
    assert wanted.value.seconds_to_wait == ours._LONGEST_WAIT
    assert wanted.value.max_retries == ours._RETRIES


def test_the_schedule_asks_for_the_day_it_runs_on(settings: Path):
    made = ours.definitions(start_date="2026-01-01", config=settings, hour=6, minute=17)
    schedule = made.resolve_schedule_def("chartlake_daily_schedule")
    moment = datetime(2026, 6, 2, 6, 17, tzinfo=UTC)
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(instance=instance, scheduled_execution_time=moment)
        [request] = schedule.evaluate_tick(context).run_requests
    assert schedule.cron_schedule == "17 6 * * *"
    assert request.partition_key == "2026-06-02"
