"""A page in a browser, and what a person sees of it."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

SECTIONS = ("head", "chart", "news", "road", "ones", "turn", "stays", "others", "artists")

Entry = tuple[int, str, int | None, int, int, int]
"""Position, status, move, peak, days and run, as the table shows them."""

_TABLE = """() => [...document.querySelectorAll('#chart tbody tr:has(.w)')].map(row => {
  const cell = kind => row.querySelector(kind), number = one => Number(one.textContent.replace(/,/g, ''));
  const move = cell('.m > span'), kind = move.className.replace('tag ', '').toUpperCase();
  const by = {UP: 1, DOWN: -1}[kind];
  const figures = [...row.querySelectorAll('.n')].map(number);
  const steps = by ? by * number(move.lastChild) : kind === 'SAME' ? 0 : null;
  return [number(cell('.p')), kind, steps, ...figures];
})"""
_OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@contextmanager
def started() -> Iterator[Any]:
    """Debian's Chromium, without a network of its own."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - it takes its time

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(_ARGUMENTS))
        yield browser
        browser.close()


class Looking:
    """Somebody who looks at a page.

    Attributes:
        page: The page, as Playwright has it.
        requests: Addresses that were asked for.
        faults: Errors of its script and on its console.
    """

    def __init__(self, browser: Any, file: Path, at: str, *, sound: bool, wide: int = 1280, high: int = 900,
                 theme: str = "light", scripts: bool = True, bypass: bool = False) -> None:  # fmt: skip
        self._sound = sound
        self._context = browser.new_context(
            viewport={"width": wide, "height": high},
            color_scheme=theme,
            java_script_enabled=scripts,
            bypass_csp=bypass,
            reduced_motion="reduce",
        )
        self.page = self._context.new_page()
        self.requests: list[str] = []
        self.faults: list[str] = []
        self.page.on("request", lambda asked: self.requests.append(asked.url))
        self.page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.goto(file.as_uri() + at)
        if scripts and sound:
            self.page.wait_for_selector("html.scripted", state="attached")

    def close(self) -> None:
        """Close it; if it was to be sound, nothing may have failed, and nothing else been asked for."""
        self._context.close()
        if self._sound:
            assert self.faults == []
            assert len(self.requests) == 1

    def table(self) -> list[Entry]:
        """The chart's rows, as shown."""
        return [tuple(row) for row in self.page.evaluate(_TABLE)]

    def text(self, selector: str) -> str:
        """What a part of the page says."""
        return str(self.page.text_content(selector))

    def drawn(self) -> dict[str, str]:
        """Every part of the view of a day, as the browser has it."""
        return {name: self.page.inner_html(f"#{name}") for name in SECTIONS}

    def overflow(self) -> int:
        """How far the page reaches beyond the window [px]."""
        return int(self.page.evaluate(_OVERFLOW))

    def ran(self) -> Any:
        """What hostile code has left, if any ran."""
        self.page.wait_for_timeout(150)
        return self.page.evaluate("window.ran ?? null")
