-- Grain: one Spotify artist, in the columns of the older pipelines' artist table.
-- Rule: Spotify only, for their ids had no source beside them.
SELECT artist_id, name AS artist_name, url AS external_url
FROM artists
WHERE source = 'spotify'
