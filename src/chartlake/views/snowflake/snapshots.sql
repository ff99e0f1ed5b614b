-- Made by `make views` from ../snapshots.sql; edit that instead.
WITH seen AS (
  SELECT
    source,
    chart_id,
    chart_date,
    captured_at,
    raw_hash,
    transform_version,
    MAX(chart_name) AS chart_name,
    MAX(region) AS region,
    MAX(cadence) AS cadence
  FROM chartlake.raw.chart_data
  GROUP BY
    source,
    chart_id,
    chart_date,
    captured_at,
    raw_hash,
    transform_version
), ranked AS (
  SELECT
    source,
    chart_id,
    chart_name,
    region,
    cadence,
    chart_date,
    captured_at,
    raw_hash,
    transform_version,
    DENSE_RANK() OVER (PARTITION BY source, chart_id, chart_date ORDER BY captured_at, raw_hash) AS documents,
    ROW_NUMBER() OVER (
      PARTITION BY source, chart_id, chart_date
      ORDER BY captured_at DESC NULLS LAST, raw_hash DESC NULLS LAST, transform_version DESC NULLS LAST
    ) AS place
  FROM seen
), numbered AS (
  SELECT
    source,
    chart_id,
    chart_name,
    region,
    cadence,
    chart_date,
    documents,
    captured_at,
    raw_hash,
    transform_version,
    ROW_NUMBER() OVER (PARTITION BY source, chart_id ORDER BY chart_date) AS snapshot_number,
    LAG(chart_date) OVER (PARTITION BY source, chart_id ORDER BY chart_date) AS previous_chart_date
  FROM ranked
  WHERE
    place = 1
), spaced AS (
  SELECT
    source,
    chart_id,
    chart_name,
    region,
    cadence,
    chart_date,
    documents,
    captured_at,
    raw_hash,
    transform_version,
    snapshot_number,
    previous_chart_date,
    DATEDIFF(DAY, previous_chart_date, chart_date) AS days
  FROM numbered
)
SELECT
  source,
  chart_id,
  chart_name,
  region,
  cadence,
  chart_date,
  CAST(snapshot_number AS INT) AS snapshot_number,
  previous_chart_date,
  CAST(CASE
    WHEN previous_chart_date IS NULL
    THEN 0
    WHEN cadence = 'weekly' AND days < 7
    THEN 0
    WHEN cadence = 'weekly'
    THEN CAST((
      days - days % 7
    ) / 7 AS BIGINT) - 1
    ELSE days - 1
  END AS INT) AS gap_before,
  CAST(documents AS INT) AS documents,
  captured_at,
  raw_hash,
  transform_version
FROM spaced
