"""The built-in sources pass the checks that every source must pass, and faulty ones do not."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from chartlake.acceptance import CHECKS, Answer, Asked, NotAccepted, Subject, accept, in_json
from chartlake.demo import CLIENT_SECRETS, EDITORIAL_PLAYLIST, EXTENDED_APP
from chartlake.demo.apple import Apple
from chartlake.demo.deezer import Deezer
from chartlake.demo.listenbrainz import ListenBrainz
from chartlake.demo.spotify import Spotify
from chartlake.demo.spotify_accounts import Accounts
from chartlake.demo.world import the_world
from chartlake.errors import SourceError
from chartlake.snapshot import Request
from chartlake.sources import Captured, Chart, open_source
from chartlake.sources.apple import Settings as AppleSettings
from chartlake.sources.deezer import Settings as DeezerSettings
from chartlake.sources.listenbrainz import Settings as ListenBrainzSettings
from chartlake.sources.spotify import Settings as SpotifySettings
from chartlake.transform import understood
from proving import proven

if TYPE_CHECKING:
    from chartlake.sources.http import Client
    from chartlake.transform.reading import Reading

AT = datetime(2026, 6, 10, 6, 30, tzinfo=UTC)


def spotify(asked: Asked) -> Answer:
    """Spotify with a short playlist: the long one says the same fifty times."""
    answer = (ACCOUNTS if asked.path.startswith("/api/") else SPOTIFY)(asked)
    if not asked.path.endswith("/tracks"):
        return answer
    page = json.loads(answer.body)
    return in_json(page | {"items": page["items"][:8], "total": 8, "next": None})


ACCOUNTS, SPOTIFY = Accounts(), Spotify(the_world())


def charts(source: str, *ids: str, **more: Any) -> tuple[Chart, ...]:
    return tuple(Chart(source=source, id=one, **more) for one in ids)


SUBJECTS = {
    "spotify": Subject(
        name="spotify",
        answers=spotify,
        settings=lambda url: SpotifySettings(
            flavour="extended", api_url=f"{url}/v1", accounts_url=url, retention_days=30
        ),
        chart=Chart(source="spotify", id=EDITORIAL_PLAYLIST),
        entries=8,
        refused=charts("spotify", "", "no playlist", "https://open.spotify.com/album/1")
        + charts("spotify", EDITORIAL_PLAYLIST, size=50),
        secrets={
            "CHARTLAKE_SPOTIFY_CLIENT_ID": EXTENDED_APP,
            "CHARTLAKE_SPOTIFY_CLIENT_SECRET": CLIENT_SECRETS[EXTENDED_APP],
        },
        at=AT,
    ),
    "deezer": Subject(
        name="deezer",
        answers=Deezer(the_world()),
        settings=lambda url: DeezerSettings(url=url),
        chart=Chart(source="deezer", id="3155776842", size=10),
        entries=10,
        refused=charts("deezer", "", "top", "-1", "1" * 19) + charts("deezer", "3155776842", size=0),
        at=AT,
    ),
    "apple": Subject(
        name="apple",
        answers=Apple(the_world()),
        settings=lambda url: AppleSettings(urls=[url]),
        chart=Chart(source="apple", id="us-songs", size=10),
        entries=10,
        refused=charts("apple", "", "usa-songs", "us-movies") + charts("apple", "us-songs", size=30),
        at=AT,
    ),
    "listenbrainz": Subject(
        name="listenbrainz",
        answers=ListenBrainz(the_world()),
        settings=lambda url: ListenBrainzSettings(url=url),
        chart=Chart(source="listenbrainz", id="week", cadence="weekly", size=10),
        entries=10,
        refused=charts("listenbrainz", "", "fortnight") + charts("listenbrainz", "week", size=1001),
        at=AT,
    ),
}


@pytest.mark.parametrize("source", SUBJECTS)
def test_a_built_in_source_is_accepted(source: str):
    with proven(f"acceptance checks of {source}", promise=3, where="real sockets") as tally:
        for check in CHECKS:
            wrong = check.verdict(SUBJECTS[source])
            tally.cases += 1
            tally.wrong += wrong is not None
            assert wrong is None, f"{check.name}: {wrong}"
        assert tally.cases >= 20


# Sources and transforms that are wrong, each in a way that one check is to see.


class Wrapped:
    """Deezer's source with something wrong about it."""

    def __init__(self, name: str, settings: Any, *, client: Client, secrets: Any) -> None:
        self.good = open_source(name, settings, client=client, secrets=secrets)
        self.client, self.settings, self.url = client, settings, settings.url

    def accepts(self, chart: Chart) -> None:
        self.good.accepts(chart)

    def capture(self, chart: Chart) -> Captured:
        return self.good.capture(chart)

    def asked(self, chart: Chart) -> Captured:
        """The chart, asked for without looking at what is answered."""
        visit = self.client.visit()
        answer = visit.get(f"{self.url}/playlist/{chart.id}/tracks", params={"limit": 10, "index": 0})
        return Captured(pages=[answer.body], requests=visit.requests, received=visit.received)


class TakesAnyId(Wrapped):
    def accepts(self, chart: Chart) -> None:
        pass

    def capture(self, chart: Chart) -> Captured:
        return self.asked(chart)


