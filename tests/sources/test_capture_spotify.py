"""Spotify: two flavours, paging, edits under way, and what its refusals mean."""

from __future__ import annotations

import json
import random
from base64 import b64encode
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from scripted import Asked, Clock, Reply, Service, of
from spotify_dialect import ID, Spotify, song

from chartlake.errors import CredentialsError, SettingsError, SourceError, TryLater
from chartlake.sources import Chart, open_source
from chartlake.sources.http import Client
from chartlake.sources.spotify import Settings, Source, playlist_id
from chartlake.sources.spotify.stored import Login, read_login, write_login

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CHART = Chart(source="spotify", id=ID)
EDITORIAL = Chart(source="spotify", id="37i9dQZEVXbMDoHDwVN2tF")
SECRETS = {
    "CHARTLAKE_SPOTIFY_CLIENT_ID": "app",
    "CHARTLAKE_SPOTIFY_CLIENT_SECRET": "secret",
    "CHARTLAKE_SPOTIFY_REFRESH_TOKEN": "REFRESH-0",
}


@pytest.fixture
def spotify(service: Service) -> Spotify:
    world = Spotify(service.url)
    service.script = world
    return world


@pytest.fixture
def opened(service: Service, client: Client) -> Callable[..., Source]:
    def source(flavour: str = "development", *, secrets: dict[str, str] = SECRETS, **more: object) -> Source:
        said = {"api_url": f"{service.url}/v1/", "accounts_url": service.url, "retention_days": 30, **more}
        settings = Settings(flavour=flavour, **said)  # type: ignore[arg-type]
        made = open_source("spotify", settings, client=client, secrets=secrets.get)
        assert isinstance(made, Source)
        return made

    return source


def asked_for(service: Service) -> list[tuple[str, str]]:
    return [(asked.method, asked.path) for asked in service.asked]


def names(pages: list[bytes]) -> list[str]:
    return [entry["item"]["name"] for page in pages[1:] for entry in json.loads(page)["items"]]


# ---- what is asked


@pytest.mark.parametrize(
    ("flavour", "path", "limit"), [("development", "items", 50), ("extended", "tracks", 100)]
)
def test_a_playlist_is_read_from_end_to_end(
    service: Service, spotify: Spotify, opened: Callable[..., Source], flavour: str, path: str, limit: int
):
    spotify.songs = [song(number) for number in range(2 * limit + 1)]
    found = opened(flavour).capture(CHART)
    items = f"/v1/playlists/{ID}/{path}"
    assert asked_for(service) == [
        ("POST", "/api/token"),
        ("GET", f"/v1/playlists/{ID}"),
        *[("GET", items)] * 3,
        ("GET", f"/v1/playlists/{ID}"),
    ]
    assert [asked.query for asked in service.asked[1:]] == [
        {"fields": "id,name,snapshot_id"},
        *[
            {"limit": str(limit), "offset": str(offset), "additional_types": "track,episode"}
            for offset in (0, limit, 2 * limit)
        ],
        {"fields": "snapshot_id"},
    ]
    assert len(found.pages) == 4
    assert json.loads(found.pages[0]) == {"id": ID, "name": "Made up", "snapshot_id": "version0"}
    assert names(found.pages) == [f"Song {number}" for number in range(2 * limit + 1)]
    assert found.chart_name == "Made up"
    assert [request.status for request in found.requests] == [200] * 6
    assert found.received > sum(map(len, found.pages))
    assert found.notes == []


def test_a_market_is_asked_for_if_one_is_set(
    service: Service, spotify: Spotify, opened: Callable[..., Source]
):
    opened(market="SE").capture(CHART)
    assert {asked.query["market"] for asked in service.asked[1:]} == {"SE"}


def test_pages_are_kept_as_they_are(service: Service, spotify: Spotify, opened: Callable[..., Source]):
    body = b'{ "items":[ {"track":null} ,null], "next" : null, "unknown": [1, 1.0]}\n'
    spotify.overrides[f"/v1/playlists/{ID}/items"] = lambda _: Reply(200, body)
    assert opened().capture(CHART).pages[1:] == [body]


