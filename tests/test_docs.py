"""The pages say what is so: every example is run, every name is there, every link leads somewhere.

What the fenced blocks of README.md, CONTRIBUTING.md and docs/ mean here:

- ``console``: what follows ``$ `` is run (lines after it that begin with ``> `` belong to it),
  and what stands below must be what it prints.
- ``sql``: asked of the lake of this page; the ``text`` block behind it must be the answer.
- ``python``: run; the ``text`` block behind it must be what it prints.
- ``csv NAME``, ``json NAME``, ``toml NAME``: a file of that name, made before what follows.
- ``toml``: settings that must load.
- ``sh``: not run, for it needs a network or a browser; its commands and options must exist.

``…`` in an answer stands for anything.  Each page has a folder of its own, in which ``demo`` is
what ``chartlake demo`` made; what ``chartlake init`` names is answered by the demo's services, and
the day of the test is called 2026-11-20.

``python tests/test_docs.py`` writes the answers anew where they differ; read the difference.
"""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

import click
import msgspec
import pytest

from chartlake import __version__, cli, config, errors, layout, publish, quality, snapshot, state
from chartlake.demo.services import Services
from chartlake.dictionary import VIEWS
from chartlake.sources import BUILT_IN, Chart, source_module
from chartlake.store import open_store
from chartlake.tables import PHYSICAL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
BY_HAND = [page for page in PAGES if not page.read_text(encoding="utf-8").startswith("<!-- Made by")]

