-- Made by `make views` from ../album_artists.sql; edit that instead.
SELECT
  source,
  album_id,
  credit_position,
  artist_id,
  artist_name
FROM (
  WITH newest AS (
    SELECT
      source,
      entity_id,
      MAX(captured_at) AS captured_at
    FROM credit_data
    WHERE
      entity = 'album'
    GROUP BY
      source,
      entity_id
  )
  SELECT
    d.source,
    d.entity_id AS album_id,
    d.credit_position,
    d.artist_id,
    d.artist_name,
    RANK() OVER (
      PARTITION BY d.source, d.entity_id
      ORDER BY d.raw_hash DESC, d.transform_version DESC
    ) AS _w,
    ROW_NUMBER() OVER (
      PARTITION BY d.source, d.entity_id, d.credit_position
      ORDER BY d.raw_hash DESC, d.transform_version DESC
    ) AS _w_2
  FROM credit_data AS d
  INNER JOIN newest AS n
    ON n.source = d.source
    AND n.entity_id = d.entity_id
    AND n.captured_at = d.captured_at
  WHERE
    d.entity = 'album'
) AS _t
WHERE
  _w = 1 AND _w_2 = 1
