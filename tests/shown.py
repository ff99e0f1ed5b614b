"""The examples of the pages, typed in and compared with what is shown.

What the fenced blocks of README.md, CONTRIBUTING.md and docs/ mean:

- ``console``: what follows ``$ `` is run (lines after it that begin with ``> `` belong to it),
  and what stands below must be what it prints.
- ``sql``: asked of the lake of this page; the ``text`` block behind it must be the answer.
- ``python``: run; the ``text`` block behind it must be what it prints.
- ``csv NAME``, ``json NAME``, ``py NAME``: a file of that name, made before what follows.
- ``toml``: settings that must load.
- ``sh``: not run, for it needs a network or a browser; its commands and options must exist.
- ``files``: each line begins with a path that must be there after the demo.

``…`` in an answer stands for anything.  Each page has a folder of its own, in which ``demo`` is
what ``chartlake demo`` made; what ``chartlake init`` names is answered by the demo's services, and
the day of the test is called 2026-11-20.

``python tests/shown.py`` writes the answers anew where they differ; read the difference.
"""

from __future__ import annotations

import contextlib
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
from typing import TYPE_CHECKING, NamedTuple

from chartlake import cli, config
from chartlake.demo.services import Services

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
BY_HAND = [page for page in PAGES if not page.read_text(encoding="utf-8").startswith("<!-- Made by")]

FENCED = re.compile(r"^```(\w+)(?: ([^\n]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
SHELL = re.compile(r"[|<>;&*]")
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
THE_DAY = "2026-11-20"
QUICK = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
"""In memory a sync costs nothing; what syncs are for is tested elsewhere."""


def said(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


# Running what the pages show.


class Screen(io.StringIO):
    """What a person sees: a terminal, a hundred columns wide."""

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
    with TemporaryDirectory(dir=QUICK) as folder, Services(today=now) as services, at(Path(folder)):
        printed, code = in_process(["demo"])
        assert code == 0
        yield Made(Path(folder), printed, services, now.date().isoformat())


@contextlib.contextmanager
def at(folder: Path) -> Iterator[None]:
    """Work in a folder as somebody at home there, without a setting in the environment."""
    before = dict(os.environ)
    for name in before:
        if name.startswith(("CHARTLAKE_", "XDG_")):
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
    screen, argv = Screen(), sys.argv
    sys.argv = ["chartlake", *arguments]
    try:
        with contextlib.redirect_stdout(screen), contextlib.redirect_stderr(Talk(screen)):
            code = cli.run(arguments)
    finally:
        sys.argv = argv
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
        if words[0] == "chartlake" and "$(" not in command and not SHELL.search(QUOTED.sub("", command)):
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
    # Both, should it be midnight in between.
    days = f"{world.day}|{datetime.now(UTC).date()}"
    plain = re.sub(days, THE_DAY, COLOURS.sub("", printed))
    lines = "\n".join(line.rstrip() for line in plain.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip("\n")


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

    with TemporaryDirectory(dir=world.folder) as folder:
        shutil.copytree(world.folder / "demo", Path(folder, "demo"), copy_function=shared)
        with at(Path(folder)):
            return replayed(page, world)


WITH_EXAMPLES = [page for page in BY_HAND if FENCED.search(said(page))]

if __name__ == "__main__":
    with made() as one:
        for each in WITH_EXAMPLES:
            each.write_text(in_own_folder(each, one), encoding="utf-8")
