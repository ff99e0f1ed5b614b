-- Made by `make views` from ../classic_artist.sql; edit that instead.
SELECT
  artist_id,
  name AS artist_name,
  url AS external_url
FROM chartlake.charts.artists
WHERE
  source = 'spotify'
