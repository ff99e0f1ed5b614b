-- Made by `make views` from ../artist_days.sql; edit that instead.
WITH placed AS (
  SELECT
    d.source,
    d.chart_id,
    d.chart_date,
    d.position,
    d.item_type,
    d.song_id
  FROM chartlake.raw.chart_data AS d
  INNER JOIN chartlake.charts.snapshots AS s
    ON s.source = d.source
    AND s.chart_id = d.chart_id
    AND s.chart_date = d.chart_date
    AND s.captured_at = d.captured_at
    AND s.raw_hash = d.raw_hash
    AND s.transform_version = d.transform_version
), sizes AS (
  SELECT
    source,
    chart_id,
    chart_date,
    COUNT(DISTINCT position) AS entries
  FROM placed
  GROUP BY
    source,
    chart_id,
    chart_date
), credited AS (
  SELECT
    source,
    'song' AS entity,
    song_id AS entity_id,
    artist_id
  FROM chartlake.charts.song_artists
  UNION ALL
  SELECT
    source,
    'album' AS entity,
    album_id AS entity_id,
    artist_id
  FROM chartlake.charts.album_artists
), counted AS (
  SELECT
    p.source,
    p.chart_id,
    p.chart_date,
    c.artist_id,
    COUNT(DISTINCT p.position) AS entries,
    MIN(p.position) AS best_position
  FROM placed AS p
  INNER JOIN credited AS c
    ON c.source = p.source
    AND c.entity = CASE WHEN p.item_type = 'album' THEN 'album' ELSE 'song' END
    AND c.entity_id = p.song_id
  WHERE
    p.item_type <> 'missing'
  GROUP BY
    p.source,
    p.chart_id,
    p.chart_date,
    c.artist_id
)
SELECT
  n.source,
  n.chart_id,
  s.chart_name,
  s.region,
  n.chart_date,
  n.artist_id,
  a.name AS artist_name,
  CAST(n.entries AS INT) AS entries,
  n.best_position,
  CAST(n.entries AS DOUBLE) / z.entries AS share
FROM counted AS n
INNER JOIN sizes AS z
  ON z.source = n.source AND z.chart_id = n.chart_id AND z.chart_date = n.chart_date
INNER JOIN chartlake.charts.snapshots AS s
  ON s.source = n.source AND s.chart_id = n.chart_id AND s.chart_date = n.chart_date
LEFT JOIN chartlake.charts.artists AS a
  ON a.source = n.source AND a.artist_id = n.artist_id
