"""The same documents to Parquet by PySpark on two cores: read with the fields declared.

python spark_.py FOLDER OUT
"""

from __future__ import annotations

import os
import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812 - as everybody writes it

_ARTISTS = "array<struct<id:string,name:string>>"
_ALBUM = (
    "struct<id:string,name:string,album_type:string,release_date:string,total_tracks:int,"
    f"images:array<struct<url:string>>,artists:{_ARTISTS}>"
)
_TRACK = (
    "struct<id:string,name:string,duration_ms:bigint,explicit:boolean,popularity:bigint,track_number:int,"
    f"external_ids:struct<isrc:string>,album:{_ALBUM},artists:{_ARTISTS}>"
)


def main(raw: str, out: str) -> None:
    """Write the tables."""
    os.environ["PYSPARK_PYTHON"] = sys.executable
    settings = {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "2", "spark.log.level": "ERROR"}
    builder = SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    read = spark.read.schema(f"items array<struct<added_at:string,track:{_TRACK}>>").json(raw)
    flat = (
        read.select(
            F.col("_metadata.file_path").alias("raw_key"), F.posexplode("items").alias("place", "item")
        )
        .select(
            "raw_key", (F.col("place") + 1).alias("position"), "item.added_at", F.col("item.track").alias("t")
        )
        .cache()
    )
    display = F.array_join(F.transform("t.artists", lambda one: one["name"]), ", ").alias("artist_display")
    credited = flat.select(
        "raw_key", F.col("t.id").alias("entity_id"), F.explode("t.artists").alias("a")
    ).union(flat.select("raw_key", F.col("t.album.id"), F.explode("t.album.artists")))
    first, cover = (
        F.col("t.artists")[0]["id"].alias("artist_id"),
        F.col("t.album.images")[0]["url"].alias("image"),
    )
    facts = ["t.id", "t.name", "t.duration_ms", "t.explicit", "t.popularity", "t.track_number"]
    tables = {
        "chart_data": flat.select(
            "raw_key", "position", "t.id", "t.name", display, F.to_timestamp("added_at"), "t.popularity"
        ),
        "song_data": flat.select(
            "raw_key", *facts, F.col("t.album.id").alias("album_id"), first, "t.external_ids.isrc"
        ).distinct(),
        "album_data": flat.select(
            "raw_key", "t.album.id", "t.album.name", "t.album.album_type", "t.album.total_tracks",
            F.to_date("t.album.release_date").alias("release_date"), cover,
        ).distinct(),
        "credit_data": credited.select("raw_key", "entity_id", "a.id", "a.name").distinct(),
        "artist_data": credited.select("raw_key", "a.id", "a.name").distinct(),
    }  # fmt: skip
    for name, frame in tables.items():
        frame.write.parquet(f"{out}/{name}", compression="zstd")
    spark.stop()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
