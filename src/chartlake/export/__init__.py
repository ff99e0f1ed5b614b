"""Tables, views and queries as files for other programs: CSV, Parquet, DuckDB, SQLite.

``choice`` says what is exported, ``place`` how files take their place, ``text``, ``database``
and `chartlake.parquet` how rows become bytes, ``package`` and ``contract`` how they are described.
"""
