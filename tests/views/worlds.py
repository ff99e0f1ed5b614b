"""Small worlds of observations, made by hypothesis: everything that a lake may hold, at once.

Several documents for one date, ties of captured_at, corrections shorter than what they
correct, whole files and parts of them twice, older transform_versions, songs twice, missing
items, columns that are null, two sources that use the same ids, weekly charts, gaps.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

Row = dict[str, Any]

_FIRST = datetime(2024, 2, 27, 22, 0, 0)  # noqa: DTZ001 - tables hold UTC without a zone
SOURCES = ("spotify", "spotify", "spotify", "deezer")
SONGS = ("A", "B", "C", "D")
STATES = ("published", "unchanged", "rejected", "failed", "deferred", "abandoned")

moments = st.integers(0, 3).map(lambda hours: _FIRST + timedelta(hours=hours))
days = st.integers(0, 40).map(lambda number: date(2024, 2, 28) + timedelta(days=number))
one_day = st.just(date(2024, 2, 28))
near_days = st.integers(0, 4).map(lambda number: date(2024, 2, 28) + timedelta(days=number))
names = st.sampled_from([None, "a", "b", "é "])
numbers = st.sampled_from([None, 0, 1, 7])
artists = st.sampled_from(["x", "y", "z"])


def _repeated(draw: st.DrawFn, rows: list[Row]) -> list[Row]:
    """The rows, and some of them again: replays, compaction, overlapping batches."""
    copies = draw(st.sampled_from([1, 1, 1, 2]))
    again = draw(st.lists(st.sampled_from(rows), max_size=2)) if rows else []
    return draw(st.permutations(rows * copies + again)) if rows else []


def _documents(draw: st.DrawFn, named: dict[str, st.SearchStrategy[Any]]) -> list[Row]:
    """Documents, told apart by what they are about, when they were captured, and their hash.

    In some worlds everything was captured at once, so that hashes and versions must decide.
    """
    about = st.fixed_dictionaries(
        {
            **named,
            "captured_at": draw(st.sampled_from([moments, st.just(_FIRST)])),
            "raw_hash": st.sampled_from(["0a", "0b", "ff"]),
            "transform_version": st.sampled_from([1, 1, 2]),
        }
    )
    some = draw(st.sampled_from([0, 4, 10, 10]))
    documents = draw(st.lists(about, min_size=some, max_size=some + 4))
    return list({tuple(one[name] for name in sorted(one)): one for one in documents}.values())


@st.composite
def chart_data(draw: st.DrawFn) -> list[Row]:
    """Observations of a few charts."""
    named = {
        "source": st.sampled_from(SOURCES),
        "chart_id": st.sampled_from(["one", "one", "one", "two"]),
        "chart_date": draw(st.sampled_from([one_day, near_days, near_days, days])),
    }
    cadence = draw(st.fixed_dictionaries({"one": cadences, "two": cadences}))
    rows: list[Row] = []
    for document in _documents(draw, named):
        chart = {
            **document,
            "chart_name": draw(names),
            "region": draw(names),
            "cadence": draw(cadences) if draw(st.integers(0, 9)) == 9 else cadence[document["chart_id"]],
        }
        entries = draw(st.lists(entry, min_size=1, max_size=5))
        rows += [
            {**chart, **one, "position": place}
            for place, one in enumerate(entries, draw(st.sampled_from([1, 1, 2])))
        ]
    # The same bytes dropped under two file names are one document with two keys.
    return [{**row, "raw_key": draw(st.sampled_from(["k", "k", "k", "l"]))} for row in _repeated(draw, rows)]


cadences = st.sampled_from(["daily", "weekly"])
_item = st.one_of(
    st.just({"item_type": "missing", "song_id": None}),
    st.fixed_dictionaries(
        {
            "item_type": st.sampled_from(["track", "track", "episode", "local", "album"]),
            "song_id": st.sampled_from(SONGS),
        }
    ),
    st.fixed_dictionaries({"item_type": st.just("track"), "song_id": st.sampled_from(SONGS)}),
)
_shown = st.fixed_dictionaries(
    {
        "title": names,
        "artist_display": names,
        "added_at": st.one_of(st.none(), moments),
        "streams": numbers,
        "popularity": numbers,
        "source_previous_position": numbers,
    }
)
entry = st.builds(lambda item, shown: item | shown, _item, _shown)


def _dimension(
    named: str, ids: tuple[str, ...], **facts: st.SearchStrategy[Any]
) -> st.SearchStrategy[list[Row]]:
    @st.composite
    def observations(draw: st.DrawFn) -> list[Row]:
        about = {
            "source": st.sampled_from(SOURCES),
            named: st.sampled_from(ids[: draw(st.integers(1, len(ids)))]),
        }
        seen = [{**document, **draw(st.fixed_dictionaries(facts))} for document in _documents(draw, about)]
        return _repeated(draw, seen)

    return observations()


song_data = _dimension(
    "song_id",
    SONGS,
    name=names,
    artist_id=names,
    album_id=names,
    duration_ms=numbers,
    explicit=st.sampled_from([None, True, False]),
    isrc=st.sampled_from([None, "", "GBAYE0000001", "gb-aye-00-00001", "GB AYE0000002"]),
    popularity=numbers,
    track_number=numbers,
    url=names,
)
album_data = _dimension(
    "album_id",
    SONGS,
    name=names,
    album_type=names,
    release_date=st.one_of(st.none(), days),
    release_date_precision=names,
    total_tracks=numbers,
    label=names,
    url=names,
    image_url=names,
)
artist_data = _dimension("artist_id", ("x", "y", "z"), name=names, url=names)


@st.composite
def credit_data(draw: st.DrawFn) -> list[Row]:
    """Credits of songs and albums, each document with its own list."""
    about = {
        "source": st.sampled_from(SOURCES),
        "entity": st.sampled_from(["song", "song", "album"]),
        "entity_id": st.sampled_from(SONGS[: draw(st.integers(1, len(SONGS)))]),
    }
    rows = [
        {**document, "credit_position": place, "artist_id": artist, "artist_name": draw(names)}
        for document in _documents(draw, about)
        for place, artist in enumerate(draw(st.lists(artists, min_size=1, max_size=3)), 1)
    ]
    return _repeated(draw, rows)


@st.composite
def run_data(draw: st.DrawFn) -> list[Row]:
    """What runs did to the charts, and to some that nobody recorded."""
    at = st.one_of(near_days, days).map(lambda day: datetime(day.year, day.month, day.day, 23, 30))  # noqa: DTZ001
    run = st.fixed_dictionaries(
        {
            "run_id": st.sampled_from(["r1", "r2"]),
            "source": st.sampled_from(SOURCES),
            "chart_id": st.sampled_from(["one", "one", "two", "never", None]),
            "scheduled_for": st.one_of(st.none(), at),
            "started_at": at,
            "state": st.sampled_from(STATES),
            "chart_date": st.one_of(st.none(), near_days, days),
        }
    )
    nothing = {
        "ended_at": None,
        "reason": None,
        "items_in": 0,
        "rows_out": 0,
        "rejects": 0,
        "requests": 0,
        "bytes": 0,
        "captured_at": _FIRST,
        "raw_hash": None,
        "transform_version": 1,
    }
    return _repeated(draw, [run | nothing for run in draw(st.lists(run, max_size=12))])


worlds = st.fixed_dictionaries(
    {
        "chart_data": chart_data(),
        "song_data": song_data,
        "album_data": album_data,
        "artist_data": artist_data,
        "credit_data": credit_data(),
        "run_data": run_data(),
    }
)
