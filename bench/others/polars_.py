"""The same documents to Parquet by Polars: lazily scanned with the fields declared.

python polars_.py FOLDER OUT
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

_ARTISTS = pl.List(pl.Struct({"id": pl.String, "name": pl.String}))
_ALBUM = pl.Struct(
    {
        "id": pl.String, "name": pl.String, "album_type": pl.String, "release_date": pl.String,
        "total_tracks": pl.Int32, "images": pl.List(pl.Struct({"url": pl.String})), "artists": _ARTISTS,
    }
)  # fmt: skip
_TRACK = pl.Struct(
    {
        "id": pl.String, "name": pl.String, "duration_ms": pl.Int64, "explicit": pl.Boolean,
        "popularity": pl.Int64, "track_number": pl.Int32, "external_ids": pl.Struct({"isrc": pl.String}),
        "album": _ALBUM, "artists": _ARTISTS,
    }
)  # fmt: skip
_ITEMS = pl.List(pl.Struct({"added_at": pl.String, "track": _TRACK}))


def main(raw: Path, out: Path) -> None:
    """Write the tables."""
    out.mkdir(parents=True)
    read = pl.scan_ndjson(sorted(raw.glob("*.json")), schema={"items": _ITEMS}, include_file_paths="raw_key")
    flat = (
        read.with_columns(position=pl.int_ranges(1, pl.col("items").list.len() + 1))
        .explode("items", "position")
        .unnest("items")
        .collect()
    )
    track, album = pl.col("track").struct, pl.col("track").struct.field("album").struct
    flat.select(
        "raw_key", "position", track.field("id").alias("song_id"), track.field("name").alias("title"),
        pl.col("added_at").str.to_datetime(time_zone="UTC"), track.field("popularity"),
        track.field("artists").list.eval(pl.element().struct.field("name")).list.join(", ").alias("display"),
    ).write_parquet(out / "chart_data.parquet")  # fmt: skip
    flat.select(
        "raw_key", track.field("id"), track.field("name"), track.field("duration_ms"),
        track.field("explicit"),
        track.field("popularity"), track.field("track_number"), album.field("id").alias("album_id"),
        track.field("external_ids").struct.field("isrc"),
        track.field("artists").list.first().struct.field("id").alias("artist_id"),
    ).unique().write_parquet(out / "song_data.parquet")  # fmt: skip
    flat.select(
        "raw_key", album.field("id"), album.field("name"), album.field("album_type"),
        album.field("total_tracks"),
        album.field("release_date").str.to_date(strict=False),
        album.field("images").list.first().struct.field("url"),
    ).unique().write_parquet(out / "album_data.parquet")  # fmt: skip
    credited = pl.concat(
        [
            flat.select("raw_key", track.field("id").alias("entity_id"), track.field("artists")),
            flat.select("raw_key", album.field("id").alias("entity_id"), album.field("artists")),
        ]
    ).explode("artists")
    named = credited.select("raw_key", "entity_id", pl.col("artists").struct.unnest())
    named.unique().write_parquet(out / "credit_data.parquet")
    named.select("raw_key", "id", "name").unique().write_parquet(out / "artist_data.parquet")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
