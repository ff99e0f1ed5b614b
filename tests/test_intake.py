"""What people have lying about, taken in once."""

from __future__ import annotations

import json
import os
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from chartlake import layout, pipeline
from chartlake.errors import SettingsError
from chartlake.intake import Arriving, Refused, bring_in, collection, documents
from chartlake.quality import judge
from chartlake.snapshot import digest, packed
from chartlake.transform import understood

if TYPE_CHECKING:
    from chartlake.store import Store

DATA = Path(__file__).parent / "data"
NOW = datetime(2026, 6, 2, 12, 0, tzinfo=UTC)
HEADER = "title,rank,date,artist,url,region,chart,trend,streams\n"


def row(place: int, day: Any = "2017-01-01", region: str | None = "Argentina", chart: Any = "top200"):
    return (
        f"Song {place},{place},{day},Artist,https://open.spotify.com/track/{place},{region},{chart},NEW,5\n"
    )


def put(folder: Path, name: str, content: Any):
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def taken(path: Path):
    """All that is taken in, and nothing is refused."""
    found = list(documents(path, now=NOW))
    assert all(isinstance(one, Arriving) for one in found), found
    return found


def refused(path: Path):
    """The reason of a file that is refused, which says what to do."""
    (one,) = documents(path, now=NOW)
    assert isinstance(one, Refused)
    assert ";" in one.reason
    return one.reason


def said(one: Any):
    reading = understood(one.document, name=one.key.rpartition("/")[2])
    judge(reading)
    return reading


@pytest.mark.parametrize(
    ("case", "name", "chart", "region", "cadence", "day"),
    [
        (
            "new.csv",
            "regional-global-weekly-2022-01-13.csv",
            "regional-global-weekly",
            "global",
            "weekly",
            13,
        ),
        ("viral.csv", "viral-de-daily-2022-01-14 (2).CSV", "viral-de-daily", "de", "daily", 14),
        (
            "old.csv",
            "regional-se-weekly-2022-01-08--2022-01-15.csv",
            "regional-se-weekly",
            "se",
            "weekly",
            15,
        ),
        ("old.csv", "my chart 2022-01-16 09:30.csv", "my chart", None, "daily", 16),
        ("new.csv", "chart_20220117.csv", "chart", None, "weekly", 17),
    ],
)
def test_a_chart_file_is_named_by_its_file(
    tmp_path: Path, case: str, name: str, chart: Any, region: str | None, cadence: str, day: Any
):
    content = (DATA / "chartfile" / case).read_bytes()
    (one,) = taken(put(tmp_path, name, content))
    whole = json.loads(one.document)
    assert whole == {
        "chartlake": 1,
        "source": "chartfile",
        "chart_id": chart,
        **({"region": region} if region else {}),
        "cadence": cadence,
        "captured_at": f"2022-01-{day}T00:00:00Z",
        "requests": [{"url": f"file:{name}", "status": 200}],
        "pages": [content.decode()],
    }
    assert one.raw_hash == digest(one.document)
    assert one.key == layout.raw_key("chartfile", chart, datetime(2022, 1, day, tzinfo=UTC), one.raw_hash)
    assert (said(one).chart_id, said(one).chart_date.day) == (chart, day)


def test_a_file_taken_in_later_is_the_same_document(tmp_path: Path):
    file = put(tmp_path, "viral-de-daily-2022-01-14.csv", (DATA / "chartfile/viral.csv").read_bytes())
    assert list(documents(file, now=NOW)) == list(documents(file, now=NOW.replace(year=2030)))


# collections


def test_a_collection_is_one_document_for_each_chart_and_day(tmp_path: Path):
    text = HEADER + "".join(
        [
            row(1), row(2), row(1, day="2017-01-02"), row(1, region="United States"),
            row(1, region="Global", chart="viral50"), row(2, region="Global", chart="viral50"),
        ]
    )  # fmt: skip
    found = taken(put(tmp_path, "charts.csv", text))
    assert [
        (said(one).chart_id, said(one).region, str(said(one).chart_date), said(one).items) for one in found
    ] == [
        ("top200-argentina", "argentina", "2017-01-01", 2),
        ("top200-argentina", "argentina", "2017-01-02", 1),
        ("top200-united-states", "united states", "2017-01-01", 1),
        ("viral50-global", "global", "2017-01-01", 2),
    ]
    assert [one.name for one in found][:2] == [
        "charts.csv: top200-argentina 2017-01-01",
        "charts.csv: top200-argentina 2017-01-02",
    ]
    pages = [json.loads(one.document)["pages"][0] for one in found]
    assert "".join([HEADER, *(page.removeprefix(HEADER) for page in pages)]) == text


