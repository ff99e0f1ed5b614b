-- Made by `make views` from ../songs_by_isrc.sql; edit that instead.
WITH coded AS (
  SELECT
    UPPER(REPLACE(REPLACE(isrc, '-', ''), ' ', '')) AS isrc,
    source,
    song_id,
    name
  FROM chartlake.charts.songs
)
SELECT
  isrc,
  source,
  song_id,
  name,
  CAST(COUNT(*) OVER (PARTITION BY isrc) AS INT) AS ids_in_group
FROM coded
WHERE
  isrc <> ''
