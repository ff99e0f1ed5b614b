from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from chartlake.demo import (
    CLIENT_SECRETS,
    DEVELOPMENT_APP,
    EDITORIAL_PLAYLIST,
    EXTENDED_APP,
    LISTENER,
    OWN_PLAYLIST,
    SOMEBODY_ELSES_PLAYLIST,
)
from chartlake.demo.services import Services
from chartlake.snapshot import Envelope, page, sealed
from chartlake.transform import understood

Asking = Callable[..., Any]

SECRET = CLIENT_SECRETS[EXTENDED_APP]
CALLBACK = "http://127.0.0.1:4321/callback"

TOKEN_ERRORS = {
    "unknown app": ({"grant_type": "client_credentials", "client_id": "x"}, "invalid_client"),
    "wrong secret": (
        {"grant_type": "client_credentials", "client_id": EXTENDED_APP, "client_secret": "x"},
        "invalid_client",
    ),
    "no secret": ({"grant_type": "client_credentials", "client_id": EXTENDED_APP}, "invalid_client"),
    "unknown grant": ({"grant_type": "password", "client_id": EXTENDED_APP}, "unsupported_grant_type"),
    "no grant": ({"client_id": EXTENDED_APP}, "unsupported_grant_type"),
    "forged code": (
        {"grant_type": "authorization_code", "client_id": EXTENDED_APP, "code": "demo-code-abc-" + "0" * 24},
        "invalid_grant",
    ),
    "no refresh token": ({"grant_type": "refresh_token", "client_id": EXTENDED_APP}, "invalid_grant"),
}


@pytest.fixture
def listener(consented: Asking):
    """The Authorization of the development app for its only user."""
    return "Bearer " + consented(DEVELOPMENT_APP)["access_token"]


@pytest.mark.parametrize(
    "form", [{}, {"client_id": EXTENDED_APP, "client_secret": SECRET}], ids=["basic", "body"]
)
def test_an_app_on_its_own_gets_a_token(
    services: Services, fetch: Asking, basic: Asking, form: dict[str, str]
):
    headers = {} if form else {"Authorization": basic(EXTENDED_APP)}

    got = fetch(
        services.spotify_accounts + "/api/token", data={"grant_type": "client_credentials", **form}, **headers
    )

    assert got.status == 200
    assert got.json.keys() == {"access_token", "token_type", "expires_in"}
    assert (got.json["token_type"], got.json["expires_in"]) == ("Bearer", 3600)


@pytest.mark.parametrize("name", TOKEN_ERRORS)
def test_a_request_for_tokens_is_refused(services: Services, fetch: Asking, name: str):
    form, error = TOKEN_ERRORS[name]

    got = fetch(services.spotify_accounts + "/api/token", data=form)

    assert (got.status, got.json["error"]) == (400, error)
    assert got.json.keys() == {"error", "error_description"}


def test_consent_becomes_tokens_and_a_refresh_gives_no_new_refresh_token(
    services: Services, fetch: Asking, consented: Asking
):
    first = consented(DEVELOPMENT_APP, "playlist-read-private user-read-email")
    again = fetch(
        services.spotify_accounts + "/api/token",
        data={
            "grant_type": "refresh_token",
            "client_id": DEVELOPMENT_APP,
            "refresh_token": first["refresh_token"],
        },
    )

    assert first["scope"] == "playlist-read-private user-read-email"
    assert again.status == 200
    assert "refresh_token" not in again.json
    me = fetch(services.spotify_api + "/me", Authorization=f"Bearer {again.json['access_token']}")
    assert me.json["id"] == LISTENER


