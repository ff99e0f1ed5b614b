"""The pages say what is so: every example is run, every name is there, every link leads somewhere.

How examples are written stands in `shown`.
"""

from __future__ import annotations

import ast
import importlib.util
import re
import shlex
from typing import TYPE_CHECKING, Any

import click
import msgspec
import pytest

from chartlake import __version__, cli, config, errors, layout, publish, quality, snapshot, state
from chartlake.dictionary import VIEWS
from chartlake.sources import BUILT_IN, Chart, source_module
from chartlake.tables import PHYSICAL
from shown import BY_HAND, DOCS, FENCED, PAGES, ROOT, WITH_EXAMPLES, Made, in_own_folder, made, named, said

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType


@pytest.fixture(scope="module")
def world() -> Iterator[Made]:
    with made() as one:
        yield one


@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=named)
def test_what_a_page_shows_is_what_happens(page: Path, world: Made):
    assert in_own_folder(page, world) == said(page), "run python tests/shown.py, and read the difference"


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
    known = {name: command for name, command in found.items() if command is not None}
    groups = [(name, group) for name, group in known.items() if isinstance(group, click.Group)]
    return known | {f"{name} {part}": one for name, group in groups for part, one in group.commands.items()}


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
        ("`[notify]`", config.Notify),
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
    told = {name: int(code) for code, names in rows for name in re.findall(r"`(\w+)`", names)}
    kinds = {
        name: kind
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.ChartlakeError)
    }
    codes = {kind.exit_code for kind in kinds.values()}
    assert {int(code) for code, _ in rows} == {0, cli._INTERRUPTED} | codes
    assert told == {name: kinds[name].exit_code for name in told}
    # A kind that is not named there is of one that is, and not only of the root.
    for kind in kinds.values():
        named_there = {one.__name__ for one in kind.__mro__} & told.keys()
        assert named_there - {"ChartlakeError"} or kind is errors.ChartlakeError, kind


def reasons_in_the_code() -> set[str]:
    """What every ``reason=`` of a rejection says, and every ``"reason":`` that is written down."""
    found = {check.name for check in quality.REJECTING}
    for file in (ROOT / "src" / "chartlake").rglob("*.py"):
        for node in ast.walk(ast.parse(said(file))):
            found |= set(_reasons(node))
    return found


def _reasons(node: ast.AST) -> Iterator[str]:
    pairs: list[tuple[Any, Any]] = []
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"Rejected", "Outcome"}:
        pairs = [(keyword.arg, keyword.value) for keyword in node.keywords]
    elif isinstance(node, ast.Dict):
        keys = [getattr(key, "value", None) for key in node.keys]
        pairs = list(zip(keys, node.values, strict=True))
    words = [getattr(value, "value", None) for name, value in pairs if name == "reason"]
    # QUOTA_EXCEEDED is Spotify's word, which the demo's service says.
    yield from (word for word in words if isinstance(word, str) and word != "QUOTA_EXCEEDED")


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
    lake = world.folder / "demo" / "lake"
    keys = [file.relative_to(lake).as_posix() for file in lake.rglob("*") if file.is_file()]
    assert len(keys) > 500
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
                found += [
                    pytest.param(line.strip(), id=f"{named(page)}: {line.strip()[:60]}") for line in lines
                ]
    return found


@pytest.mark.parametrize("line", shown_commands())
def test_every_command_that_is_shown_can_be_called_so(line: str):
    opened = line.count('"') % 2 * '"' + line.count("'") % 2 * "'"
    _, name, *arguments = shlex.split(re.sub(r"\$\(.*", "…", line) + opened)
    command = commands().get(f"{name} {arguments[0]}" if arguments else name) or commands()[name]
    known = {option for one in command.params for option in (*one.opts, *one.secondary_opts)}
    assert [one for one in arguments if one.startswith("-") and one not in known] == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_that_is_mentioned_exists(page: Path):
    mentioned = set(re.findall(r"`chartlake ([a-z]+)", said(page)))
    assert mentioned <= set(commands())


def test_what_is_not_there_yet_is_not_there():
    rows = re.findall(r"^\| ([^|]+) \|", said(DOCS / "explanation" / "roadmap.md"), re.MULTILINE)
    to_come = set(re.findall(r"`([a-z]+)`", " ".join(rows)))
    assert len(rows) > 2
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
        for target in re.findall(r"docs/[\w/.-]+\.md", said(file)):
            assert (ROOT / target).is_file(), (file, target)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_test_that_is_named_exists(page: Path):
    file = ""
    for path, name in re.findall(r"(tests/[\w/]+\.py)|\b(test_\w+)\b", FENCED.sub("", said(page))):
        file = path or file
        if "hitparade" in file:  # The invented source of a how-to.
            continue
        assert (ROOT / file).is_file(), file
        assert not name or f"def {name}(" in said(ROOT / file), name


def test_every_old_fault_is_told():
    tests = re.findall(
        r"^def (test_\d+_\w+)",
        (ROOT / "tests" / "test_old_faults.py").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert re.findall(r"`(test_\d+_\w+)`", said(DOCS / "explanation" / "old-faults.md")) == tests


@pytest.mark.parametrize("page", sorted((DOCS / "decisions").glob("*.md")), ids=named)
def test_a_decision_fits_on_a_page_and_says_why(page: Path):
    lines = said(page).splitlines()
    assert len(lines) <= 60
    assert lines[0].startswith(f"# {int(page.name[:4])}. ")
    assert all(
        f"**{part}.**" in lines for part in ("Decision", "Why", "What it costs", "What else there was")
    )


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
