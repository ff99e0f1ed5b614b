"""chartlake report."""

from __future__ import annotations

import json


def test_it_writes_the_page_beside_the_settings(lake, ran):
    code, out, _ = ran("report", "--lake", "lake")
    assert (code, out) == (0, "report.html\n")
    page = (lake.parent / "report.html").read_text(encoding="utf-8")
    assert "Tests&#x27; Top" in page
    assert page.count("<tr>") > 3


def test_it_tells_what_it_wrote(lake, ran):
    code, out, _ = ran(
        "report", "--lake", "lake", "--out", "pages/today.html", "--json", "--title", "Mine <b>"
    )
    told = json.loads(out)
    assert (code, told["path"], told["charts"], told["entries"]) == (0, "pages/today.html", 1, 9)
    page = (lake.parent / "pages" / "today.html").read_bytes()
    assert len(page) == told["bytes"]
    assert b"<title>Mine &lt;b&gt;</title>" in page


def test_of_an_empty_lake_it_writes_that_it_is_empty(at_home, ran):
    code, out, err = ran("report", "--lake", "lake")
    assert (code, out) == (0, "report.html\n")
    assert "chartlake run" in err
    assert "Nothing is recorded yet" in (at_home / "report.html").read_text(encoding="utf-8")


def test_where_it_cannot_be_written_it_says_so(lake, ran):
    (lake.parent / "taken").mkdir()
    (lake.parent / "file").write_text("")
    code, out, err = ran("report", "--lake", "lake", "--out", "file/report.html")
    assert (code, out) == (5, "")
    assert "--out" in err
