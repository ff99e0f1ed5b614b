-- Grain: one Spotify album, in the columns of the older pipelines' album table.
-- Rule: Spotify only, for their ids had no source beside them.
SELECT album_id, name, release_date, total_tracks, url
FROM albums
WHERE source = 'spotify'
