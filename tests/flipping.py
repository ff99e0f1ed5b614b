"""Bytes of stored files changed or cut off, and whether anybody notices.

Many files of a lake are damaged at once, each of them a case, for each is told by its name.  A damage
is detected if the command that looks says so; harmless if the file still says the same, or if every
chart still shows what it showed; and else it is wrong.
"""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

import duckdb

from chartlake import layout
from chartlake.snapshot import digest
from chartlake.store import open_store
from chartlake.sweep import sweep
from crashing import Home, files, for_tick, home, plain, serve, tick
from forking import Ended, Forking
from killing import Killed, Killing
from making import day
from striking import LANES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from chartlake.demo.services import Services
    from proving import Tally

_APPLE = Path(__file__).parent / "data/apple/songs.json"
_ANSWERS = "select * from chart_history order by all"
_FAILED = 1

Verdict = tuple[str, str, str]
"""The kind of file, what became of its damage, and a sentence."""


def furnished(folder: Path, services: Services) -> Home:
    """A lake with something of everything: all zones, all tables, all marks, a cache."""
    lake = home(folder, services)
    serve(services, tick(0))
    assert lake.ran("run", *for_tick(tick(0))).returncode == 0
    for numbers in ((1, 2), (3,)):
        for number in numbers:
            lake.drop(number, number, number + 1)
        assert lake.ran("transform").returncode == 0
    (lake.lake / "raw_data/to_be_processed/20260609T063000.000000Z-0123456789ab.json.zst").write_bytes(b"{")
    assert lake.ran("transform").returncode == 3
    assert lake.ran("compact").returncode == 0
    assert lake.ran("forget", "apple", "--yes").returncode == 0
    for number in (10, 11):
        lake.drop(number, number, number + 1)
    with suppress(Killed):
        list(sweep(Killing(open_store(str(lake.lake)), 17), now=day(12)))
    lake.drop(13, 13)
    # A document of the source that was forgotten: it has to stay out.
    body = _APPLE.read_bytes()
    named = f"20260613T063000.000000Z-{digest(body)[:12]}.json.zst"
    (lake.lake / "raw_data/to_be_processed" / named).write_bytes(body)
    assert lake.ran("query", _ANSWERS).returncode == 0
    return lake


def changed(data: bytes, chance: random.Random) -> bytes:
    """The bytes with one to four of them flipped, or cut off."""
    if chance.random() < 0.15:
        return data[: chance.randrange(len(data))]
    flipped = bytearray(data)
    for place in chance.sample(range(len(data)), min(len(data), chance.randint(1, 4))):
        flipped[place] ^= 1 << chance.randrange(8)
    return bytes(flipped)


class Round:
    """A copy of a lake, files of which are damaged, and commands that look at it."""

    def __init__(self, lake: Home, folder: Path, forking: Forking, seed: str) -> None:
        self.seed, self.chance = seed, random.Random(seed)
        self._whole, self.lake, self._forking = lake, lake.copied(folder), forking
        self.damaged: dict[str, tuple[bytes, bytes]] = {}

    def damage(self, prefix: str, *, some: Callable[[list[str]], list[str]] = list) -> None:
        """Damage the files below a prefix, or some of them."""
        there = [path.relative_to(self.lake.lake).as_posix() for path in files(self.lake.lake)]
        keys = [key for key in there if key.startswith(prefix)]
        assert keys, f"nothing lies below {prefix}"
        for key in some(keys):
            path = self.lake.lake / key
            before = path.read_bytes()
            after = changed(before, self.chance)
            # A second name of the file, as a move makes one, is not to change with it.
            path.unlink()
            path.write_bytes(after)
            self.damaged[key] = before, after

    def ran(self, *arguments: str, codes: Iterable[int] = (0,)) -> Ended:
        """Run a command; anything but the expected exit codes is a crash."""
        ended = self._forking.ran(self.lake.folder, *arguments)
        if ended.code not in codes or "Traceback" in ended.talk:
            raise Crashed(f"{' '.join(arguments)} ended with {ended.code}: {ended.talk}")
        return ended

    def judged(
        self, kind: str, detected: Callable[[str], bool], same: Callable[[str], bool]
    ) -> Iterator[Verdict]:
        """What became of each damage."""
        for key in self.damaged:
            verdict = "detected" if detected(key) else "harmless" if same(key) else "wrong"
            yield kind, verdict, f"{self.seed}: {key}"

    def shows_the_same(self) -> bool:
        """Whether each chart and day that was acknowledged shows what it should, and no other is shown."""
        seen = self.lake.seen()
        kept = {key: seen.get(key) for key in self.lake.certain}
        others = {key[0] for key in seen if key not in self.lake.certain}
        return kept == self.lake.certain and others <= {"deezer"}


class Crashed(Exception):
    """A command ended as none should."""


def _of_tables(one: Round) -> Iterator[Verdict]:
    """Tables, the ledger and the records of batches are looked at by `rebuild --verify`."""

    def one_of_each_group(keys: list[str]) -> list[str]:
        groups: dict[tuple[str, ...], list[str]] = {}
        for key in keys:
            file = layout.table_file(key)
            if file is not None and file.table != "run_data":
                groups.setdefault((file.table, file.source, file.month), []).append(key)
        return [one.chance.choice(group) for group in groups.values()]

    one.damage("transformed_data/", some=one_of_each_group)
    one.damage("transformed_data/run_data/")
    one.damage("batches/")
    said = json.loads(one.ran("rebuild", "--verify", "--json", codes=(0, 3)).answer)
    refused = {each["key"] for each in said["refused"]}
    differ = {(each["table"], each["source"], each["month"]) for each in said["differences"]}

    def detected(key: str) -> bool:
        file = layout.table_file(key)
        return key in refused or (file is not None and (file.table, file.source, file.month) in differ)

    def same(key: str) -> bool:
        return (
            key.endswith(".parquet")
            and "run_data" not in key
            and _rows(one.damaged[key][0]) == _rows(one.damaged[key][1])
        )

    for _, verdict, what in one.judged("tables", detected, same):
        kind = "records" if "batches/" in what else "the ledger" if "run_data" in what else "tables"
        superseded = (
            verdict == "wrong" and kind == "tables" and any(name in what for name in _superseded(one.lake))
        )
        yield kind, "superseded" if superseded else verdict, what