@pytest.mark.parametrize(("days", "status"), [(180, 200), (184, 400)])
def test_consent_ends_after_six_months(
    services: Services, fetch: Asking, consented: Asking, days: int, status: int
):
    tokens = consented(DEVELOPMENT_APP)
    services.today += timedelta(days=days)
    form = {
        "grant_type": "refresh_token",
        "client_id": DEVELOPMENT_APP,
        "refresh_token": tokens["refresh_token"],
    }

    got = fetch(services.spotify_accounts + "/api/token", data=form)

    assert (got.status, got.json.get("error")) == (status, None if status == 200 else "invalid_grant")


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_verifier": "x" * 43}, "invalid_grant"),
        ({"redirect_uri": CALLBACK + "2"}, "invalid_grant"),
        ({"client_id": EXTENDED_APP}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_grant"),
    ],
)
def test_a_code_is_worth_nothing_to_others(
    services: Services, fetch: Asking, changed: dict[str, str], error: str
):
    query = {
        "client_id": DEVELOPMENT_APP,
        "response_type": "code",
        "redirect_uri": CALLBACK,
        "state": "a b&c",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }
    sent = fetch(f"{services.spotify_accounts}/authorize?{urlencode(query)}")
    back = {name: values[0] for name, values in parse_qs(urlsplit(sent.headers["Location"]).query).items()}
    form = {
        "grant_type": "authorization_code",
        "client_id": DEVELOPMENT_APP,
        "code": back["code"],
        "redirect_uri": CALLBACK,
        "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    }

    assert sent.status == 302
    assert back["state"] == "a b&c"
    assert fetch(services.spotify_accounts + "/api/token", data=form | changed).json["error"] == error
    assert fetch(services.spotify_accounts + "/api/token", data=form).status == 200
    services.today += timedelta(minutes=11)
    assert fetch(services.spotify_accounts + "/api/token", data=form).json["error"] == "invalid_grant"


def test_a_user_may_say_no(services: Services, fetch: Asking):
    services.consents = False
    query = {"client_id": DEVELOPMENT_APP, "response_type": "code", "redirect_uri": CALLBACK, "state": "s"}

    sent = fetch(f"{services.spotify_accounts}/authorize?{urlencode(query)}")

    assert parse_qs(urlsplit(sent.headers["Location"]).query) == {"error": ["access_denied"], "state": ["s"]}


@pytest.mark.parametrize(
    "redirect", ["http://localhost:4321/", "http://example.org/", "", "javascript:alert(1)"]
)
def test_consent_goes_to_this_machine_or_over_tls(services: Services, fetch: Asking, redirect: str):
    query = {"client_id": DEVELOPMENT_APP, "response_type": "code", "redirect_uri": redirect}

    got = fetch(f"{services.spotify_accounts}/authorize?{urlencode(query)}")

    assert got.status == 400
    assert "Location" not in got.headers


def test_without_a_token_that_holds_there_is_no_answer(services: Services, fetch: Asking, bearer: Asking):
    address = f"{services.spotify_api}/playlists/{OWN_PLAYLIST}"
    token = bearer(EXTENDED_APP)
    services.today += timedelta(seconds=3601)

    said = [
        fetch(address),
        fetch(address, Authorization="Basic x"),
        fetch(address, Authorization="Bearer x"),
        fetch(address, Authorization=token),
    ]

    assert [got.status for got in said] == [401] * 4
    assert [got.json["error"]["message"] for got in said] == [
        "No token provided",
        "No token provided",
        "Invalid access token",
        "The access token expired",
    ]


EXTENDED, ALONE, USER = "extended", "development alone", "development for its user"


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        (EXTENDED, f"{EDITORIAL_PLAYLIST}/tracks", 200),
        (EXTENDED, f"{EDITORIAL_PLAYLIST}/items", 200),
        (EXTENDED, f"{SOMEBODY_ELSES_PLAYLIST}/tracks", 200),
        (EXTENDED, f"{OWN_PLAYLIST}/tracks?limit=101", 400),
        (EXTENDED, f"{OWN_PLAYLIST}/tracks?limit=0", 400),
        (EXTENDED, f"{OWN_PLAYLIST}/tracks?offset=-1", 400),
        (EXTENDED, f"{OWN_PLAYLIST}/items?limit=51", 400),
        (EXTENDED, "0000000000000000000000/tracks", 404),
        (EXTENDED, "too-short/tracks", 400),
        (EXTENDED, f"{OWN_PLAYLIST}/followers", 404),
        (ALONE, EDITORIAL_PLAYLIST, 404),
        (ALONE, OWN_PLAYLIST, 200),
        (ALONE, f"{OWN_PLAYLIST}/items", 403),
        (USER, EDITORIAL_PLAYLIST, 404),
        (USER, f"{EDITORIAL_PLAYLIST}/items", 404),
        (USER, SOMEBODY_ELSES_PLAYLIST, 200),
        (USER, f"{SOMEBODY_ELSES_PLAYLIST}/items", 403),
        (USER, f"{OWN_PLAYLIST}/tracks", 403),
        (USER, f"{OWN_PLAYLIST}/items?limit=50", 200),
        (USER, f"{OWN_PLAYLIST}/items?limit=51", 400),
    ],
)
def test_who_may_read_what(
    services: Services, fetch: Asking, bearer: Asking, listener: str, who: str, path: str, status: int
):
    shown = {EXTENDED: bearer(EXTENDED_APP), ALONE: bearer(DEVELOPMENT_APP), USER: listener}[who]

    got = fetch(f"{services.spotify_api}/playlists/{path}", Authorization=shown)

    assert got.status == status
    if status != 200:
        assert got.json["error"]["status"] == status


