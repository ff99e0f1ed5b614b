"""Field by field, our answers have the shape of recorded ones; the values are our own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chartlake.demo import CLIENT_SECRETS, EDITORIAL_PLAYLIST, EXTENDED_APP, OWN_PLAYLIST
from chartlake.demo.faults import rate_limited
from chartlake.demo.services import Services

Asking = Callable[..., Any]
Recorded = Callable[[str], Any]

RECORDED = Path(__file__).parents[3] / "shared" / "data" / "recorded"

EPISODES = "additional_types=track,episode"

NO_PREVIEWS = {("missing", "track<song>.preview_url", "str")}
NULL_PREVIEWS = NO_PREVIEWS | {("ours alone", "track<song>.preview_url", "NoneType")}
"""Spotify gives no previews since November 2024; before, a few songs had none."""

UNNAMED = {("ours alone", ".owner.display_name", "str")}
"""The recordings have lost the names of people."""

NOWHERE = {
    ("ours alone", "track<song>.available_markets[]", "str"),
    ("ours alone", "track<song>.album.available_markets[]", "str"),
}
"""The only song of this recording may be played nowhere."""

A_USER_ASKED = {
    ("missing", "track<episode>.is_playable", "bool"),
    ("missing", "track<episode>.resume_point", "dict"),
    ("missing", "track<episode>.resume_point.fully_played", "bool"),
    ("missing", "track<episode>.resume_point.resume_position_ms", "int"),
    ("ours alone", "track<episode>.available_markets", "list"),
    ("ours alone", "track<episode>.available_markets[]", "str"),
}
"""Asked for by a user, an episode says where the user is in it; asked for by an app, where it is sold."""

OTHER_SHOW = {
    ("missing", "track<episode>.audio_preview_url", "str"),
    ("ours alone", "track<episode>.audio_preview_url", "NoneType"),
    ("missing", "track<episode>.show.html_description", "NoneType"),
    ("ours alone", "track<episode>.show.html_description", "str"),
}
"""The recording of 2024 has these as we do, that of 2022 the other way round."""

SPOTIFY = {
    "items_2022_old_shape": (f"{EDITORIAL_PLAYLIST}/tracks?limit=100", None, NO_PREVIEWS),
    "items_page1_of_2_2025_old_shape": (f"{EDITORIAL_PLAYLIST}/tracks?limit=40", None, set()),
    "items_2026_both_keys": (f"{EDITORIAL_PLAYLIST}/items?limit=50", None, set()),
    "playlist_2026_full": (EDITORIAL_PLAYLIST, "both", UNNAMED),
    "playlist_local_file": (f"{OWN_PLAYLIST}?{EPISODES}", None, NULL_PREVIEWS | NOWHERE | UNNAMED),
    "playlist_episode": (f"{OWN_PLAYLIST}?{EPISODES}", None, UNNAMED),
    "items_2022_episodes_and_tracks": (
        f"{OWN_PLAYLIST}/tracks?{EPISODES}",
        None,
        NULL_PREVIEWS | A_USER_ASKED | OTHER_SHOW,
    ),
}

NOT_COMPARED = {
    "spotify/items_2014_shape.json": "no app has been answered like that for years",
    "charts_csv": "files that people download; no service gives them",
}


def kind(track: Any) -> str:
    if track is None:
        return "removed"
    if "show" in track:
        return "episode"
    return "local" if track["is_local"] else "song"


def shape(value: Any, path: str = "", found: set[tuple[str, str]] | None = None) -> set[tuple[str, str]]:
    """Every field's path with its JSON type; what an entry holds stands under its kind."""
    found = set() if found is None else found
    found.add((path, type(value).__name__))
    if isinstance(value, dict):
        for name, inner in value.items():
            entry = name in ("track", "item") and not isinstance(inner, bool)
            shape(inner, f"{path}.{name}<{kind(inner)}>" if entry else f"{path}.{name}", found)
    elif isinstance(value, list):
        for inner in value:
            shape(inner, f"{path}[]", found)
    return found


