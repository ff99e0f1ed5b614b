"""A bucket of an older pipeline is adopted by its address; it is only read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from chartlake import layout
from chartlake.intake.bucket import _divided, fetched
from chartlake.store import open_store
from making import day, playlist, put_pending

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def old(at_home: Path) -> Path:
    """An older pipeline's bucket, as a folder: bare answers under names of its own, and an envelope."""
    store = open_store(str(at_home / "old"))
    store.put("raw_data/processed/spotify_raw_2023-07-14 10:20:30.123456.json", playlist(1, 2, 3))
    store.put("raw_data/to_processed/spotify_raw_2023-07-15 10:20:30.123456.json", playlist(2, 1))
    store.put("raw_data/processed/notes.txt", b"nothing")
    store.put("transformed_data/songs_data/songs.csv", b"not raw")
    put_pending(store, playlist(4), captured_at=day(1))
    return at_home / "old"


def test_what_lies_in_it_is_taken_in_once(old: Path, at_home: Path, ran: Callable[..., Any]):
    before = {one.key for prefix in ("raw_data/",) for one in open_store(str(old)).list(prefix)}
    code, _, talk = ran("import", "--from", str(old), "--lake", "lake")
    assert code == 3  # notes.txt is left out, and told.
    assert "documents taken in: 3; known already: 0" in talk
    assert "notes.txt" in talk
    assert {one.key for one in open_store(str(old)).list("raw_data/")} == before
    _, said, _ = ran("query", "--lake", "lake", "--json", "select distinct chart_date from chart_entries")
    assert sorted(one["chart_date"] for one in json.loads(said)) == ["2023-07-14", "2023-07-15", "2026-06-01"]
    _, _, talk = ran("import", "--from", str(old), "--lake", "lake")
    assert "documents taken in: 0; known already: 3" in talk
    # The same files, copied by hand, are known too.
    _, _, talk = ran("import", str(old / "raw_data"), "--lake", "lake")
    assert "documents taken in: 0; known already: 3" in talk


def test_an_address_where_nothing_lies(at_home: Path, ran: Callable[..., Any]):
    code, _, talk = ran("import", "--from", str(at_home / "nowhere"), "--lake", "lake")
    assert code == 2
    assert "nothing lies at" in talk


def test_nothing_to_import(at_home: Path, ran: Callable[..., Any]):
    code, _, talk = ran("import", "--lake", "lake")
    assert code == 2
    assert "--from s3://bucket" in talk


@pytest.mark.parametrize(
    ("address", "root", "prefix"),
    [
        ("s3://old", "s3://old", "raw_data/"),
        ("s3://old/", "s3://old", "raw_data/"),
        ("s3://old/raw", "s3://old", "raw/"),
        ("s3://old/a/b/", "s3://old/a", "b/"),
        ("./old", "./old", "raw_data/"),
    ],
)
def test_where_an_address_points(address: str, root: str, prefix: str):
    assert _divided(address) == (root, prefix)


def test_names_stay_within_the_folder(at_home: Path):
    store = open_store(str(at_home / "old"))
    store.put(f"{layout.PROCESSED}x..=2F..=2Fa b.json", b"{}")
    with fetched(str(at_home / "old")) as folder:
        (file,) = (path for path in folder.rglob("*") if path.is_file())
        assert folder in file.resolve().parents
    assert not folder.exists()
