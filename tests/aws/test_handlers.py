"""The functions as Lambda calls them, over a folder, with the demo's services as the source."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from test_events import bridged, notified

from chartlake import layout
from chartlake.aws import claims, handlers
from chartlake.aws.claims import Claim
from chartlake.aws.parameters import Parameters
from chartlake.aws.telemetry import METRICS, measure
from chartlake.demo.faults import failing, rate_limited
from chartlake.errors import CredentialsError, SettingsError, SourceError
from chartlake.sources import Chart
from chartlake.store import open_store
from chartlake.warehouse import Warehouse
from making import day, playlist, put_pending

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from chartlake.demo.services import Services
    from chartlake.store import Store

CHART = Chart(source="deezer", id="3155776842")
EVERYTHING = (
    layout.TO_BE_PROCESSED,
    layout.PROCESSED,
    layout.REJECTED,
    "batches/",
    "transformed_data/",
    "state/",
)


class Invocation:
    """What Lambda hands over beside the event."""

    def __init__(self, name: str = "first", *, seconds: float = 300) -> None:
        self.aws_request_id = name
        self._left = int(seconds * 1000)

    def get_remaining_time_in_millis(self) -> int:
        return self._left


@pytest.fixture(autouse=True)
def _fresh_container() -> Iterator[None]:
    handlers._lake.cache_clear()
    yield
    handlers._lake.cache_clear()


@pytest.fixture
def there(at_home: Path, services: Services, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A deployed lake, in a folder."""
    (at_home / "chartlake.toml").write_text(
        f"""
        lake = "nowhere"
        [deezer]
        url = "{services.deezer}"
        [apple]
        urls = ["{services.apple}"]
        [[chart]]
        source = "deezer"
        id = "3155776842"
        size = 20
        [[chart]]
        source = "apple"
        id = "us-songs"
        cadence = "weekly"
        """
    )
    monkeypatch.setenv("CHARTLAKE_LAKE", str(at_home / "lake"))
    monkeypatch.setenv("CHARTLAKE_CONFIG", str(at_home / "chartlake.toml"))
    monkeypatch.setenv(handlers.STACK, "tests")
    return open_store(str(at_home / "lake"))


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def tick(moment: datetime | None = None, **more: Any) -> dict[str, Any]:
    said = (moment or now()).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"do": "capture", "scheduled_for": said, "cadence": "daily", **more}


def keys(store: Store, *prefixes: str) -> list[str]:
    return [stored.key for prefix in prefixes or EVERYTHING for stored in store.list(prefix)]


def messages(*bodies: str) -> dict[str, Any]:
    return {"Records": [{"messageId": f"m{number}", "body": body} for number, body in enumerate(bodies)]}


def metrics(said: str) -> dict[str, int]:
    """The metrics that CloudWatch would make of the lines, the last of each name."""
    found: dict[str, int] = {}
    for line in said.splitlines():
        told = json.loads(line)
        for group in told.get("_aws", {}).get("CloudWatchMetrics", []):
            assert group["Namespace"] == "chartlake"
            assert group["Dimensions"] == [["stack"]]
            assert told["stack"] == "tests"
            found |= {one["Name"]: told[one["Name"]] for one in group["Metrics"]}
    return found


def test_a_tick_leads_to_a_raw_document_and_an_event_to_its_rows(
    there: Store, at_home: Path, capsys: pytest.CaptureFixture[str]
):
    at = now()
    assert handlers.capture(tick(at), Invocation())["states"] == {"deezer 3155776842": "published"}
    assert metrics(capsys.readouterr().out) == {"Captured": 1, "Deferred": 0}
    (key,) = keys(there, layout.TO_BE_PROCESSED)
    assert keys(there, "transformed_data/chart_data/") == []
    assert handlers.transform(messages(bridged(key)), Invocation()) == {"batchItemFailures": []}
    assert metrics(capsys.readouterr().out) == {"Published": 1, "Rejected": 0}
    warehouse = Warehouse(there, at_home / "w.duckdb")
    warehouse.refresh()
    asked = "select count(*), min(chart_date) from chart_data"
    assert warehouse.ask(asked).rows == [(20, at.date())]
    assert warehouse.ask("select distinct scheduled_for from run_data where requests > 0").rows == [
        (at.replace(tzinfo=None),)
    ]


