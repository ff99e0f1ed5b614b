"""A bucket that keeps what was deleted: out means out there, too."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import botocore.config
import botocore.session
import pytest

from chartlake import layout
from chartlake.compact import compact
from chartlake.errors import StorageError
from chartlake.forget import forget
from chartlake.retention import enforce
from chartlake.store import open_store
from chartlake.store.s3_botocore import buried
from chartlake.sweep import sweep
from making import day, playlist, put_pending

if TYPE_CHECKING:
    from chartlake.store import Store
    from seaweed import Seaweed

_buckets = count()
A_MONTH = timedelta(days=40)


class Versioned:
    """A bucket with versioning, a lake in it, and what lies there in all."""

    def __init__(self, seaweed: Seaweed) -> None:
        self.bucket = f"versioned-{next(_buckets)}"
        self.client: Any = botocore.session.get_session().create_client(
            "s3",
            endpoint_url=seaweed.endpoint,
            config=botocore.config.Config(s3={"addressing_style": "path"}),
        )
        self.client.create_bucket(Bucket=self.bucket)
        self.client.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})
        self.store = open_store(f"s3://{self.bucket}/lake")

    def traces(self) -> set[str]:
        """Keys of the lake of which something is kept that no listing shows."""
        answer = self.client.list_object_versions(Bucket=self.bucket)
        assert not answer["IsTruncated"]
        old = [one for one in answer.get("Versions", []) if not one["IsLatest"]]
        return {one["Key"].removeprefix("lake/") for one in [*old, *answer.get("DeleteMarkers", [])]}


@pytest.fixture
def versioned(seaweed: Seaweed, s3_address: str) -> Versioned:
    return Versioned(seaweed)


def recorded(store: Store, source: str) -> None:
    for number in (1, 2):
        put_pending(store, playlist(number, 9), captured_at=day(number), source=source)
        list(sweep(store, now=day(3)))


def test_nothing_is_kept_of_a_source_that_was_forgotten(versioned: Versioned):
    store = versioned.store
    recorded(store, "spotify")
    compact(store, now=day(3) + A_MONTH)
    compact(store, now=day(3) + A_MONTH + timedelta(hours=2))
    store.put(layout.TO_BE_PROCESSED + "dropped by hand.json".replace(" ", "_"), playlist(4))
    list(sweep(store, now=day(3)))
    other = layout.PROCESSED + "deezer/3155776842/20260601T063000.000000Z-0123456789ab.json.zst"
    store.put(other, b"one")
    store.put(other, b"two")
    assert any("spotify" in key for key in versioned.traces())

    forget(store, "spotify", now=day(3) + A_MONTH)

    kept = versioned.traces()
    assert other in kept, "what is of another source is none of its business"
    assert not {
        key for key in kept if key.startswith(("raw_data/", "transformed_data/")) and "deezer" not in key
    }
    assert store.get(other) == b"two"


def test_nothing_is_kept_of_what_is_too_old(versioned: Versioned):
    store = versioned.store
    recorded(store, "spotify")
    [gone, stays] = [stored.key for stored in store.list(layout.PROCESSED)]
    enforce(store, {"spotify": 30}, now=day(1) + timedelta(days=30, hours=12))
    raw = {key for key in versioned.traces() if key.startswith(layout.PROCESSED)}
    assert [stored.key for stored in store.list(layout.PROCESSED)] == [stays]
    assert gone not in raw


def test_what_is_there_stays_there(versioned: Versioned):
    store = versioned.store
    for key in ("a/there", "a/replaced", "a/gone", "a/wanted"):
        store.put(key, b"first")
    store.put("a/replaced", b"second")
    store.delete(["a/gone", "a/wanted"])
    assert store.bury(lambda key: key != "a/wanted") == 2
    assert versioned.traces() == {"a/wanted"}
    assert [stored.key for stored in store.list("a/")] == ["a/replaced", "a/there"]
    assert store.get("a/replaced") == b"second"


def test_a_bucket_without_versions_has_none(s3_address: str):
    store = open_store(s3_address)
    store.put("a/gone", b"first")
    store.delete(["a/gone"])
    assert store.bury(lambda _: True) == 0


def test_what_cannot_be_asked_is_told(s3_address: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    with pytest.raises(StorageError, match=r"keeps older versions .* run it again"):
        buried("charts", "tests/", lambda _: True)
