"""Playlists that somebody edits while they are read, and what a capture brings home of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from scripted import Asked, Clock, Reply, Service, of
from spotify_dialect import ID, Spotify, song

from chartlake import pipeline
from chartlake.errors import SourceError
from chartlake.sources import Chart, open_source
from chartlake.sources.deezer import Settings as DeezerSettings
from chartlake.sources.http import Client
from chartlake.sources.spotify import Settings as SpotifySettings
from chartlake.store import open_store

if TYPE_CHECKING:
    import random
    from pathlib import Path

    from chartlake.ledger import LedgerRow

SECRETS = {"CHARTLAKE_SPOTIFY_CLIENT_ID": "app", "CHARTLAKE_SPOTIFY_CLIENT_SECRET": "secret"}
TOP = Chart(source="deezer", id="3155776842")


def after_an_edit(songs: list[Any], fresh: Any, dice: random.Random) -> list[Any]:
    """A list once a song or three came, went, moved, or changed places with another."""
    edited = list(songs)
    for _ in range(dice.randint(1, 3)):
        action = dice.choice(["add", "remove", "move", "swap"])
        if action == "swap" and len(edited) > 1:
            one, other = dice.sample(range(len(edited)), 2)
            edited[one], edited[other] = edited[other], edited[one]
            continue
        taken = edited.pop(dice.randrange(len(edited))) if action != "add" and edited else fresh()
        if action != "remove":
            edited.insert(dice.randint(0, len(edited)), taken)
    return edited


def edited(service: Service, source: str, dice: random.Random) -> tuple[list[Any] | None, list[list[Any]]]:
    """What a capture brings home while somebody edits; None if it fails; and all versions there were."""
    service.forget()
    return (_spotify if source == "spotify" else _deezer)(service, dice)


def _spotify(service: Service, dice: random.Random) -> tuple[list[Any] | None, list[list[Any]]]:
    spotify = Spotify(service.url)
    service.script = spotify
    spotify.songs = [song(number) for number in range(dice.choice([0, 49, 100, 101, 200, 250]))]
    versions, often = [list(spotify.songs)], dice.choice([0.1, 0.3, 0.6])

    def strike(_: int) -> None:
        if dice.random() < often:
            versions.append(after_an_edit(spotify.songs, lambda: song(1000 + dice.randrange(9000)), dice))
            spotify.edit(versions[-1])

    spotify.before_page = strike
    settings = SpotifySettings(
        flavour="extended", api_url=f"{service.url}/v1", accounts_url=service.url, retention_days=30
    )
    pages = _captured(Chart(source="spotify", id=ID), settings)
    if pages is None:
        return None, versions
    return [one for page in pages[1:] for one in json.loads(page)["items"]], versions


def _deezer(service: Service, dice: random.Random) -> tuple[list[Any] | None, list[list[Any]]]:
    songs = [{"id": number} for number in range(dice.choice([0, 99, 100, 101, 200, 250]))]
    versions, often, says = [songs], dice.choice([0.1, 0.3, 0.6]), dice.random() < 0.5

    def script(asked: Asked) -> Reply:
        if dice.random() < often:
            versions.append(after_an_edit(versions[-1], lambda: {"id": 1000 + dice.randrange(9000)}, dice))
        now, index = versions[-1], int(asked.query["index"])
        page: dict[str, Any] = {"data": now[index : index + 100], "total": len(now)}
        if says:
            page["checksum"] = str(len(versions))
        if index + 100 < len(now):
            page["next"] = f"{service.url}{asked.path}?index={index + 100}"
        return of(page)

    service.script = script
    pages = _captured(TOP, DeezerSettings(url=service.url))
    if pages is None:
        return None, versions
    return [one for page in pages for one in json.loads(page)["data"]], versions


def _captured(chart: Chart, settings: Any) -> list[bytes] | None:
    with Client(clock=Clock(), connect=2.0, read=2.0) as client:
        source = open_source(chart.source, settings, client=client, secrets=SECRETS.get)
        try:
            return source.capture(chart).pages
        except SourceError:
            return None


def one_run(service: Service, folder: Path) -> LedgerRow:
    """The row in the ledger of a run that records the Deezer playlist of a service."""
    clock = Clock()
    with Client(clock=clock, connect=2.0, read=2.0) as client:
        source = open_source("deezer", DeezerSettings(url=service.url), client=client, secrets=SECRETS.get)
        summary = pipeline.run(open_store(str(folder)), [TOP], {"deezer": source}, now=clock.now)
    [row] = summary.rows
    return row
