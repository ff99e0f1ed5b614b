-- Grain: one song id under its recording code.
-- Rule: the ids of all sources whose songs have the same ISRC are one recording; hyphens, spaces
-- and letter case do not count.  ids_in_group is how many ids there are: above 1 it is one
-- recording under several ids.
WITH coded AS (
    SELECT
        upper(replace(replace(isrc, '-', ''), ' ', '')) AS isrc,
        source, song_id, name
    FROM songs
)
SELECT
    isrc, source, song_id, name,
    CAST(count(*) OVER (PARTITION BY isrc) AS INTEGER) AS ids_in_group
FROM coded
WHERE isrc <> ''