def test_a_user_who_did_not_agree_to_it_is_not_read(services: Services, fetch: Asking, consented: Asking):
    token = consented(DEVELOPMENT_APP, "user-read-email")["access_token"]

    got = fetch(f"{services.spotify_api}/playlists/{OWN_PLAYLIST}/items", Authorization=f"Bearer {token}")

    assert (got.status, got.json["error"]["message"]) == (403, "Insufficient client scope")


def test_entries_of_others_are_left_out_of_a_playlist(services: Services, fetch: Asking, listener: str):
    own, other = (
        fetch(f"{services.spotify_api}/playlists/{one}", Authorization=listener).json
        for one in (OWN_PLAYLIST, SOMEBODY_ELSES_PLAYLIST)
    )

    assert own.keys() - other.keys() == {"items"}
    assert not other.keys() - own.keys()


def test_an_app_of_2026_sees_fewer_fields_and_keeps_the_isrc(
    services: Services, fetch: Asking, listener: str
):
    items = fetch(
        f"{services.spotify_api}/playlists/{OWN_PLAYLIST}/items?limit=50", Authorization=listener
    ).json["items"]
    songs = [item["item"] for item in items if item["item"] and not item["is_local"]]

    assert all("track" not in item for item in items)
    for song in songs:
        assert not song.keys() & {"popularity", "available_markets"}
        assert "available_markets" not in song["album"]
        assert song["external_ids"]["isrc"]


@pytest.mark.parametrize("wrapping", ["track", "item", "both"])
def test_the_wrapping_can_be_chosen(fetch: Asking, consented: Asking, wrapping: Any):
    with Services(wrapping=wrapping) as services:
        token = fetch(
            services.spotify_accounts + "/api/token",
            data={"grant_type": "client_credentials", "client_id": EXTENDED_APP, "client_secret": SECRET},
        ).json["access_token"]
        found = fetch(
            f"{services.spotify_api}/playlists/{EDITORIAL_PLAYLIST}/items?limit=2",
            Authorization=f"Bearer {token}",
        ).json["items"][0]

    wraps = {"track", "item"} if wrapping == "both" else {wrapping}
    assert found.keys() & {"track", "item"} == wraps
    assert all(found[wrap]["type"] == "track" for wrap in wraps)


def test_pages_follow_one_another_there_and_back(services: Services, fetch: Asking, listener: str):
    address = f"{services.spotify_api}/playlists/{OWN_PLAYLIST}/items?limit=20"
    pages = []
    while address:
        pages.append(fetch(address, Authorization=listener).json)
        address = pages[-1]["next"]

    total = pages[0]["total"]
    assert [page["offset"] for page in pages] == list(range(0, total, 20))
    assert sum(len(page["items"]) for page in pages) == total == pages[-1]["total"]
    assert [page["previous"] is None for page in pages] == [True] + [False] * (len(pages) - 1)
    assert fetch(pages[1]["previous"], Authorization=listener).json["offset"] == 0
    assert all(page["href"].startswith(services.spotify_api) for page in pages)


def test_an_episode_is_there_for_who_asks_for_it(services: Services, fetch: Asking, bearer: Asking):
    address = f"{services.spotify_api}/playlists/{OWN_PLAYLIST}/tracks"
    plain, asked = (
        [item["track"] for item in fetch(address + query, Authorization=bearer(EXTENDED_APP)).json["items"]]
        for query in ("", "?additional_types=track,episode")
    )

    assert (plain.count(None), asked.count(None)) == (2, 1)
    assert sum(track["type"] == "episode" for track in asked if track) == 1


