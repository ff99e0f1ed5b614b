"""ListenBrainz: ranges, and statistics that are not made yet."""

from __future__ import annotations

from datetime import timedelta

import pytest
from scripted import Clock, Reply, Service, of

from chartlake.errors import SettingsError, SourceError, TryLater
from chartlake.sources import Chart, open_source
from chartlake.sources.http import Client
from chartlake.sources.listenbrainz import RANGES, Settings, Source

STATISTICS = of({"payload": {"recordings": [{"track_name": "Song"}], "count": 1}})


@pytest.fixture
def source(service: Service, client: Client) -> Source:
    opened = open_source("listenbrainz", Settings(url=service.url), client=client, secrets=lambda _: None)
    assert isinstance(opened, Source)
    return opened


@pytest.mark.parametrize("size", [None, 1, 1000])
@pytest.mark.parametrize("span", RANGES)
def test_the_statistics(service: Service, source: Source, span: str, size: int | None):
    service.answers(STATISTICS)
    found = source.capture(Chart(source="listenbrainz", id=span, size=size))
    assert found.pages == [STATISTICS.body]
    [asked] = service.asked
    assert asked.path == "/1/stats/sitewide/recordings"
    assert asked.query == {"range": span, "count": str(size or 100), "offset": "0"}
    assert len(found.requests) == 1


def test_not_ready_is_an_answer(service: Service, source: Source, clock: Clock):
    service.answers(Reply(204))
    with pytest.raises(TryLater, match="has not made its statistics of week yet; run again after") as later:
        source.capture(Chart(source="listenbrainz", id="week"))
    assert later.value.not_before == clock.now() + timedelta(hours=6)


def test_its_own_way_to_limit(service: Service, source: Source, clock: Clock):
    service.answers(of({}, 429, X_RateLimit_Remaining="0", X_RateLimit_Reset_In="8"), STATISTICS)
    source.capture(Chart(source="listenbrainz", id="week"))
    assert clock.slept == [8]


@pytest.mark.parametrize("status", [400, 404, 301])
def test_other_answers(service: Service, source: Source, status: int):
    service.answers(Reply(status))
    with pytest.raises(SourceError, match=f"status {status}"):
        source.capture(Chart(source="listenbrainz", id="week"))


@pytest.mark.parametrize(
    ("identity", "size", "why"),
    [
        ("daily", None, "write one of this_week"),
        ("", None, "one of"),
        ("week", 0, "1 to 1000"),
        ("week", 1001, "1 to 1000"),
    ],
)
def test_what_is_not_accepted(source: Source, identity: str, size: int | None, why: str):
    with pytest.raises(SettingsError, match=why):
        source.accepts(Chart(source="listenbrainz", id=identity, size=size))
