-- Made by `make views` from ../chart_history.sql; edit that instead.
WITH placed AS (
  SELECT
    d.source,
    d.chart_id,
    d.chart_name,
    d.region,
    d.chart_date,
    d.position,
    d.song_id,
    d.item_type,
    d.title,
    d.artist_display,
    d.streams,
    d.popularity,
    s.snapshot_number,
    s.previous_chart_date,
    s.gap_before
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
  QUALIFY
    ROW_NUMBER() OVER (PARTITION BY d.source, d.chart_id, d.chart_date, d.song_id ORDER BY d.position) = 1
), walked AS (
  SELECT
    source,
    chart_id,
    chart_name,
    region,
    chart_date,
    position,
    song_id,
    item_type,
    title,
    artist_display,
    streams,
    popularity,
    snapshot_number,
    previous_chart_date,
    gap_before,
    LAG(snapshot_number) OVER (PARTITION BY source, chart_id, song_id ORDER BY snapshot_number) AS last_number,
    LAG(position) OVER (PARTITION BY source, chart_id, song_id ORDER BY snapshot_number) AS last_position,
    ROW_NUMBER() OVER (PARTITION BY source, chart_id, song_id ORDER BY snapshot_number) AS days_on_chart,
    MIN(position) OVER (
      PARTITION BY source, chart_id, song_id
      ORDER BY snapshot_number
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS peak_position
  FROM placed
), compared AS (
  SELECT
    source,
    chart_id,
    chart_name,
    region,
    chart_date,
    position,
    song_id,
    item_type,
    title,
    artist_display,
    streams,
    popularity,
    snapshot_number,
    previous_chart_date,
    gap_before,
    last_number,
    days_on_chart,
    peak_position,
    CASE WHEN last_number = snapshot_number - 1 THEN last_position END AS previous_position
  FROM walked
)
SELECT
  source,
  chart_id,
  chart_name,
  region,
  chart_date,
  position,
  song_id,
  item_type,
  title,
  artist_display,
  previous_position,
  previous_position - position AS move,
  CASE
    WHEN last_number IS NULL
    THEN 'NEW'
    WHEN previous_position IS NULL
    THEN 'RE'
    WHEN previous_position > position
    THEN 'UP'
    WHEN previous_position < position
    THEN 'DOWN'
    ELSE 'SAME'
  END AS status,
  peak_position,
  CAST(days_on_chart AS INT) AS days_on_chart,
  CAST(SUM(CASE WHEN position = peak_position THEN 1 ELSE 0 END) OVER (
    PARTITION BY source, chart_id, song_id, peak_position
    ORDER BY snapshot_number
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  ) AS INT) AS days_at_peak,
  CAST(ROW_NUMBER() OVER (
    PARTITION BY source, chart_id, song_id, snapshot_number - days_on_chart
    ORDER BY snapshot_number
  ) AS INT) AS streak,
  gap_before,
  previous_chart_date,
  streams,
  popularity
FROM compared