def test_the_same_tick_again_is_taken_care_of(there: Store, services: Services):
    event = tick()
    handlers.capture(event, Invocation("first"))
    asked = len(services.seen)
    assert handlers.capture(event, Invocation("first"))["states"] == {}
    assert handlers.capture(event, Invocation("another"))["states"] == {}
    assert len(services.seen) == asked
    # Also when the document that it led to has long been moved.
    handlers.sweep({}, Invocation())
    assert handlers.capture(event, Invocation("third"))["states"] == {}


def test_a_failed_capture_is_raised_and_may_be_tried_again(there: Store, services: Services):
    event = tick()
    services.misbehave(failing(404), service="deezer")
    with pytest.raises(SourceError):
        handlers.capture(event, Invocation("first"))
    assert keys(there, layout.CLAIMS) == []
    handlers.capture(event, Invocation("second"))
    assert len(keys(there, layout.TO_BE_PROCESSED)) == 1


def test_a_wait_longer_than_the_time_left_ends_as_deferred(
    there: Store, services: Services, capsys: pytest.CaptureFixture[str]
):
    services.misbehave(rate_limited("40"), service="deezer", times=1)
    done = handlers.capture(tick(), Invocation(seconds=20))
    assert done["states"] == {"deezer 3155776842": "deferred"}
    assert metrics(capsys.readouterr().out) == {"Captured": 0, "Deferred": 1}
    # The claim is given back, and the source is left alone until it wants to be asked.
    assert keys(there, layout.CLAIMS) == []
    asked = len(services.seen)
    assert handlers.capture(tick(), Invocation("later"))["states"] == {"deezer 3155776842": "deferred"}
    assert len(services.seen) == asked


@pytest.mark.parametrize(
    "event",
    [
        {"scheduled_for": "<aws.scheduler.scheduled-time>", "cadence": "daily"},
        tick(datetime(2026, 1, 1, tzinfo=UTC)),
        {},
    ],
    ids=["not filled in", "too long ago", "empty"],
)
def test_a_tick_that_cannot_be_asks_nobody(there: Store, services: Services, event: dict[str, Any]):
    with pytest.raises(SettingsError):
        handlers.capture(event, Invocation())
    assert services.seen == []
    assert keys(there) == []


def test_only_the_documents_of_the_event_are_published(there: Store):
    one = put_pending(there, playlist(1, 2), captured_at=day(1))
    other = put_pending(there, playlist(3), captured_at=day(2))
    handlers.transform(messages(notified(one)), Invocation())
    assert keys(there, layout.TO_BE_PROCESSED) == [other]


def test_an_event_delivered_twice_or_too_late_changes_nothing(there: Store):
    key = put_pending(there, playlist(1, 2), captured_at=day(1))
    handlers.transform(messages(bridged(key), notified(key)), Invocation())
    before = keys(there)
    assert handlers.transform(messages(bridged(key)), Invocation()) == {"batchItemFailures": []}
    assert keys(there) == before


def test_a_message_that_cannot_be_read_keeps_nobody_waiting(there: Store, capsys: pytest.CaptureFixture[str]):
    key = put_pending(there, playlist(1, 2), captured_at=day(1))
    done = handlers.transform(messages("{x", bridged(key), '{"Event":"s3:TestEvent"}'), Invocation())
    assert done == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    assert keys(there, layout.TO_BE_PROCESSED) == []
    assert "cannot be read" in capsys.readouterr().out


def test_a_document_that_cannot_be_published_is_rejected_and_the_message_is_done(
    there: Store, capsys: pytest.CaptureFixture[str]
):
    there.put(f"{layout.TO_BE_PROCESSED}poison.json", b"{x")
    done = handlers.transform(messages(bridged(f"{layout.TO_BE_PROCESSED}poison.json")), Invocation())
    assert done == {"batchItemFailures": []}
    assert metrics(capsys.readouterr().out) == {"Published": 0, "Rejected": 1}
    assert len(keys(there, layout.REJECTED)) == 2


def test_a_document_that_the_lake_does_not_hand_over_comes_again(there: Store, at_home: Path):
    good = put_pending(there, playlist(1, 2), captured_at=day(1))
    bad = f"{layout.TO_BE_PROCESSED}a"
    (at_home / "lake" / bad).symlink_to(at_home / "lake" / bad)
    done = handlers.transform(messages(bridged(bad), bridged(good)), Invocation())
    assert done == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    assert good not in keys(there, layout.TO_BE_PROCESSED)


