-- Made by `make views` from ../song_runs.sql; edit that instead.
WITH placed AS (
  SELECT
    d.source,
    d.chart_id,
    d.song_id,
    d.chart_date,
    d.position,
    s.snapshot_number,
    CAST(DENSE_RANK() OVER (PARTITION BY d.song_id, d.chart_id, d.source ORDER BY s.snapshot_number) AS INT) AS days_on_chart
  FROM chartlake.raw.chart_data AS d
  INNER JOIN chartlake.charts.snapshots AS s
    ON s.source = d.source
    AND s.chart_id = d.chart_id
    AND s.chart_date = d.chart_date
    AND s.captured_at = d.captured_at
    AND s.raw_hash = d.raw_hash
    AND s.transform_version = d.transform_version
  WHERE
    d.item_type <> 'missing' AND NOT d.song_id IS NULL
), stays AS (
  SELECT
    song_id,
    chart_id,
    source,
    CAST(MIN(snapshot_number) AS BIGINT) AS first_number,
    CAST(MAX(snapshot_number) AS BIGINT) AS last_number,
    MIN(chart_date) AS first_date,
    MAX(chart_date) AS last_date,
    MIN(position) AS best_position,
    MIN(CAST(snapshot_number AS BIGINT) * 4294967296 + position) AS entered,
    MAX(CAST(snapshot_number AS BIGINT) * 4294967296 - position) AS ended
  FROM placed
  GROUP BY
    song_id,
    chart_id,
    source,
    snapshot_number - days_on_chart
), charts AS (
  SELECT
    source,
    chart_id,
    chart_name,
    region,
    snapshot_number
  FROM chartlake.charts.snapshots
  QUALIFY
    ROW_NUMBER() OVER (PARTITION BY source, chart_id ORDER BY snapshot_number DESC NULLS LAST) = 1
)
SELECT
  t.source,
  t.chart_id,
  c.chart_name,
  c.region,
  t.song_id,
  CAST(ROW_NUMBER() OVER (PARTITION BY t.song_id, t.chart_id, t.source ORDER BY t.first_number) AS INT) AS run_number,
  t.first_date,
  t.last_date,
  CAST(t.last_number - t.first_number + 1 AS INT) AS snapshots,
  CAST(t.entered - t.first_number * 4294967296 AS INT) AS entry_position,
  t.best_position,
  CAST(t.last_number * 4294967296 - t.ended AS INT) AS last_position,
  t.last_number < c.snapshot_number AS left_chart
FROM stays AS t
INNER JOIN charts AS c
  ON c.source = t.source AND c.chart_id = t.chart_id
