-- Made by `make views` from ../classic_artist.sql; edit that instead.
SELECT
  artist_id,
  name AS artist_name,
  url AS external_url
FROM artists
WHERE
  source = 'spotify'
