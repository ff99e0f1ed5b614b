"""Texts that break what takes data for code, through every field and every output."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from chartlake import cli, layout
from chartlake.cli import output
from chartlake.config import Notify, Settings
from chartlake.errors import Rejected
from chartlake.notify import Event, tell
from chartlake.quality import judge
from chartlake.store import open_store
from chartlake.sweep import sweep
from chartlake.transform import understood
from chartlake.warehouse import Warehouse
from hostile import CORPUS, SURROGATES, TEXTS
from making import artist, day, document, entry, paging, put_pending, track
from proving import proven

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_httpserver import HTTPServer

    from chartlake.store import Store

CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
NOW = datetime(2026, 6, 1, 6, 30, tzinfo=UTC)


def test_the_corpus_is_large_and_each_text_is_one():
    assert len(TEXTS) >= 300
    assert len(set(TEXTS)) == len(TEXTS)
    assert min(map(len, CORPUS.values())) >= 10
    for text in TEXTS:
        assert text.encode().decode() == text


# Kept as they are, sign for sign


def whole(texts: tuple[str, ...]) -> bytes:
    """A playlist in which each text is the name of a song, an artist, an album, a label, an ISRC and ids."""
    entries = []
    for number, text in enumerate(texts):
        one = track(number, id=f"song{number}", name=text, external_ids={"isrc": text})
        one["artists"] = [artist(number) | {"id": f"artist{number}", "name": text}]
        one["album"] |= {"id": f"album{number}", "name": text, "label": text, "album_type": text,
                         "release_date": text, "images": [{"url": text}], "artists": []}  # fmt: skip
        entries.append(entry(one, added_at=text))
    for number, text in enumerate(texts, len(texts)):
        if text:
            entries.append(entry(track(number, id=text, name=f"id {number}", album=None)))
    return json.dumps(paging(entries)).encode()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Warehouse]:
    """A lake of all texts, in every field that is one."""
    folder = tmp_path_factory.mktemp("hostile")
    store = open_store(str(folder / "lake"))
    put_pending(store, whole(TEXTS), captured_at=day(1), chart_name=TEXTS[0], region=TEXTS[1])
    [portion] = sweep(store, now=day(1))
    assert [outcome.reason for outcome in portion.outcomes] == [None]
    warehouse = Warehouse(store, folder / "cache.duckdb")
    warehouse.refresh()
    return store, warehouse


SONGS = "chart_entries AS e JOIN songs AS s USING (source, song_id)"
ALBUMS = f"{SONGS} JOIN albums AS a USING (source, album_id)"
CREDITS = "chart_entries AS e JOIN song_artists AS c USING (source, song_id)"
FIELDS = {
    "e.title": SONGS, "e.artist_display": SONGS, "s.name": SONGS, "s.isrc": SONGS, "a.name": ALBUMS,
    "a.label": ALBUMS, "a.album_type": ALBUMS, "c.artist_name": CREDITS,
}  # fmt: skip
"""Columns that hold the texts, and from where."""


def test_every_text_is_stored_as_it_is(hostile: tuple[Store, Warehouse]):
    _, warehouse = hostile
    with proven("hostile texts stored and asked for", promise=7, where="SQL") as tally:
        for column, tables in FIELDS.items():
            found = warehouse.ask(
                f"SELECT position, {column} FROM {tables} WHERE position <= $1 AND {column} IS NOT NULL "
                "ORDER BY position",
                [len(TEXTS)],
            )
            expected = [(place, text) for place, text in enumerate(TEXTS, 1) if text]
            tally.cases += len(expected)
            tally.wrong += len(set(expected) ^ set(found.rows))
        ids = "SELECT song_id FROM chart_entries WHERE position > $1 ORDER BY position"
        stored = [row[0] for row in warehouse.ask(ids, [len(TEXTS)]).rows]
        tally.cases += len(stored)
        tally.wrong += stored != [text for text in TEXTS if text]


def test_every_text_can_be_asked_for(hostile: tuple[Store, Warehouse]):
    """As a value of a query, and written out in the SQL itself as a careful person would."""
    _, warehouse = hostile
    with proven("hostile texts in questions", promise=7, where="SQL") as tally:
        found = warehouse.ask(
            "SELECT t.text, count(e.title) FROM (SELECT unnest($1) AS text) AS t "
            "LEFT JOIN chart_entries AS e ON e.title = t.text AND e.position <= $2 GROUP BY ALL",
            [list(TEXTS), len(TEXTS)],
        )
        tally.cases += len(found.rows)
        tally.wrong += sum(count != (text != "") for text, count in found.rows)
        sayable = [text for text in TEXTS if "\0" not in text]  # which SQL itself is not
        quoted = ["'" + text.replace("'", "''") + "'" for text in sayable]
        echoed = [row[0] for row in warehouse.ask(f"SELECT unnest([{', '.join(quoted)}])").rows]
        tally.cases += len(quoted)
        tally.wrong += sum(one != other for one, other in zip(echoed, sayable, strict=True))


def test_an_address_that_is_none_is_not_kept(hostile: tuple[Store, Warehouse]):
    _, warehouse = hostile
    kept = [
        row[0] for row in warehouse.ask("SELECT image_url FROM album_data WHERE image_url IS NOT NULL").rows
    ]
    assert all(one.startswith(("https://", "http://")) for one in kept)
    [(dates,)] = warehouse.ask("SELECT count(*) FROM album_data WHERE release_date IS NOT NULL").rows
    assert dates <= 2  # "0777" is no year of records


@pytest.mark.parametrize("text", SURROGATES, ids=ascii)
def test_what_utf8_cannot_say_is_rejected_with_its_bytes_kept(store: Store, text: str):
    body = json.dumps(paging([entry(track(1, name=text))])).encode()
    with pytest.raises(Rejected):
        judge(understood(document(body, captured_at=day(1)), name=""))
    put_pending(store, body, captured_at=day(1))
    [portion] = sweep(store, now=day(1))
    [outcome] = portion.outcomes
    assert outcome.reason in {"shape", "malformed"}
    assert [stored.key for stored in store.list(layout.REJECTED)]


# Object keys


def test_no_text_makes_a_key_leave_its_place():
    legal = re.compile(r"[A-Za-z0-9_./=-]+")
    with proven("hostile texts in object keys", promise=7, where="layout") as tally:
        spelled: dict[str, str] = {}
        for text in (*TEXTS, *SURROGATES):
            keys = {
                layout.raw_key(text, text, NOW, "0" * 64): layout.TO_BE_PROCESSED,
                layout.dropped_key(text, "0" * 64): layout.TO_BE_PROCESSED,
                layout.settled_key(f"{layout.TO_BE_PROCESSED}{text}", "0" * 64, zone=layout.REJECTED):
                layout.REJECTED,
                layout.table_key("chart_data", month="2026-06", source=text, batch="0" * 16): layout.TABLES,
                layout.chart_state_key(text, text): layout.CHART_STATES,
                layout.tombstone_key(text): layout.TOMBSTONES,
                layout.removal_key(text): layout.REMOVALS,
                layout.open_run_key(text): layout.OPEN_RUNS,
            }  # fmt: skip
            for key, prefix in keys.items():
                tally.cases += 1
                inside = key.startswith(prefix) and not {"", ".", ".."} & set(key.split("/"))
                fits = legal.fullmatch(key) and max(map(len, key.split("/"))) <= 255 and len(key) <= 1024
                tally.wrong += not (inside and fits)
            # Two names never share a key, nor a spelling that some file system takes for the same.
            assert spelled.setdefault(layout.spelled(text), text) == text


# Answers and talk


def test_every_output_of_a_query_is_harmless(
    hostile: tuple[Store, Warehouse], capsys: pytest.CaptureFixture[str]
):
    _, warehouse = hostile
    found = warehouse.ask(
        "SELECT title, artist_display FROM chart_entries WHERE position <= $1 ORDER BY position", [len(TEXTS)]
    )
    shown = [[text or None] * 2 for text in TEXTS]
    with proven("hostile texts in tables, CSV and JSON", promise=7, where="the command's own code") as tally:
        capsys.readouterr()
        output.answer(found.columns, found.rows)
        lines = capsys.readouterr().out.split("\n")
        assert len(lines) == len(TEXTS) + 2
        for line in lines:
            tally.cases += 1
            tally.wrong += line.count("\t") != (1 if line else 0) or bool(
                CONTROLS.search(line.replace("\t", ""))
            )

        output.answer(found.columns, found.rows, form="json")
        told = json.loads(capsys.readouterr().out)
        tally.cases += len(told)
        tally.wrong += [list(row.values()) for row in told] != shown

        output.answer(found.columns, found.rows, form="csv")
        cells = list(csv.reader(io.StringIO(capsys.readouterr().out, newline="")))[1:]
        for (cell, _), (text, _) in zip(cells, shown, strict=True):
            tally.cases += 1
            tally.wrong += cell.startswith(FORMULA) or cell not in {text or "", f"'{text}"}


def test_nothing_told_reaches_a_terminal_as_a_control(capsys: pytest.CaptureFixture[str]):
    with proven("hostile texts in messages", promise=7, where="the command's own code") as tally:
        for text in (*TEXTS, *SURROGATES):
            for say in (output.talk, output.complain):
                say(f"warning: {text} is odd")
                said = capsys.readouterr().err
                tally.cases += 1
                tally.wrong += bool(CONTROLS.search(said.removesuffix("\n")))


def test_what_is_drawn_on_a_terminal_is_harmless(capsys: pytest.CaptureFixture[str]):
    output._draw(["title"], [(text[:300],) for text in TEXTS])
    assert not CONTROLS.search(capsys.readouterr().out)


# Commands, with what a person or a lake gives them


ARGUMENTS = [text for text in TEXTS if text and "\0" not in text and len(text) < 300]

CALLS: dict[str, Callable[[str], list[str]]] = {
    "query": lambda text: ["query", "--lake", "lake", "--", text],
    "show": lambda text: ["show", "--lake", "lake", "--", text],
    "tables": lambda text: ["tables", "--lake", "lake", "--", text],
    "retract": lambda text: ["retract", "--lake", "lake", "--", text],
    "a lake": lambda text: ["tables", "--lake", f"no/{text}" if "://" not in text else text],
    "a day": lambda text: ["query", "--lake", "lake", "--as-of", text, "select 1"],
    "import": lambda text: ["import", "--lake", "lake", "--", text],
    "a plug-in": lambda text: ["init", "--source", text],
}


def test_whatever_is_typed_ends_in_a_sentence_without_controls(
    lake: Path, capsys: pytest.CaptureFixture[str]
):
    capsys.readouterr()
    with proven("hostile texts as arguments", promise=7, where="the command's own code") as tally:
        for number, text in enumerate(ARGUMENTS[::2]):
            # Each text once, each command many times; the longest way round is in the corpus's own order.
            name = list(CALLS)[number % len(CALLS)]
            code = cli.run(CALLS[name](text))
            answer, talk = capsys.readouterr()
            tally.cases += 1
            controls = CONTROLS.search(talk.replace("\n", "")) or CONTROLS.search(answer.replace("\t", ""))
            tally.wrong += code not in {0, 1, 2, 3, 5} or bool(controls)
            assert not controls, (name, text, talk)


def test_whatever_lies_in_a_lake_is_told_without_controls(lake: Path, capsys: pytest.CaptureFixture[str]):
    """Documents under every name that a file may have, and of every source and chart that JSON can say."""
    capsys.readouterr()
    waiting = lake / layout.TO_BE_PROCESSED
    waiting.mkdir(parents=True, exist_ok=True)
    names = [text for text in TEXTS if text not in {".", "..", ""} and not set("/\0") & set(text)]
    names = [name for name in names if len(name.encode()) < 250 and not name.startswith(".")]
    for name in names:
        (waiting / name).write_bytes(b"{" + name.encode())
    made = json.loads(document(whole(("x",)), captured_at=day(9)))
    for number, text in enumerate(TEXTS):
        what = ("source", "cadence")[number % 2]
        (waiting / f"{what}{number}.json").write_text(json.dumps(made | {what: text}), encoding="utf-8")
        (waiting / f"chart{number}.json").write_text(
            json.dumps(made | {"chart_id": text, "chart_name": text, "region": text}), encoding="utf-8"
        )
    with proven("hostile names and documents in a lake", promise=7, where="the command's own code") as tally:
        for call in (["transform"], ["transform", "--json"], ["retry", "--list"], ["status"],
                     ["query", "select * from coverage"],
                     ["query", "select chart_id, reason from run_data"],
                     ["query", "select chart_id, chart_name, region from chart_entries"]):  # fmt: skip
            code = cli.run([*call[:1], "--lake", "lake", *call[1:]])
            answer, talk = capsys.readouterr()
            assert code in {0, 3}
            for line in (*answer.split("\n"), *talk.split("\n")):
                tally.cases += 1
                tally.wrong += bool(CONTROLS.search(line.replace("\t", "")))
        left = [path for path in waiting.rglob("*") if path.is_file()]
        tally.wedged += len(left)
        tally.wrong += sum(
            not re.fullmatch(r"[A-Za-z0-9_./=-]+", path.relative_to(lake).as_posix())
            for path in lake.rglob("*")
            if path.is_file() and "to_be_processed" not in path.parts
        )


# Who is told


def test_a_webhook_and_a_command_get_every_text_as_data(
    httpserver: HTTPServer, at_home: Path, monkeypatch: pytest.MonkeyPatch
):
    httpserver.expect_request("/hook").respond_with_data("")
    program = "import sys; open('got', 'ab').write(sys.stdin.buffer.read() + b'\\n'); assert not sys.argv[1:]"
    settings = Settings(
        lake="./lake",
        notify=Notify(webhook=httpserver.url_for("/hook"), command=[sys.executable, "-c", program]),
    )
    events = [Event(kind="failure", message=text, source=text, chart_id=text) for text in TEXTS]
    with proven("hostile texts to a webhook and a command", promise=7, where="real sockets") as tally:
        for begins in range(0, len(events), 5):
            assert tell(settings, events[begins : begins + 5], command="run", now=NOW) == []
        told = [json.loads(request.get_data()) for request, _ in httpserver.log]
        assert told == [json.loads(line) for line in (at_home / "got").read_bytes().splitlines()]
        for one in told:
            assert not CONTROLS.search(one["text"])
            assert not set("<>\n\r\t") & set(one["text"])
        sent = [event["message"] for one in told for event in one["events"]]
        tally.cases += len(sent)
        tally.wrong += sum(one != other for one, other in zip(sent, TEXTS, strict=True))


def test_no_line_of_an_error_looks_like_another(capsys: pytest.CaptureFixture[str]):
    output.complain("it is odd\nerror: forged\x1b[2J")
    output.talk("warning: x\nerror: forged")
    assert capsys.readouterr().err == (
        "error: it is odd\n  error: forged\\u001b[2J\nwarning: x\\u000aerror: forged\n"
    )
