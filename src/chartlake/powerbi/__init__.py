"""The lake as a Power BI project (PBIP): a model in TMDL, a report in PBIR, and what it must show.

``model`` declares tables, relationships and measures, ``tmdl`` and ``report`` write them, ``checks``
finds what Power BI would stumble over, ``expected`` works out by DuckDB what the measures must say.
"""
