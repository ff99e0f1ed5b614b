"""``export classic`` of an adopted old bucket is what that pipeline should have written."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from making import entry, paging, track

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Ran

HEADINGS = {
    "album_data/album_transformed.csv": ["album_id", "name", "release_date", "total_tracks", "url"],
    "artist_data/artist_transformed.csv": ["artist_id", "artist_name", "external_url"],
    "songs_data/songs_transformed.csv": [
        "song_id", "song_name", "duration_ms", "url", "popularity", "song_added", "album_id", "artist_id",
    ],
}  # fmt: skip
"""As the pipelines of that family spelled them; typed here on purpose."""

FOLDERS = ("to_be_processed", "processed", "already_processed", "to_processed")


def old_track(number: int, day: int) -> dict[str, Any]:
    """A track of an old answer: everything has its address, popularity differs from day to day."""
    made = track(number, popularity=(number + day) % 100, name=f"Song, {number}")
    for kind, what in (("artist", made["artists"][0]), ("album", made["album"])):
        what["external_urls"] = {"spotify": f"https://open.spotify.com/{kind}/{what['id']}"}
    made["album"]["artists"] = made["artists"]
    return made


def old_bucket(folder: Path) -> list[dict[str, Any]]:
    """Thirty days of ten songs, three of them new each day, some days twice; the documents by time."""
    documents = []
    for number in range(30):
        moment = datetime(2023, 7, 1, 10, 20, 30, tzinfo=UTC) + timedelta(days=number)
        songs = [old_track(3 * number + place, number) for place in range(10)]
        one = paging([entry(song, added_at=f"{moment:%Y-%m-%d}T04:00:00Z") for song in songs])
        documents.append(one)
        zone = folder / "raw_data" / FOLDERS[number % len(FOLDERS)]
        zone.mkdir(parents=True, exist_ok=True)
        (zone / f"spotify_raw_{moment:%Y-%m-%d %H:%M:%S}.123456.json").write_text(json.dumps(one))
        if number % 4 == 0:  # The old functions could leave a document in both folders.
            again = folder / "raw_data" / "copies"
            again.mkdir(parents=True, exist_ok=True)
            (again / f"spotify_raw_{moment:%Y-%m-%d %H:%M:%S}.123456.json").write_text(json.dumps(one))
    return documents


def should_have_been(documents: list[dict[str, Any]]) -> dict[str, list[list[str]]]:
    """The old loop over all documents, keeping the latest of each id."""
    albums: dict[str, list[Any]] = {}
    artists: dict[str, list[Any]] = {}
    songs: dict[str, list[Any]] = {}
    for document in documents:
        for item in document["items"]:
            song = item["track"]
            album, artist = song["album"], song["artists"][0]
            albums[album["id"]] = [
                album["id"], album["name"], album["release_date"], album["total_tracks"],
                album["external_urls"]["spotify"],
            ]  # fmt: skip
            artists[artist["id"]] = [artist["id"], artist["name"], artist["external_urls"]["spotify"]]
            songs[song["id"]] = [
                song["id"], song["name"], song["duration_ms"], song["external_urls"]["spotify"],
                song["popularity"], item["added_at"][:10], album["id"], artist["id"],
            ]  # fmt: skip
    tables = (albums, artists, songs)
    return {
        path: [[str(cell) for cell in rows[key]] for key in sorted(rows)]
        for path, rows in zip(HEADINGS, tables, strict=True)
    }


def test_an_adopted_bucket_without_its_doubles(ran: Callable[..., Ran], at_home: Path):
    documents = old_bucket(at_home / "old")
    assert ran("import", "old", "--lake", "lake")[0] == 0
    for arguments in ([], ["--exact"]):
        code, answer, _ = ran("export", "classic", "--lake", "lake", *arguments)
        assert code == 0
        assert "songs_transformed.csv" in answer
        for path, expected in should_have_been(documents).items():
            text = (at_home / "classic" / path).read_bytes().decode()
            heading, *rows = csv.reader(text.splitlines())
            assert heading == HEADINGS[path]
            assert rows == expected
            assert not text.startswith("\ufeff")
            assert "\r" not in text
    assert len(should_have_been(documents)["songs_data/songs_transformed.csv"]) == 97


def test_a_lake_without_spotify_has_three_headings(ran: Callable[..., Ran], at_home: Path):
    assert ran("export", "classic", "--lake", "lake")[0] == 0
    for path, heading in HEADINGS.items():
        assert (at_home / "classic" / path).read_text() == ",".join(heading) + "\n"
