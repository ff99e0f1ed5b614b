-- Made by `make views` from ../chart_entries.sql; edit that instead.
SELECT
  d.source,
  d.chart_id,
  d.chart_name,
  d.region,
  d.cadence,
  d.chart_date,
  d.position,
  d.item_type,
  d.song_id,
  d.title,
  d.artist_display,
  d.added_at,
  d.streams,
  d.popularity,
  d.source_previous_position,
  d.captured_at,
  d.raw_hash,
  d.raw_key
FROM chartlake.raw.chart_data AS d
INNER JOIN chartlake.charts.snapshots AS s
  ON s.source = d.source
  AND s.chart_id = d.chart_id
  AND s.chart_date = d.chart_date
  AND s.captured_at = d.captured_at
  AND s.raw_hash = d.raw_hash
  AND s.transform_version = d.transform_version
QUALIFY
  ROW_NUMBER() OVER (
    PARTITION BY d.source, d.chart_id, d.chart_date, d.position
    ORDER BY d.raw_key DESC NULLS LAST
  ) = 1
