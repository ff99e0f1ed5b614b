"""The DAG of Airflow, as `airflow dags test` runs it; nothing but the demo's services is asked."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from chartlake import cli, layout, state
from chartlake.store import open_store
from making import put_pending

if TYPE_CHECKING:
    from collections.abc import Callable

DAG = """
from datetime import UTC, datetime
from pathlib import Path
from chartlake.integrations.airflow import daily

dag = daily(start_date=datetime(2026, 1, 1, tzinfo=UTC), config=Path({config!r}))
"""


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """The command, with a database and a folder of DAGs of its own."""
    home = tmp_path_factory.mktemp("airflow")
    (home / "dags").mkdir()
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    }

    def run(*arguments: str, config: Path | None = None) -> Any:
        if config:
            (home / "dags" / "charts.py").write_text(DAG.format(config=str(config)))
        return subprocess.run(
            [str(Path(sys.executable).with_name("airflow")), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )

    assert run("db", "migrate").returncode == 0
    return run


def dag_tested(airflow: Callable[..., Any], settings: Path, *, at: datetime) -> tuple[int, str]:
    done = airflow("dags", "test", "chartlake", at.isoformat(), config=settings)
    return done.returncode, done.stdout + done.stderr


def entries(settings: Path, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert (
        cli.run(["query", "--config", str(settings), "--csv", "select count(*) as n from chart_entries"]) == 0
    )
    return capsys.readouterr().out.split()[-1]


def now(*, ago: timedelta = timedelta(minutes=1)) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) - ago


def test_a_day_is_captured_published_and_drawn_after_the_wait_that_a_source_asks_for(
    airflow: Callable[..., Any], settings: Path, capsys: pytest.CaptureFixture[str]
):
    store = open_store(str(settings.parent / "lake"))
    until = datetime.now(UTC) + timedelta(seconds=40)
    state.save(store, "deezer", "3155776842", state.ChartState(not_before=until))
    code, talk = dag_tested(airflow, settings, at=now())
    assert code == 0, talk
    assert "up_for_reschedule" in talk.lower()
    assert entries(settings, capsys) == "200"
    assert (settings.parent / "report.html").is_file()


def test_a_day_that_is_gone_is_not_captured(airflow: Callable[..., Any], settings: Path, services: Any):
    code, talk = dag_tested(airflow, settings, at=now(ago=timedelta(days=3)))
    assert code != 0
    assert "sources tell only what is now" in talk
    assert services.seen == []


def test_a_rejected_document_fails_the_transform(airflow: Callable[..., Any], settings: Path):
    store = open_store(str(settings.parent / "lake"))
    put_pending(store, b'{"no": "chart"}', captured_at=datetime.now(UTC))
    code, talk = dag_tested(airflow, settings, at=now())
    assert code != 0
    assert "chartlake show" in talk
    assert [*store.list(layout.REJECTED)]
    assert not (settings.parent / "report.html").exists(), "what comes after it does not run"