def test_where_the_lake_fails_every_message_comes_again(there: Store, at_home: Path):
    keys_ = [put_pending(there, playlist(number), captured_at=day(number)) for number in (1, 2)]
    tables = at_home / "lake" / "transformed_data"
    tables.write_text("a file where a folder has to be")
    done = handlers.transform(messages(*map(bridged, keys_)), Invocation())
    assert [one["itemIdentifier"] for one in done["batchItemFailures"]] == ["m0", "m1"]
    tables.unlink()
    assert handlers.transform(messages(*map(bridged, keys_)), Invocation()) == {"batchItemFailures": []}


def test_the_sweep_publishes_what_no_event_named_and_says_what_is_late(
    there: Store, capsys: pytest.CaptureFixture[str]
):
    handlers.capture(tick(), Invocation())
    capsys.readouterr()
    done = handlers.sweep({"do": "sweep"}, Invocation())
    assert done == {"published": 1, "overdue": ["apple us-songs"]}
    assert metrics(capsys.readouterr().out) == {"Published": 1, "Rejected": 0, "Overdue": 1}


def test_the_page_lies_beside_the_tables(there: Store):
    handlers.capture(tick(), Invocation())
    handlers.sweep({}, Invocation())
    done = handlers.report({"do": "report"}, Invocation())
    page = there.get(layout.PAGE)
    assert page.startswith(b"<!doctype html>")
    assert len(page) == done["bytes"]


# Claims.


CLAIM = Claim(run="one", until=day(1, 7))


def test_a_claim_stands_until_its_run_must_have_ended(store: Store):
    at = day(1)
    other = Claim(run="two", until=day(1, 8))
    assert claims.taken(store, CHART, at, CLAIM, now=at)
    assert claims.taken(store, CHART, at, CLAIM, now=at)
    assert not claims.taken(store, CHART, at, other, now=at)
    assert claims.taken(store, CHART, at + timedelta(hours=4), other, now=at)
    assert claims.taken(store, CHART, at, other, now=day(1, 7))


def test_a_claim_that_is_done_stands_for_ever(store: Store):
    claims.taken(store, CHART, day(1), CLAIM, now=day(1))
    claims.settled(store, CHART, day(1), CLAIM, done=True)
    assert not claims.taken(store, CHART, day(1), CLAIM, now=day(20))


def test_a_claim_that_cannot_be_read_hinders_nobody(store: Store):
    store.put(layout.claim_key(CHART.source, CHART.id, day(1)), b"{x")
    assert claims.taken(store, CHART, day(1), CLAIM, now=day(1))


# Secrets and metrics.


class ParameterStore:
    """Stands for Systems Manager; counts how often it is asked."""

    def __init__(self, refusing: str = "ParameterNotFound", **known: str) -> None:
        self.known, self.refusing, self.asked = known, refusing, 0

    def get_parameter(self, *, Name: str, WithDecryption: bool) -> dict[str, Any]:  # noqa: N803
        assert WithDecryption
        assert Name.startswith("/chartlake/tests/")
        self.asked += 1
        value = self.known.get(Name.rpartition("/")[2])
        if value is None:
            said = {"Error": {"Code": self.refusing, "Message": "s3cr3t"}}
            raise ClientError(said, "GetParameter")  # type: ignore[arg-type]
        return {"Parameter": {"Name": Name, "Value": value}}


def test_secrets_are_fetched_once_and_never_shown():
    there = ParameterStore(CHARTLAKE_SPOTIFY_CLIENT_SECRET="s3cr3t")
    secrets = Parameters("tests", there)
    for _ in range(2):
        assert secrets("CHARTLAKE_SPOTIFY_CLIENT_SECRET") == "s3cr3t"
        assert secrets("CHARTLAKE_SPOTIFY_CLIENT_ID") is None
    assert there.asked == 2
    assert "s3cr3t" not in repr(secrets)


def test_secrets_that_may_not_be_read_are_told():
    with pytest.raises(CredentialsError, match="deploy") as told:
        Parameters("tests", ParameterStore("AccessDeniedException"))("CHARTLAKE_SPOTIFY_CLIENT_SECRET")
    assert "s3cr3t" not in str(told.value)


def test_there_are_few_metrics_and_no_others():
    assert len(METRICS) <= 10  # As many as are free.
    with pytest.raises(ValueError, match="Nonsense"):
        measure("tests", Nonsense=1)
