"""What is known of songs, albums and artists, in plain loops over rows: see reference.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chartlake.tables import ALBUM_DATA, ARTIST_DATA, SONG_DATA

if TYPE_CHECKING:
    from chartlake.tables import Table

Row = dict[str, Any]

NOT_FACTS = {"source", "captured_at", "raw_hash", "transform_version"}


def facts(table: Table) -> list[str]:
    """The columns of a dimension's observations that say something about the thing."""
    return [name for column in table.columns if (name := column.name) not in NOT_FACTS | {table.key[1]}]


def dimension(rows: list[Row], named: str, known_by: list[str]) -> list[Row]:
    """For each thing: the last value of each column that is not null, and when it was seen."""
    known: dict[tuple, Row] = {}
    for row in sorted(rows, key=lambda row: (row["captured_at"], row["raw_hash"], row["transform_version"])):
        thing = known.setdefault(
            (row["source"], row[named]),
            {
                "source": row["source"],
                named: row[named],
                **dict.fromkeys(known_by),
                "first_seen": row["captured_at"],
            },
        )
        thing["last_seen"] = row["captured_at"]
        for fact in known_by:
            if row[fact] is not None:
                thing[fact] = row[fact]
    return list(known.values())


def credited(credit_data: list[Row], entity: str) -> list[Row]:
    """The credits of every song or album, whole from the newest document that has any for it."""
    newest: dict[tuple, tuple] = {}
    for row in credit_data:
        if row["entity"] == entity:
            thing = (row["source"], row["entity_id"])
            document = (row["captured_at"], row["raw_hash"], row["transform_version"])
            newest[thing] = max(newest.get(thing, document), document)
    told = {}
    for row in credit_data:
        thing = (row["source"], row["entity_id"])
        document = (row["captured_at"], row["raw_hash"], row["transform_version"])
        if row["entity"] == entity and newest[thing] == document:
            told[thing, row["credit_position"]] = {
                "source": row["source"],
                f"{entity}_id": row["entity_id"],
                **{name: row[name] for name in ("credit_position", "artist_id", "artist_name")},
            }
    return list(told.values())


def songs_by_isrc(song_data: list[Row]) -> list[Row]:
    groups: dict[str, list[Row]] = {}
    for song in dimension(song_data, "song_id", facts(SONG_DATA)):
        code = (song["isrc"] or "").replace("-", "").replace(" ", "").upper()
        if code:
            groups.setdefault(code, []).append(song)
    return [
        {
            "isrc": code,
            "source": song["source"],
            "song_id": song["song_id"],
            "name": song["name"],
            "ids_in_group": len(group),
        }
        for code, group in groups.items()
        for song in group
    ]


def classic_album(album_data: list[Row]) -> list[Row]:
    names = ("album_id", "name", "release_date", "total_tracks", "url")
    return [
        {name: album[name] for name in names}
        for album in dimension(album_data, "album_id", facts(ALBUM_DATA))
        if album["source"] == "spotify"
    ]


def classic_artist(artist_data: list[Row]) -> list[Row]:
    return [
        {"artist_id": artist["artist_id"], "artist_name": artist["name"], "external_url": artist["url"]}
        for artist in dimension(artist_data, "artist_id", facts(ARTIST_DATA))
        if artist["source"] == "spotify"
    ]
