"""What the page asks of the views."""

from __future__ import annotations

DEMO = """
SELECT count(*) > 0 AND bool_and(run_id LIKE 'demo-%') FROM run_data
"""
"""Whether every run of the ledger was one of the demo."""

CHARTS = """
SELECT source, chart_id, max_by(chart_name, chart_date) AS chart_name, max_by(region, chart_date) AS region,
       max_by(cadence, chart_date) AS cadence, list(chart_date ORDER BY chart_date) AS dates
FROM snapshots GROUP BY source, chart_id ORDER BY source, chart_id
"""
"""Every chart, as it was last called, and its dates."""

ENTRIES = """
WITH wanted AS (
    SELECT unnest($1) AS source, unnest($2) AS chart_id, unnest($3) AS oldest, unnest($4) AS first_number
),
placed AS (
    SELECT e.source, e.chart_id, e.item_type, e.title, e.artist_display, s.snapshot_number,
           CASE WHEN e.item_type <> 'missing' THEN e.song_id END AS song_id,
           CAST(s.snapshot_number - w.first_number AS BIGINT) * 1048576 + e.position AS place
    FROM chart_entries AS e
    JOIN wanted AS w ON w.source = e.source AND w.chart_id = e.chart_id AND e.chart_date >= w.oldest
    JOIN snapshots AS s
        ON s.source = e.source AND s.chart_id = e.chart_id AND s.chart_date = e.chart_date
)
SELECT source, chart_id, song_id, max(item_type), max_by(title, snapshot_number),
       max_by(artist_display, snapshot_number), list(place ORDER BY place)
FROM placed GROUP BY source, chart_id, song_id ORDER BY source, chart_id, song_id
"""
"""Every song of each chart from a date on: where it stood, as the number of the date in the upper bits
and the position in the lower 20; entries that cannot be read have no song."""

BEFORE = """
WITH wanted AS (
    SELECT unnest($1) AS source, unnest($2) AS chart_id, unnest($3) AS oldest, unnest($4) AS last_number
),
history AS (
    SELECT h.*, w.oldest, s.snapshot_number = w.last_number AS at_the_end
    FROM chart_history AS h
    JOIN wanted AS w ON w.source = h.source AND w.chart_id = h.chart_id
    JOIN snapshots AS s
        ON s.source = h.source AND s.chart_id = h.chart_id AND s.chart_date = h.chart_date
),
summed AS (
    SELECT source, chart_id, song_id,
           max_by(item_type, chart_date) AS item_type, max_by(title, chart_date) AS title,
           max_by(artist_display, chart_date) AS artist_display,
           min(CASE WHEN chart_date < oldest THEN peak_position END) AS peak,
           max(CASE WHEN chart_date < oldest THEN days_on_chart END) AS days,
           max_by(days_at_peak, chart_date) FILTER (chart_date < oldest) AS at_peak,
           coalesce(max(CASE WHEN at_the_end THEN streak END), 0) AS run,
           coalesce(max(CASE WHEN at_the_end THEN position END), 0) AS last,
           min(chart_date) AS first,
           bool_or(chart_date >= oldest) AS still
    FROM history GROUP BY source, chart_id, song_id
),
best AS (
    SELECT source, chart_id, song_id, min(position) AS peak, count(*) AS at_peak
    FROM (
        SELECT source, chart_id, song_id, position,
               rank() OVER (PARTITION BY source, chart_id, song_id ORDER BY position) AS place
        FROM history WHERE chart_date < oldest
    ) WHERE place = 1 GROUP BY source, chart_id, song_id
)
SELECT m.source, m.chart_id, m.song_id, m.item_type, m.title, m.artist_display, m.peak, m.days,
       CAST(b.at_peak AS INTEGER), m.run, m.last, m.first
FROM summed AS m
JOIN best AS b ON b.source = m.source AND b.chart_id = m.chart_id AND b.song_id = m.song_id
QUALIFY m.still OR row_number() OVER (
    PARTITION BY m.source, m.chart_id ORDER BY m.days DESC, m.song_id
) <= $5
ORDER BY m.source, m.chart_id, m.song_id
"""
"""What songs had done before the dates held in full: those that are on them, and the longest stays."""

