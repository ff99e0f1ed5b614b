"""The page as a whole: one file with its style, its script and its data, and what may run in it."""

from __future__ import annotations

import base64
import hashlib
import zlib
from importlib.resources import files
from typing import TYPE_CHECKING

from chartlake import __version__
from chartlake.report import words
from chartlake.report.calendars import number_ones, turnover
from chartlake.report.island import island
from chartlake.report.lists import artists, others, stays
from chartlake.report.markup import Element, Writer, el
from chartlake.report.news import headlines
from chartlake.report.road import road
from chartlake.report.table import chart_table, head

if TYPE_CHECKING:
    from datetime import datetime

    from chartlake.report.charts import Day, Lake

SCRIPTS = ("data", "words", "pieces", "table", "news", "road", "calendars", "lists", "song", "find", "page")
"""The script's parts, in the order of their making."""

PATTERNS = (
    "M0 4A4 4 0 0 1 4 0V4z",
    "M0 2a2 2 0 0 1 4 0z",
    "M2 .7a1.3 1.3 0 0 1 0 2.6a1.3 1.3 0 0 1 0-2.6z",
    "M0 4L4 0V4z",
    "M0 0h.8v4H0zM1.6 0h.8v4h-.8zM3.2 0H4v4h-.8z",
    "M0 0h2a2 2 0 0 1-2 2zM4 4H2a2 2 0 0 1 2-2z",
    "M0 2h2V0h2v2H2v2H0z",
    "M0 1.2Q1 .2 2 1.2T4 1.2V2.2Q3 3.2 2 2.2T0 2.2zM0 3.2Q1 2.2 2 3.2T4 3.2V4H0z",
    "M2 .4L3.6 3.4H.4z",
    "M0 0a4 4 0 0 1 4 4H2.8A2.8 2.8 0 0 0 0 1.2z",
    "M2 0h2v2H2zM0 2h2v2H0zM1 .4a.6 .6 0 0 1 0 1.2a.6 .6 0 0 1 0-1.2z",
    "M0 0H4L0 2zM0 4H4V2z",
)
"""What is drawn on covers."""

INVENTED = "Every song, artist and chart here is invented: this is the demo of chartlake."


def page(lake: Lake, *, now: datetime, title: str | None = None, writer: Writer | None = None) -> str:
    """The page of a lake, as HTML.

    Args:
        lake: What it shows.
        now: When it is made, in UTC.
        title: What it is called; else after its first chart.
        writer: What makes text of it.
    """
    writer = writer or Writer()
    style, script = style_sheet(), program()
    called = title or (lake.day.chart.name if lake.day else "chartlake")
    body = _whole(lake, lake.day, now) if lake.day else _empty(now)
    data = f'<script type="text/plain" id="data">{_packed(island(lake, made=now.date()))}</script>'
    first = el("meta", {"charset": "utf-8"})
    metas = (
        el("meta", {"name": "viewport", "content": "width=device-width,initial-scale=1"}),
        el("meta", {"http-equiv": "Content-Security-Policy", "content": _policy(style, script)}),
        el("meta", {"name": "referrer", "content": "no-referrer"}),
        el("meta", {"name": "color-scheme", "content": "light dark"}),
        el("meta", {"name": "generator", "content": f"chartlake {__version__}"}),
        el("title", {}, called),
    )
    return (
        f'<!doctype html>\n<html lang="en"><head>{writer.written(first, *metas)}<style>{style}</style></head>'
        f"<body>{writer.written(*body)}\n"
        + (f"{data}\n<script>{script}</script>" if lake.day else "")
        + "</body></html>\n"
    )


def style_sheet() -> str:
    """The style of the page."""
    return _lean("page.css")


def program() -> str:
    """The script of the page."""
    return "'use strict';(async()=>{\n" + "".join(_lean(f"{name}.js") for name in SCRIPTS) + "})();"


def _lean(name: str) -> str:
    """A file of this package without its indentation and comment lines."""
    lines = files(__package__).joinpath(name).read_text(encoding="utf-8").splitlines()
    kept = (line.strip() for line in lines)
    return "".join(f"{line}\n" for line in kept if line and not line.startswith(("//", "/*")))


def _packed(text: str) -> str:
    """Text deflated (RFC 1951) and in base64: less than half, and no sign in it that HTML would mind."""
    deflating = zlib.compressobj(9, wbits=-15)
    return base64.b64encode(deflating.compress(text.encode()) + deflating.flush()).decode()


