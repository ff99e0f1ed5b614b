"""One session of Spark on two cores, and lakes that both engines make."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

sys.path[:0] = [str(Path(__file__).parents[1] / inner) for inner in ("", "views", "transform")]
os.environ["PYSPARK_PYTHON"] = sys.executable
os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
os.environ["SPARK_SUBMIT_OPTS"] = "-Xss4m"

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartlake.spark import Spark


@pytest.fixture(scope="session")
def session() -> Iterator[Any]:
    """Two cores, and as few partitions of a shuffle as small data want."""
    from pyspark.sql import SparkSession

    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.session.timeZone": "America/New_York",  # No answer may depend on it.
        "spark.sql.codegen.wholeStage": "false",  # Compiling takes longer than running.
        "spark.log.level": "ERROR",
    }
    builder = SparkSession.builder.master("local[2]").appName("chartlake's tests")
    for name, value in settings.items():
        builder = builder.config(name, value)
    running = builder.getOrCreate()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def spark(session: Any) -> Spark:
    """The engine."""
    from chartlake.spark import Spark

    return Spark(session)