def test_a_name_in_the_settings_stays(spotify: Spotify, opened: Callable[..., Source]):
    assert opened().capture(Chart(source="spotify", id=ID, name="Mine")).chart_name is None


def test_an_extended_app_reads_spotifys_own_playlists(
    service: Service, spotify: Spotify, opened: Callable[..., Source]
):
    answers = {"": {"name": "Top 50"}, "/tracks": {"items": [song(1)], "next": None}}
    for path, answer in answers.items():
        spotify.overrides[f"/v1/playlists/{EDITORIAL.id}{path}"] = lambda _, answer=answer: of(answer)
    assert opened("extended").capture(EDITORIAL).chart_name == "Top 50"


# ---- credentials


def test_the_app_shows_its_secret_once_for_many_charts(
    service: Service, spotify: Spotify, opened: Callable[..., Source], clock: Clock
):
    source = opened("extended")
    source.capture(CHART)
    clock.pass_by(3500)
    source.capture(CHART)
    [token] = [asked for asked in service.asked if asked.path == "/api/token"]
    assert token.headers["authorization"] == f"Basic {b64encode(b'app:secret').decode()}"
    assert token.form == {"grant_type": "client_credentials"}
    clock.pass_by(50)
    source.capture(CHART)
    assert spotify.tokens == 2


def test_the_person_is_shown_by_a_refresh_token(
    service: Service, spotify: Spotify, opened: Callable[..., Source]
):
    opened(client_id="other").capture(CHART)
    assert service.asked[0].form == {
        "grant_type": "refresh_token",
        "refresh_token": "REFRESH-0",
        "client_id": "other",
    }
    assert "authorization" not in service.asked[0].headers


@pytest.mark.parametrize(
    ("flavour", "secrets", "why"),
    [
        ("extended", {}, "CHARTLAKE_SPOTIFY_CLIENT_ID is not set"),
        ("extended", {"CHARTLAKE_SPOTIFY_CLIENT_ID": "app"}, "CHARTLAKE_SPOTIFY_CLIENT_SECRET is not set"),
        ("development", {}, "CHARTLAKE_SPOTIFY_CLIENT_ID is not set"),
        ("development", {"CHARTLAKE_SPOTIFY_CLIENT_ID": "app"}, "run `chartlake login spotify`"),
        ("extended", {**SECRETS, "CHARTLAKE_SPOTIFY_CLIENT_SECRET": "se\ncret"}, "copy it again"),
        ("development", {**SECRETS, "CHARTLAKE_SPOTIFY_REFRESH_TOKEN": "re fresh"}, "copy it again"),
    ],
)
def test_missing_credentials_are_named(
    service: Service, opened: Callable[..., Source], flavour: str, secrets: dict[str, str], why: str
):
    with pytest.raises(CredentialsError, match=why):
        opened(flavour, secrets=secrets).capture(CHART)
    assert service.asked == []


@pytest.mark.parametrize(
    ("flavour", "reply", "kind", "why"),
    [
        (
            "development",
            of({"error": "invalid_grant", "error_description": "Refresh token expired"}, 400),
            CredentialsError,
            "run `chartlake login spotify`",
        ),
        (
            "extended",
            of({"error": "invalid_client"}, 400),
            CredentialsError,
            "CHARTLAKE_SPOTIFY_CLIENT_SECRET",
        ),
        ("extended", of({"error": "invalid_client"}, 401), CredentialsError, "CHARTLAKE_SPOTIFY_CLIENT_ID"),
        ("extended", Reply(400, b"<html>"), SourceError, "answered 400 instead of a token"),
        ("extended", of({"token": "x"}), SourceError, "gives no token"),
        ("extended", of({"access_token": "x\r\ny"}), SourceError, "gives no token"),
        ("extended", of({"access_token": ""}), SourceError, "gives no token"),
        ("extended", of([]), SourceError, "gives no token"),
    ],
)
def test_no_token(
    service: Service,
    spotify: Spotify,
    opened: Callable[..., Source],
    flavour: str,
    reply: Reply,
    kind: type[Exception],
    why: str,
):
    spotify.overrides["/api/token"] = lambda _: reply
    with pytest.raises(kind, match=why):
        opened(flavour).capture(CHART)
    assert asked_for(service) == [("POST", "/api/token")]


