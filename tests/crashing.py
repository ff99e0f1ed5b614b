"""The real command on a lake of its own, and an oracle that reads the files without it.

The oracle knows what the test itself put down or served, and what the command said was done.
It decodes every file with other means than the command: zstd and BLAKE3 for raw documents, DuckDB
for tables.  Only the views are the product's own, for they are what a reader sees.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from backports import zstd
from blake3 import blake3

from chartlake import views
from chartlake.tables import PHYSICAL, SQL_TYPES
from making import day, document, playlist

if TYPE_CHECKING:
    from chartlake.demo.services import Services

SOURCE = Path(__file__).parent.parent / "src"
PLAYLISTS = ("3155776842", "1116187241")
ZONES = ("to_be_processed", "processed", "rejected")
_MAGIC = b"\x28\xb5\x2f\xfd"
_BYTECODE = Path(tempfile.gettempdir()) / f"chartlake-bytecode-{os.getuid()}"
_SEEN = ("snapshots", "chart_entries")

Key = tuple[str, str, str]
"""A chart on a day: source, chart, chart_date."""


@dataclass
class Faults:
    """What an oracle found wrong, a sentence each."""

    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)
    wedged: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return any(vars(self).values())

    def add(self, other: Faults) -> Faults:
        for name, found in vars(other).items():
            getattr(self, name).extend(found)
        return self


@dataclass
class Home:
    """A folder with settings and a lake, and what must be in that lake.

    Attributes:
        folder: Where chartlake.toml lies.
        source: The product that is run: its own, or a copy with a fault.
        documents: Content hashes of the raw documents that the test put down.
        certain: Rankings that were acknowledged.
        possible: Rankings that a run may have captured before it was killed.
    """

    folder: Path
    source: Path = SOURCE
    documents: set[str] = field(default_factory=set)
    certain: dict[Key, list[str]] = field(default_factory=dict)
    possible: dict[Key, list[list[str]]] = field(default_factory=dict)

    @property
    def lake(self) -> Path:
        return self.folder / "lake"

    def copied(self, folder: Path) -> Home:
        """The same in another folder."""
        shutil.copytree(self.folder, folder)
        settings = folder / "chartlake.toml"
        settings.write_text(settings.read_text().replace(str(self.folder), str(folder)))
        return Home(folder, self.source, set(self.documents), dict(self.certain), dict(self.possible))

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "chartlake", *arguments]

    def environment(self) -> dict[str, str]:
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("CHARTLAKE", "XDG"))
        }
        for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"):
            kept.pop(name, None)
        return kept | {
            "HOME": str(self.folder),
            "PYTHONPATH": str(self.source),
            "PYTHONPYCACHEPREFIX": str(_BYTECODE / self.source.parent.name),
        }

    def started(self, *arguments: str, before: list[str] | None = None) -> subprocess.Popen[str]:
        """Begin the command, in a process group of its own."""
        return subprocess.Popen(
            [*(before or []), *self.command(*arguments)], cwd=self.folder, env=self.environment(), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip

    def ran(self, *arguments: str, before: list[str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run the command to its end."""
        process = self.started(*arguments, before=before)
        answer, talk = process.communicate(timeout=120)
        return subprocess.CompletedProcess(process.args, process.returncode, answer, talk)

    # What is put down, and what may be expected from it.

    def drop(self, number: int, *songs: int, chart: str = "dropped") -> None:
        """Put an envelope down by hand where documents wait; it counts from here on."""
        body = document(playlist(*songs), captured_at=day(number), chart_id=chart)
        named = blake3(body).hexdigest()
        moment = day(number).strftime("%Y%m%dT%H%M%S.%fZ")
        key = f"raw_data/to_be_processed/spotify/{chart}/{moment}-{named[:12]}.json.zst"
        path = self.lake / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(zstd.compress(body, 3))
        self.documents.add(named)
        self.certain["spotify", chart, day(number).date().isoformat()] = [f"song{one}" for one in songs]

    def acknowledge(self, answer: str, served: dict[str, list[str]]) -> None:
        """Take down what the command says it has done."""
        for row in json.loads(answer)["charts"]:
            if row["source"] == "deezer" and row["state"] in {"published", "unchanged"}:
                key = ("deezer", row["chart_id"], row["chart_date"])
                self.certain[key] = served[row["chart_id"]]
                self.possible.pop(key, None)

    def may_have(self, when: datetime, served: dict[str, list[str]]) -> None:
        """A run for that tick was begun; nobody knows how far it came."""
        for chart, songs in served.items():
            known = self.possible.setdefault(("deezer", chart, when.date().isoformat()), [])
            if songs not in known:
                known.append(songs)

    # The oracle.

    def look(self, *, settled: bool) -> Faults:
        """Look at the lake from outside: right after a crash, or once the next run has ended."""
        found = Faults()
        self._look_at_raw(found, settled=settled)
        self._look_at_tables(found)
        if settled:
            for left in ("raw_data/to_be_processed", "state/batches", "state/runs", "state/removals"):
                found.wedged += [f"{one} is left" for one in files(self.lake / left)]
        for path in files(self.lake):
            if path.suffix == ".json":
                try:
                    json.loads(path.read_bytes())
                except ValueError as error:
                    found.torn.append(f"{path}: {error}")
        return found

    def _look_at_raw(self, found: Faults, *, settled: bool) -> None:
        there: Counter[str] = Counter()
        for path in files(self.lake / "raw_data"):
            if path.name.endswith(".reason.json"):
                continue
            document = plain(path.read_bytes())
            if document is None:
                found.torn.append(f"{path} is no whole zstd data")
                continue
            hashed = blake3(document).hexdigest()
            if hashed[:12] not in path.name:
                found.torn.append(f"{path} is not what its name says")
            there[hashed] += 1
        found.lost += [f"the document {one} is nowhere" for one in self.documents - set(there)]
        if settled:
            found.wedged += [f"{one} lies in {count} places" for one, count in there.items() if count > 1]

    def seen(self) -> dict[Key, list[str]]:
        """What a reader sees: the songs of every chart and day, in their order."""
        return self._seen(Faults())

    def _look_at_tables(self, found: Faults) -> None:
        settled = not files(self.lake / "raw_data/to_be_processed")
        self._compare(self._seen(found), found, settled_raw=settled)

    def _seen(self, found: Faults) -> dict[Key, list[str]]:
        with duckdb.connect(config={"threads": 1}) as connection:
            for table in PHYSICAL:
                columns = ", ".join(f"{column.name} {SQL_TYPES[column.type]}" for column in table.columns)
                connection.execute(f"CREATE TABLE {table.name} ({columns})")
                named = [str(path) for path in files(self.lake / "transformed_data" / table.name)]
                _read(connection, table.name, named, found)
            for name in _SEEN:
                connection.execute(f"CREATE VIEW {name} AS {views.statement(name)}")
            rows = connection.execute(
                "SELECT source, chart_id, chart_date::varchar, song_id FROM chart_entries "
                "ORDER BY source, chart_id, chart_date, position"
            ).fetchall()
            [(orphans,)] = connection.execute(
                "SELECT count(*) FROM chart_data ANTI JOIN song_data USING (source, song_id)"
            ).fetchall()
        if orphans:
            found.torn.append(f"{orphans} entries have no song")
        seen: dict[Key, list[str]] = {}
        for source, chart, date, song in rows:
            seen.setdefault((source, chart, date), []).append(song)
        return seen

    def _compare(self, seen: dict[Key, list[str]], found: Faults, *, settled_raw: bool) -> None:
        for key, songs in self.certain.items():
            shown = seen.get(key)
            # What still waits is not lost; what was said to be published has to be seen.
            waits = key[0] != "deezer" and not settled_raw
            if shown == songs or (shown is None and waits) or shown in self.possible.get(key, []):
                continue
            if shown is None:
                found.lost.append(f"{key} is gone")
            elif len(shown) > len(songs) and set(shown) == set(songs):
                found.twice.append(f"{key} shows {len(shown)} entries of {len(songs)}")
            else:
                found.torn.append(f"{key} shows {shown} instead of {songs}")
        for key, shown in seen.items():
            if key not in self.certain and shown not in self.possible.get(key, []):
                found.wrong.append(f"{key} was served by nobody: {shown}")


