"""What every store must do; a new kind of store is a new line in STORES."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from chartlake.errors import MissingObject, SettingsError, StorageError
from chartlake.store import Stored, open_store

if TYPE_CHECKING:
    from pathlib import Path

    from chartlake.store import Store

STORES = ["folder"]

ODD_KEYS = [
    "a/b/c.json",
    "a/b=20c",
    "deep/" * 12 + "x",
    "raw_data/to_be_processed/spotify_raw_2023-07-14 10:20:30.json",
    "q/with'quote\"and;semicolon",
    "ünï/ço/de",
    "a/" + "n" * 200,
]


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "lake"))


@pytest.mark.parametrize("key", ODD_KEYS)
def test_what_is_put_is_got_and_listed(store: Store, key: str):
    store.put(key, b"one")
    assert store.get(key) == b"one"
    folder = key.rpartition("/")[0] + "/"
    assert Stored(key, 3) in list(store.list(folder if folder != "/" else ""))


@pytest.mark.parametrize("size", [0, 1, 15_000, 3_000_000])
def test_bytes_come_back_as_they_were(store: Store, size: int):
    data = bytes(range(256)) * (size // 256 + 1)
    store.put("k", data[:size])
    assert store.get("k") == data[:size]


def test_a_put_takes_the_place_of_what_was_there(store: Store):
    store.put("a/k", b"long before")
    store.put("a/k", b"new")
    assert store.get("a/k") == b"new"
    assert list(store.list("a/")) == [Stored("a/k", 3)]


def test_a_create_never_overwrites(store: Store):
    assert store.create("a/k", b"first")
    assert not store.create("a/k", b"second")
    assert store.get("a/k") == b"first"


def test_of_many_creators_one_wins(store: Store):
    start = threading.Barrier(16)
    won: list[int] = []

    def creator(number: int) -> None:
        start.wait()
        if store.create("claims/tick", str(number).encode()):
            won.append(number)

    threads = [threading.Thread(target=creator, args=[number]) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert store.get("claims/tick") == str(won[0]).encode()


def test_only_so_much_is_read_as_is_wanted(store: Store):
    store.put("k", b"0123456789")
    assert store.get("k", most=4) == b"0123"


@pytest.mark.parametrize("call", ["get", "move"])
def test_what_is_missing_is_said_to_be(store: Store, call: str):
    with pytest.raises(MissingObject, match="nope"):
        store.get("a/nope") if call == "get" else store.move([("a/nope", "b/nope")])


def test_a_listing_of_nothing_is_empty(store: Store):
    assert list(store.list("nothing/here/")) == []


def test_a_listing_is_sorted_and_stays_below_its_prefix(store: Store):
    for key in ("p/b", "p/a/z", "p/a/y", "p/a.x", "q/x", "pp/x"):
        store.put(key, b"")
    assert [stored.key for stored in store.list("p/")] == ["p/a.x", "p/a/y", "p/a/z", "p/b"]


def test_a_delete_of_nothing_is_fine(store: Store):
    store.put("a/k", b"")
    store.delete(["a/k", "a/k", "b/never"])
    assert list(store.list("a/")) == []


def test_a_move_may_be_repeated_and_finished_by_another(store: Store):
    store.put("a/k", b"1")
    store.put("a/l", b"2")
    store.move([("a/k", "b/k")])
    store.move([("a/k", "b/k"), ("a/l", "b/l")])
    assert list(store.list("a/")) == []
    assert store.get("b/k") == b"1"
    assert store.get("b/l") == b"2"


def test_a_move_onto_itself_keeps_the_object(store: Store):
    store.put("a/k", b"1")
    store.move([("a/k", "a/k")])
    assert store.get("a/k") == b"1"


@pytest.mark.parametrize("key", ["../x", "/etc/passwd", "a/../../x", "a//b", "./a", "a/./b", ""])
def test_no_key_leaves_the_store(store: Store, key: str):
    with pytest.raises(StorageError):
        store.get(key)
    with pytest.raises(StorageError):
        store.put(key, b"")


def test_links_and_hidden_files_are_no_objects(store: Store, tmp_path: Path):
    store.put("a/k", b"")
    (tmp_path / "secret").write_text("s")
    (tmp_path / "lake/a/link").symlink_to(tmp_path / "secret")
    (tmp_path / "lake/a/.DS_Store").write_text("x")
    assert [stored.key for stored in store.list("a/")] == ["a/k"]


def test_nothing_passing_is_left_behind(store: Store, tmp_path: Path):
    store.put("a/k", b"1")
    store.create("a/l", b"2")
    store.create("a/l", b"3")
    assert list((tmp_path / "lake/.tmp").iterdir()) == []


def test_a_lake_that_is_a_file_is_told_so(tmp_path: Path):
    (tmp_path / "lake").write_text("")
    with pytest.raises(StorageError, match="name another lake"):
        open_store(str(tmp_path / "lake")).put("a/k", b"")


def test_an_unknown_kind_of_address_is_told_so():
    with pytest.raises(SettingsError, match="ftp"):
        open_store("ftp://somewhere")