def kinds(found: set[tuple[str, str]]) -> set[str]:
    return {path.partition("<")[2].partition(">")[0] for path, _ in found}


def differences(recorded: Any, ours: Any) -> set[tuple[str, str, str]]:
    """What one has and the other has not, as far as both hold entries of that kind."""
    theirs, mine = shape(recorded), shape(ours)
    comparable = {pair for pair in mine if kinds({pair}) <= kinds(theirs)}
    found = {("missing", *pair) for pair in theirs - mine}
    found |= {("ours alone", *pair) for pair in comparable - theirs}
    return {(what, path[path.find("track<") :] if "track<" in path else path, t) for what, path, t in found}


@pytest.fixture(scope="module")
def recorded():
    if not RECORDED.is_dir():
        pytest.skip("no recorded answers lie beside the checkout")
    return lambda name: json.loads((RECORDED / name).read_bytes())


@pytest.fixture
def asked(fetch: Asking):
    def asked(services: Services, path: str) -> Any:
        token = fetch(
            services.spotify_accounts + "/api/token",
            data={
                "grant_type": "client_credentials",
                "client_id": EXTENDED_APP,
                "client_secret": CLIENT_SECRETS[EXTENDED_APP],
            },
        ).json["access_token"]
        return fetch(services.spotify_api + path, Authorization=f"Bearer {token}").json

    return asked


@pytest.mark.parametrize("name", SPOTIFY)
def test_spotify(recorded: Recorded, asked: Asking, name: str):
    path, wrapping, exceptions = SPOTIFY[name]
    with Services(wrapping=wrapping) as services:
        ours = asked(services, f"/playlists/{path}")

    assert differences(recorded(f"spotify/{name}.json"), ours) == exceptions


def test_spotify_says_no(recorded: Recorded, services: Services, asked: Asking):
    unknown = asked(services, "/playlists/0000000000000000000000")
    services.misbehave(rate_limited("3"), path="/v1/*")
    limited = asked(services, f"/playlists/{OWN_PLAYLIST}")

    assert unknown == recorded("spotify/error_404.json")
    assert limited == recorded("spotify/error_429.json")


def test_apple(recorded: Recorded, services: Services, fetch: Asking):
    ours = fetch(f"{services.apple}/api/v2/us/music/most-played/50/albums.json").json

    assert not differences(recorded("apple/most_played_albums_us_2022-04-27.json"), ours)


def test_apple_songs_are_as_its_albums(services: Services, fetch: Asking):
    albums, songs = (
        fetch(f"{services.apple}/api/v2/us/music/most-played/100/{kind}.json").json
        for kind in ("albums", "songs")
    )

    assert not differences(albums, songs)


def test_deezer(recorded: Recorded, services: Services, fetch: Asking):
    chart = fetch(f"{services.deezer}/chart/0/tracks").json
    track = fetch(f"{services.deezer}/track/{chart['data'][0]['id']}").json

    assert not differences(recorded("deezer/chart_0_tracks_2019.json"), chart)
    assert not differences(recorded("deezer/track_object.json"), track)


@pytest.mark.parametrize("path", ["/track/-1", "/does-not-exists"])
def test_deezer_says_no(recorded: Recorded, services: Services, fetch: Asking, path: str):
    said = next(one for one in recorded("deezer/errors.json") if one["url"].endswith(path))

    got = fetch(services.deezer + path)

    assert (got.status, got.json) == (said["status"], said["body"])


def test_every_recording_is_compared_or_there_is_a_reason(recorded: Recorded):
    here = {str(path.relative_to(RECORDED)) for path in RECORDED.rglob("*.json")}
    compared = {f"spotify/{name}.json" for name in SPOTIFY}
    compared |= {"spotify/error_404.json", "spotify/error_429.json", "deezer/errors.json"}
    compared |= {"apple/most_played_albums_us_2022-04-27.json"}
    compared |= {"deezer/chart_0_tracks_2019.json", "deezer/track_object.json"}

    assert here - compared == {name for name in NOT_COMPARED if name.endswith(".json")}