def _of_raw(one: Round) -> Iterator[Verdict]:
    """Raw documents are looked at by whoever takes them up, and by `rebuild --verify`."""
    one.damage("raw_data/", some=lambda keys: [key for key in keys if layout.captured_in(key)])
    said = json.loads(one.ran("rebuild", "--verify", "--json", codes=(0, 3)).answer)
    refused = {each["key"] for each in said["refused"]}
    one.ran("transform", codes=(0, 3))
    rejected = {
        path.read_bytes() for path in (one.lake.lake / "raw_data/rejected").rglob("*") if path.is_file()
    }

    def same(key: str) -> bool:
        before, after = one.damaged[key]
        return plain(before) == plain(after)

    yield from one.judged(
        "raw documents", lambda key: key in refused or one.damaged[key][1] in rejected, same
    )


def _of_states(one: Round) -> Iterator[Verdict]:
    """A state is a hint: without it a day is recorded once more, which counts once."""
    one.damage("state/charts/")
    one.damage("state/compacted")
    one.ran("capture", *for_tick(tick(0)))
    one.ran("transform", codes=(3,))
    yield from one.judged("states", lambda _: False, lambda _: one.shows_the_same())


def _of_marks(one: Round) -> Iterator[Verdict]:
    """Of a batch that was begun without a mark the documents are taken up as any others."""
    one.damage("state/batches/")
    one.damage("state/superseded/")
    one.ran("transform", codes=(3,))
    one.ran("compact", "--grace", "0")
    yield from one.judged("marks", lambda _: False, lambda _: one.shows_the_same())


def _of_tombstones(one: Round) -> Iterator[Verdict]:
    """Where a tombstone cannot be read its source stays out."""
    one.damage("state/tombstones/")
    one.ran("transform", codes=(3,))
    yield from one.judged("tombstones", lambda _: one.shows_the_same(), lambda _: False)


def _of_the_cache(one: Round) -> Iterator[Verdict]:
    """A cache that is damaged is made anew."""
    whole = one.ran("query", "--csv", _ANSWERS).answer
    one.damage("warehouse.duckdb", some=lambda keys: keys[:1])
    answer = one.ran("query", "--csv", _ANSWERS).answer
    yield from one.judged("the cache", lambda _: False, lambda _: answer == whole)


ROUNDS = {_of_tables: 4, _of_raw: 4, _of_states: 3, _of_marks: 3, _of_tombstones: 4, _of_the_cache: 4}
"""The rounds, and how often each is drawn."""


def flip(tally: Tally, folder: Path, services: Services, cases: int, *, seed: int) -> dict[str, Counter[str]]:
    """Damage so many files; what became of them, by kind."""
    lake = furnished(folder / "furnished", services)
    became: dict[str, Counter[str]] = {}

    def lane(number: int) -> list[Verdict]:
        verdicts: list[Verdict] = []
        with Forking() as forking:
            kinds = random.Random(number).sample(list(ROUNDS), counts=ROUNDS.values(), k=sum(ROUNDS.values()))
            for drawn in range(cases):
                if len(verdicts) >= cases / LANES:
                    break
                where = folder / f"{number}-{drawn}"
                kind = kinds[drawn % len(kinds)]
                try:
                    verdicts += kind(Round(lake, where, forking, f"{seed}-{number}-{drawn}"))
                except Crashed as crashed:
                    verdicts.append((kind.__name__, "wrong", f"{seed}-{number}-{drawn}: {crashed}"))
                shutil.rmtree(where)
        return verdicts

    with ThreadPoolExecutor(LANES) as pool:
        for verdicts in pool.map(lane, range(LANES)):
            for kind, verdict, what in verdicts:
                tally.cases += 1
                became.setdefault(kind, Counter())[verdict] += 1
                if verdict == "wrong":
                    tally.wrong += 1
                    print(kind, what)  # noqa: T201
    return became


def told(became: dict[str, Counter[str]]) -> str:
    """What became of the damages, as a sentence."""
    return "; ".join(
        f"{kind}: {', '.join(f'{count} {verdict}' for verdict, count in sorted(counted.items()))}"
        for kind, counted in sorted(became.items())
    )


def _rows(data: bytes) -> list[tuple[object, ...]] | str:
    """The rows of a table's file, or what is wrong with it."""
    with NamedTemporaryFile(suffix=".parquet") as file, duckdb.connect(config={"threads": 1}) as connection:
        file.write(data)
        file.flush()
        try:
            return connection.execute("FROM read_parquet($1)", [file.name]).fetchall()
        except duckdb.Error as error:
            return str(error)


def _superseded(lake: Home) -> set[str]:
    """The names of batches whose files go after the hour."""
    names: set[str] = set()
    for path in (lake.lake / "state/superseded").glob("*.json"):
        names |= set(json.loads(path.read_bytes()).get("batches", []))
    return names
