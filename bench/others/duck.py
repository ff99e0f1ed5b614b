"""The same documents to Parquet by DuckDB alone: read_json with the fields declared, then SQL.

python duck.py FOLDER OUT
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

_ARTISTS = "STRUCT(id VARCHAR, name VARCHAR)[]"
_ALBUM = (
    "STRUCT(id VARCHAR, name VARCHAR, album_type VARCHAR, release_date VARCHAR, "
    f"release_date_precision VARCHAR, total_tracks INT, images STRUCT(url VARCHAR)[], artists {_ARTISTS})"
)
_TRACK = (
    "STRUCT(id VARCHAR, name VARCHAR, duration_ms BIGINT, explicit BOOLEAN, popularity BIGINT, "
    f"track_number INT, external_ids STRUCT(isrc VARCHAR), album {_ALBUM}, artists {_ARTISTS})"
)
_ITEMS = f"STRUCT(added_at VARCHAR, track {_TRACK})[]"

_TABLES = {
    "chart_data": """
        SELECT filename AS raw_key, position, t.id AS song_id, t.name AS title,
            added_at::TIMESTAMP AS added_at,
            array_to_string(list_transform(t.artists, lambda a: a.name), ', ') AS artist_display,
            t.popularity
        FROM flat""",
    "song_data": """
        SELECT DISTINCT filename AS raw_key, t.id AS song_id, t.name, t.artists[1].id AS artist_id,
            t.album.id AS album_id, t.duration_ms, t.explicit, t.external_ids.isrc, t.popularity,
            t.track_number
        FROM flat""",
    "album_data": """
        SELECT DISTINCT filename AS raw_key, t.album.id AS album_id, t.album.name, t.album.album_type,
            try_cast(t.album.release_date AS DATE) AS release_date, t.album.total_tracks,
            t.album.images[1].url AS image_url
        FROM flat""",
    "artist_data": """
        SELECT DISTINCT raw_key, a.id AS artist_id, a.name FROM (
            SELECT filename AS raw_key, unnest(t.artists) AS a FROM flat
            UNION ALL SELECT filename, unnest(t.album.artists) FROM flat)""",
    "credit_data": """
        SELECT DISTINCT raw_key, entity_id, a.id AS artist_id FROM (
            SELECT filename AS raw_key, t.id AS entity_id, unnest(t.artists) AS a FROM flat
            UNION ALL SELECT filename, t.album.id, unnest(t.album.artists) FROM flat)""",
}

if __name__ == "__main__":
    raw, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True)
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    connection.execute(
        f"""CREATE TEMP TABLE flat AS
        SELECT filename, unnest(range(1, len(items) + 1)) AS position,
            unnest(items).track AS t, unnest(items).added_at AS added_at
        FROM read_json('{raw}/*.json', columns = {{items: '{_ITEMS}'}}, records = true,
            format = 'newline_delimited', filename = true)"""
    )
    for name, sql in _TABLES.items():
        connection.execute(f"COPY ({sql}) TO '{out}/{name}.parquet' (FORMAT parquet, COMPRESSION zstd)")
