"""What every view should say, in plain loops over rows: slow, and meant to be seen to be right.

Written from the meaning of the words, not from the SQL.  A row is a dict; every function
takes the rows of physical tables and gives the rows of one view, in any order.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from known import NOT_FACTS, classic_album, classic_artist, credited, dimension, facts, songs_by_isrc

from chartlake.tables import ALBUM_DATA, ARTIST_DATA, CHART_DATA, SONG_DATA

Row = dict[str, Any]

# What counts


def charts(chart_data: list[Row]) -> dict[tuple, dict[date, list[Row]]]:
    """Chart by chart and date by date, in order: the rows of the document that counts."""
    found: dict[tuple, dict[date, list[Row]]] = {}
    for row in sorted(chart_data, key=lambda row: row["chart_date"]):
        dates = found.setdefault((row["source"], row["chart_id"]), {})
        dates.setdefault(row["chart_date"], []).append(row)
    for dates in found.values():
        for day, rows in dates.items():
            winner = max((row["captured_at"], row["raw_hash"], row["transform_version"]) for row in rows)
            dates[day] = [
                row
                for row in rows
                if (row["captured_at"], row["raw_hash"], row["transform_version"]) == winner
            ]
    return found


def at_positions(rows: list[Row]) -> list[Row]:
    """One row for each position, from the top."""
    by_position: dict[int, Row] = {}
    for row in sorted(rows, key=lambda row: row["raw_key"]):
        by_position[row["position"]] = row
    return [by_position[position] for position in sorted(by_position)]


def songs_of(rows: list[Row]) -> dict[str, Row]:
    """The songs of a snapshot, each at its better position."""
    found: dict[str, Row] = {}
    for row in at_positions(rows):
        if row["item_type"] != "missing" and row["song_id"] is not None and row["song_id"] not in found:
            found[row["song_id"]] = row
    return found


def gap_between(earlier: date | None, later: date, cadence: str) -> list[date]:
    """The dates that the cadence expects between two snapshots."""
    if earlier is None:
        return []
    step = timedelta(days=7 if cadence == "weekly" else 1)
    expected = []
    day = earlier + step
    while day + step <= later:
        expected.append(day)
        day += step
    return expected


# Charts


def snapshots(chart_data: list[Row]) -> list[Row]:
    told = []
    for (source, chart_id), dates in charts(chart_data).items():
        previous = None
        for number, (day, rows) in enumerate(dates.items(), 1):
            first = rows[0]
            documents = {
                (row["captured_at"], row["raw_hash"])
                for row in chart_data
                if (row["source"], row["chart_id"], row["chart_date"]) == (source, chart_id, day)
            }
            told.append(
                {
                    **{name: first[name] for name in ("chart_name", "region", "cadence")},
                    **{name: first[name] for name in ("captured_at", "raw_hash", "transform_version")},
                    "source": source,
                    "chart_id": chart_id,
                    "chart_date": day,
                    "snapshot_number": number,
                    "previous_chart_date": previous,
                    "gap_before": len(gap_between(previous, day, first["cadence"])),
                    "documents": len(documents),
                }
            )
            previous = day
    return told


def chart_entries(chart_data: list[Row]) -> list[Row]:
    return [
        {name: value for name, value in row.items() if name != "transform_version"}
        for dates in charts(chart_data).values()
        for rows in dates.values()
        for row in at_positions(rows)
    ]


ABOUT_THE_ENTRY = {"cadence", "added_at", "source_previous_position", "raw_key", *NOT_FACTS} - {"source"}
HANDED_ON = [column.name for column in CHART_DATA.columns if column.name not in ABOUT_THE_ENTRY]


def chart_history(chart_data: list[Row]) -> list[Row]:
    told = []
    for dates in charts(chart_data).values():
        past: list[dict[str, Row]] = []
        days = list(dates)
        for number, day in enumerate(days):
            here = songs_of(dates[day])
            previous_day = days[number - 1] if number else None
            cadence = dates[day][0]["cadence"]
            for song, row in here.items():
                told.append(
                    {
                        **{name: row[name] for name in HANDED_ON},
                        **since_then([snapshot.get(song) for snapshot in past], row["position"]),
                        "previous_chart_date": previous_day,
                        "gap_before": len(gap_between(previous_day, day, cadence)),
                    }
                )
            past.append(here)
    return told


def since_then(past: list[Row | None], position: int) -> Row:
    """What a song's past on a chart, snapshot by snapshot, says about its position now."""
    before = [row["position"] if row else None for row in past]
    held = [place for place in before if place is not None] + [position]
    previous = before[-1] if before else None
    streak = 1
    for place in reversed(before):
        if place is None:
            break
        streak += 1
    return {
        "previous_position": previous,
        "move": None if previous is None else previous - position,
        "status": status(previous, position, known=len(held) > 1),
        "peak_position": min(held),
        "days_on_chart": len(held),
        "days_at_peak": held.count(min(held)),
        "streak": streak,
    }


