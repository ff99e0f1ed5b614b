"""The command line as people and programs meet it: answers, talk, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from chartlake import __version__, cli, layout
from chartlake.demo.services import Services
from chartlake.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Ran

CHARTLAKE = [str(Path(sys.executable).with_name("chartlake"))]


@pytest.fixture
def settings(at_home: Path, services: Services) -> Path:
    """A chartlake.toml whose charts come from the demo's services."""
    path = at_home / "chartlake.toml"
    path.write_text(
        f"""
        lake = "./lake"
        [deezer]
        url = "{services.deezer}"
        [apple]
        urls = ["{services.apple}"]
        [[chart]]
        source = "deezer"
        id = "3155776842"
        [[chart]]
        source = "apple"
        id = "us-songs"
        """
    )
    return path


def test_a_version_and_help_are_quick_for_they_import_nothing_heavy():
    code = "import sys; from chartlake import cli; cli.run(['--version']); print(sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert f"chartlake {__version__}" in loaded
    for heavy in ("duckdb", "httpx2", "stamina", "arro3", "boto3", "rich.progress", "zoneinfo"):
        assert f"'{heavy}'" not in loaded


def test_every_command_tells_what_it_does(ran: Callable[..., Ran]):
    context = click.Context(cli.cli)
    for command in cli._COMMANDS:
        made = cli.cli.get_command(context, command)
        parts = [(command, part) for part in made.commands] if isinstance(made, click.Group) else [(command,)]
        answers = [ran(*words, "--help") for words in parts]
        assert {code for code, _, _ in answers} == {0}
        for _, answer, _ in answers:
            assert "Usage" in answer
            assert "--json" in answer


def test_init_then_run_then_query(ran: Callable[..., Ran], settings: Path):
    code, answer, _ = ran("run")
    assert code == 0
    assert answer.splitlines()[1].startswith("deezer\t3155776842\tpublished\t")

    code, _, talk = ran("run")
    assert (code, talk.strip()) == (0, "nothing new")

    code, answer, _ = ran(
        "query", "--json", "select source, count(*) as entries from chart_entries group by 1 order by 1"
    )
    assert code == 0
    assert json.loads(answer) == [{"source": "apple", "entries": 100}, {"source": "deezer", "entries": 100}]


def test_a_run_that_records_something_draws_the_page(ran: Callable[..., Ran], settings: Path):
    page = settings.with_name("report.html")
    assert ran("run")[0] == 0
    assert "<title>" in page.read_text()
    page.unlink()
    assert ran("run")[2].strip() == "nothing new"
    assert not page.exists()
    page.mkdir()
    (settings.parent / "lake").rename(settings.parent / "old")
    code, _, talk = ran("run")
    assert (code, "the page was not made anew" in talk) == (0, True)


def test_init_writes_settings_that_load_and_overwrites_nothing(ran: Callable[..., Ran], at_home: Path):
    (at_home / ".gitignore").write_text("mine")
    assert ran("init")[0] == 0
    assert "mine\n.env" in (at_home / ".gitignore").read_text()
    assert ran("tables")[0] == 0
    code, _, talk = ran("init")
    assert code == 2
    assert "exists already" in talk


def test_some_charts_are_run_by_name(ran: Callable[..., Ran], settings: Path):
    code, answer, _ = ran("run", "us-songs", "--json")
    assert code == 0
    assert [chart["chart_id"] for chart in json.loads(answer)["charts"]] == ["us-songs"]


def test_capture_and_transform_are_the_two_halves_of_run(ran: Callable[..., Ran], settings: Path):
    assert ran("capture")[0] == 0
    store = open_store("lake")
    assert len(list(store.list(layout.TO_BE_PROCESSED))) == 2
    code, answer, _ = ran("transform", "--json")
    assert code == 0
    assert [chart["state"] for chart in json.loads(answer)["charts"]] == ["published", "published"]


TWO = [{"position": 1, "title": "Song 4"}, {"position": 2, "title": "Song 2"}]


@pytest.mark.parametrize(
    ("options", "answer"),
    [
        ([], "position\ttitle\n1\tSong 4\n2\tSong 2\n"),
        (["--csv"], "position,title\n1,Song 4\n2,Song 2\n"),
        (["--json"], json.dumps(TWO, indent=2) + "\n"),
    ],
    ids=["tabs", "csv", "json"],
)
def test_a_query_answers_in_three_forms(
    ran: Callable[..., Ran], lake: Path, capsys, options: list[str], answer: str
):
    capsys.readouterr()
    sql = "select position, title from chart_history where chart_date = '2026-06-03' order by 1 limit 2"
    assert ran("query", "--lake", "lake", *options, sql) == (0, answer, "")