def test_rows_of_a_collection_are_kept_as_they_were_written(tmp_path: Path):
    odd = '"Song ""1"",\nand more",1,2017-01-01,A,u,Global,top200,NEW,\r\n'
    (one,) = taken(put(tmp_path, "charts.csv", b"\xef\xbb\xbf" + (HEADER + odd).encode()))
    assert json.loads(one.document)["pages"] == [HEADER + odd]


def test_a_row_that_says_not_where_it_belongs_is_counted_and_not_lost(tmp_path: Path):
    found = taken(
        put(tmp_path, "charts.csv", HEADER + row(1) + "Song 2,2,2017-01-01\n" + row(1, day="2017-01-02"))
    )
    assert [understood(one.document, name="").items for one in found] == [2, 1]
    assert len(understood(found[0].document, name="").entries) == 1


def test_a_collection_whose_charts_lie_apart_is_refused_whole(tmp_path: Path):
    text = HEADER + row(1) + row(1, day="2017-01-02") + row(2)
    assert "sort the file" in refused(put(tmp_path, "charts.csv", text))


def test_a_large_collection_is_never_held(tmp_path: Path):
    days = [
        f"20{year}-{month:02}-{day:02}" for year in (17, 18) for month in range(1, 13) for day in range(1, 29)
    ]
    text = HEADER + "".join(row(place, day=day) for day in days for place in range(1, 21))
    file = put(tmp_path, "charts.csv", text)
    tracemalloc.start()
    count = sum(1 for _ in collection.charts_in(file))
    collection.refuse_unsorted(file)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == len(days)
    assert peak < len(text) / 4


# raw documents


@pytest.mark.parametrize("stored", [bytes, packed], ids=["plain", "compressed"])
@pytest.mark.parametrize("name", ["spotify_raw_2023-07-14 10:20:30.123456.json", "my-2023-07-14.json"])
def test_a_raw_document_of_an_older_pipeline_is_taken_as_it_is(tmp_path: Path, name: str, stored: Any):
    document = (DATA / "spotify/items_until_2025.json").read_bytes()
    (one,) = taken(put(tmp_path, name + (".zst" if stored is packed else ""), stored(document)))
    assert (one.document, one.raw_hash) == (document, digest(document))
    assert one.key == layout.dropped_key(name + ".zst", one.raw_hash)
    assert one.key.endswith(f"-{one.raw_hash[:12]}.json.zst")
    assert said(one).captured_at == understood(document, name=name).captured_at


def test_an_envelope_keeps_its_place(tmp_path: Path):
    document = (DATA / "deezer/two_pages.json").read_bytes()
    (one,) = taken(put(tmp_path, "whatever.json", document))
    moment = datetime(2026, 6, 1, 0, 0, 2, 500000, tzinfo=UTC)
    assert (one.document, one.key) == (
        document,
        layout.raw_key("deezer", "3155776842", moment, digest(document)),
    )


def test_a_name_that_is_no_text_is_taken_all_the_same(tmp_path: Path):
    content = (DATA / "chartfile/viral.csv").read_bytes()
    (tmp_path / os.fsdecode(b"caf\xe9-2022-01-14.csv")).write_bytes(content)
    (one,) = taken(tmp_path)
    assert said(one).chart_id == "caf\ufffd"


# what is refused


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("regional-global-daily.csv", "rank,uri,artist_names,track_name\n1,a,b,c\n", "name it like"),
        ("2022-01-13.csv", "rank,uri,artist_names,track_name\n1,a,b,c\n", "name it like"),
        ("a-2099-01-01.csv", "rank,uri,artist_names,track_name\n1,a,b,c\n", "yet to come"),
        ("a-2022-01-13.csv", "a,b,c\n1,2,3\n", "no known chart file"),
        ("a-2022-01-13.csv", "", "no known chart file"),
        ("a-2022-01-13.csv", b"rank,uri,artist_names,track_name\n1,a,\xff,c\n", "save it as UTF-8"),
        ("charts.csv", HEADER + row(1, day="01/02/2017"), "names no chart or no date"),
        ("charts.csv", HEADER + row(1, day="2099-01-01"), "yet to come"),
        ("charts.csv", HEADER + '"x"y,1\n', "not CSV"),
        ("charts.csv", HEADER + row(1) + "x" * 1_100_000 + "\n", "longer than 1 MiB"),
        ("charts.csv", HEADER + row(1) + '"' + "x\n" * 100_000, "not CSV"),
        ("charts.csv", HEADER.encode() + b"\xff" + row(1).encode(), "save it as UTF-8"),
        ("package.json", "{}", "no document of a known source"),
        ("list-2022-01-13.json", '{"data":[{"id":1,"title":"S"}]', "not JSON"),
        ("top.json", '{"data":[{"id":1,"title":"S"}]}', "name it like"),
        ("top-2099-01-13.json", '{"data":[{"id":1,"title":"S"}]}', "yet to come"),
        ("top-2022-01-13.json.zst", b"\x28\xb5\x2f\xfd\x00", "zstd"),
        ("notes.txt", "hello", "neither"),
        ("picture.csv.gz", b"\x1f\x8b", "neither"),
    ],
)
def test_what_is_no_chart_is_refused_with_what_to_do(
    tmp_path: Path, name: str, content: Any, words: str | None
):
    assert words in refused(put(tmp_path, name, content))