def status(previous: int | None, position: int, *, known: bool) -> str:
    if previous is None:
        return "RE" if known else "NEW"
    if position < previous:
        return "UP"
    return "DOWN" if position > previous else "SAME"


def song_runs(chart_data: list[Row]) -> list[Row]:
    told = []
    for (source, chart_id), dates in charts(chart_data).items():
        last = dates[max(dates)][0]
        present = {day: songs_of(rows) for day, rows in dates.items()}
        for song in sorted({song for songs in present.values() for song in songs}):
            for number, stay in enumerate(stays(present, song), 1):
                places = [present[day][song]["position"] for day in stay]
                told.append(
                    {
                        "source": source,
                        "chart_id": chart_id,
                        "chart_name": last["chart_name"],
                        "region": last["region"],
                        "song_id": song,
                        "run_number": number,
                        "first_date": stay[0],
                        "last_date": stay[-1],
                        "snapshots": len(stay),
                        "entry_position": places[0],
                        "best_position": min(places),
                        "last_position": places[-1],
                        "left_chart": stay[-1] != max(dates),
                    }
                )
    return told


def stays(present: dict[date, dict[str, Row]], song: str) -> list[list[date]]:
    """The dates of each stay of a song."""
    found: list[list[date]] = []
    inside = False
    for day, songs in present.items():
        if song in songs:
            if not inside:
                found.append([])
            found[-1].append(day)
        inside = song in songs
    return found


# Artists, dates, and the older pipelines' songs


def artist_days(chart_data: list[Row], credit_data: list[Row], artist_data: list[Row]) -> list[Row]:
    artists_of: dict[tuple, set[str]] = {}
    for entity in ("song", "album"):
        for row in credited(credit_data, entity):
            artists_of.setdefault((row["source"], entity, row[f"{entity}_id"]), set()).add(row["artist_id"])
    names = {
        (row["source"], row["artist_id"]): row["name"]
        for row in dimension(artist_data, "artist_id", facts(ARTIST_DATA))
    }
    told = []
    for (source, chart_id), dates in charts(chart_data).items():
        for day, rows in dates.items():
            entries = at_positions(rows)
            held: dict[str, list[int]] = {}
            for row in entries:
                if row["item_type"] == "missing":
                    continue
                entity = "album" if row["item_type"] == "album" else "song"
                for artist in artists_of.get((source, entity, row["song_id"]), ()):
                    held.setdefault(artist, []).append(row["position"])
            for artist, positions in held.items():
                told.append(
                    {
                        "source": source,
                        "chart_id": chart_id,
                        "chart_name": rows[0]["chart_name"],
                        "region": rows[0]["region"],
                        "chart_date": day,
                        "artist_id": artist,
                        "artist_name": names.get((source, artist)),
                        "entries": len(positions),
                        "best_position": min(positions),
                        "share": len(positions) / len(entries),
                    }
                )
    return told


