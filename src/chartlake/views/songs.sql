-- Grain: one song of one source.
-- Rule: each column holds the last value that is not null by (captured_at, raw_hash), then
-- transform_version; a source that no longer says a thing erases nothing.
-- The moments of the last values are found first: only the few rows of those moments need the
-- exact order, which is ten times as fast as ordering all.
WITH newest AS (
    SELECT
        source, song_id,
        min(captured_at) AS first_seen,
        max(captured_at) AS last_seen,
        max(CASE WHEN name IS NOT NULL THEN captured_at END) AS name_at,
        max(CASE WHEN artist_id IS NOT NULL THEN captured_at END) AS artist_id_at,
        max(CASE WHEN album_id IS NOT NULL THEN captured_at END) AS album_id_at,
        max(CASE WHEN duration_ms IS NOT NULL THEN captured_at END) AS duration_ms_at,
        max(CASE WHEN explicit IS NOT NULL THEN captured_at END) AS explicit_at,
        max(CASE WHEN isrc IS NOT NULL THEN captured_at END) AS isrc_at,
        max(CASE WHEN popularity IS NOT NULL THEN captured_at END) AS popularity_at,
        max(CASE WHEN track_number IS NOT NULL THEN captured_at END) AS track_number_at,
        max(CASE WHEN url IS NOT NULL THEN captured_at END) AS url_at
    FROM song_data
    GROUP BY source, song_id
),
candidates AS (
    SELECT
        d.source, d.song_id, d.name, d.artist_id, d.album_id, d.duration_ms, d.explicit, d.isrc,
        d.popularity, d.track_number, d.url, n.first_seen, n.last_seen,
        row_number() OVER (
            PARTITION BY d.source, d.song_id
            ORDER BY d.captured_at, d.raw_hash, d.transform_version
        ) AS place
    FROM song_data AS d
    INNER JOIN newest AS n ON n.source = d.source AND n.song_id = d.song_id
    WHERE
        d.captured_at = n.last_seen
        OR d.captured_at = n.name_at
        OR d.captured_at = n.artist_id_at
        OR d.captured_at = n.album_id_at
        OR d.captured_at = n.duration_ms_at
        OR d.captured_at = n.explicit_at
        OR d.captured_at = n.isrc_at
        OR d.captured_at = n.popularity_at
        OR d.captured_at = n.track_number_at
        OR d.captured_at = n.url_at
)
SELECT
    source, song_id,
    max_by(name, CASE WHEN name IS NOT NULL THEN place END) AS name,
    max_by(artist_id, CASE WHEN artist_id IS NOT NULL THEN place END) AS artist_id,
    max_by(album_id, CASE WHEN album_id IS NOT NULL THEN place END) AS album_id,
    max_by(duration_ms, CASE WHEN duration_ms IS NOT NULL THEN place END) AS duration_ms,
    max_by(explicit, CASE WHEN explicit IS NOT NULL THEN place END) AS explicit,
    max_by(isrc, CASE WHEN isrc IS NOT NULL THEN place END) AS isrc,
    max_by(popularity, CASE WHEN popularity IS NOT NULL THEN place END) AS popularity,
    max_by(track_number, CASE WHEN track_number IS NOT NULL THEN place END) AS track_number,
    max_by(url, CASE WHEN url IS NOT NULL THEN place END) AS url,
    min(first_seen) AS first_seen,
    max(last_seen) AS last_seen
FROM candidates
GROUP BY source, song_id
