"""Pages made of worlds, and a browser to look at them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from browsing import Looking, started
from page_lakes import Lakes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="package")
def lakes(tmp_path_factory: pytest.TempPathFactory) -> Lakes:
    return Lakes(tmp_path_factory.mktemp("lakes"))


@pytest.fixture(scope="package")
def _browser() -> Iterator[Any]:
    with started() as browser:
        yield browser


@pytest.fixture
def look(chromium: str, request: pytest.FixtureRequest) -> Iterator[Callable[..., Looking]]:
    """Open a page in the browser; at the end nothing may have gone wrong in it."""
    browser, opened = request.getfixturevalue("_browser"), []

    def open_(file: Path, at: str = "", *, sound: bool = True, **context: Any) -> Looking:
        opened.append(Looking(browser, file, at, sound=sound, **context))
        return opened[-1]

    yield open_
    for one in opened:
        one.close()
