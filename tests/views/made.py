"""Charts, dimensions and ledgers written down in a line, for examples that a person reads."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from chartlake.tables import ALBUM_DATA, SONG_DATA

Row = dict[str, Any]


def day(number: str) -> date:
    """``"05"`` is 5 January 2024; ``"02-05"`` is 5 February."""
    return date.fromisoformat(f"2024-{number if '-' in number else '01-' + number}")


def moment(number: str, hour: int = 6) -> datetime:
    """That day, at that hour."""
    on = day(number)
    return datetime(on.year, on.month, on.day, hour)  # noqa: DTZ001 - tables hold UTC without a zone


def document(number: str, songs: str, **changes: Any) -> list[Row]:
    """One document of a chart: songs from the top, ``-`` for an entry that cannot be read.

    Its columns are what they usually are, apart from ``changes``.
    """
    usual = {
        "chart_id": "top",
        "chart_name": "Top",
        "region": "us",
        "cadence": "daily",
        "chart_date": day(number),
        "added_at": None,
        "streams": None,
        "popularity": None,
        "source_previous_position": None,
        "raw_key": f"raw_data/processed/{number}",
        "source": "spotify",
        "captured_at": moment(number),
        "raw_hash": "0" * 64,
        "transform_version": 1,
    }
    return [
        {
            **usual,
            "position": place,
            "item_type": "missing" if song == "-" else "track",
            "song_id": None if song == "-" else song,
            "title": None if song == "-" else f"title of {song}",
            "artist_display": None,
            **changes,
        }
        for place, song in enumerate(songs.split(), 1)
    ]


def chart(snapshots: dict[str, str], **changes: Any) -> list[Row]:
    """A chart: for each day its songs from the top."""
    return [row for number, songs in snapshots.items() for row in document(number, songs, **changes)]


def song(number: str, **facts: Any) -> Row:
    """One song as seen on that day; facts not given are null."""
    return {
        **dict.fromkeys(column.name for column in SONG_DATA.columns),
        "song_id": "A",
        "source": "spotify",
        "captured_at": moment(number),
        "raw_hash": "0" * 64,
        "transform_version": 1,
        **facts,
    }


def album(number: str, **facts: Any) -> Row:
    """One album as seen on that day; facts not given are null."""
    return {
        **dict.fromkeys(column.name for column in ALBUM_DATA.columns),
        "album_id": "X",
        "source": "spotify",
        "captured_at": moment(number),
        "raw_hash": "0" * 64,
        "transform_version": 1,
        **facts,
    }


def artist(number: str, artist_id: str, **facts: Any) -> Row:
    """One artist as seen on that day; facts not given are null."""
    return {
        "artist_id": artist_id,
        "name": None,
        "url": None,
        "source": "spotify",
        "captured_at": moment(number),
        "raw_hash": "0" * 64,
        "transform_version": 1,
        **facts,
    }


def credits_of(number: str, entity_id: str, artists: str, **changes: Any) -> list[Row]:
    """The credits of a song as one document shows them, in order."""
    return [
        {
            "entity": "song",
            "entity_id": entity_id,
            "credit_position": place,
            "artist_id": one,
            "artist_name": one.upper(),
            "source": "spotify",
            "captured_at": moment(number),
            "raw_hash": "0" * 64,
            "transform_version": 1,
            **changes,
        }
        for place, one in enumerate(artists.split(), 1)
    ]


def attempt(number: str, state: str, **changes: Any) -> Row:
    """One run's attempt on the chart on that day."""
    return {
        "run_id": f"run of {number}",
        "chart_id": "top",
        "scheduled_for": None,
        "started_at": moment(number, 7),
        "ended_at": None,
        "state": state,
        "reason": None,
        "chart_date": None,
        "items_in": 0,
        "rows_out": 0,
        "rejects": 0,
        "requests": 0,
        "bytes": 0,
        "source": "spotify",
        "captured_at": moment(number, 7),
        "raw_hash": None,
        "transform_version": 1,
        **changes,
    }
