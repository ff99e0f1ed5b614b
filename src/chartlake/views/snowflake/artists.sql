-- Made by `make views` from ../artists.sql; edit that instead.
WITH newest AS (
  SELECT
    source,
    artist_id,
    MIN(captured_at) AS first_seen,
    MAX(captured_at) AS last_seen,
    MAX(CASE WHEN NOT name IS NULL THEN captured_at END) AS name_at,
    MAX(CASE WHEN NOT url IS NULL THEN captured_at END) AS url_at
  FROM chartlake.raw.artist_data
  GROUP BY
    source,
    artist_id
), candidates AS (
  SELECT
    d.source,
    d.artist_id,
    d.name,
    d.url,
    n.first_seen,
    n.last_seen,
    ROW_NUMBER() OVER (
      PARTITION BY d.source, d.artist_id
      ORDER BY d.captured_at, d.raw_hash, d.transform_version
    ) AS place
  FROM chartlake.raw.artist_data AS d
  INNER JOIN newest AS n
    ON n.source = d.source AND n.artist_id = d.artist_id
  WHERE
    d.captured_at = n.last_seen
    OR d.captured_at = n.name_at
    OR d.captured_at = n.url_at
)
SELECT
  source,
  artist_id,
  MAX_BY(name, CASE WHEN NOT name IS NULL THEN place END) AS name,
  MAX_BY(url, CASE WHEN NOT url IS NULL THEN place END) AS url,
  MIN(first_seen) AS first_seen,
  MAX(last_seen) AS last_seen
FROM candidates
GROUP BY
  source,
  artist_id
