-- Grain: one recorded chart_date of one chart, and the document that counts for it.
-- Rule: of all documents for one (source, chart_id, chart_date) the one with the greatest
-- (captured_at, raw_hash) counts, in its greatest transform_version.  The previous snapshot is
-- the chart's latest recorded date before this one, however long ago; gap_before is how many
-- dates the cadence of this snapshot expects between the two: days less one, or whole weeks
-- less one and never below 0.  Nothing is expected before the first snapshot.
WITH seen AS (
    SELECT
        source, chart_id, chart_date, captured_at, raw_hash, transform_version,
        max(chart_name) AS chart_name, max(region) AS region, max(cadence) AS cadence
    FROM chart_data
    GROUP BY source, chart_id, chart_date, captured_at, raw_hash, transform_version
),
ranked AS (
    SELECT
        source, chart_id, chart_name, region, cadence, chart_date,
        captured_at, raw_hash, transform_version,
        dense_rank() OVER (
            PARTITION BY source, chart_id, chart_date ORDER BY captured_at, raw_hash
        ) AS documents,
        row_number() OVER (
            PARTITION BY source, chart_id, chart_date
            ORDER BY captured_at DESC, raw_hash DESC, transform_version DESC
        ) AS place
    FROM seen
),
numbered AS (
    SELECT
        source, chart_id, chart_name, region, cadence, chart_date, documents,
        captured_at, raw_hash, transform_version,
        row_number() OVER (PARTITION BY source, chart_id ORDER BY chart_date) AS snapshot_number,
        lag(chart_date) OVER (
            PARTITION BY source, chart_id ORDER BY chart_date
        ) AS previous_chart_date
    FROM ranked
    WHERE place = 1
),
spaced AS (
    SELECT
        source, chart_id, chart_name, region, cadence, chart_date, documents,
        captured_at, raw_hash, transform_version, snapshot_number, previous_chart_date,
        date_diff('day', previous_chart_date, chart_date) AS days
    FROM numbered
)
SELECT
    source, chart_id, chart_name, region, cadence, chart_date,
    CAST(snapshot_number AS INTEGER) AS snapshot_number,
    previous_chart_date,
    CAST(CASE
        WHEN previous_chart_date IS NULL THEN 0
        WHEN cadence = 'weekly' AND days < 7 THEN 0
        WHEN cadence = 'weekly' THEN CAST((days - days % 7) / 7 AS BIGINT) - 1
        ELSE days - 1
    END AS INTEGER) AS gap_before,
    CAST(documents AS INTEGER) AS documents,
    captured_at, raw_hash, transform_version
FROM spaced
