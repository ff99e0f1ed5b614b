-- Grain: one uninterrupted stay of a song on a chart.
-- Rule: a stay lasts while the song is in every recorded snapshot; a gap in the record does not
-- end it, a snapshot without the song does.  Within a stay the snapshot's number and the song's
-- own count of snapshots grow together, so their difference names the stay.
-- The song leads the partition: it differs most, so rows are told apart soonest.  A position
-- beside its snapshot's number in one BIGINT (2^32 = 4294967296) gives the better position of
-- the first and of the last snapshot without another pass.
WITH placed AS (
    SELECT
        d.source, d.chart_id, d.song_id, d.chart_date, d.position, s.snapshot_number,
        CAST(dense_rank() OVER (
            PARTITION BY d.song_id, d.chart_id, d.source ORDER BY s.snapshot_number
        ) AS INTEGER) AS days_on_chart
    FROM chart_data AS d
    INNER JOIN snapshots AS s
        ON s.source = d.source
        AND s.chart_id = d.chart_id
        AND s.chart_date = d.chart_date
        AND s.captured_at = d.captured_at
        AND s.raw_hash = d.raw_hash
        AND s.transform_version = d.transform_version
    WHERE d.item_type <> 'missing' AND d.song_id IS NOT NULL
),
stays AS (
    SELECT
        song_id, chart_id, source,
        CAST(min(snapshot_number) AS BIGINT) AS first_number,
        CAST(max(snapshot_number) AS BIGINT) AS last_number,
        min(chart_date) AS first_date,
        max(chart_date) AS last_date,
        min(position) AS best_position,
        min(CAST(snapshot_number AS BIGINT) * 4294967296 + position) AS entered,
        max(CAST(snapshot_number AS BIGINT) * 4294967296 - position) AS ended
    FROM placed
    GROUP BY song_id, chart_id, source, snapshot_number - days_on_chart
),
charts AS (
    SELECT source, chart_id, chart_name, region, snapshot_number
    FROM snapshots
    QUALIFY row_number() OVER (PARTITION BY source, chart_id ORDER BY snapshot_number DESC) = 1
)
SELECT
    t.source, t.chart_id, c.chart_name, c.region, t.song_id,
    CAST(row_number() OVER (
        PARTITION BY t.song_id, t.chart_id, t.source ORDER BY t.first_number
    ) AS INTEGER) AS run_number,
    t.first_date, t.last_date,
    CAST(t.last_number - t.first_number + 1 AS INTEGER) AS snapshots,
    CAST(t.entered - t.first_number * 4294967296 AS INTEGER) AS entry_position,
    t.best_position,
    CAST(t.last_number * 4294967296 - t.ended AS INTEGER) AS last_position,
    t.last_number < c.snapshot_number AS left_chart
FROM stays AS t
INNER JOIN charts AS c ON c.source = t.source AND c.chart_id = t.chart_id