def test_a_token_that_is_refused_is_renewed_once(
    service: Service, spotify: Spotify, opened: Callable[..., Source]
):
    spotify.songs = [song(number) for number in range(120)]
    spotify.before_page = lambda offset: (
        setattr(spotify, "token", "gone") if offset == 50 and spotify.tokens == 1 else None
    )
    found = opened().capture(CHART)
    assert names(found.pages) == [f"Song {number}" for number in range(120)]
    assert spotify.tokens == 2
    assert [request.status for request in found.requests].count(401) == 1


def test_a_token_is_renewed_once_in_a_capture(
    service: Service, spotify: Spotify, opened: Callable[..., Source]
):
    spotify.songs = [song(number) for number in range(120)]
    spotify.before_page = lambda _: setattr(spotify, "token", "gone")
    source = opened()
    with pytest.raises(CredentialsError, match="does not accept its own token"):
        source.capture(CHART)
    assert spotify.tokens == 2
    spotify.before_page = lambda _: None
    source.capture(CHART)
    assert spotify.tokens == 3


def test_a_token_that_is_refused_twice_is_a_matter_of_credentials(
    service: Service, spotify: Spotify, opened: Callable[..., Source]
):
    spotify.overrides[f"/v1/playlists/{ID}/items"] = lambda _: of({"error": {"status": 401}}, 401)
    with pytest.raises(CredentialsError, match="does not accept its own token"):
        opened().capture(CHART)
    assert spotify.tokens == 2


# ---- the login on disk


AGREED = timedelta(days=100)


def test_the_stored_login_is_used(
    service: Service, spotify: Spotify, opened: Callable[..., Source], clock: Clock, tmp_path: Path
):
    file = tmp_path / "spotify.json"
    write_login(file, Login(refresh_token="REFRESH-7", authorized_at=clock.now() - AGREED))
    secrets = {"CHARTLAKE_SPOTIFY_CLIENT_ID": "app"}
    found = opened(secrets=secrets, login_file=str(file)).capture(CHART)
    assert service.asked[0].form["refresh_token"] == "REFRESH-7"
    assert found.notes == []


def test_a_new_refresh_token_takes_the_place_of_the_old(
    service: Service, spotify: Spotify, opened: Callable[..., Source], clock: Clock, tmp_path: Path
):
    file = tmp_path / "spotify.json"
    agreed = clock.now() - AGREED
    write_login(file, Login(refresh_token="REFRESH-7", authorized_at=agreed))
    spotify.grant = {"refresh_token": "REFRESH-8"}
    source = opened(secrets={"CHARTLAKE_SPOTIFY_CLIENT_ID": "app"}, login_file=str(file))
    source.capture(CHART)
    assert read_login(file) == Login(refresh_token="REFRESH-8", authorized_at=agreed)
    clock.pass_by(4000)
    source.capture(CHART)
    assert [asked.form["refresh_token"] for asked in service.asked if asked.path == "/api/token"] == [
        "REFRESH-7",
        "REFRESH-8",
    ]


def test_a_new_refresh_token_that_cannot_be_stored_is_mentioned(
    service: Service, spotify: Spotify, opened: Callable[..., Source], clock: Clock
):
    spotify.grant = {"refresh_token": "REFRESH-8"}
    source = opened()
    [note] = source.capture(CHART).notes
    assert "has replaced the refresh token of CHARTLAKE_SPOTIFY_REFRESH_TOKEN" in note
    clock.pass_by(4000)
    source.capture(CHART)
    assert service.asked[-4].form["refresh_token"] == "REFRESH-8"


