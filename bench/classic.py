"""The loop of the old two-Lambda pipelines, written anew from its description: what is measured against.

For every raw file: parse it, collect albums, artists and songs as dictionaries, make three
frames, drop doubles within the file, convert the dates, write three CSV files, move the raw file.

    python bench/classic.py FOLDER_OF_RAW_FILES FOLDER_FOR_OUTPUT
"""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pandas as pd


def main(raw: Path, out: Path) -> None:
    """Transform every file of a folder."""
    everything, names = [], []
    for path in sorted(raw.glob("*.json")):
        everything.append(json.loads(path.read_text(encoding="utf-8")))
        names.append(path)
    for data, path in zip(everything, names, strict=True):
        for table, frame in frames(data).items():
            buffer = io.StringIO()
            frame.to_csv(buffer, index=False)
            target = out / "transformed_data" / f"{table}_data" / f"{table}_transformed_{path.stem}.csv"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(buffer.getvalue(), encoding="utf-8")
    processed = out / "processed"
    processed.mkdir(parents=True, exist_ok=True)
    for path in names:
        path.rename(processed / path.name)


def frames(data: dict) -> dict[str, pd.DataFrame]:
    """The three frames of one file."""
    albums, artists, songs = [], [], []
    for row in data["items"]:
        track = row["track"]
        album = track["album"]
        albums.append(
            {
                "album_id": album["id"],
                "name": album["name"],
                "release_date": album["release_date"],
                "total_tracks": album["total_tracks"],
                "url": album["external_urls"]["spotify"],
            }
        )
        artists.extend(
            {"artist_id": one["id"], "artist_name": one["name"], "external_url": one["href"]}
            for one in track["artists"]
        )
        songs.append(
            {
                "song_id": track["id"],
                "song_name": track["name"],
                "duration_ms": track["duration_ms"],
                "url": track["external_urls"]["spotify"],
                "popularity": track["popularity"],
                "song_added": row["added_at"],
                "album_id": album["id"],
                "artist_id": album["artists"][0]["id"],
            }
        )
    album = pd.DataFrame(albums).drop_duplicates(subset=["album_id"])
    artist = pd.DataFrame(artists).drop_duplicates(subset=["artist_id"])
    song = pd.DataFrame(songs)
    album["release_date"] = pd.to_datetime(album["release_date"])
    song["song_added"] = pd.to_datetime(song["song_added"])
    return {"album": album, "artist": artist, "songs": song}


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
