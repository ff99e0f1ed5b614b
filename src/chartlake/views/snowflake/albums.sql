-- Made by `make views` from ../albums.sql; edit that instead.
WITH newest AS (
  SELECT
    source,
    album_id,
    MIN(captured_at) AS first_seen,
    MAX(captured_at) AS last_seen,
    MAX(CASE WHEN NOT name IS NULL THEN captured_at END) AS name_at,
    MAX(CASE WHEN NOT album_type IS NULL THEN captured_at END) AS album_type_at,
    MAX(CASE WHEN NOT release_date IS NULL THEN captured_at END) AS release_date_at,
    MAX(CASE WHEN NOT release_date_precision IS NULL THEN captured_at END) AS release_date_precision_at,
    MAX(CASE WHEN NOT total_tracks IS NULL THEN captured_at END) AS total_tracks_at,
    MAX(CASE WHEN NOT label IS NULL THEN captured_at END) AS label_at,
    MAX(CASE WHEN NOT url IS NULL THEN captured_at END) AS url_at,
    MAX(CASE WHEN NOT image_url IS NULL THEN captured_at END) AS image_url_at
  FROM chartlake.raw.album_data
  GROUP BY
    source,
    album_id
), candidates AS (
  SELECT
    d.source,
    d.album_id,
    d.name,
    d.album_type,
    d.release_date,
    d.release_date_precision,
    d.total_tracks,
    d.label,
    d.url,
    d.image_url,
    n.first_seen,
    n.last_seen,
    ROW_NUMBER() OVER (
      PARTITION BY d.source, d.album_id
      ORDER BY d.captured_at, d.raw_hash, d.transform_version
    ) AS place
  FROM chartlake.raw.album_data AS d
  INNER JOIN newest AS n
    ON n.source = d.source AND n.album_id = d.album_id
  WHERE
    d.captured_at = n.last_seen
    OR d.captured_at = n.name_at
    OR d.captured_at = n.album_type_at
    OR d.captured_at = n.release_date_at
    OR d.captured_at = n.release_date_precision_at
    OR d.captured_at = n.total_tracks_at
    OR d.captured_at = n.label_at
    OR d.captured_at = n.url_at
    OR d.captured_at = n.image_url_at
)
SELECT
  source,
  album_id,
  MAX_BY(name, CASE WHEN NOT name IS NULL THEN place END) AS name,
  MAX_BY(album_type, CASE WHEN NOT album_type IS NULL THEN place END) AS album_type,
  MAX_BY(release_date, CASE WHEN NOT release_date IS NULL THEN place END) AS release_date,
  MAX_BY(
    release_date_precision,
    CASE WHEN NOT release_date_precision IS NULL THEN place END
  ) AS release_date_precision,
  MAX_BY(total_tracks, CASE WHEN NOT total_tracks IS NULL THEN place END) AS total_tracks,
  MAX_BY(label, CASE WHEN NOT label IS NULL THEN place END) AS label,
  MAX_BY(url, CASE WHEN NOT url IS NULL THEN place END) AS url,
  MAX_BY(image_url, CASE WHEN NOT image_url IS NULL THEN place END) AS image_url,
  MIN(first_seen) AS first_seen,
  MAX(last_seen) AS last_seen
FROM candidates
GROUP BY
  source,
  album_id
