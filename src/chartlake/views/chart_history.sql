-- Grain: one song on one chart on one chart_date; missing entries are left out.
-- Rule: a song that stands twice in a snapshot counts with its better position.  What is
-- counted are recorded snapshots: a streak goes on over a gap, and gap_before shows the gap.
WITH placed AS (
    SELECT
        d.source, d.chart_id, d.chart_name, d.region, d.chart_date, d.position, d.song_id,
        d.item_type, d.title, d.artist_display, d.streams, d.popularity,
        s.snapshot_number, s.previous_chart_date, s.gap_before
    FROM chart_data AS d
    INNER JOIN snapshots AS s
        ON s.source = d.source
        AND s.chart_id = d.chart_id
        AND s.chart_date = d.chart_date
        AND s.captured_at = d.captured_at
        AND s.raw_hash = d.raw_hash
        AND s.transform_version = d.transform_version
    WHERE d.item_type <> 'missing' AND d.song_id IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY d.source, d.chart_id, d.chart_date, d.song_id ORDER BY d.position
    ) = 1
),
walked AS (
    SELECT
        source, chart_id, chart_name, region, chart_date, position, song_id, item_type, title,
        artist_display, streams, popularity, snapshot_number, previous_chart_date, gap_before,
        lag(snapshot_number) OVER (
            PARTITION BY source, chart_id, song_id ORDER BY snapshot_number
        ) AS last_number,
        lag(position) OVER (
            PARTITION BY source, chart_id, song_id ORDER BY snapshot_number
        ) AS last_position,
        row_number() OVER (
            PARTITION BY source, chart_id, song_id ORDER BY snapshot_number
        ) AS days_on_chart,
        min(position) OVER (
            PARTITION BY source, chart_id, song_id ORDER BY snapshot_number
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS peak_position
    FROM placed
),
compared AS (
    SELECT
        source, chart_id, chart_name, region, chart_date, position, song_id, item_type, title,
        artist_display, streams, popularity, snapshot_number, previous_chart_date, gap_before,
        last_number, days_on_chart, peak_position,
        CASE WHEN last_number = snapshot_number - 1 THEN last_position END AS previous_position
    FROM walked
)
-- Within an uninterrupted stay the snapshot's number and the song's own count grow together, so
-- their difference names the stay.  All snapshots at the peak so far had that same peak so far.
SELECT
    source, chart_id, chart_name, region, chart_date, position, song_id, item_type, title,
    artist_display, previous_position,
    previous_position - position AS move,
    CASE
        WHEN last_number IS NULL THEN 'NEW'
        WHEN previous_position IS NULL THEN 'RE'
        WHEN previous_position > position THEN 'UP'
        WHEN previous_position < position THEN 'DOWN'
        ELSE 'SAME'
    END AS status,
    peak_position,
    CAST(days_on_chart AS INTEGER) AS days_on_chart,
    CAST(sum(CASE WHEN position = peak_position THEN 1 ELSE 0 END) OVER (
        PARTITION BY source, chart_id, song_id, peak_position ORDER BY snapshot_number
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS INTEGER) AS days_at_peak,
    CAST(row_number() OVER (
        PARTITION BY source, chart_id, song_id, snapshot_number - days_on_chart
        ORDER BY snapshot_number
    ) AS INTEGER) AS streak,
    gap_before, previous_chart_date, streams, popularity
FROM compared