def test_a_folder_that_cannot_be_written_costs_no_chart(
    spotify: Spotify, opened: Callable[..., Source], clock: Clock, tmp_path: Path
):
    file = tmp_path / "spotify.json"
    write_login(file, Login(refresh_token="REFRESH-7", authorized_at=clock.now()))

    def replaced(_: Asked) -> None:
        # The file is read before the token is asked for, and written after: between, a folder stands there.
        file.unlink()
        file.mkdir()

    spotify.overrides["/api/token"] = replaced
    spotify.grant = {"refresh_token": "REFRESH-8"}
    source = opened(secrets={"CHARTLAKE_SPOTIFY_CLIENT_ID": "app"}, login_file=str(file))
    [note] = source.capture(CHART).notes
    assert "cannot be written" in note
    assert "REFRESH" not in note


@pytest.mark.parametrize(
    ("days", "note"),
    [
        (149, None),
        (150, "the Spotify login ends in 30 days; run `chartlake login spotify` before that"),
        (179, "the Spotify login ends in 1 days; run `chartlake login spotify` before that"),
    ],
)
def test_a_login_near_its_end_is_mentioned(
    spotify: Spotify,
    opened: Callable[..., Source],
    clock: Clock,
    tmp_path: Path,
    days: int,
    note: str | None,
):
    file = tmp_path / "spotify.json"
    write_login(file, Login(refresh_token="REFRESH-7", authorized_at=clock.now() - timedelta(days=days)))
    found = opened(secrets={"CHARTLAKE_SPOTIFY_CLIENT_ID": "app"}, login_file=str(file)).capture(CHART)
    assert found.notes == ([note] if note else [])


# ---- edits while the pages are read


def test_an_edit_between_two_pages_starts_again(spotify: Spotify, opened: Callable[..., Source]):
    spotify.songs = [song(number) for number in range(60)]
    after = [song(number) for number in range(1, 61)]
    spotify.before_page = lambda offset: (
        spotify.edit(after) if offset == 50 and spotify.version == 0 else None
    )
    found = opened().capture(CHART)
    assert names(found.pages) == [f"Song {number}" for number in range(1, 61)]
    assert json.loads(found.pages[0])["snapshot_id"] == "version1"
    assert len(found.pages) == 3


def test_an_edit_without_end_is_an_answer(
    service: Service, spotify: Spotify, opened: Callable[..., Source], clock: Clock
):
    spotify.before_page = lambda _: spotify.edit([song(spotify.version + 1)])
    with pytest.raises(
        TryLater, match=f"Spotify playlist {ID} was edited while it was read, 3 times"
    ) as later:
        opened().capture(CHART)
    assert later.value.not_before == clock.now() + timedelta(minutes=10)
    assert len(service.asked) == 1 + 3 * 3


def test_a_version_that_changes_with_every_request_is_no_edit(
    service: Service, spotify: Spotify, opened: Callable[..., Source]
):
    spotify.before_page = lambda _: spotify.edit(spotify.songs)
    found = opened().capture(CHART)
    assert names(found.pages) == ["Song 0", "Song 1", "Song 2"]
    assert len(service.asked) == 1 + 2 * 3


@pytest.mark.parametrize("seed", range(40))
def test_whatever_is_edited_the_capture_is_one_true_version(
    service: Service, spotify: Spotify, opened: Callable[..., Source], seed: int
):
    """An editor strikes at random between the pages; what comes home existed at one moment."""
    chance = random.Random(seed)
    spotify.songs = [song(number) for number in range(chance.choice([0, 49, 50, 51, 120]))]
    versions = [list(spotify.songs)]

    def strike(_: int) -> None:
        if chance.random() < 0.3:
            edited = list(spotify.songs)
            for _ in range(chance.randint(1, 3)):
                action = chance.choice(["add", "remove", "move"])
                if action != "add" and edited:
                    taken = edited.pop(chance.randrange(len(edited)))
                if action != "remove":
                    new = song(1000 + chance.randrange(1000)) if action == "add" or not edited else taken
                    edited.insert(chance.randint(0, len(edited)), new)
            versions.append(edited)
            spotify.edit(edited)

    spotify.before_page = strike
    try:
        found = opened().capture(CHART)
    except TryLater:
        return
    assert [entry for page in found.pages[1:] for entry in json.loads(page)["items"]] in versions


# ---- pages that do not fit


