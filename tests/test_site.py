"""The site of docs/ has every page, and asks no other host for anything."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from shown import DOCS, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]


def pages(nav: Any) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    else:
        for inner in nav.values() if isinstance(nav, dict) else nav:
            yield from pages(inner)


def test_every_page_is_in_the_nav_once_and_no_other():
    there = sorted(page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md"))
    assert sorted(pages(PROJECT["nav"])) == there, "add it to the nav of zensical.toml"


def test_nothing_is_set_that_fetches_from_another_host():
    assert PROJECT["theme"]["font"] is False
    fences = PROJECT["markdown_extensions"]["pymdownx"]["superfences"]
    assert "custom_fences" not in fences, (
        "zensical fetches mermaid.js from elsewhere for a fence of that class"
    )