class TakesAnyAnswer(Wrapped):
    def capture(self, chart: Chart) -> Captured:
        self.accepts(chart)
        return self.asked(chart)


class Reformats(Wrapped):
    def capture(self, chart: Chart) -> Captured:
        found = self.good.capture(chart)
        pages = [json.dumps(json.loads(page), indent=1).encode() for page in found.pages]
        return msgspec.structs.replace(found, pages=pages)


class AsksBeforeAccepting(Wrapped):
    def accepts(self, chart: Chart) -> None:
        self.asked(Chart(source="deezer", id="3155776842"))
        self.good.accepts(chart)


class AsksByItself(Wrapped):
    """With a client of its own, which knows of no limit."""

    def capture(self, chart: Chart) -> Captured:
        self.accepts(chart)
        connection = HTTPConnection(self.url.rpartition("/")[2], timeout=5)
        for _ in range(30):
            try:
                connection.request("GET", f"/playlist/{chart.id}/tracks?limit=10&index=0")
                answer = connection.getresponse()
                body = answer.read()
                if answer.status == 200:
                    sent = [Request(url=f"{self.url}/playlist/{chart.id}/tracks", status=200)]
                    return Captured(pages=[body], requests=sent, received=len(body))
            except (OSError, HTTPException):
                pass
            finally:
                connection.close()
        raise SourceError("Deezer does not answer; run again later")


class ForgetsRequests(Wrapped):
    def capture(self, chart: Chart) -> Captured:
        return msgspec.structs.replace(self.good.capture(chart), requests=[])


class Tattles(Wrapped):
    def capture(self, chart: Chart) -> Captured:
        found = self.good.capture(chart)
        return msgspec.structs.replace(found, notes=["logged in with canary-of-deezer"])


class GivesUpAtOnce(Wrapped):
    def capture(self, chart: Chart) -> Captured:
        self.accepts(chart)
        visit = self.client.visit()
        answer = visit.get(
            f"{self.url}/playlist/{chart.id}/tracks", params={"limit": 10, "index": 0}, attempts=1
        )
        if not answer.fine or b"data" not in answer.body:
            raise SourceError("Deezer does not answer; run again later")
        return Captured(pages=[answer.body], requests=visit.requests, received=visit.received)


class SpeaksInLines(Wrapped):
    def capture(self, chart: Chart) -> Captured:
        try:
            return self.good.capture(chart)
        except SourceError as error:
            raise SourceError(f"{error}\nTraceback:\n…") from error


def leaves_out(document: bytes) -> Reading:
    """The songs that it can read, and no word of the others."""
    reading = understood(document, name="")
    shown = [entry for entry in reading.entries if entry.item_type != "missing"]
    placed = [msgspec.structs.replace(entry, position=place) for place, entry in enumerate(shown, 1)]
    return msgspec.structs.replace(reading, entries=placed[:-1], items=len(placed) - 1, promised=None)


def changes_its_mind(document: bytes) -> Reading:
    reading = understood(document, name="")
    return msgspec.structs.replace(reading, chart_name=str(time.perf_counter_ns()))


def names_itself(document: bytes) -> Reading:
    return msgspec.structs.replace(understood(document, name=""), chart_id="top")


def of_tomorrow(document: bytes) -> Reading:
    reading = understood(document, name="")
    return msgspec.structs.replace(reading, chart_date=reading.chart_date + timedelta(days=1))


FAULTY: dict[str, tuple[dict[str, Any], str]] = {
    "takes any id": ({"opened": TakesAnyId}, "refuses"),
    "takes any answer": ({"opened": TakesAnyAnswer}, "refusals"),
    "writes pages anew": ({"opened": Reformats}, "pages"),
    "asks before accepting": ({"opened": AsksBeforeAccepting}, "accepts"),
    "asks by itself": ({"opened": AsksByItself}, "a long limit"),
    "forgets its requests": ({"opened": ForgetsRequests}, "requests"),
    "tells a secret": (
        {"opened": Tattles, "secrets": {"CHARTLAKE_DEEZER_KEY": "canary-of-deezer"}},
        "secrets",
    ),
    "gives up at once": ({"opened": GivesUpAtOnce}, "passing trouble"),
    "speaks in lines": ({"opened": SpeaksInLines}, "refusals"),
    "leaves out": ({"read": leaves_out}, "positions"),
    "changes its mind": ({"read": changes_its_mind}, "pure"),
    "names itself": ({"read": names_itself}, "names"),
    "is of tomorrow": ({"read": of_tomorrow}, "names"),
    "is of other entries": ({"entries": 11}, "publishes"),
    "refuses nothing": ({"refused": ()}, "refuses"),
}


def test_faulty_sources_are_not_accepted():
    checks = {check.name: check for check in CHECKS}
    with proven("faulty sources before the acceptance checks", promise=3, where="real sockets") as tally:
        for what, (changes, named) in FAULTY.items():
            tally.cases += 1
            tally.planted += 1
            said = checks[named].verdict(replace(SUBJECTS["deezer"], **changes))
            assert said, what
            assert str(said).isprintable()
            tally.found += 1


def test_all_that_is_wrong_is_told_at_once():
    with pytest.raises(NotAccepted) as refused:
        accept(replace(SUBJECTS["apple"], entries=11, refused=()))
    assert {"refuses", "positions", "publishes"} <= refused.value.wrong.keys()
