"""What every store must do, told by what is put and what is got."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from chartlake.errors import MissingObject, StorageError
from chartlake.layout import dropped_key, raw_key, settled_key, spelled, table_key
from chartlake.store import Stored
from making import day

if TYPE_CHECKING:
    from chartlake.store import Store

KEYS = {
    "plain": "a/b/c.json",
    "spelled": "a/b=20c",
    "of nothing": "a/=",
    "dots spelled": "a/=2E=2E",
    "dots within": "a/x..y...z",
    "deep": "deep/" * 12 + "x",
    "dropped by hand": "raw_data/to_be_processed/spotify_raw_2023-07-14 10:20:30.json",
    "captured": raw_key("spotify", "37i9dQZEVXbLp5XoPON0wI", day(1), "0123456789abcdef"),
    "table": table_key("chart_data", month="2026-06", source="spotify", batch="0123456789abcdef"),
    "adopted": dropped_key("Top 50 \u2013 Ü/s\u00e4?.json", "0123456789abcdef"),
    "settled": settled_key(
        "raw_data/to_be_processed/x y/z.json", "0123456789abcdef", zone="raw_data/processed/"
    ),
    "long name": "a/" + spelled("ü" * 300),
    "longest segment": "a/" + "n" * 240,
    "long path": "/".join(["d" * 200] * 4) + "/x",
    "quotes": "q/with'quote\"and;semicolon",
    "of a shell": "q/$(x)`y`{a,b}*?[z]~!",
    "of an address": "q/a+b%20c&d=e#f?g@h:i",
    "of markup": "q/<b>&amp;|^",
    "not ASCII": "ünï/ço/de",
    "beyond the plane": "e/😀",
    "one letter": "k/k",
}
"""Keys that layout makes, and names that people give to what they drop."""

SIZES = [0, 1, 255, 15_000, 3_000_000, 20_000_000]

PLACES = {
    "siblings of a folder": ["p/b", "p/a/z", "p/a/y", "p/a.x", "p/a-z/x", "p/a-", "p/A", "p/a0"],
    "a name that is another's beginning": ["p/x", "p/x0", "p/xx", "p/x.json", "p/x.json.zst"],
    "bytes, not letters": ["p/ä", "p/z", "p/Z", "p/=", "p/_", "p/~", "p/😀", "p/\uffee"],
    "neighbours of the folder": ["p/x", "pp/x", "p.x", "p-/x", "o/x", "q/x"],
    "one": ["p/x"],
}

NO_KEYS = ["../x", "/etc/passwd", "a/../../x", "a/..", "a//b", "./a", "a/./b", "", "/", "a/\0", ".", ".."]


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_what_is_put_is_got_and_listed(store: Store, key: str):
    store.put(key, b"one")
    assert store.get(key) == b"one"
    assert list(store.list(_folder(key))) == [Stored(key, 3)]


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_what_is_put_can_be_moved_and_deleted(store: Store, key: str):
    store.put(key, b"one")
    store.move([(key, f"moved/{key}")])
    assert list(store.list(_folder(key))) == []
    assert store.get(f"moved/{key}") == b"one"
    store.delete([f"moved/{key}"])
    assert list(store.list("moved/")) == []


@pytest.mark.parametrize("size", SIZES)
def test_bytes_come_back_as_they_were(store: Store, size: int):
    data = random.Random(size).randbytes(size)
    store.put("a/k", data)
    assert store.get("a/k") == data
    assert store.create("a/l", data)
    assert store.get("a/l") == data
    assert list(store.list("a/")) == [Stored("a/k", size), Stored("a/l", size)]


@pytest.mark.parametrize("after", [b"", b"new", b"something longer than it was"])
def test_a_put_takes_the_place_of_what_was_there(store: Store, after: bytes):
    store.put("a/k", b"long before")
    store.put("a/k", after)
    assert store.get("a/k") == after
    assert list(store.list("a/")) == [Stored("a/k", len(after))]


@pytest.mark.parametrize("there", [b"first", b"second", b""], ids=["another", "the same", "empty"])
def test_a_create_never_overwrites(store: Store, there: bytes):
    store.put("a/k", there)
    assert store.create("a/k", b"second") is False
    assert store.get("a/k") == there


def test_a_create_after_a_delete_or_a_move_is_the_first_again(store: Store):
    assert store.create("a/k", b"1") is True
    store.delete(["a/k"])
    assert store.create("a/k", b"2") is True
    store.move([("a/k", "b/k")])
    assert store.create("a/k", b"3") is True
    assert store.create("b/k", b"4") is False
    assert store.get("b/k") == b"2"


@pytest.mark.parametrize(
    ("most", "got"),
    [(-1, b"0123456789"), (0, b""), (1, b"0"), (4, b"0123"), (10, b"0123456789"), (2**40, b"0123456789")],
)
def test_only_so_much_is_read_as_is_wanted(store: Store, most: int, got: bytes):
    store.put("a/k", b"0123456789")
    assert store.get("a/k", most=most) == got


@pytest.mark.parametrize("most", [-1, 0, 1, 100])
def test_of_an_empty_object_nothing_is_read(store: Store, most: int):
    store.put("a/k", b"")
    assert store.get("a/k", most=most) == b""


@pytest.mark.parametrize("most", [-1, 0, 1])
@pytest.mark.parametrize("key", ["a/nope", "a", "nowhere/at/all", "a/k/x"])
def test_what_is_missing_is_said_to_be(store: Store, key: str, most: int):
    store.put("a/l", b"")
    with (
        pytest.raises(MissingObject, match=f"there is no .*{key}")
        if key != "a"
        else pytest.raises(StorageError)
    ):
        store.get(key, most=most)


def test_a_listing_of_nothing_is_empty(store: Store):
    assert list(store.list("nothing/here/")) == []


@pytest.mark.parametrize("keys", PLACES.values(), ids=PLACES)
def test_a_listing_is_in_the_order_of_the_keys_and_stays_below_its_prefix(store: Store, keys: list[str]):
    for key in keys:
        store.put(key, b"")
    assert [stored.key for stored in store.list("p/")] == sorted(key for key in keys if key.startswith("p/"))


def test_a_listing_shows_at_once_what_was_done(store: Store):
    for number in range(20):
        store.put(f"a/{number:02}", b"x")
        assert len(list(store.list("a/"))) == number + 1
    store.put("a/03", b"longer")
    assert Stored("a/03", 6) in list(store.list("a/"))
    for number in range(20):
        store.delete([f"a/{number:02}"])
        assert len(list(store.list("a/"))) == 19 - number


def test_hidden_objects_are_not_listed(store: Store):
    for key in ("a/.DS_Store", "a/.tmp/x", "a/b/.x", "a/b/x.y", "a/x."):
        store.put(key, b"")
    assert [stored.key for stored in store.list("a/")] == ["a/b/x.y", "a/x."]


def test_more_than_a_page_is_listed_moved_and_deleted(store: Store, kind: str):
    # A folder knows no pages, and syncs every file.
    keys = sorted(f"a/{number % 7}/{number}" for number in range(203 if kind == "folder" else 1203))
    for key in keys:
        store.put(key, key.encode())
    assert [stored.key for stored in store.list("a/")] == keys
    store.move([(key, f"b/{key}") for key in keys])
    assert list(store.list("a/")) == []
    assert [stored.key for stored in store.list("b/")] == [f"b/{key}" for key in keys]
    assert store.get(f"b/{keys[-77]}") == keys[-77].encode()
    store.delete(f"b/{key}" for key in [*keys, "never/there"])
    assert list(store.list("b/")) == []


def test_a_listing_may_be_left_and_its_objects_deleted_meanwhile(store: Store):
    for number in range(5):
        store.put(f"a/{number}", b"")
    listing = store.list("a/")
    assert next(listing).key == "a/0"
    store.delete([f"a/{number}" for number in range(5)])
    assert list(store.list("a/")) == []


@pytest.mark.parametrize("keys", [[], ["b/never"], ["a/k", "a/k"], ["b/never", "a/k"]])
def test_a_delete_of_nothing_is_fine(store: Store, keys: list[str]):
    store.put("a/k", b"")
    store.delete(iter(keys))
    assert [stored.key for stored in store.list("a/")] == ([] if "a/k" in keys else ["a/k"])


MOVES = {
    # name: what lies there before, what is moved, what lies there afterwards
    "one": ({"a/k": b"1"}, ["k"], {"b/k": b"1"}),
    "many": ({"a/k": b"1", "a/l": b"", "a/m": b"3"}, ["k", "l", "m"], {"b/k": b"1", "b/l": b"", "b/m": b"3"}),
    "only what is named": ({"a/k": b"1", "a/l": b"2"}, ["k"], {"a/l": b"2", "b/k": b"1"}),
    "none": ({"a/k": b"1"}, [], {"a/k": b"1"}),
    "moved already": ({"b/k": b"1"}, ["k"], {"b/k": b"1"}),
    "killed after the copies": (
        {"a/k": b"1", "b/k": b"1", "a/l": b"2", "b/l": b"2"}, ["k", "l"], {"b/k": b"1", "b/l": b"2"},
    ),
    "killed between the copies": (
        {"a/k": b"1", "b/k": b"1", "a/l": b"2"}, ["k", "l"], {"b/k": b"1", "b/l": b"2"},
    ),
    "killed between the deletes": (
        {"b/k": b"1", "a/l": b"2", "b/l": b"2"}, ["k", "l"], {"b/k": b"1", "b/l": b"2"},
    ),
    "an empty one": ({"a/k": b""}, ["k"], {"b/k": b""}),
}  # fmt: skip


@pytest.mark.parametrize("case", MOVES)
def test_a_move_comes_to_its_end_from_wherever_it_was_left(store: Store, case: str):
    before, moved, after = MOVES[case]
    for key, data in before.items():
        store.put(key, data)
    for _ in range(2 if moved else 1):
        store.move([(f"a/{name}", f"b/{name}") for name in moved])
        assert _all(store) == after


@pytest.mark.parametrize("there", [{}, {"a/l": b"2"}], ids=["alone", "among others"])
def test_a_move_of_what_is_nowhere_is_told(store: Store, there: dict[str, bytes]):
    for key, data in there.items():
        store.put(key, data)
    with pytest.raises(MissingObject, match="a/k"):
        store.move([("a/l", "b/l")] * len(there) + [("a/k", "b/k")])
    held = _all(store)
    assert held.get("a/l", held.get("b/l")) == there.get("a/l")


def test_a_move_that_fails_has_deleted_nothing(store: Store):
    for number in range(40):
        store.put(f"a/{number}", b"")
    with pytest.raises(MissingObject):
        store.move([(f"a/{number}", f"b/{number}") for number in range(41)])
    assert len(list(store.list("a/"))) == 40


def test_a_move_onto_itself_keeps_the_object(store: Store):
    store.put("a/k", b"1")
    store.move([("a/k", "a/k")])
    assert store.get("a/k") == b"1"
    with pytest.raises(MissingObject):
        store.move([("a/l", "a/l")])


@pytest.mark.parametrize("key", NO_KEYS, ids=ascii)
@pytest.mark.parametrize("call", ["get", "put", "create", "delete", "move from", "move to"])
def test_no_key_leaves_the_store(store: Store, key: str, call: str):
    store.put("a/k", b"1")
    act = {
        "get": lambda: store.get(key),
        "put": lambda: store.put(key, b""),
        "create": lambda: store.create(key, b""),
        "delete": lambda: store.delete([key]),
        "move from": lambda: store.move([(key, "b/k")]),
        "move to": lambda: store.move([("a/k", key)]),
    }[call]
    with pytest.raises(StorageError):
        act()
    assert _all(store) == {"a/k": b"1"}


@pytest.mark.parametrize("prefix", ["../", "/", "a/../../", "a//"])
def test_no_listing_leaves_the_store(store: Store, prefix: str):
    store.put("a/k", b"")
    with pytest.raises(StorageError):
        list(store.list(prefix))


def test_a_store_tells_where_it_lies(store: Store):
    assert store.address.rpartition("/")[2] in ("lake-0", "lake")


def _folder(key: str) -> str:
    return key.rpartition("/")[0] + "/"


def _all(store: Store) -> dict[str, bytes]:
    return {stored.key: store.get(stored.key) for zone in ("a/", "b/") for stored in store.list(zone)}
