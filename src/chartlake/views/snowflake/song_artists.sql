-- Made by `make views` from ../song_artists.sql; edit that instead.
WITH newest AS (
  SELECT
    source,
    entity_id,
    MAX(captured_at) AS captured_at
  FROM chartlake.raw.credit_data
  WHERE
    entity = 'song'
  GROUP BY
    source,
    entity_id
)
SELECT
  d.source,
  d.entity_id AS song_id,
  d.credit_position,
  d.artist_id,
  d.artist_name
FROM chartlake.raw.credit_data AS d
INNER JOIN newest AS n
  ON n.source = d.source
  AND n.entity_id = d.entity_id
  AND n.captured_at = d.captured_at
WHERE
  d.entity = 'song'
QUALIFY
  RANK() OVER (
    PARTITION BY d.source, d.entity_id
    ORDER BY d.raw_hash DESC NULLS LAST, d.transform_version DESC NULLS LAST
  ) = 1
  AND ROW_NUMBER() OVER (
    PARTITION BY d.source, d.entity_id, d.credit_position
    ORDER BY d.raw_hash DESC NULLS LAST, d.transform_version DESC NULLS LAST
  ) = 1
