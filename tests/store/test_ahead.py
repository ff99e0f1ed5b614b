"""Objects that are fetched ahead come in order, each with what fetching it came to."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from chartlake.errors import MissingObject
from chartlake.store import open_store
from chartlake.store.ahead import ahead

if TYPE_CHECKING:
    from pathlib import Path


class Distant:
    """A store that has no files, as far as anybody asks."""

    def local_path(self, key: str) -> None:  # noqa: ARG002
        return None


@pytest.mark.parametrize("number", [0, 1, 15, 16, 100])
def test_in_order_and_with_its_own_error(number: int):
    def fetch(one: int) -> int:
        time.sleep(0.002 if one % 7 else 0.01)
        if one % 5 == 3:
            raise MissingObject(str(one))
        return one

    came: list[Any] = []
    for result in ahead(Distant(), range(number), fetch):
        try:
            came.append(result())
        except MissingObject as error:
            came.append(str(error))
    assert came == [str(one) if one % 5 == 3 else one for one in range(number)]


def test_never_more_than_some_are_held():
    fetched: list[int] = []
    for place, result in enumerate(ahead(Distant(), range(200), fetched.append)):
        result()
        assert len(fetched) <= place + 17


def test_several_at_once_from_afar_and_one_by_one_from_a_folder(tmp_path: Path):
    store = open_store(str(tmp_path))
    threads: set[str] = set()

    def fetch(_: int) -> None:
        threads.add(threading.current_thread().name)
        time.sleep(0.001)

    for result in ahead(store, range(50), fetch):
        result()
    assert threads == {threading.main_thread().name}
    for result in ahead(Distant(), range(50), fetch):
        result()
    assert len(threads) > 2


def test_who_stops_reading_leaves_no_thread_behind():
    before = threading.active_count()
    fetches = ahead(Distant(), range(100), lambda one: one)
    next(fetches)()
    fetches.close()
    assert threading.active_count() == before
