-- Grain: one credit of one album, in the order of the credits.
-- Rule: credits are taken whole from the newest document by (captured_at, raw_hash), then
-- transform_version, that has any for the album; credits that it dropped are gone.
WITH newest AS (
    SELECT source, entity_id, max(captured_at) AS captured_at
    FROM credit_data
    WHERE entity = 'album'
    GROUP BY source, entity_id
)
SELECT d.source, d.entity_id AS album_id, d.credit_position, d.artist_id, d.artist_name
FROM credit_data AS d
INNER JOIN newest AS n
    ON n.source = d.source AND n.entity_id = d.entity_id AND n.captured_at = d.captured_at
WHERE d.entity = 'album'
QUALIFY
    rank() OVER (
        PARTITION BY d.source, d.entity_id ORDER BY d.raw_hash DESC, d.transform_version DESC
    ) = 1
    AND row_number() OVER (
        PARTITION BY d.source, d.entity_id, d.credit_position
        ORDER BY d.raw_hash DESC, d.transform_version DESC
    ) = 1
