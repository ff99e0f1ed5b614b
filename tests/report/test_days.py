"""What the page shows of any day is what the views say of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from page_lakes import LAKES

if TYPE_CHECKING:
    from chartlake.warehouse import Warehouse

_HISTORY = """
SELECT position, status, move, peak_position, days_on_chart, streak FROM chart_history
WHERE chart_id = $1 AND chart_date = $2 ORDER BY position
"""
_DATES = "SELECT chart_date FROM snapshots WHERE chart_id = $1 ORDER BY chart_date DESC LIMIT $2"

KINDS = list(LAKES)


def history(warehouse: Warehouse, chart: str, day: date) -> list[tuple[Any, ...]]:
    return warehouse.ask(_HISTORY, [chart, day]).rows


def recorded(warehouse: Warehouse, chart: str, count: int) -> list[date]:
    return [row[0] for row in warehouse.ask(_DATES, [chart, count]).rows]


@pytest.mark.parametrize("kind", KINDS)
def test_each_day_stepped_back_to_is_what_the_history_says(kind, lakes, look):
    warehouse, page = lakes.warehouse(kind), look(lakes.file(kind))
    shown = 0
    for day in recorded(warehouse, "top", 28):
        # Days that nobody recorded lie between; they are walked over.
        while page.page.input_value("#date") > day.isoformat():
            page.page.keyboard.press("ArrowLeft")
        assert page.page.input_value("#date") == day.isoformat()
        assert page.table() == history(warehouse, "top", day)
        shown += 1
    assert shown == min(28, LAKES[kind][0][0].dates)


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_script_draws_is_what_was_drawn_without_it(kind, lakes, look):
    page = look(lakes.file(kind))
    first = page.drawn()
    assert first["chart"].count("<tr") > 4
    page.page.evaluate("location.hash = '#date=2000-01-01'")
    page.page.wait_for_timeout(50)
    if kind != "one day":
        assert page.drawn()["chart"] != first["chart"]
    page.page.evaluate(
        "document.querySelectorAll('#day section, #head').forEach(part => part.replaceChildren())"
    )
    page.page.evaluate("location.hash = '#'")
    page.page.wait_for_timeout(50)
    again = page.drawn()
    for name, drawn in first.items():
        assert again[name] == drawn, name


def test_another_chart_is_shown_with_its_own_days(lakes, look):
    kind = "daily, with gaps"
    warehouse, page = lakes.warehouse(kind), look(lakes.file(kind))
    page.page.click("#charts a:has-text('USA')")
    assert page.text("h1") == "USA"
    assert page.table() == history(warehouse, "us", recorded(warehouse, "us", 1)[0])


def test_before_the_days_held_in_full_nothing_is_forgotten(lakes, look):
    kind = "the last days in full"
    warehouse, page = lakes.warehouse(kind), look(lakes.file(kind))
    oldest = recorded(warehouse, "top", 30)[-1]
    page.page.fill("#date", "1999-01-01")
    page.page.keyboard.press("Enter")
    assert page.page.input_value("#date") == oldest.isoformat()
    assert page.table() == history(warehouse, "top", oldest)
    assert max(row[4] for row in page.table()) > 30


def test_a_day_that_nobody_recorded_is_shown_as_one(lakes, look):
    page = look(lakes.file("daily, with gaps"))
    gone = date(2025, 6, 2) + timedelta(days=41)
    page.page.fill("#date", gone.isoformat())
    page.page.keyboard.press("Enter")
    assert page.table() == []
    assert page.text(".missed p") == "There is no chart of this day: nobody recorded it."
    page.page.click(".missed a:last-child")
    assert page.page.input_value("#date") == (gone + timedelta(days=1)).isoformat()
    assert "2 days between not recorded" in page.text("#chart .told")


def test_no_line_bridges_a_gap(lakes, look):
    page = look(lakes.file("daily, with gaps"))
    # Number 60 is not recorded; the last of the thirty days is number 69.
    paths = page.page.eval_on_selector_all(
        ".spark path:first-child", "all => all.map(one => one.getAttribute('d'))"
    )
    # So a song that was there always has a line from 42 (40 and 41 are missing) to 59, and one from 61.
    whole = [path for path in paths if path.startswith("M6 ")]
    assert whole
    assert all("M63 " in path for path in whole)
    gaps = page.page.get_attribute(".plot .gaps", "d")
    assert gaps.count("M") == 1
    assert page.page.get_attribute("#turn .hole", "d").count("h") == 4


def test_a_song_is_shown_with_what_it_did_on_every_chart(lakes, look):
    kind = "daily, with gaps"
    warehouse, page = lakes.warehouse(kind), look(lakes.file(kind))
    found = warehouse.ask(
        "SELECT song_id, chart_id, max(days_on_chart), min(peak_position) FROM chart_history "
        "WHERE song_id IN (SELECT song_id FROM chart_history GROUP BY 1 HAVING count(DISTINCT chart_id) = 2) "
        "GROUP BY ALL ORDER BY 1, 2"
    ).rows
    for song, rows in ((found[at][0], found[at : at + 2]) for at in (0, 10)):
        page.page.evaluate("to => { location.hash = to; }", f"#song=spotify/{song}")
        page.page.wait_for_selector(".figures")
        told = page.page.eval_on_selector_all(
            ".figures tbody tr",
            "all => all.map(row => [...row.querySelectorAll('a, td')].map(cell => cell.textContent))",
        )
        names = {"top": "Top 50", "us": "USA"}
        expected = {
            names[chart]: (str(peak), f"{days} day{'s' if days > 1 else ''}") for _, chart, days, peak in rows
        }
        assert {row[0]: (row[2], row[4]) for row in told} == expected


def test_what_was_looked_at_is_in_the_address(lakes, look):
    file = lakes.file("daily, with gaps")
    page = look(file, "#chart=spotify/us&date=2025-07-01")
    assert (page.text("h1"), page.page.input_value("#date")) == ("USA", "2025-07-01")
    page.page.click("#chart .song >> nth=2")
    song = page.text("#song h1")
    again = look(file, page.page.evaluate("location.hash"))
    assert again.text("#song h1") == song
    page.page.go_back()
    assert page.page.is_visible("#chart")
    assert page.page.input_value("#date") == "2025-07-01"
    broken = look(file, "#chart=%E0%A4%A&date=2025-99-99&song=nobody")
    assert broken.text("h1") == "Top 50"