def coverage(chart_data: list[Row], run_data: list[Row]) -> list[Row]:
    told = []
    for chart, dates in charts(chart_data).items():
        tried = attempts(run_data, chart)
        days = list(dates)
        owner = {day: dates[day][0] for day in days}
        for earlier, later in pairwise(days):
            for day in gap_between(earlier, later, owner[later]["cadence"]):
                owner[day] = owner[later]
        last = owner[days[-1]]
        step = timedelta(days=7 if last["cadence"] == "weekly" else 1)
        expected = days[-1] + step
        while tried and expected <= max(day for day, _ in tried):
            owner[expected] = last
            expected += step
        for day in owner:
            until = min((other for other in owner if other > day), default=date.max)
            states = [state for attempted, state in tried if day <= attempted < until]
            recorded = {(row["captured_at"], row["raw_hash"]) for row in rows_of(chart_data, chart, day)}
            told.append(
                {
                    "source": chart[0],
                    "chart_id": chart[1],
                    **{name: owner[day][name] for name in ("chart_name", "region", "cadence")},
                    "chart_date": day,
                    "state": "recorded" if recorded else what_happened(states),
                    "snapshots": len(recorded),
                    "unchanged": states.count("unchanged"),
                    "is_gap": not recorded,
                }
            )
    return told


def rows_of(chart_data: list[Row], chart: tuple, day: date) -> list[Row]:
    return [
        row for row in chart_data if (row["source"], row["chart_id"]) == chart and row["chart_date"] == day
    ]


def attempts(run_data: list[Row], chart: tuple) -> list[tuple[date, str]]:
    """The day and the outcome of every attempt on a chart, each once."""
    found = set()
    for row in run_data:
        if (row["source"], row["chart_id"]) == chart:
            day = row["chart_date"]
            if day is None or row["state"] in ("failed", "deferred", "abandoned"):
                day = (row["scheduled_for"] or row["started_at"]).date()
            found.add((row["run_id"], row["started_at"], row["state"], day))
    return [(day, state) for _, _, state, day in found]


def what_happened(states: list[str]) -> str:
    if "rejected" in states:
        return "rejected"
    if "failed" in states or "abandoned" in states:
        return "failed"
    return "deferred" if "deferred" in states else "missing"


def classic_song(song_data: list[Row], chart_data: list[Row]) -> list[Row]:
    added: dict[str, list[date]] = {}
    for entry in chart_entries(chart_data):
        if entry["source"] == "spotify" and entry["added_at"] is not None:
            added.setdefault(entry["song_id"], []).append(entry["added_at"].date())
    return [
        {
            "song_id": song["song_id"],
            "song_name": song["name"],
            "duration_ms": song["duration_ms"],
            "url": song["url"],
            "popularity": song["popularity"],
            "song_added": max(added.get(song["song_id"], []), default=None),
            "album_id": song["album_id"],
            "artist_id": song["artist_id"],
        }
        for song in dimension(song_data, "song_id", facts(SONG_DATA))
        if song["source"] == "spotify"
    ]


def everything(tables: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """The rows of every view, from the rows of the physical tables."""
    charted, ledger = tables["chart_data"], tables["run_data"]
    songs, albums, artists = tables["song_data"], tables["album_data"], tables["artist_data"]
    credit = tables["credit_data"]
    return {
        "snapshots": snapshots(charted),
        "chart_entries": chart_entries(charted),
        "songs": dimension(songs, "song_id", facts(SONG_DATA)),
        "albums": dimension(albums, "album_id", facts(ALBUM_DATA)),
        "artists": dimension(artists, "artist_id", facts(ARTIST_DATA)),
        "song_artists": credited(credit, "song"),
        "album_artists": credited(credit, "album"),
        "chart_history": chart_history(charted),
        "song_runs": song_runs(charted),
        "artist_days": artist_days(charted, credit, artists),
        "coverage": coverage(charted, ledger),
        "songs_by_isrc": songs_by_isrc(songs),
        "classic_album": classic_album(albums),
        "classic_artist": classic_artist(artists),
        "classic_song": classic_song(songs, charted),
    }