FENCED = re.compile(r"^```(\w+)(?: ([^\n]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
THE_DAY = "2026-11-20"


def said(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


# Running what the pages show.


class Screen(io.StringIO):
    """What a person sees: a terminal of a hundred columns."""

    def isatty(self) -> bool:
        return True


class Talk(io.TextIOBase):
    """stderr, on the same screen; progress bars are left out."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen

    def write(self, text: str) -> int:
        return self.screen.write(text)


class Made(NamedTuple):
    """A demo lake, what its making printed, and services for what is called real."""

    folder: Path
    printed: str
    services: Services
    day: str


@contextlib.contextmanager
def made() -> Iterator[Made]:
    now = datetime.now(UTC)
    with TemporaryDirectory() as folder, Services(today=now) as services, at(Path(folder)):
        printed, code = in_process(["demo"])
        assert code == 0
        yield Made(Path(folder), printed, services, now.date().isoformat())


@contextlib.contextmanager
def at(folder: Path) -> Iterator[None]:
    """Work in a folder as somebody at home there, without a setting in the environment."""
    before = dict(os.environ)
    for name in before:
        if name.startswith("CHARTLAKE_") or name.startswith("XDG_"):
            del os.environ[name]
    programs = f"{Path(sys.executable).parent}{os.pathsep}{before.get('PATH', '')}"
    os.environ.update(HOME=str(folder), COLUMNS="100", NO_COLOR="1", PATH=programs, LC_ALL="C.UTF-8")
    try:
        with contextlib.chdir(folder):
            yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def in_process(arguments: list[str]) -> tuple[str, int]:
    screen = Screen()
    with contextlib.redirect_stdout(screen), contextlib.redirect_stderr(Talk(screen)):
        code = cli.run(arguments)
    return screen.getvalue(), code


class Reader:
    """Somebody who types in what a page shows, block after block."""

    def __init__(self, world: Made) -> None:
        self.world = world
        self.code = 0

    def typed(self, command: str) -> str:
        """Run a command; what the screen shows then."""
        words = shlex.split(command)
        if command == "chartlake demo":
            return self.world.printed
        if command == "echo $?":
            return f"{self.code}\n"
        if words[0] == "cd":
            os.chdir(words[1])
            return ""
        if words[0] == "chartlake" and not re.search(r"[|<>;&*$]", QUOTED.sub("", command)):
            printed, self.code = in_process(words[1:])
            if words[1] == "init":
                self._answer_for_real(Path(words[2] if len(words) > 2 else "."))
            return printed
        done = subprocess.run(
            ["bash", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        self.code = done.returncode
        return done.stdout

    def asked(self, sql: str) -> str:
        here = Path(config.FILE_NAME).exists()
        where = [] if here else ["--config", "demo/chartlake.toml"]
        printed, self.code = in_process(["query", *where, sql])
        return printed

    def ran(self, program: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", program],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.stdout

    def _answer_for_real(self, folder: Path) -> None:
        services = self.world.services
        with (folder / config.FILE_NAME).open("a", encoding="utf-8") as file:
            file.write(
                f'\n[deezer]\nurl = "{services.deezer}"\n[apple]\nurls = ["{services.apple}"]\n'
                f'[listenbrainz]\nurl = "{services.listenbrainz}"\n'
            )


def tidied(printed: str, world: Made) -> str:
    """What was printed as a page may show it."""
    plain = COLOURS.sub("", printed).replace(world.day, THE_DAY)
    return "\n".join(line.rstrip() for line in plain.splitlines()).strip("\n")


def agrees(shown: str, printed: str) -> bool:
    """Whether an answer is the one shown, where … stands for anything."""
    lines = [
        r"(?:[^\n]*\n)*?" if line.strip() == "…" else re.escape(line.rstrip()).replace("…", "[^\n]*") + "\n"
        for line in shown.strip("\n").splitlines()
    ]
    return re.fullmatch("".join(lines), printed + "\n" if printed else "") is not None


def replayed(page: Path, world: Made) -> str:
    """A page with the answers that it gets today; those that agree are left as they are."""
    reader, text = Reader(world), said(page)
    parts: list[str] = []
    end, printed = 0, None
    for found in FENCED.finditer(text):
        kind, name, body = found[1], found[2], found[3]
        parts.append(text[end : found.start(3)])
        end = found.end(3)
        if kind == "console":
            body = "".join(_session(body, reader))
        elif kind == "sql":
            printed = tidied(reader.asked(body), world)
        elif kind == "python":
            printed = tidied(reader.ran(body), world)
        elif kind == "text" and printed is not None:
            body = body if agrees(body, printed) else printed + "\n"
            printed = None
        elif name:
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_text(body, encoding="utf-8")
        elif kind == "toml":
            _loads(body)
        parts.append(body)
    return "".join(parts) + text[end:]


def _session(body: str, reader: Reader) -> Iterator[str]:
    for turn in re.split(r"^(?=\$ )", body, flags=re.MULTILINE):
        if not turn:
            continue
        asked = re.match(r"\$ .*\n(?:> .*\n)*", turn)
        assert asked, f"a console block begins with $: {turn}"
        command = re.sub(r"^[$>] ", "", asked[0], flags=re.MULTILINE).strip()
        printed = tidied(reader.typed(command), reader.world)
        shown = turn[asked.end() :]
        yield asked[0] + (shown if agrees(shown, printed) else printed + "\n" if printed else "")


def _loads(toml: str) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder, config.FILE_NAME)
        file.write_text(toml, encoding="utf-8")
        config.load(config=file, lake="lake")


def in_own_folder(page: Path, world: Made) -> str:
    """A page replayed in a folder of its own; the demo's files are shared, for none is ever changed."""

    def shared(source: str, target: str) -> None:
        (shutil.copy if "warehouse" in source else os.link)(source, target)

    with TemporaryDirectory() as folder:
        shutil.copytree(world.folder / "demo", Path(folder, "demo"), copy_function=shared)
        with at(Path(folder)):
            return replayed(page, world)


@pytest.fixture(scope="module")
def world() -> Iterator[Made]:
    with made() as one:
        yield one


WITH_EXAMPLES = [page for page in BY_HAND if FENCED.search(said(page))]


@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=named)
def test_what_a_page_shows_is_what_happens(page: Path, world: Made):
    assert in_own_folder(page, world) == said(page), "run python tests/test_docs.py, and read the difference"


# What the pages name.


def made_pages() -> ModuleType:
    spec = importlib.util.spec_from_file_location("document", ROOT / "tools" / "document.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def commands() -> dict[str, click.Command]:
    context = click.Context(cli.cli, info_name="chartlake")
    found = {name: cli.cli.get_command(context, name) for name in cli.cli.list_commands(context)}
    return {name: command for name, command in found.items() if command is not None}


def headings(page: Path, level: str) -> list[str]:
    return re.findall(rf"^{level} (.+)$", said(page), re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """The anchors of a page, as GitHub makes them of its headings."""
    plain = [re.sub(r"[^\w\- ]", "", title.lower()) for title in headings(page, "#{1,6}")]
    return {title.replace(" ", "-") for title in plain}


@pytest.mark.parametrize("name", made_pages().pages())
def test_a_made_page_is_what_the_code_says(name: str):
    committed = said(DOCS / "reference" / name)
    assert committed == made_pages().pages()[name].rstrip() + "\n", "run make docs, and read the difference"


def test_every_command_and_option_is_in_the_reference():
    page = said(DOCS / "reference" / "commands.md")
    for name, command in commands().items():
        section = page.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        assert section, name
        for option in (one for one in command.params if isinstance(one, click.Option)):
            assert f"`{option.opts[0]}" in section, (name, option.opts)


def test_every_setting_and_secret_is_in_the_reference():
    page = said(DOCS / "reference" / "settings.md")
    for title, kind in [
        ("`[[chart]]`, once for each chart", Chart),
        *((f"`[{name}]`", source_module(name).Settings) for name in BUILT_IN),
    ]:
        section = page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
        for field in msgspec.structs.fields(kind):
            assert f"| `{field.name}` |" in section, (title, field.name)
    for name in (*config.SECRETS, "CHARTLAKE_LAKE", "CHARTLAKE_CONFIG"):
        assert f"`{name}`" in page


def test_every_table_and_column_is_in_the_reference():
    page = said(DOCS / "reference" / "tables.md")
    for table in (*VIEWS, *PHYSICAL):
        section = page.partition(f"\n### {table.name}\n")[2].partition("\n### ")[0]
        assert all(f"| `{column.name}` |" in section for column in table.columns), table.name


def test_every_exit_code_is_in_the_reference_and_no_other():
    rows = re.findall(r"^\| (\d+) \| (.*?) \|", said(DOCS / "reference" / "exit-codes.md"), re.MULTILINE)
    told = {int(code): set(re.findall(r"`(\w+)`", names)) for code, names in rows}
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    by_code: dict[int, set[str]] = {0: set(), cli._INTERRUPTED: set()}
    for kind in kinds:
        by_code.setdefault(kind.exit_code, set()).add(kind.__name__)
    assert told == by_code


def reasons_in_the_code() -> set[str]:
    """What every ``reason=`` of a rejection says, and every ``"reason":`` that is written down."""
    found = {check.name for check in quality.REJECTING}
    for file in (ROOT / "src" / "chartlake").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            found |= set(_reasons(node))
    return found


def _reasons(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"Rejected", "Outcome"}:
        pairs: list[tuple[Any, Any]] = [(keyword.arg, keyword.value) for keyword in node.keywords]
    elif isinstance(node, ast.Dict):
        pairs = [(getattr(key, "value", None), value) for key, value in zip(node.keys, node.values, strict=True)]
    else:
        return
    for name, value in pairs:
        if name == "reason" and isinstance(value, ast.Constant) and isinstance(value.value, str):
            if value.value != "QUOTA_EXCEEDED":  # Spotify's word, which the demo's service says.
                yield value.value


def test_every_reason_is_in_the_reference_and_no_other():
    page = DOCS / "reference" / "reasons.md"
    warnings = {check.name for check in quality.WARNING} | {"drift"}
    assert set(headings(page, "###")) == reasons_in_the_code() | warnings
    for check in (*quality.REJECTING, *quality.WARNING):
        section = said(page).partition(f"\n### {check.name}\n")[2].partition("\n### ")[0]
        assert check.meaning in section, check.name
    assert headings(page, "###")[-3:-1] == [check.name for check in quality.WARNING]


@pytest.mark.parametrize(
    "record",
    [snapshot.Envelope, publish.Record, publish.Mark, state.ChartState, state.Content],
    ids=lambda record: record.__name__,
)
def test_every_field_of_what_lies_in_a_lake_is_in_the_reference(record: type):
    page = said(DOCS / "reference" / "lake.md")
    for name in record.__struct_fields__:
        assert f"`{name}`" in page or f'"{name}"' in page, name


def test_every_key_of_a_lake_is_of_a_described_pattern(world: Made):
    page = said(DOCS / "reference" / "lake.md")
    patterns = re.findall(r"^\| `([^`]+)` \|", page.partition("\n## ")[0], re.MULTILINE)
    spelled = [re.sub(r"<\w+>", "[^/]+", pattern.replace(".", r"\.")) for pattern in patterns]
    keys = [stored.key for stored in open_store(str(world.folder / "demo" / "lake")).list("")]
    assert len(keys) > 2000
    for key in keys:
        assert any(re.fullmatch(pattern, key) for pattern in spelled), key
    for name, prefix in vars(layout).items():
        if name.isupper() and isinstance(prefix, str) and prefix.endswith("/"):
            assert prefix in page, name


def shown_commands() -> list[Any]:
    """Every chartlake command in a block of any page, and in a line of text."""
    found = []
    for page in BY_HAND:
        for block in FENCED.finditer(said(page)):
            if block[1] in {"sh", "console"}:
                lines = re.findall(r"^(?:\$ )?(chartlake [^\n#|&>]*)", block[3], re.MULTILINE)
                found += [pytest.param(line.strip(), id=f"{named(page)}: {line.strip()[:60]}") for line in lines]
    return found


@pytest.mark.parametrize("line", shown_commands())
def test_every_command_that_is_shown_can_be_called_so(line: str):
    opened = line.count('"') % 2 * '"' + line.count("'") % 2 * "'"
    _, name, *arguments = shlex.split(re.sub(r"\$\(.*", "…", line) + opened)
    command = commands()[name]
    known = {option for one in command.params for option in (*one.opts, *one.secondary_opts)}
    assert [one for one in arguments if one.startswith("-") and one not in known] == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_that_is_mentioned_exists(page: Path):
    mentioned = set(re.findall(r"`chartlake ([a-z]+)", said(page)))
    assert mentioned <= set(commands())


def test_what_is_not_there_yet_is_not_there():
    rows = re.findall(r"^\| ([^|]+) \|", said(DOCS / "explanation" / "roadmap.md"), re.MULTILINE)
    to_come = set(re.findall(r"`([a-z]+)`", " ".join(rows)))
    assert {"schedule", "rebuild", "forget", "page", "status"} <= to_come
    assert to_come & set(commands()) == set(), "it has come: take it off the roadmap and describe it"


# Links, places, sizes.


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page: Path):
    prose = FENCED.sub("", said(page))
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.is_file(), target
        assert not anchor or anchor in anchors(there), target


def test_the_map_has_every_page():
    linked = {
        (DOCS / target.partition("#")[0]).resolve()
        for target in re.findall(r"\]\(([^)\s]+)\)", said(DOCS / "index.md"))
    }
    assert {page for page in DOCS.rglob("*.md") if page != DOCS / "index.md"} <= linked


def test_what_the_code_points_to_is_there():
    for file in (ROOT / "src" / "chartlake").rglob("*.py"):
        for target in re.findall(r"docs/[\w/.-]+\.md", file.read_text(encoding="utf-8")):
            assert (ROOT / target).is_file(), (file, target)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_test_that_is_named_exists(page: Path):
    file = ""
    for path, name in re.findall(r"(tests/[\w/]+\.py)|\b(test_\w+)\b", FENCED.sub("", said(page))):
        file = path or file
        if "hitparade" in file:  # The invented source of a how-to.
            continue
        assert (ROOT / file).is_file(), file
        assert not name or f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), name


def test_every_old_fault_is_told():
    tests = re.findall(r"^def (test_\d+_\w+)", (ROOT / "tests" / "test_old_faults.py").read_text(encoding="utf-8"), re.MULTILINE)
    assert re.findall(r"`(test_\d+_\w+)`", said(DOCS / "explanation" / "old-faults.md")) == tests


@pytest.mark.parametrize("page", sorted((DOCS / "decisions").glob("*.md")), ids=named)
def test_a_decision_fits_on_a_page_and_says_why(page: Path):
    lines = said(page).splitlines()
    assert len(lines) <= 60
    assert lines[0].startswith(f"# {int(page.name[:4])}. ")
    assert all(f"**{part}.**" in lines for part in ("Decision", "Why", "What it costs", "What else there was"))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_no_page_names_a_place_on_somebodys_machine(page: Path):
    assert re.findall(r"(?<![\w.])/(?:home|root|tmp|work|Users|mnt|opt)\b", said(page)) == []


def test_the_readme_is_short_and_the_files_it_shows_are_there(world: Made):
    text = said(ROOT / "README.md")
    assert len(text.splitlines()) <= 200
    files = next(found[3] for found in FENCED.finditer(text) if found[1] == "files")
    for line in files.splitlines():
        path = line.split()[0].replace("…", "*")
        assert list(world.folder.glob(path)), path


def test_the_changelog_begins_with_this_version():
    assert headings(ROOT / "CHANGELOG.md", "##")[0].split()[0] == __version__


if __name__ == "__main__":
    with made() as one:
        for each in WITH_EXAMPLES:
            each.write_text(in_own_folder(each, one), encoding="utf-8")
