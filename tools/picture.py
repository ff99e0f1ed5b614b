"""Make the picture of the page that the documentation shows: the demo's, as a browser draws it.

Needs Debian's packages chromium, fonts-noto-core and fonts-noto-cjk, and the development environment::

    .venv/bin/python tools/picture.py
"""

from __future__ import annotations

import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from chartlake.demo.replay import replay
from chartlake.report import write
from chartlake.store import open_store
from chartlake.warehouse import Warehouse

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "images"
SIZES = {"page-light.png": ("light", 1280, 900), "page-dark.png": ("dark", 1280, 900)}


def main() -> None:
    """Record the demo, write its page, and keep what the browser shows of it."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("chromium is missing; apt install chromium fonts-noto-core fonts-noto-cjk")
    PICTURES.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder:
        page = _written(Path(folder))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
            )
            for name, (theme, wide, high) in SIZES.items():
                context = browser.new_context(viewport={"width": wide, "height": high}, color_scheme=theme)
                shown = context.new_page()
                shown.goto(page.as_uri())
                shown.wait_for_selector("html.scripted")
                shown.screenshot(path=PICTURES / name)
                print(PICTURES / name)
            browser.close()


def _written(folder: Path) -> Path:
    replay(folder)
    warehouse = Warehouse(open_store(str(folder / "lake")), folder / "cache.duckdb")
    warehouse.refresh()
    return write(warehouse, folder / "report.html", now=datetime(2026, 8, 23, 7, 0, tzinfo=UTC)).path


if __name__ == "__main__":
    main()
