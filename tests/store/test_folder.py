"""What only a folder has to do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from chartlake.errors import RefusedObject, SettingsError, StorageError
from chartlake.store import open_store

if TYPE_CHECKING:
    from chartlake.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "lake"))


def test_links_and_what_is_no_file_are_no_objects(store: Store, tmp_path: Path):
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


def test_an_object_is_a_file_of_this_machine(store: Store, tmp_path: Path):
    store.put("a/k", b"1")
    assert store.local_path("a/k") == Path(tmp_path / "lake/a/k")


def test_a_move_onto_something_else_is_refused(store: Store):
    store.put("a/k", b"1")
    store.put("b/k", b"2")
    with pytest.raises(RefusedObject, match="something else"):
        store.move([("a/k", "b/k")])
    assert (store.get("a/k"), store.get("b/k")) == (b"1", b"2")


def test_a_lake_that_is_a_file_is_told_so(tmp_path: Path):
    (tmp_path / "lake").write_text("")
    with pytest.raises(StorageError, match="name another lake"):
        open_store(str(tmp_path / "lake")).put("a/k", b"")


def test_an_unknown_kind_of_address_is_told_so():
    with pytest.raises(SettingsError, match="ftp"):
        open_store("ftp://somewhere")
