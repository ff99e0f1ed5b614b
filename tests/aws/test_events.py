"""What the cloud tells is read strictly: ticks, and the two envelopes around a new object's name."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartlake import layout
from chartlake.aws import events
from chartlake.aws.events import Place
from chartlake.demo import CHARTS
from chartlake.errors import SettingsError

LAKE = Place("a-lake")


def bridged(key: str, bucket: str = "a-lake") -> str:
    """As EventBridge tells it: the key is literal."""
    return json.dumps(
        {
            "version": "0",
            "source": "aws.s3",
            "detail-type": "Object Created",
            "detail": {"version": "0", "bucket": {"name": bucket}, "object": {"key": key, "size": 5}},
        }
    )


def notified(*keys: str, bucket: str = "a-lake") -> str:
    """As S3 itself tells it: the key is form-encoded."""
    return json.dumps(
        {
            "Records": [
                {
                    "eventName": "ObjectCreated:Put",
                    "s3": {"bucket": {"name": bucket}, "object": {"key": quote_plus(key, safe="/")}},
                }
                for key in keys
            ]
        }
    )


@given(name=st.text(min_size=1).filter(lambda one: not one.endswith("/")))
def test_both_envelopes_name_the_same_key(name: str):
    key = f"{layout.TO_BE_PROCESSED}{name}"
    try:
        key.encode()
    except UnicodeEncodeError:
        return
    assert events.pending_in(bridged(key), lake=LAKE) == [key]
    assert events.pending_in(notified(key), lake=LAKE) == [key]


def test_a_plus_is_a_plus_in_one_and_a_space_in_the_other():
    key = f"{layout.TO_BE_PROCESSED}a+b%20c"
    assert events.pending_in(bridged(key), lake=LAKE) == [key]
    raw = notified("x").replace('"x"', json.dumps(key))
    assert events.pending_in(raw, lake=LAKE) == [f"{layout.TO_BE_PROCESSED}a b c"]


def test_a_notification_may_hold_several():
    keys = [f"{layout.TO_BE_PROCESSED}{number}" for number in range(3)]
    assert events.pending_in(notified(*keys), lake=LAKE) == keys


@pytest.mark.parametrize(
    "key",
    [
        "raw_data/processed/a.json",
        "transformed_data/chart_data/month=2026-06/a.parquet",
        "raw_data/to_be_processed/",
        "raw_data/to_be_processed_too/a",
        "x/raw_data/to_be_processed/a",
    ],
)
def test_what_does_not_wait_is_passed_over(key: str):
    assert events.pending_in(bridged(key), lake=LAKE) == []
    assert events.pending_in(notified(key), lake=LAKE) == []


def test_another_buckets_object_is_passed_over():
    key = f"{layout.TO_BE_PROCESSED}a"
    assert events.pending_in(bridged(key, bucket="another"), lake=LAKE) == []
    assert events.pending_in(bridged(key, bucket="another"), lake=None) == [key]


def test_a_lake_may_lie_below_a_prefix():
    lake = events.place("s3://a-lake/deep/down")
    assert lake == Place("a-lake", "deep/down/")
    assert events.pending_in(bridged("deep/down/raw_data/to_be_processed/a"), lake=lake) == [
        "raw_data/to_be_processed/a"
    ]
    assert events.pending_in(bridged("raw_data/to_be_processed/a"), lake=lake) == []
    assert events.place("./lake") is None


def test_the_message_that_s3_sends_to_try_out_a_queue():
    body = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "a-lake"}
    assert events.pending_in(json.dumps(body), lake=LAKE) == []


@pytest.mark.parametrize(
    "body", ["", "{x", "[]", "null", "{}", '{"Records":[{}]}', '{"source":"aws.s3"}', '"a"']
)
def test_what_names_nothing_is_refused(body: str):
    with pytest.raises(ValueError, match=r".+"):
        events.pending_in(body, lake=LAKE)


@given(st.text())
def test_no_text_does_any_other_harm(body: str):
    with suppress(ValueError):
        assert events.pending_in(body, lake=LAKE) == []


def test_a_tick():
    said = events.tick({"do": "capture", "scheduled_for": "2026-11-20T06:17:00Z", "cadence": "daily"})
    assert said.moment == datetime(2026, 11, 20, 6, 17, tzinfo=UTC)
    assert {chart.cadence for chart in said.wanted(list(CHARTS))} == {"daily"}


@pytest.mark.parametrize(
    "moment",
    [
        "<aws.scheduler.scheduled-time>",
        "",
        "2026-11-20",
        "2026-11-20T06:17:00",
        "2026-11-20T06:17:00+02:00",
        "2026-02-30T06:17:00Z",
        " 2026-11-20T06:17:00Z",
        "2026-11-20T06:17:00Z\n",
        "٢٠٢٦-11-20T06:17:00Z",
    ],
)
def test_a_tick_that_is_no_moment_fails(moment: str):
    said = events.tick({"scheduled_for": moment, "cadence": "daily"})
    with pytest.raises(SettingsError):
        _ = said.moment


@pytest.mark.parametrize(
    "event", [{}, None, [], {"scheduled_for": 5}, {"scheduled_for": "x", "who": "knows"}]
)
def test_what_no_schedule_sends_is_refused(event: object):
    with pytest.raises(SettingsError, match="deploy"):
        events.tick(event)


def test_charts_with_times_of_their_own_are_left_to_them():
    name = events.named(CHARTS[0])
    said = events.tick(
        {"scheduled_for": "2026-11-20T06:17:00Z", "cadence": "daily", "left_to_others": [name]}
    )
    assert name not in [events.named(chart) for chart in said.wanted(list(CHARTS))]
    own = events.tick({"scheduled_for": "2026-11-20T06:17:00Z", "charts": [name]})
    assert [events.named(chart) for chart in own.wanted(list(CHARTS))] == [name]


@pytest.mark.parametrize("event", [{}, {"charts": ["spotify nobody"]}])
def test_a_schedule_that_names_no_chart_of_ours(event: dict[str, object]):
    with pytest.raises(SettingsError, match="deploy"):
        events.tick({"scheduled_for": "2026-11-20T06:17:00Z", **event}).wanted(list(CHARTS))
