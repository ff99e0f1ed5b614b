-- Grain: one album of one source.
-- Rule: each column holds the last value that is not null by (captured_at, raw_hash), then
-- transform_version; a source that no longer says a thing erases nothing.
-- The moments of the last values are found first: only the few rows of those moments need the
-- exact order, which is ten times as fast as ordering all.
WITH newest AS (
    SELECT
        source, album_id,
        min(captured_at) AS first_seen,
        max(captured_at) AS last_seen,
        max(CASE WHEN name IS NOT NULL THEN captured_at END) AS name_at,
        max(CASE WHEN album_type IS NOT NULL THEN captured_at END) AS album_type_at,
        max(CASE WHEN release_date IS NOT NULL THEN captured_at END) AS release_date_at,
        max(CASE
            WHEN release_date_precision IS NOT NULL THEN captured_at
        END) AS release_date_precision_at,
        max(CASE WHEN total_tracks IS NOT NULL THEN captured_at END) AS total_tracks_at,
        max(CASE WHEN label IS NOT NULL THEN captured_at END) AS label_at,
        max(CASE WHEN url IS NOT NULL THEN captured_at END) AS url_at,
        max(CASE WHEN image_url IS NOT NULL THEN captured_at END) AS image_url_at
    FROM album_data
    GROUP BY source, album_id
),
candidates AS (
    SELECT
        d.source, d.album_id, d.name, d.album_type, d.release_date, d.release_date_precision,
        d.total_tracks, d.label, d.url, d.image_url, n.first_seen, n.last_seen,
        row_number() OVER (
            PARTITION BY d.source, d.album_id
            ORDER BY d.captured_at, d.raw_hash, d.transform_version
        ) AS place
    FROM album_data AS d
    INNER JOIN newest AS n ON n.source = d.source AND n.album_id = d.album_id
    WHERE
        d.captured_at = n.last_seen
        OR d.captured_at = n.name_at
        OR d.captured_at = n.album_type_at
        OR d.captured_at = n.release_date_at
        OR d.captured_at = n.release_date_precision_at
        OR d.captured_at = n.total_tracks_at
        OR d.captured_at = n.label_at
        OR d.captured_at = n.url_at
        OR d.captured_at = n.image_url_at
)
SELECT
    source, album_id,
    max_by(name, CASE WHEN name IS NOT NULL THEN place END) AS name,
    max_by(album_type, CASE WHEN album_type IS NOT NULL THEN place END) AS album_type,
    max_by(release_date, CASE WHEN release_date IS NOT NULL THEN place END) AS release_date,
    max_by(
        release_date_precision, CASE WHEN release_date_precision IS NOT NULL THEN place END
    ) AS release_date_precision,
    max_by(total_tracks, CASE WHEN total_tracks IS NOT NULL THEN place END) AS total_tracks,
    max_by(label, CASE WHEN label IS NOT NULL THEN place END) AS label,
    max_by(url, CASE WHEN url IS NOT NULL THEN place END) AS url,
    max_by(image_url, CASE WHEN image_url IS NOT NULL THEN place END) AS image_url,
    min(first_seen) AS first_seen,
    max(last_seen) AS last_seen
FROM candidates
GROUP BY source, album_id
