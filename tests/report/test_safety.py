"""Names are data: nothing in them runs, and nothing would if the page forgot to escape them."""

from __future__ import annotations

import re

import pytest
from page_lakes import NOW
from page_worlds import BAD_ADDRESS, HOSTILE, Made, title, world

from chartlake.report.markup import Writer
from chartlake.report.page import page as written
from chartlake.report.reading import read
from hostile import TEXTS
from proving import proven


class Careless(Writer):
    """A writer that escapes nothing."""

    def escaped(self, text: str) -> str:
        return text


POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" [^>]*>')


def walked(page) -> None:
    """Every view that shows names, opened once."""
    page.page.keyboard.press("ArrowLeft")
    page.page.click("#chart .song >> nth=0")
    page.page.keyboard.press("Escape")
    page.page.fill("#find", "e")
    page.page.wait_for_selector("#found li")


def test_hostile_names_are_shown_and_do_nothing(lakes, look):
    page = look(lakes.file("hostile names"))
    walked(page)
    assert page.ran() is None
    shown = page.page.eval_on_selector_all("#chart .song", "all => all.map(one => one.textContent)")
    assert len(set(shown) & set(HOSTILE)) > 6
    # Nothing of a name is lost: each is what the tables hold, sign for sign.
    assert set(shown) <= {title(number, HOSTILE) or "(no title)" for number in range(2000)}


def test_the_whole_corpus_is_shown_and_does_nothing(look, tmp_path):
    lake = read(world(Made(dates=2, depth=3 * len(TEXTS)), names=TEXTS).lake(tmp_path))
    file = tmp_path / "corpus.html"
    file.write_text(written(lake, now=NOW), encoding="utf-8")
    with proven("hostile texts on the page", promise=7, where="Chromium") as tally:
        page = look(file)
        walked(page)
        assert page.ran() is None
        shown = set(page.page.eval_on_selector_all("#chart .song", "all => all.map(one => one.textContent)"))
        # As HTML has it, which knows no null character and one kind of line end, or drawn by the script.
        names = {title(number, TEXTS) for number in range(6 * len(TEXTS))}
        names |= {as_a_browser_has_it(name) for name in names}
        tally.cases += len(shown & {one for text in TEXTS for one in (text, as_a_browser_has_it(text))})
        odd = shown - names - {"(no title)"}
        tally.wrong += len(odd)
        assert not odd, sorted(map(ascii, odd))
        assert page.faults == []
        assert tally.cases >= 300


def as_a_browser_has_it(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")


def test_no_address_of_another_kind_is_linked_to(lakes, look):
    assert BAD_ADDRESS in str(lakes.warehouse("hostile names").ask("SELECT url FROM songs").rows)
    page = look(lakes.file("hostile names"))
    links = page.page.eval_on_selector_all("a", "all => all.map(one => one.getAttribute('href'))")
    assert links
    assert all(link.startswith(("https://", "#")) for link in links)
    assert "javascript:" not in page.page.content()


@pytest.mark.parametrize("policy", [True, False], ids=["as it is", "without its policy"])
def test_even_a_page_that_escapes_nothing_runs_nothing_but_itself(look, policy, tmp_path):
    lake = read(world(Made(dates=3, depth=30), names=HOSTILE[:3]).lake(tmp_path))
    html = written(lake, now=NOW, writer=Careless())
    file = tmp_path / "careless.html"
    file.write_text(html if policy else POLICY.sub("", html), encoding="utf-8")
    page = look(file, sound=False)
    # Without the policy hostile names do run: so this test could fail.
    assert (page.ran() is None) is policy


def test_the_page_asks_for_nothing_and_may_not(lakes, look):
    page = look(lakes.file("hostile names"))
    walked(page)
    assert len(page.requests) == 1
    policy = page.page.get_attribute("meta[http-equiv=Content-Security-Policy]", "content")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    refused = page.page.evaluate("fetch('https://example.org/').then(() => false, () => true)")
    assert refused
    page.faults.clear()
    page.requests[:] = page.requests[:1]
