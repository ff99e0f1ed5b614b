"""A lake worked on, and asked, by Apache Spark: AWS Glue, EMR, Databricks, spark-submit.

`work` does portions side by side and `lake` shows the tables and views to Spark SQL.  Needs the
extra: ``pip install 'chartlake[spark]'``.
"""

from __future__ import annotations

from chartlake.spark.lake import show
from chartlake.spark.session import opened
from chartlake.spark.work import Spark

__all__ = ["Spark", "opened", "show"]