@pytest.mark.parametrize("name", ["a-2022-01-13.csv", "a-2022-01-13.json", "a-2022-01-13.json.zst"])
def test_nothing_larger_than_16_mib_is_read(tmp_path: Path, name: str):
    beginning = b"rank,uri,artist_names,track_name\n" if name.endswith("csv") else b"{"
    file = put(tmp_path, name, beginning)
    os.truncate(file, 1024 * 1024 * 1024)
    tracemalloc.start()
    assert "larger than 16 MiB" in refused(file)
    assert tracemalloc.get_traced_memory()[1] < 40 * 1024 * 1024
    tracemalloc.stop()
    bomb = put(tmp_path, "b-2022-01-13.json.zst", packed(b" " * 17 * 1024 * 1024))
    assert bomb.stat().st_size < 10_000
    assert "larger than 16 MiB" in refused(bomb)


def test_a_path_that_is_not_there_is_a_mistake(tmp_path: Path, store: Store):
    with pytest.raises(SettingsError, match="check the spelling"):
        list(documents(tmp_path / "nowhere", now=NOW))
    with pytest.raises(SettingsError):
        bring_in(store, [put(tmp_path, "a-2022-01-13.csv", "x"), tmp_path / "nowhere"], now=NOW)


def test_a_file_that_may_not_be_read_keeps_no_other_from_being_taken(tmp_path: Path):
    content = (DATA / "chartfile/viral.csv").read_bytes()
    closed = put(tmp_path, "a-2022-01-13.csv", content)
    put(tmp_path, "b-2022-01-13.csv", content)
    closed.chmod(0)
    if os.access(closed, os.R_OK):
        closed.unlink()
        closed.symlink_to(closed)
    found = list(documents(tmp_path, now=NOW))
    assert [said(one).chart_id for one in found if isinstance(one, Arriving)] == ["b"]


# folders and lakes


def folder_of_all_sorts(tmp_path: Path):
    content = (DATA / "chartfile/viral.csv").read_bytes()
    put(tmp_path, "in/b/viral-de-daily-2022-01-14.csv", content)
    put(tmp_path, "in/a/viral-de-daily-2022-01-15.csv", content)
    put(tmp_path, "in/c.json", (DATA / "apple/albums.json").read_bytes())
    put(tmp_path, "in/notes.txt", "hello")
    put(tmp_path, "in/x.json.zst.reason.json", "{}")
    put(tmp_path, "in/.hidden.csv", "x")
    put(tmp_path, "in/.git/config.json", "{}")
    return tmp_path / "in"


def test_a_folder_is_walked_in_the_order_of_its_names(tmp_path: Path):
    assert [one.name for one in documents(folder_of_all_sorts(tmp_path), now=NOW)] == [
        "c.json",
        "notes.txt",
        "a/viral-de-daily-2022-01-15.csv",
        "b/viral-de-daily-2022-01-14.csv",
    ]


def test_what_is_brought_in_is_published_once_however_often_it_is_brought(tmp_path: Path, store: Store):
    folder = folder_of_all_sorts(tmp_path)
    told = []
    first = bring_in(store, [folder], now=NOW, progress=lambda *step: told.append(step))
    assert (first.taken, first.known, [one.name for one in first.refused]) == (3, 0, ["notes.txt"])
    assert told == [("import", done, 4) for done in (1, 2, 3, 4)]
    waiting = bring_in(store, [folder], now=NOW)
    assert (waiting.taken, waiting.known) == (0, 3)
    summary = pipeline.run(store, [], {}, now=lambda: NOW)
    assert sorted(row.state for row in summary.rows) == ["published", "published"]
    assert sum(row.rows_out for row in summary.rows) == 6
    later = bring_in(store, [folder], now=NOW.replace(year=2027))
    assert (later.taken, later.known) == (0, 3)
