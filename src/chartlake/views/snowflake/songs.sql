-- Made by `make views` from ../songs.sql; edit that instead.
WITH newest AS (
  SELECT
    source,
    song_id,
    MIN(captured_at) AS first_seen,
    MAX(captured_at) AS last_seen,
    MAX(CASE WHEN NOT name IS NULL THEN captured_at END) AS name_at,
    MAX(CASE WHEN NOT artist_id IS NULL THEN captured_at END) AS artist_id_at,
    MAX(CASE WHEN NOT album_id IS NULL THEN captured_at END) AS album_id_at,
    MAX(CASE WHEN NOT duration_ms IS NULL THEN captured_at END) AS duration_ms_at,
    MAX(CASE WHEN NOT explicit IS NULL THEN captured_at END) AS explicit_at,
    MAX(CASE WHEN NOT isrc IS NULL THEN captured_at END) AS isrc_at,
    MAX(CASE WHEN NOT popularity IS NULL THEN captured_at END) AS popularity_at,
    MAX(CASE WHEN NOT track_number IS NULL THEN captured_at END) AS track_number_at,
    MAX(CASE WHEN NOT url IS NULL THEN captured_at END) AS url_at
  FROM chartlake.raw.song_data
  GROUP BY
    source,
    song_id
), candidates AS (
  SELECT
    d.source,
    d.song_id,
    d.name,
    d.artist_id,
    d.album_id,
    d.duration_ms,
    d.explicit,
    d.isrc,
    d.popularity,
    d.track_number,
    d.url,
    n.first_seen,
    n.last_seen,
    ROW_NUMBER() OVER (
      PARTITION BY d.source, d.song_id
      ORDER BY d.captured_at, d.raw_hash, d.transform_version
    ) AS place
  FROM chartlake.raw.song_data AS d
  INNER JOIN newest AS n
    ON n.source = d.source AND n.song_id = d.song_id
  WHERE
    d.captured_at = n.last_seen
    OR d.captured_at = n.name_at
    OR d.captured_at = n.artist_id_at
    OR d.captured_at = n.album_id_at
    OR d.captured_at = n.duration_ms_at
    OR d.captured_at = n.explicit_at
    OR d.captured_at = n.isrc_at
    OR d.captured_at = n.popularity_at
    OR d.captured_at = n.track_number_at
    OR d.captured_at = n.url_at
)
SELECT
  source,
  song_id,
  MAX_BY(name, CASE WHEN NOT name IS NULL THEN place END) AS name,
  MAX_BY(artist_id, CASE WHEN NOT artist_id IS NULL THEN place END) AS artist_id,
  MAX_BY(album_id, CASE WHEN NOT album_id IS NULL THEN place END) AS album_id,
  MAX_BY(duration_ms, CASE WHEN NOT duration_ms IS NULL THEN place END) AS duration_ms,
  MAX_BY(explicit, CASE WHEN NOT explicit IS NULL THEN place END) AS explicit,
  MAX_BY(isrc, CASE WHEN NOT isrc IS NULL THEN place END) AS isrc,
  MAX_BY(popularity, CASE WHEN NOT popularity IS NULL THEN place END) AS popularity,
  MAX_BY(track_number, CASE WHEN NOT track_number IS NULL THEN place END) AS track_number,
  MAX_BY(url, CASE WHEN NOT url IS NULL THEN place END) AS url,
  MIN(first_seen) AS first_seen,
  MAX(last_seen) AS last_seen
FROM candidates
GROUP BY
  source,
  song_id
