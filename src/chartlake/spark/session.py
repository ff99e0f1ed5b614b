"""The session of Spark that is there, or a new one."""

from __future__ import annotations

import os
import sys
from typing import Any

from chartlake.errors import SettingsError

_HOW_TO = "in a job Spark brings its own; here, install Java 17 and `pip install 'chartlake[spark]'`"


def opened() -> Any:
    """The running session; else a new one, on this machine unless the environment names a cluster.

    Raises:
        SettingsError: Spark, or the Java that it runs on, is missing.
    """
    try:
        from pyspark.errors import PySparkRuntimeError  # noqa: PLC0415 - Spark takes its time
        from pyspark.sql import SparkSession  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise SettingsError(f"Spark is not installed; {_HOW_TO}") from error
    # Else the workers take whatever is called python3, where chartlake may be missing.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        return (
            SparkSession.builder.appName("chartlake")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.log.level", "ERROR")
            .getOrCreate()
        )
    except PySparkRuntimeError as error:
        raise SettingsError(f"Spark does not start ({str(error).splitlines()[0]}); {_HOW_TO}") from error
