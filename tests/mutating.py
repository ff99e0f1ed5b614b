"""Documents of every source, changed at random, and what must hold whatever was changed.

As a program it is one worker of the long proof, in a process with a cap on its memory::

    python tests/mutating.py bytes|parts SEED SECONDS COUNT MIB
"""

from __future__ import annotations

import json
import random
import re
import resource
import sys
import time
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chartlake.transform.reading import Reading

    Read = Callable[[bytes, str], Reading]

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent / "transform"))

from golden import CASES, DATA

from chartlake.errors import Rejected
from chartlake.parquet import written
from chartlake.quality import fields, judge
from chartlake.tables import PUBLISHED
from chartlake.transform import understood
from chartlake.transform.shred import Rows
from hostile import SURROGATES, TEXTS

MOST_SECONDS_A_MIB = 1.0
NAMES = ("", "top 50 2026-06-01.json", "regional-de-daily-2026-06-01.csv")
_PARQUET_EVERY = 50
_MOST_PLACES = 3000
_BATCH = 256


def documents() -> dict[str, tuple[bytes, str]]:
    """Every golden document without needless space, and the file name under which it comes."""
    found = {}
    for case, name in CASES.items():
        raw = (DATA / case).read_bytes()
        small = raw if case.endswith(".csv") else json.dumps(json.loads(raw), separators=(",", ":")).encode()
        found[case] = (small, name)
    return found


def passed(document: bytes, name: str) -> Reading:
    """A reading that passes every check.

    Raises:
        Rejected: There is none.
    """
    reading = understood(document, name=name)
    judge(reading)
    return reading


@dataclass
class Counted:
    """What came of so many changed documents.

    Attributes:
        cases: Documents tried.
        accepted: Those that gave rows.
        reasons: The others, by reason.
        wrong: Those that ended otherwise, or broke what must hold; ``first`` tells of one.
        wedged: Those that took more than a second a MiB of processor time.
    """

    cases: int = 0
    accepted: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    wrong: int = 0
    wedged: int = 0
    first: str = ""
    peak_mib: int = 0
    read: Read = passed

    def add(self, document: bytes, name: str) -> None:
        """Read a document, and count what comes of it."""
        self.cases += 1
        try:
            reason = outcome(document, name, read=self.read, to_parquet=self.cases % _PARQUET_EVERY == 0)
        except Exception as error:  # noqa: BLE001 - that there is any other is what is looked for
            self.wrong += 1
            self.first = self.first or f"{type(error).__name__}: {error} | {name!r} {document[:3000]!r}"
            return
        if reason is None:
            self.accepted += 1
        else:
            self.reasons[reason] = self.reasons.get(reason, 0) + 1

    def add_all(self, changed: list[tuple[bytes, str]]) -> None:
        """Read some documents under one watch: in a batch, because a look at the clock takes time too."""
        began = time.process_time()
        for document, name in changed:
            self.add(document, name)
        took = time.process_time() - began
        if took > MOST_SECONDS_A_MIB * max(1.0, sum(len(one) for one, _ in changed) / 2**20):
            # One of them was slow, or the machine was: each is looked at alone.
            self.wedged += sum(_is_slow(document, name, self.read) for document, name in changed)


def outcome(document: bytes, name: str, *, read: Read = passed, to_parquet: bool = True) -> str | None:
    """The reason why a document is rejected, or None once its rows hold together."""
    try:
        reading = read(document, name)
    except Rejected as rejected:
        return _word(rejected)
    positions = sorted(entry.position for entry in reading.entries)
    assert positions == list(range(1, reading.items + 1)), "items in are not rows out"
    assert reading.items > 0, "a silent zero"
    shown = sum(entry.item_type != "missing" for entry in reading.entries)
    assert shown, "a silent zero: nothing of it can be read"
    rows = Rows(1)
    rows.add(reading, raw_hash="0" * 64, raw_key="a-key")
    assert rows.count("chart_data") == reading.items
    if to_parquet:
        fields(document)
        for table in PUBLISHED:
            assert not rows.count(table.name) or written(table, rows.columns(table))
    return None


def _word(rejected: Rejected) -> str:
    assert re.fullmatch("[a-z-]+", rejected.reason), rejected.reason
    assert str(rejected)
    return rejected.reason


def _is_slow(document: bytes, name: str, read: Read) -> bool:
    began = time.process_time()
    with suppress(Exception):  # it was counted already
        outcome(document, name, read=read)
    return time.process_time() - began > MOST_SECONDS_A_MIB * max(1.0, len(document) / 2**20)


# Bytes


def bytes_changed(dice: random.Random) -> Iterator[tuple[bytes, str]]:
    """Golden documents, each with some of its bytes changed."""
    known = list(documents().values())
    draw, below = dice.random, dice.randrange
    while True:
        document, name = known[int(draw() * len(known))]
        changed = bytearray(document)
        for _ in range(1 + int(draw() * draw() * 5)):
            at, kind = int(draw() * len(changed)), int(draw() * 8)
            if kind < 4:
                changed[at] = int(draw() * 256)
            elif kind == 4:
                changed[at] ^= 1 << int(draw() * 8)
            elif kind == 5:
                del changed[at : at + 1 + int(draw() * 8)]
            elif kind == 6:
                changed[at:at] = dice.choice(_PIECES)
            else:
                begin = below(len(document))
                changed[at : at + int(draw() * 30)] = document[begin : begin + int(draw() * 30)]
            if not changed:
                break
        yield bytes(changed), name