def altered(spotify: Spotify, **changes: object) -> Callable[[Asked], Reply]:
    def reply(asked: Asked) -> Reply:
        page = json.loads(spotify._page(asked).body)
        return of(page | {name: value(page) if callable(value) else value for name, value in changes.items()})

    return reply


@pytest.mark.parametrize(
    ("changes", "why", "requests"),
    [
        pytest.param({"offset": 0}, "after position 50", 4, id="offset ignored"),
        pytest.param({"offset": 7}, "after position 0", 3, id="another offset"),
        pytest.param({"items": [song(1), song(2)]}, "after position 2", 4, id="one page again and again"),
        pytest.param({"items": []}, "after position 0", 3, id="no items, yet more to come"),
        pytest.param({"next": "https://api.spotify.com/v1/x"}, "another address", 3, id="another origin"),
        pytest.param({"next": "//127.0.0.1/x"}, "another address", 3, id="no origin"),
        pytest.param({"items": "x"}, "a shape that is not known", 3, id="another shape"),
        pytest.param({"items": None}, "a shape that is not known", 3, id="null"),
    ],
)
def test_pages_that_do_not_follow(
    service: Service,
    spotify: Spotify,
    opened: Callable[..., Source],
    changes: dict[str, object],
    why: str,
    requests: int,
):
    spotify.songs = [song(number) for number in range(120)]
    spotify.overrides[f"/v1/playlists/{ID}/items"] = altered(spotify, **changes)
    with pytest.raises(SourceError, match=why) as failed:
        opened().capture(CHART)
    assert not isinstance(failed.value, TryLater)
    assert len(service.asked) == requests


@pytest.mark.parametrize("total", [119, 121, 0])
def test_a_total_that_lies_twice_is_overruled_by_two_equal_readings(
    spotify: Spotify, opened: Callable[..., Source], total: int
):
    spotify.songs = [song(number) for number in range(120)]
    spotify.overrides[f"/v1/playlists/{ID}/items"] = altered(spotify, total=total)
    found = opened().capture(CHART)
    assert len(names(found.pages)) == 120
    assert len(found.requests) == 1 + 2 * 5


def test_a_playlist_without_end_is_left(service: Service, spotify: Spotify, opened: Callable[..., Source]):
    def endless(asked: Asked) -> Reply:
        offset = int(asked.query["offset"])
        items = [song(number) for number in range(offset, offset + 2500)]
        return of({"items": items, "offset": offset, "next": f"{service.url}/more"})

    spotify.overrides[f"/v1/playlists/{ID}/items"] = endless
    with pytest.raises(SourceError, match="do not follow upon one another after position 7500"):
        opened().capture(CHART)


def test_a_playlist_larger_than_a_document_is_left(
    service: Service, spotify: Spotify, opened: Callable[..., Source]
):
    spotify.songs = [
        {"added_at": None, "item": {"name": "x" * 9_000_000}, "n": number} for number in range(51)
    ]
    spotify.overrides[f"/v1/playlists/{ID}/items"] = lambda asked: of(
        {"items": spotify.songs[:1] if asked.query["offset"] == "0" else spotify.songs[1:2]}
        | ({"next": f"{service.url}/x"} if asked.query["offset"] == "0" else {})
    )
    with pytest.raises(SourceError, match="larger than 16 MiB"):
        opened().capture(CHART)


# ---- refusals


PREMIUM = (
    b"Active premium subscription required for the owner of the app. When the subscription status changes,"
)


@pytest.mark.parametrize(
    ("flavour", "reply", "kind", "why"),
    [
        ("development", Reply(403, PREMIUM), CredentialsError, "owner has Premium"),
        ("extended", Reply(403, PREMIUM), CredentialsError, "owner has Premium"),
        (
            "development",
            of({"error": {"status": 403}}, 403),
            SourceError,
            "to its owner and collaborators only",
        ),
        ("extended", of({"error": {"status": 403}}, 403), SourceError, 'flavour = "development"'),
        ("development", of({"error": {"status": 404}}, 404), SourceError, "or it is private"),
        ("development", of({"error": {"status": 400}}, 400), SourceError, "correct the id"),
        ("development", Reply(418, b"teapot"), SourceError, "answered 418"),
    ],
)
@pytest.mark.parametrize("part", ["", "/items"])
def test_refusals_say_what_to_do(
    spotify: Spotify,
    opened: Callable[..., Source],
    flavour: str,
    reply: Reply,
    kind: type[Exception],
    why: str,
    part: str,
):
    path = part.replace("items", "tracks") if flavour == "extended" else part
    spotify.overrides[f"/v1/playlists/{ID}{path}"] = lambda _: reply
    with pytest.raises(kind, match=why) as refused:
        opened(flavour).capture(CHART)
    assert "teapot" not in str(refused.value)