def test_fields_are_honoured(services: Services, fetch: Asking, bearer: Asking):
    address = f"{services.spotify_api}/playlists/{EDITORIAL_PLAYLIST}"
    shown = bearer(EXTENDED_APP)

    some = fetch(f"{address}?fields=name,snapshot_id,tracks.total,nonsense", Authorization=shown).json
    deep = fetch(f"{address}?fields=tracks.items.track.id", Authorization=shown).json
    page = fetch(f"{address}/tracks?limit=3&fields=total,items.added_at", Authorization=shown).json

    assert some.keys() == {"name", "snapshot_id", "tracks"}
    assert some["tracks"] == {"total": 50}
    assert len(deep["tracks"]["items"]) == 50
    assert deep["tracks"]["items"][0].keys() == {"track"}
    assert deep["tracks"]["items"][0]["track"].keys() == {"id"}
    assert page == {"total": 50, "items": [{"added_at": "2026-06-01T00:00:00Z"}] * 3}


def test_a_playlist_has_a_new_version_every_day_and_on_demand(
    services: Services, fetch: Asking, consented: Asking
):
    def version() -> str:
        token = consented(DEVELOPMENT_APP)["access_token"]
        address = f"{services.spotify_api}/playlists/{OWN_PLAYLIST}?fields=snapshot_id"
        return fetch(address, Authorization=f"Bearer {token}").json["snapshot_id"]

    first, again = version(), version()
    services.today += timedelta(days=1)
    next_day = version()
    services.today -= timedelta(days=1)

    assert first == again == version() != next_day
    assert len(first) == 32


def test_a_playlist_can_change_between_two_pages(services: Services, fetch: Asking, listener: str):
    address = f"{services.spotify_api}/playlists/{OWN_PLAYLIST}"
    services.change_between_pages()

    def ids() -> list[str]:
        page = fetch(f"{address}/items?limit=50", Authorization=listener).json
        return [item["added_at"] for item in page["items"]]

    def version() -> str:
        return fetch(f"{address}?fields=snapshot_id", Authorization=listener).json["snapshot_id"]

    before, first, second, after, third = version(), ids(), ids(), version(), ids()

    assert before != after
    assert first != second == third
    assert sorted(first) == sorted(second)
    assert services.faults_left == 0


def test_a_top_50_is_as_large_as_the_real_one_and_one_moment_old(
    services: Services, fetch: Asking, bearer: Asking
):
    got = fetch(
        f"{services.spotify_api}/playlists/{EDITORIAL_PLAYLIST}/tracks?limit=50",
        Authorization=bearer(EXTENDED_APP),
    )
    items = got.json["items"]
    markets = [len(item["track"]["available_markets"]) for item in items]

    assert 180_000 < len(got.body) < 260_000
    assert {item["added_at"] for item in items} == {"2026-06-01T00:00:00Z"}
    assert {item["added_by"]["id"] for item in items} == {""}
    assert max(markets) == 185
    assert got.json["next"] is None


@pytest.mark.parametrize("playlist", [EDITORIAL_PLAYLIST, OWN_PLAYLIST])
def test_our_own_reader_reads_every_position(
    services: Services, fetch: Asking, bearer: Asking, playlist: str
):
    got = fetch(
        f"{services.spotify_api}/playlists/{playlist}/tracks?limit=100&additional_types=track,episode",
        Authorization=bearer(EXTENDED_APP),
    )
    document = sealed(
        Envelope(
            chartlake=1,
            source="spotify",
            chart_id=playlist,
            cadence="daily",
            captured_at=services.today,
            pages=[page(got.body)],
        )
    )

    reading = understood(document, name="x.json")

    assert [entry.position for entry in reading.entries] == list(range(1, got.json["total"] + 1))
    assert reading.promised == reading.items == got.json["total"]
    kinds = {entry.item_type for entry in reading.entries}
    assert kinds == (
        {"track"} if playlist == EDITORIAL_PLAYLIST else {"track", "local", "episode", "missing"}
    )
    assert reading.chart_date == datetime(2026, 6, 1, tzinfo=UTC).date()
