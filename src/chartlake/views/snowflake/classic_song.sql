-- Made by `make views` from ../classic_song.sql; edit that instead.
WITH added AS (
  SELECT
    song_id,
    MAX(added_at) AS added_at
  FROM chartlake.charts.chart_entries
  WHERE
    source = 'spotify'
  GROUP BY
    song_id
)
SELECT
  s.song_id,
  s.name AS song_name,
  s.duration_ms,
  s.url,
  s.popularity,
  CAST(a.added_at AS DATE) AS song_added,
  s.album_id,
  s.artist_id
FROM chartlake.charts.songs AS s
LEFT JOIN added AS a
  ON a.song_id = s.song_id
WHERE
  s.source = 'spotify'