def test_a_hidden_playlist_of_spotify_says_so(spotify: Spotify, opened: Callable[..., Source]):
    with pytest.raises(SourceError, match="from apps made after 27 November 2024"):
        opened("extended").capture(EDITORIAL)


def test_a_used_up_quota_is_an_answer(
    service: Service, spotify: Spotify, opened: Callable[..., Source], clock: Clock
):
    quota = of({"error": {"status": 429, "reason": "QUOTA_EXCEEDED"}}, 429, Retry_After="48925")
    spotify.overrides[f"/v1/playlists/{ID}"] = lambda _: quota
    source = opened()
    for _ in range(2):
        with pytest.raises(TryLater) as later:
            source.capture(CHART)
        assert later.value.not_before == clock.now() + timedelta(seconds=48925)
    assert len(service.asked) == 2


# ---- what is not accepted


def test_an_own_playlist_of_spotify_is_refused_before_any_call(
    service: Service, opened: Callable[..., Source]
):
    source = opened()
    for ask in (source.accepts, source.capture):
        with pytest.raises(SettingsError) as refused:
            ask(EDITORIAL)
        for way in ("27 November 2024", 'flavour = "extended"', "a copy", "3155776842", "us-songs", "import"):
            assert way in str(refused.value)
    assert service.asked == []


def test_somebody_must_decide_how_long_to_keep(service: Service, opened: Callable[..., Source]):
    source = opened(retention_days=None)
    for ask in (source.accepts, source.capture):
        with pytest.raises(SettingsError, match=r"indefinitely.*retention_days = 30 .*\[spotify\]"):
            ask(CHART)
    opened(retention_days="forever").accepts(CHART)
    opened(retention_days=1).accepts(CHART)
    assert service.asked == []


def test_a_size_is_refused(opened: Callable[..., Source]):
    with pytest.raises(SettingsError, match="recorded whole; remove size"):
        opened().accepts(Chart(source="spotify", id=ID, size=50))


@pytest.mark.parametrize(
    "text",
    [
        ID,
        f" {ID}\n",
        f"spotify:playlist:{ID}",
        f"spotify:user:somebody:playlist:{ID}",
        f"https://open.spotify.com/playlist/{ID}",
        f"https://open.spotify.com/playlist/{ID}?si=0123&pt=abc",
        f"http://open.spotify.com/intl-de/playlist/{ID}",
        f"open.spotify.com/user/somebody/playlist/{ID}#x",
    ],
)
def test_ways_to_name_a_playlist(text: str):
    assert playlist_id(text) == ID


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        f"{ID}/../x",
        f"spotify:track:{ID}",
        f"spotify:album:{ID}",
        f"https://open.spotify.com/album/{ID}",
        f"https://open.spotify.com.evil.example/playlist/{ID}",
        f"https://evil.example/open.spotify.com/playlist/{ID}",
        f"https://open.spotify.com/playlist/{ID}/x",
        "a" * 65,
        "ü" * 22,
        "My Top 50",
    ],
)
def test_what_names_no_playlist(opened: Callable[..., Source], text: str):
    with pytest.raises(SettingsError, match="is no Spotify playlist"):
        opened().accepts(Chart(source="spotify", id=text))


def test_an_address_is_captured_by_its_id(service: Service, spotify: Spotify, opened: Callable[..., Source]):
    opened().capture(Chart(source="spotify", id=f"https://open.spotify.com/playlist/{ID}?si=x"))
    assert service.asked[1].path == f"/v1/playlists/{ID}"
