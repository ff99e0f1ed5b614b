"""What a person can do wrong, and what may lie in a lake: one sentence each, and nothing lost."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from chartlake import layout
from making import playlist

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Ran

CHARTLAKE = [str(Path(sys.executable).with_name("chartlake"))]


BAD_CALLS = {
    "no settings": (["run"], "", 2, "chartlake init"),
    "a misspelt setting": (["run"], 'lak = "x"', 2, "did you mean lake?"),
    "a misspelt setting of a source": (["run"], 'lake="l"\n[deezer]\nurll = "x"', 2, "did you mean url?"),
    "a wrong type": (["run"], "lake = 1", 2, "lake is a text"),
    "no TOML": (["run"], "lake = ", 2, "is not TOML"),
    "a secret in the settings": (["run"], 'lake="l"\n[spotify]\nclient_secret = "x"', 2, "environment"),
    "an unknown source": (["run"], 'lake="l"\n[[chart]]\nsource="tidal"\nid="1"', 2, "there is no source"),
    "an unknown chart": (["run", "nope"], 'lake="l"\n[[chart]]\nsource="deezer"\nid="1"', 2, "no chart"),
    "a chart twice": (["run"], 'lake="l"\n' + '[[chart]]\nsource="deezer"\nid="1"\n' * 2, 2, "twice"),
    "no chart at all": (["run"], 'lake="l"', 2, "chartlake init"),
    "an unknown command": (["rnu"], 'lake="l"', 2, "--help"),
    "an unknown option": (["run", "--fast"], 'lake="l"', 2, "--help"),
    "an unknown kind of lake": (["tables"], 'lake="ftp://x"', 2, "name a folder"),
    "a missing settings file": (["run", "--config", "nope.toml"], "", 2, "nope.toml"),
    "a wrong query": (["query", "selct 1"], 'lake="l"', 1, "correct the SQL"),
    "an unknown table": (["query", "select * from charts"], 'lake="l"', 1, "chartlake tables"),
    "an unknown column": (
        ["query", "select songs from chart_entries"],
        'lake="l"',
        1,
        "chartlake tables NAME",
    ),
    "no query": (["query", " "], 'lake="l"', 1, "coverage"),
    "an unknown table's columns": (["tables", "charts"], 'lake="l"', 1, "there are"),
    "an unknown document": (["show", "raw_data/processed/x"], 'lake="l"', 5, "there is no"),
    "an unknown snapshot": (["retract", "0123456789"], 'lake="l"', 5, "raw_hash"),
    "an unknown file": (["import", "nope.csv"], 'lake="l"', 2, "nope.csv"),
    "an editorial playlist of a development app": (
        ["run"],
        'lake="l"\n[spotify]\nretention_days=30\n[[chart]]\nsource="spotify"\nid="37i9dQZEVXbMDoHDwVN2tF"',
        2,
        "27 November 2024",
    ),
    "no credentials": (
        ["run"],
        'lake="l"\n[spotify]\nflavour="extended"\nretention_days=30\n[[chart]]\nsource="spotify"\nid="37i9dQZEVXbMDoHDwVN2tF"',
        4,
        "CHARTLAKE_SPOTIFY_CLIENT_",
    ),
    "no choice of retention": (
        ["run"],
        'lake="l"\n[[chart]]\nsource="spotify"\nid="0DemoMixtapeOfOneUser0"',
        2,
        "retention_days",
    ),
    "an unreachable host": (
        ["run"],
        'lake="l"\n[deezer]\nurl="https://no-such-host.invalid"\n[[chart]]\nsource="deezer"\nid="1"',
        1,
        "no-such-host.invalid",
    ),
    "plain http to another machine": (
        ["run"],
        'lake="l"\n[deezer]\nurl="http://192.0.2.1"\n[[chart]]\nsource="deezer"\nid="1"',
        2,
        "https",
    ),
}


@pytest.mark.parametrize(("arguments", "toml", "code", "advice"), BAD_CALLS.values(), ids=BAD_CALLS)
def test_what_a_person_can_do_wrong_ends_in_a_sentence(
    ran: Callable[..., Ran], at_home: Path, arguments: list[str], toml: str, code: int, advice: str
):
    if toml:
        (at_home / "chartlake.toml").write_text(toml)
    got, answer, talk = ran(*arguments)
    assert (got, advice in answer + talk) == (code, True), (got, answer, talk)


def test_a_misspelt_variable_is_told(ran: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CHARTLAKE_LAK", "x")
    code, _, talk = ran("tables")
    assert (code, "did you mean CHARTLAKE_LAKE?" in talk) == (2, True)


def test_a_lake_that_is_a_file_is_told(ran: Callable[..., Ran], at_home: Path):
    (at_home / "lake").write_text("")
    code, _, talk = ran("transform", "--lake", "lake")
    assert (code, "name another lake" in talk) == (5, True)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("half.json", playlist(1, 2)[:-40]),
        ("nan.json", playlist(1).replace(b"180001", b"NaN")),
        ("deep.json", b'{"items":' + b"[" * 10_000 + b"]" * 10_000 + b"}"),
        ("surrogate.json", playlist(1).replace(b"Song 1", rb"\ud800")),
        ("huge number.json", playlist(1).replace(b"180001", b"9" * 30)),
        ("large.json", b'{"items":[' + b" " * 100_000_000 + b"]}"),
        ("empty.json", b""),
        ("text.txt", b"milk"),
        ("binary.zst", bytes(range(256))),
        ("no items.json", playlist()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_document_is_set_aside_with_a_reason_and_the_good_one_is_recorded(
    ran: Callable[..., Ran], at_home: Path, name: str, content: bytes
):
    dropped = at_home / "lake" / layout.TO_BE_PROCESSED
    dropped.mkdir(parents=True)
    (dropped / name).write_bytes(content)
    (dropped / "good 2026-06-01.json").write_bytes(playlist(1, 2))
    code, _, talk = ran("transform", "--lake", "lake")
    assert (code, "rejected: " in talk) == (3, True)
    kept = [
        path
        for path in (at_home / "lake" / layout.REJECTED).iterdir()
        if not path.name.endswith(layout.REASON_SUFFIX)
    ]
    assert [path.read_bytes() == content for path in kept] == [True]
    _, answer, _ = ran("query", "--lake", "lake", "select count(*) from chart_entries")
    assert answer == "count_star()\n2\n"


def test_a_foreign_file_among_the_tables_is_told_and_left_out(ran: Callable[..., Ran], lake: Path, capsys):
    capsys.readouterr()
    (lake / "transformed_data/chart_data/month=2026-06/mine.parquet").write_bytes(b"not parquet")
    code, answer, talk = ran("query", "--lake", "lake", "select count(*) as n from chart_entries")
    assert (code, answer) == (0, "n\n9\n")
    assert "mine.parquet cannot be read" in talk