def _policy(style: str, script: str) -> str:
    """What the browser may do with this page: apply this style, run this script, and nothing else."""
    return (
        f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _whole(lake: Lake, day: Day, now: datetime) -> tuple[Element, ...]:
    return (
        _bar(),
        el(
            "main",
            {"id": "day"},
            el(
                "div",
                {"id": "top"},
                el("div", {"id": "head"}, *_given(head(lake, day, now.date()))),
                _stepper(),
            ),
            el("p", {"class": "note"}, INVENTED) if lake.demo else None,
            el(
                "div",
                {"class": "columns"},
                _section("chart", chart_table(lake, day)),
                el(
                    "div",
                    {"class": "side"},
                    _section("news", headlines(lake, day)),
                    _section("road", road(lake, day)),
                    _section("ones", number_ones(lake, day)),
                    _section("turn", turnover(day)),
                    _section("stays", stays(lake, day)),
                ),
            ),
            _section("others", others(lake, day)),
            _section("artists", artists(lake, day)),
        ),
        el("main", {"id": "song", "hidden": ""}),
        _foot(lake, now),
        el("p", {"id": "hint", "aria-hidden": "true", "hidden": ""}),
        _covers(),
    )


def _given(elements: tuple[Element | None, ...]) -> tuple[Element, ...]:
    return tuple(element for element in elements if element is not None)


def _section(name: str, parts: tuple[Element | None, ...]) -> Element:
    return el("section", {"id": name}, *_given(parts))


def _bar() -> Element:
    """The bar over the page: what only works with the script, and is shown by it."""
    return el(
        "header",
        {"class": "bar"},
        el("p", {"class": "brand"}, "chartlake"),
        el("nav", {"id": "charts", "aria-label": "Charts"}),
        el(
            "div",
            {"class": "tools script"},
            el(
                "div",
                {"class": "finder"},
                el("input", {"id": "find", "type": "search", "placeholder": "Song or artist",
                             "aria-label": "Find a song or artist", "autocomplete": "off",
                             "spellcheck": "false"}),
                el("ul", {"id": "found", "hidden": ""}),
            ),
            el("button", {"id": "theme", "type": "button"}, "◐"),
        ),
    )  # fmt: skip


def _stepper() -> Element:
    return el(
        "div",
        {"class": "stepper script", "role": "group", "aria-label": "Date"},
        el("button", {"id": "back", "type": "button", "aria-label": "Back", "title": "Back (←)"}, "\u2039"),
        el("input", {"id": "date", "type": "text", "inputmode": "numeric", "size": 10, "maxlength": 10,
                     "aria-label": "Chart date, as in 2026-08-23", "autocomplete": "off"}),
        el("button", {"id": "on", "type": "button", "aria-label": "On", "title": "On (→)"}, "\u203a"),
        el("button", {"id": "latest", "type": "button"}, "Latest"),
    )  # fmt: skip


def _foot(lake: Lake, now: datetime) -> Element:
    sources = sorted({chart.source for chart in lake.charts})
    credits_ = [
        el(
            "a",
            {"href": words.CREDITS[source][1], "rel": "noopener noreferrer", "target": "_blank"},
            words.CREDITS[source][0],
        )
        if source in words.CREDITS
        else el("span", {}, f"Chart data: {words.source_name(source)}")
        for source in sources
    ]
    days = [day for chart in lake.charts for day in (chart.dates[0], chart.dates[-1])]
    return el(
        "footer",
        {},
        el(
            "p",
            {},
            f"{words.counted(lake.entries, 'entry')} of {words.counted(len(lake.charts), 'chart')}, "
            f"{words.plain_day(min(days))} to {words.plain_day(max(days))}. ",
            INVENTED if lake.demo else None,
        ),
        el("p", {"class": "credits"}, *credits_) if not lake.demo else None,
        el("p", {}, f"{_made(now)} "
                    "One file: it needs no network and tells nobody that you look at it."),
    )  # fmt: skip


def _made(now: datetime) -> str:
    return f"Made by chartlake {__version__} on {words.plain_day(now.date())} at {now:%H:%M} UTC."


def _covers() -> Element:
    return el(
        "svg",
        {"width": 0, "height": 0, "aria-hidden": "true", "class": "covers"},
        *(
            el("symbol", {"id": f"p{number}", "viewBox": "0 0 4 4"}, el("path", {"d": pattern}))
            for number, pattern in enumerate(PATTERNS)
        ),
    )


def _empty(now: datetime) -> tuple[Element, ...]:
    return (
        el("header", {"class": "bar"}, el("p", {"class": "brand"}, "chartlake")),
        el(
            "main",
            {"class": "empty"},
            el("h1", {}, "Nothing is recorded yet"),
            el("p", {}, "Once a chart is captured it is shown here."),
            el("p", {}, "Record the charts of chartlake.toml with ", el("code", {}, "chartlake run"),
               ", take in chart files with ", el("code", {}, "chartlake import"),
               ", or see invented ones with ", el("code", {}, "chartlake demo"), "; then make it again."),
        ),
        el("footer", {}, el("p", {}, _made(now))),
    )  # fmt: skip