MISSING = """
SELECT source, chart_id, chart_date, state FROM coverage WHERE is_gap ORDER BY source, chart_id, chart_date
"""
"""Dates that were expected and not recorded."""

CREDITS = """
SELECT source, song_id, artist_name FROM (
    SELECT c.source, c.song_id, coalesce(a.name, c.artist_name) AS artist_name, c.credit_position
    FROM song_artists AS c
    LEFT JOIN artists AS a ON a.source = c.source AND a.artist_id = c.artist_id
    UNION ALL
    SELECT c.source, c.album_id, coalesce(a.name, c.artist_name), c.credit_position
    FROM album_artists AS c
    LEFT JOIN artists AS a ON a.source = c.source AND a.artist_id = c.artist_id
) WHERE artist_name IS NOT NULL ORDER BY source, song_id, credit_position
"""
"""Who is credited on each song, in order; on each album, where albums are ranked."""

FACTS = """
SELECT s.source, s.song_id, s.url, b.name,
       CASE b.release_date_precision
           WHEN 'year' THEN strftime(b.release_date, '%Y')
           WHEN 'month' THEN strftime(b.release_date, '%Y-%m')
           ELSE CAST(b.release_date AS VARCHAR)
       END,
       i.isrc
FROM songs AS s
LEFT JOIN albums AS b ON b.source = s.source AND b.album_id = s.album_id
LEFT JOIN songs_by_isrc AS i ON i.source = s.source AND i.song_id = s.song_id
UNION ALL
SELECT source, album_id, url, NULL, CAST(release_date AS VARCHAR), NULL FROM albums
WHERE (source, album_id) IN (SELECT (source, song_id) FROM chart_data WHERE item_type = 'album')
ORDER BY 1, 2
"""
"""What is known of each song, or album that is ranked: address, album, release day, recording code."""

ROWS = """
SELECT e.position, CASE WHEN e.item_type <> 'missing' THEN e.song_id END, coalesce(h.status, ''),
       h.previous_position, coalesce(h.peak_position, 0), coalesce(h.days_on_chart, 0),
       coalesce(h.days_at_peak, 0), coalesce(h.streak, 0)
FROM chart_entries AS e
LEFT JOIN chart_history AS h
    ON h.source = e.source AND h.chart_id = e.chart_id AND h.chart_date = e.chart_date
    AND h.song_id = e.song_id AND h.position = e.position
WHERE e.source = $1 AND e.chart_id = $2 AND e.chart_date = $3 ORDER BY e.position
"""
"""A chart on one date."""

ARRIVALS = """
SELECT chart_date, CAST(sum(CASE WHEN status IN ('NEW', 'RE') THEN 1 ELSE 0 END) AS INTEGER)
FROM chart_history WHERE source = $1 AND chart_id = $2 GROUP BY chart_date
"""
"""How many songs came to a chart on each date."""

STAYS = """
SELECT r.song_id, CAST(sum(r.snapshots) AS INTEGER) AS days, min(r.best_position) AS peak,
       bool_or(NOT r.left_chart) AS now
FROM song_runs AS r WHERE r.source = $1 AND r.chart_id = $2
GROUP BY r.song_id ORDER BY days DESC, peak, r.song_id LIMIT $3
"""
"""The longest stays on a chart."""

WEEKS = """
SELECT artist_name, CAST(date_diff('day', $3, chart_date) // 7 AS INTEGER) AS week,
       CAST(sum(entries) AS INTEGER)
FROM artist_days
WHERE source = $1 AND chart_id = $2 AND chart_date >= $4 AND chart_date < $5 AND artist_name IS NOT NULL
GROUP BY ALL
"""
"""Artists' entries on a chart, week by week, from a Monday on, within two dates."""

SIZES = """
SELECT CAST(date_diff('day', $3, chart_date) // 7 AS INTEGER) AS week, CAST(count(*) AS INTEGER)
FROM chart_entries WHERE source = $1 AND chart_id = $2 AND chart_date >= $4 AND chart_date < $5
GROUP BY ALL
"""
"""All entries of a chart in each of those weeks."""
