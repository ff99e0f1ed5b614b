"""The page fits, reads and answers: in any width, in either theme, by keyboard, without its script."""

from __future__ import annotations

from importlib.resources import files

import pytest
from page_lakes import NOW
from page_worlds import Made, World, world

from chartlake.report.page import page as written
from chartlake.report.reading import read

GAP = "#date=2025-07-13"
VIEWS = {
    "a day": ("daily, with gaps", ""),
    "a day not recorded": ("daily, with gaps", GAP),
    "a weekly chart": ("weekly", ""),
    "a deep chart": ("deep and odd", ""),
    "hostile names": ("hostile names", ""),
    "more than a year": ("more than a year", ""),
    "a song": ("daily, with gaps", "song"),
    "a hostile song": ("hostile names", "song"),
}


@pytest.fixture
def view(lakes, look):
    """One of the views above."""

    def opened(name: str, **context):
        kind, at = VIEWS[name]
        page = look(lakes.file(kind), "" if at == "song" else at, **context)
        if at == "song":
            page.page.click("#chart .song >> nth=2")
        return page

    return opened


@pytest.mark.parametrize("wide", [360, 390, 768, 1280])
@pytest.mark.parametrize("name", VIEWS)
def test_nothing_reaches_beyond_the_window(name, wide, view):
    assert view(name, wide=wide).overflow() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", VIEWS)
def test_it_is_accessible(name, theme, view):
    page = view(name, theme=theme, bypass=True)
    page.page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    found = page.page.evaluate("axe.run()")
    assert [
        (one["id"], [node["html"][:160] for node in one["nodes"][:3]]) for one in found["violations"]
    ] == []
    assert len(found["passes"]) > 15


def test_a_year_of_three_charts_is_light(tmp_path):
    charts = [
        Made(chart_id=name, name=f"Top 50 {name}", region=name, dates=365, pool=name)
        for name in ("all", "us", "jp")
    ]
    lake = read(world(*charts).lake(tmp_path))
    assert lake.entries == 3 * 365 * 50
    assert len(written(lake, now=NOW).encode()) <= 200_000


def test_the_same_tables_make_the_same_page(lakes):
    assert lakes.page("deep and odd") == lakes.page("deep and odd")


def test_without_its_script_the_day_is_there_whole(lakes, look):
    page = look(lakes.file("daily, with gaps"), scripts=False)
    assert page.page.locator("#chart tbody tr").count() == 20
    assert page.page.locator("#road .way").count() == 10
    assert page.page.locator("#ones .sheet path").count() > 1
    assert page.page.locator("#artists .strip").count() == 15
    assert not page.page.is_visible("#date")
    box = page.page.locator("#chart tbody tr >> nth=0").bounding_box()
    assert box["height"] > 30


def test_the_theme_is_the_systems_until_one_is_chosen(view):
    ink = "getComputedStyle(document.body).color"
    page = view("a day", theme="dark")
    dark = page.page.evaluate(ink)
    page.page.click("#theme")
    light = page.page.evaluate(ink)
    assert light != dark
    assert view("a day", theme="light").page.evaluate(ink) == light
    page.page.reload()
    page.page.wait_for_selector("html.scripted")
    assert page.page.evaluate(ink) == light
    page.requests.pop()


def test_it_is_walked_by_keyboard_alone(view):
    page = view("a day")
    latest = page.page.input_value("#date")
    page.page.keyboard.press("ArrowLeft")
    assert page.page.input_value("#date") < latest
    page.page.keyboard.press("ArrowRight")
    assert page.page.input_value("#date") == latest
    page.page.keyboard.press("/")
    page.page.keyboard.type("quiet")
    page.page.keyboard.press("Enter")
    assert "Quiet" in page.text("#song")
    assert page.page.evaluate("document.activeElement.tagName") == "H1"
    page.page.keyboard.press("Escape")
    assert page.page.is_visible("#chart")
    link = page.page.locator("#chart .song >> nth=3")
    link.focus()
    page.page.keyboard.press("Enter")
    page.page.keyboard.press("Escape")
    assert page.page.evaluate("document.activeElement.textContent") == link.text_content()


def test_a_day_of_a_calendar_leads_there(view):
    page = view("a day")
    page.page.locator("#ones .sheet").scroll_into_view_if_needed()
    frame = page.page.locator("#ones .sheet").bounding_box()
    pitch = int(page.page.get_attribute("#ones .sheet", "data-pitch"))
    # The Wednesday of the second week, 11 June 2025.
    page.page.mouse.move(frame["x"] + 26 + 1.5 * pitch, frame["y"] + 18 + 2.5 * pitch)
    assert page.text("#hint").startswith("11 Jun 2025: ")
    page.page.mouse.down()
    page.page.mouse.up()
    assert page.page.input_value("#date") == "2025-06-11"


def test_a_line_of_the_road_is_lifted_out(view):
    page = view("a day")
    page.page.hover("#road .labels li >> nth=2")
    assert page.page.locator("#road .way.on").count() == 1
    assert page.page.locator("#road.lifted").count() == 1


def test_a_deep_chart_is_folded_until_one_asks(view):
    page = view("a deep chart")
    rows = page.page.locator("#chart tbody tr:visible")
    assert rows.count() == 50
    page.page.click(".more")
    assert rows.count() == 240
    page.page.keyboard.press("ArrowLeft")
    assert rows.count() == 240


def test_it_can_be_printed(view):
    page = view("a deep chart")
    assert page.page.pdf().startswith(b"%PDF")
    page.page.emulate_media(media="print")
    assert not page.page.is_visible(".tools")
    assert page.page.locator("#chart tbody tr:visible").count() == 240


def test_an_empty_lake_says_so(tmp_path, look):
    file = tmp_path / "empty.html"
    file.write_text(written(read(World().lake(tmp_path)), now=NOW), encoding="utf-8")
    page = look(file, sound=False)
    assert page.text("h1") == "Nothing is recorded yet"
    assert page.faults == []
    assert page.overflow() == 0


@pytest.mark.parametrize(("run_id", "told"), [("demo-2025-06-02", True), ("20260101T000000Z-abcdef", False)])
def test_a_demo_is_called_invented(tmp_path, run_id, told):
    lake = read(world(Made(dates=3, depth=4), run_id=run_id).lake(tmp_path))
    text = written(lake, now=NOW)
    assert ("Every song, artist and chart here is invented" in text) is told
    assert ("Chart data by Spotify" in text) is not told
