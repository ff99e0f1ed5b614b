-- Grain: one position of one chart on one chart_date, missing entries included.
-- Rule: the rows of the document that counts (snapshots), one for each position: a row that
-- stands in several files counts once, and a shorter correction leaves no old tail.
SELECT
    d.source, d.chart_id, d.chart_name, d.region, d.cadence, d.chart_date, d.position,
    d.item_type, d.song_id, d.title, d.artist_display, d.added_at, d.streams, d.popularity,
    d.source_previous_position, d.captured_at, d.raw_hash, d.raw_key
FROM chart_data AS d
INNER JOIN snapshots AS s
    ON s.source = d.source
    AND s.chart_id = d.chart_id
    AND s.chart_date = d.chart_date
    AND s.captured_at = d.captured_at
    AND s.raw_hash = d.raw_hash
    AND s.transform_version = d.transform_version
QUALIFY row_number() OVER (
    PARTITION BY d.source, d.chart_id, d.chart_date, d.position ORDER BY d.raw_key DESC
) = 1