_PIECES = [
    piece.encode() if isinstance(piece, str) else piece
    for piece in (
        "{", "}", "[", "]", '"', ",", ":", "null", "true", "-", "0", "1e999", "NaN", "\\", "\\u0000",
        "\\ud800",
        "\x00", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf",
        "9" * 40, "[" * 2000, '{"a":' * 600, "\u202e", " " * 64,
        '"items":[]', '"data":[]', '"pages":[]', '"chartlake":1,', "\n", "\r", ",,", '""', "1,", "2,",
    )
]  # fmt: skip


# Parts


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document, the whole first."""
    yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, member in inside:
        yield from places(member, (*path, step))


def _scalars(dice: random.Random) -> Any:
    kind = dice.randrange(4)
    if kind == 0:
        return dice.choice(TEXTS)
    if kind == 1:
        return dice.choice(_NUMBERS)
    if kind == 2:
        return dice.choice([None, True, False, "", [], {}, [[]], [None], {"": None}, *SURROGATES])
    return dice.choice(_TELLING)


_NUMBERS = [0, 1, -1, 2**31, -(2**31) - 1, 2**63, -(2**63), 2**64, 10**40, 1.5, -0.0, 1e300, 5e-324]
_TELLING = [
    "2026-06-01T06:30:00Z", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "0000", "2026-13-45",
    "Mon, 01 Jun 2026 00:10:00 +0000", "https://evil.example/", "javascript:alert(1)", "daily", "weekly",
    "hourly",
    "spotify", "deezer", "nobody", 1, 2, "1", "-1", "\u0661", "1" * 5000,
]  # fmt: skip


def _drop(around: Any, step: Any, dice: random.Random) -> None:
    del around[step]


def _replace(around: Any, step: Any, dice: random.Random) -> None:
    around[step] = _scalars(dice)


def _rename(around: Any, step: Any, dice: random.Random) -> None:
    if isinstance(around, dict):
        around[dice.choice([f"{step}_", str(step).upper(), "item", "track", "data", "items"])] = around.pop(
            step
        )
    else:
        dice.shuffle(around)


def _double(around: Any, step: Any, dice: random.Random) -> None:
    if isinstance(around, list):
        around[step:step] = [deepcopy(around[step]) for _ in range(dice.choice([1, 2, 60]))]
    else:
        around[f"{step} again"] = deepcopy(around[step])


def _wrap(around: Any, step: Any, dice: random.Random) -> None:
    value = around[step]
    around[step] = dice.choice(
        [[value], {str(step): value}, [[value]], {"data": value}, {"items": value}, [value] * 3]
    )


def _unwrap(around: Any, step: Any, dice: random.Random) -> None:
    value = around[step]
    inside = list(value.values() if isinstance(value, dict) else value if isinstance(value, list) else [])
    around[step] = dice.choice(inside) if inside else str(value)


def _nest(around: Any, step: Any, dice: random.Random) -> None:
    value = around[step]
    for _ in range(dice.choice([2, 30, 300])):
        value = dice.choice([[value], {"a": value}])
    around[step] = value


def _swap(around: Any, step: Any, dice: random.Random) -> None:
    other = dice.choice(list(around) if isinstance(around, dict) else range(len(around)))
    around[step], around[other] = around[other], around[step]


CHANGES: list[Callable[[Any, Any, random.Random], None]] = [
    _drop, _drop, _replace, _replace, _replace, _rename, _double, _wrap, _unwrap, _nest, _swap,
]  # fmt: skip


def parts_changed(dice: random.Random) -> Iterator[tuple[bytes, str]]:
    """Golden documents with parts dropped, replaced, renamed, doubled, wrapped or swapped."""
    known = [(json.loads(raw), name) for raw, name in documents().values() if raw[:1] in b"{["]
    while True:
        whole, name = dice.choice(known)
        with suppress(RecursionError):  # of the program that makes them, where one is nested again and again
            yield _with_changes(whole, dice), dice.choice([name, name, *NAMES])


def _with_changes(document: Any, dice: random.Random) -> bytes:
    whole = [deepcopy(document)]
    for _ in range(dice.choice([1, 1, 1, 2, 3, 5])):
        candidates = [place for place in places(whole) if place]
        if not candidates or len(candidates) > _MOST_PLACES:
            break  # doubled again and again, it would fill the memory of its maker
        *path, last = dice.choice(candidates)
        around: Any = whole
        for step in path:
            around = around[step]
        dice.choice(CHANGES)(around, last, dice)
    text = json.dumps(whole[0] if whole else None, ensure_ascii=dice.random() < 0.5)
    return text.encode("utf-8", "surrogatepass")


HOW = {"bytes": bytes_changed, "parts": parts_changed}


def tried(how: str, *, seed: int, count: int, seconds: float = float("inf"), read: Read = passed) -> Counted:
    """Change so many documents, or as many as fit into so many seconds, and read them."""
    counted, ends = Counted(read=read), time.monotonic() + seconds
    changed = HOW[how](random.Random(seed))
    while counted.cases < count and time.monotonic() < ends:
        counted.add_all([next(changed) for _ in range(min(_BATCH, count - counted.cases))])
    counted.peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return counted


if __name__ == "__main__":
    _, _how, _seed, _seconds, _count, _mib = sys.argv
    resource.setrlimit(resource.RLIMIT_AS, (int(_mib) * 2**20,) * 2)
    done = tried(_how, seed=int(_seed), count=int(_count), seconds=float(_seconds))
    del done.read
    sys.stdout.write(json.dumps(vars(done)))
