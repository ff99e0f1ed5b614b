"""Every kind of store.  A new kind is a new line here, and has to pass everything beside it."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import pytest

from chartlake.store import open_store
from memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chartlake.store import Store

STORES = ["folder", "memory", "s3"]


@pytest.fixture(params=STORES)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def new_store(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Store]:
    """Makes an empty store, another one each time."""
    numbers = count()
    if kind == "memory":
        return MemoryStore
    place = request.getfixturevalue("s3_address") if kind == "s3" else str(tmp_path)
    return lambda: open_store(f"{place}/lake-{next(numbers)}")


@pytest.fixture
def store(new_store: Callable[[], Store]) -> Store:
    return new_store()
