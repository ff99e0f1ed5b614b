"""ListenBrainz's sitewide statistics of recordings to readings.

A recording is told apart by its MusicBrainz id, where ListenBrainz knows it.  Its artists
are given as ids and as one text that joins their names.  The statistics are grouped by
recording and release, so that one recording may stand at several positions.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from chartlake.errors import Rejected
from chartlake.transform.reading import (
    MOST_ITEMS,
    Album,
    Artist,
    Entry,
    Header,
    Int32,
    Int64,
    Reading,
    Song,
    artist_of,
    captured,
    moment_of,
    named_id,
    seconds,
    utc_day,
)

_SITE = "https://musicbrainz.org/"
_COVERS = "https://coverartarchive.org/release/"


class _Recording(msgspec.Struct, frozen=True, gc=False):
    recording_mbid: str | None = None
    track_name: str | None = None
    artist_mbids: list[str | None] | None = None
    artist_name: str | None = None
    release_mbid: str | None = None
    release_name: str | None = None
    listen_count: Int64 | None = None
    caa_id: Int64 | None = None
    caa_release_mbid: str | None = None


class _Payload(msgspec.Struct, frozen=True):
    recordings: Annotated[list[_Recording | None], msgspec.Meta(max_length=MOST_ITEMS)]
    count: Int32 | None = None
    offset: Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)] = 0
    range: str | None = None
    last_updated: Int64 | None = None


class Page(msgspec.Struct, frozen=True):
    """One answer."""

    payload: _Payload


def read(header: Header, pages: list[Page]) -> Reading:
    """The reading of one range.

    Raises:
        Rejected: It has no page, or says not when it was made or of what range it is.
    """
    payloads = sorted((page.payload for page in pages), key=lambda payload: payload.offset)
    made = {seconds(payload.last_updated) for payload in payloads}
    stamp = max((stamp for stamp in made if stamp is not None), default=None)
    if stamp is None:
        raise Rejected("its last_updated is no moment", reason="undated")
    updated = moment_of(stamp)
    captured_at = captured(header, made=updated)
    entries = [
        _entry(place, recording)
        for payload in payloads
        for place, recording in enumerate(payload.recordings, payload.offset + 1)
    ]
    return Reading(
        source="listenbrainz",
        chart_id=header.chart_id or _range(payloads),
        chart_name=header.chart_name,
        region=header.region,
        cadence=header.cadence,
        captured_at=captured_at,
        chart_date=utc_day(updated),
        entries=entries,
        items=len(entries),
        # Pages of two days are two charts.
        promised=_promised(payloads) if len(made) == 1 else -1,
        repeats=True,
    )


def _promised(payloads: list[_Payload]) -> int | None:
    counts = [payload.count for payload in payloads if payload.count is not None]
    return sum(counts) if len(counts) == len(payloads) else None


def _range(payloads: list[_Payload]) -> str:
    if name := next((payload.range for payload in payloads if payload.range), None):
        return name
    raise Rejected("its payload does not say which range it is of", reason="unnamed")


def _entry(place: int, recording: _Recording | None) -> Entry:
    if recording is None or not (recording.recording_mbid or recording.track_name):
        streams = recording.listen_count if recording is not None else None
        return Entry(position=place, item_type="missing", streams=streams)
    mbid = recording.recording_mbid
    return Entry(
        position=place,
        item_type="track",
        song=Song(
            song_id=mbid or named_id(recording.track_name, recording.artist_name),
            name=recording.track_name or None,
            artists=_artists(recording),
            album=_album(recording),
            url=f"{_SITE}recording/{mbid}" if mbid else None,
        ),
        title=recording.track_name or None,
        artist_display=recording.artist_name or None,
        streams=recording.listen_count,
    )


def _artists(recording: _Recording) -> list[Artist]:
    """The credited artists.  The name is an artist's own only where it is the only one:
    which part of ``A & B`` is whose, nobody says, and names may hold an ampersand.
    """
    mbids = [mbid for mbid in recording.artist_mbids or () if mbid]
    if not mbids:
        named = artist_of(None, recording.artist_name)
        return [named] if named is not None else []
    name = (recording.artist_name or None) if len(mbids) == 1 else None
    return [Artist(mbid, name, f"{_SITE}artist/{mbid}") for mbid in mbids]


def _album(recording: _Recording) -> Album | None:
    """The release; whose it is, a recording does not say: it may be a compilation."""
    mbid = recording.release_mbid
    if not (mbid or recording.release_name):
        return None
    cover = f"{_COVERS}{recording.caa_release_mbid}/{recording.caa_id}-250.jpg"
    return Album(
        album_id=mbid or named_id(recording.release_name, recording.artist_name),
        name=recording.release_name or None,
        url=f"{_SITE}release/{mbid}" if mbid else None,
        image_url=cover if recording.caa_id and recording.caa_release_mbid else None,
    )