def plain(data: bytes) -> bytes | None:
    """A raw document as it was before it was compressed, or None if nobody can tell."""
    try:
        return zstd.decompress(data) if data.startswith(_MAGIC) else data
    except zstd.ZstdError:
        return None


def _read(connection: duckdb.DuckDBPyConnection, table: str, named: list[str], found: Faults) -> None:
    if not named:
        return
    try:
        connection.execute(
            f"INSERT INTO {table} BY NAME SELECT * FROM read_parquet($1, hive_partitioning = false)", [named]
        )
    except duckdb.Error as error:
        if len(named) == 1:
            found.torn.append(f"{named[0]}: {error}")
            return
        for one in named:
            _read(connection, table, [one], found)


def files(folder: Path) -> list[Path]:
    """All files below a folder, without hidden ones."""
    return [
        Path(path, name)
        for path, inner, names in os.walk(folder)
        if not inner.sort() and "/." not in path
        for name in sorted(names)
        if not name.startswith(".")
    ]


def home(folder: Path, services: Services | None = None, *, source: Path = SOURCE) -> Home:
    """A folder with settings: a lake, and two short charts of the demo's Deezer."""
    folder.mkdir(parents=True)
    lines = [f'lake = "{folder}/lake"']
    if services is not None:
        lines += ["[deezer]", f'url = "{services.deezer}"']
        for chart in PLAYLISTS:
            lines += ["[[chart]]", 'source = "deezer"', f'id = "{chart}"', "size = 4"]
    (folder / "chartlake.toml").write_text("\n".join(lines) + "\n")
    return Home(folder, source)


def serve(services: Services, when: datetime) -> dict[str, list[str]]:
    """Let the demo's Deezer be at a moment; what it answers then, asked by the test itself."""
    services.today = when
    served = {}
    for chart in PLAYLISTS:
        with urllib.request.urlopen(f"{services.deezer}/playlist/{chart}/tracks?limit=4") as answer:
            served[chart] = [str(song["id"]) for song in json.load(answer)["data"]]
    return served


def tick(number: int) -> datetime:
    """The so many-th morning of spring 2026."""
    return datetime(2026, 3, 1, 6, 30, tzinfo=UTC) + timedelta(days=number)


def for_tick(when: datetime) -> list[str]:
    """How a run is told its tick."""
    return ["--scheduled-for", when.strftime("%Y-%m-%dT%H:%M:%SZ"), "--json"]


def mutated(folder: Path, edits: dict[str, tuple[str, str]]) -> Path:
    """A copy of the product with a fault in it: for each file, what stands there and what shall."""
    copy = folder / "src"
    shutil.copytree(SOURCE / "chartlake", copy / "chartlake", ignore=shutil.ignore_patterns("__pycache__"))
    for name, (old, new) in edits.items():
        path = copy / "chartlake" / name
        text = path.read_text()
        assert text.count(old) == 1, f"{name} does not read as the planted fault expects: {old!r}"
        path.write_text(text.replace(old, new))
    return copy