def test_no_cell_of_a_csv_is_a_formula_and_no_line_is_forged(ran: Callable[..., Ran], lake: Path, capsys):
    capsys.readouterr()
    sql = "select '=HYPERLINK(1)' as a, '+1' as b, '-1' as c, '@x' as d, -1 as e"
    assert ran("query", "--lake", "lake", "--csv", sql)[1] == "a,b,c,d,e\n'=HYPERLINK(1),'+1,'-1,'@x,-1\n"
    _, answer, _ = ran("query", "--lake", "lake", "select 'a' || chr(10) || chr(27) || '[31m' || chr(9) as t")
    assert answer == "t\na\\u000a\\u001b[31m\\u0009\n"


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_text('/etc/passwd')",
        "select * from '/etc/passwd'",
        "copy chart_entries to 'stolen.csv'",
        "attach 'other.duckdb'",
        "install httpfs",
        "set memory_limit = '100GB'",
        "reset enable_external_access",
        "call enable_logging(storage = 'file', storage_path = 'log')",
        "drop view chart_entries",
        "delete from lake.chart_data",
        "create table t (i int)",
        "export database 'out'",
        "pragma enable_profiling",
    ],
)
def test_a_query_reads_the_lake_and_nothing_else(
    ran: Callable[..., Ran], lake: Path, at_home: Path, sql: str
):
    before = sorted(path.name for path in at_home.iterdir())
    code, _, talk = ran("query", "--lake", "lake", sql)
    assert (code, talk.startswith("error: ")) == (1, True) or sql.startswith("pragma")
    assert sorted(path.name for path in at_home.iterdir()) == before
    assert ran("query", "--lake", "lake", "select count(*) from chart_entries")[0] == 0


def test_tables_tells_meaning_types_and_counts(ran: Callable[..., Ran], lake: Path, capsys):
    capsys.readouterr()
    code, answer, _ = ran("tables", "--lake", "lake", "--json")
    told = {table["table"]: table for table in json.loads(answer)}
    assert code == 0
    assert told["chart_entries"]["rows"] == 9
    assert told["chart_data"]["kind"] == "table"
    code, answer, _ = ran("tables", "chart_history", "--lake", "lake")
    assert code == 0
    assert "days_on_chart\t" in answer


def test_a_published_snapshot_is_taken_out_and_may_come_back(ran: Callable[..., Ran], lake: Path, capsys):
    capsys.readouterr()
    count = [
        "query",
        "--lake",
        "lake",
        "--json",
        "select chart_date, count(*) as n from chart_entries group by 1 order by 1",
    ]
    wanted = "select distinct raw_hash from chart_entries where chart_date = '2026-06-02'"
    [wrong] = json.loads(ran("query", "--lake", "lake", "--json", wanted)[1])
    code, answer, _ = ran(
        "retract", wrong["raw_hash"][:10], "--lake", "lake", "--why", "somebody else's list"
    )
    assert code == 0
    assert "raw_data/rejected/" in answer
    assert [row["chart_date"] for row in json.loads(ran(*count)[1])] == ["2026-06-01", "2026-06-03"]

    code, answer, _ = ran("retry", "--list", "--lake", "lake")
    assert "retracted\tsomebody else's list" in answer
    assert ran("retry", "--lake", "lake")[0] == 0
    assert len(json.loads(ran(*count)[1])) == 3


@pytest.mark.parametrize("by", ["key", "hash"])
def test_a_raw_document_can_be_read(ran: Callable[..., Ran], lake: Path, capsys, by: str):
    capsys.readouterr()
    stored = next(open_store(str(lake)).list(layout.PROCESSED))
    name = stored.key if by == "key" else layout.digest_in(stored.key)
    code, answer, _ = ran("show", name, "--lake", "lake", "--json")
    assert code == 0
    assert json.loads(answer)["pages"][0]["items"][0]["track"]["name"] == "Song 1"


def test_a_reader_that_has_enough_ends_in_silence(lake: Path, at_home: Path):
    shell = f"{CHARTLAKE[0]} query --lake lake 'select unnest(range(300000))' | head -1"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=False, cwd=at_home)
    assert (done.stderr, done.returncode) == ("", 0)


def test_the_installed_command_works_from_any_folder(tmp_path: Path):
    done = subprocess.run([*CHARTLAKE, "init"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "chartlake.toml" in done.stdout


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("frobnicate", "No such command 'frobnicate'; `chartlake --help` tells more"),
        (
            "import",
            "Nothing to import is named: give files, folders, or --from s3://bucket; `chart",
        ),
        ("login", "Missing argument '{spotify}'. Choose from: spotify; `chartlake login --help` tells more"),
        (
            "diff a b c",
            "Invalid value for 'EARLIER': write it like 2026-11-20; `chartlake diff --help` tells",
        ),
        (
            "init --source deezer",
            "deezer is there already, so it cannot be a new source; choose another name",
        ),
    ],
)
def test_a_wrong_call_is_told_in_one_sentence(ran: Callable[..., Ran], line: str, says: str):
    code, _, talk = ran(*line.split())
    assert (code, talk.count("\n")) == (2, 1)
    assert says in talk
