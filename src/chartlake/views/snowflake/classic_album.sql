-- Made by `make views` from ../classic_album.sql; edit that instead.
SELECT
  album_id,
  name,
  release_date,
  total_tracks,
  url
FROM chartlake.charts.albums
WHERE
  source = 'spotify'
