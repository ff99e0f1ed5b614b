"""Files that people have, into a lake: chart files, and raw documents of older pipelines.

A file that is brought in twice makes the same document under the same key, so that the
second time changes nothing.  For that reason an imported snapshot says the moment that its
file states, and not when it was imported: the ledger and the object's own time say that.
"""

from __future__ import annotations

import csv
import os
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from chartlake import layout
from chartlake.errors import MissingObject, Rejected, SettingsError
from chartlake.intake.collection import charts_in, refuse_unsorted
from chartlake.snapshot import (
    FORMAT,
    LARGEST,
    Envelope,
    Request,
    digest,
    packed,
    sealed,
    stated_moment,
    stated_name,
    unpacked,
)
from chartlake.transform import in_envelope, understood
from chartlake.transform.chartfile import HOW_TO_NAME, LONGEST_HEADER, Table, begun, cadence_in, region_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chartlake.progress import Progress
    from chartlake.store import Store

_A_DAY = timedelta(days=1)
_JSON_ENDING = re.compile(r"\.json(\.zst)?$", re.IGNORECASE)
_OK = 200


class Arriving(NamedTuple):
    """A document on its way into a lake.

    Attributes:
        name: The file it comes from, and which part of it, for people.
        key: The key under which it waits to be processed; equal for equal documents.
        raw_hash: Its content hash.
        document: Its bytes, uncompressed; `chartlake.snapshot.packed` makes what is kept.
    """

    name: str
    key: str
    raw_hash: str
    document: bytes


class Refused(NamedTuple):
    """A file that is no chart, and why not, in a sentence that ends with what to do."""

    name: str
    reason: str


class Brought(NamedTuple):
    """What an import came to: documents taken in, those known already, and files left out."""

    taken: int
    known: int
    refused: list[Refused]


class _Chart(NamedTuple):
    """What is known of a chart file apart from its text."""

    file_name: str
    chart_id: str
    region: str | None
    cadence: str
    captured_at: datetime


def bring_in(
    store: Store, paths: Iterable[Path], *, now: datetime, progress: Progress | None = None
) -> Brought:
    """Put the documents of files and folders where they wait to be processed.

    Args:
        store: The lake.
        paths: Files, or folders with all that lies in them.
        now: When it is; nothing is taken in from the future.
        progress: Told of each file done.

    Raises:
        SettingsError: There is no such file or folder; nothing was done.
        StorageError: The lake cannot be written.
    """
    files = [one for path in paths for one in _files(Path(path))]
    taken = known = 0
    refused: list[Refused] = []
    for done, (name, file) in enumerate(files, 1):
        for one in _arrivals(name, file, now):
            if isinstance(one, Refused):
                refused.append(one)
            elif _is_processed(store, one) or not store.create(one.key, packed(one.document)):
                known += 1
            else:
                taken += 1
        if progress is not None:
            progress("import", done, len(files))
    return Brought(taken, known, refused)


def documents(path: Path, *, now: datetime) -> Iterator[Arriving | Refused]:
    """The documents of a file, or of all files in a folder, in the order of their names.

    A file that is no chart is a value among them, so that the others are still taken.

    Args:
        path: The file or folder; what is hidden in a folder is passed over.
        now: When it is; nothing is taken in from the future.

    Raises:
        SettingsError: There is no such file or folder.
    """
    for name, file in _files(Path(path)):
        yield from _arrivals(name, file, now)


def _is_processed(store: Store, one: Arriving) -> bool:
    try:
        store.get(layout.settled_key(one.key, one.raw_hash, zone=layout.PROCESSED), most=1)
    except MissingObject:
        return False
    return True


def _files(path: Path) -> Iterator[tuple[str, Path]]:
    """The files, each with its name as seen from where the person pointed."""
    if path.is_file():
        yield _legible(path.name), path
        return
    if not path.is_dir():
        raise SettingsError(f"there is no file or folder {_legible(str(path))}; check the spelling")
    for folder, inner, names in os.walk(path):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        for name in sorted(names):
            file = Path(folder, name)
            if not name.startswith(".") and not name.endswith(layout.REASON_SUFFIX) and file.is_file():
                yield _legible(str(file.relative_to(path))), file


def _legible(name: str) -> str:
    """A file's name as text, whatever its bytes."""
    return os.fsencode(name).decode("utf-8", "replace")


def _arrivals(name: str, file: Path, now: datetime) -> Iterator[Arriving | Refused]:
    """What a file holds; whatever is wrong with it is told, not raised."""
    kind = file.name.lower()
    try:
        if kind.endswith(".csv"):
            yield from _chart_file(name, file, now)
        elif kind.endswith((".json", ".json.zst")):
            yield _raw_document(name, file, now)
        else:
            yield Refused(name, "it is neither a .csv nor a .json nor a .json.zst file; leave it out")
    except Rejected as rejected:
        hint = "" if ";" in str(rejected) else "; leave it out"
        yield Refused(name, f"{rejected}{hint}")
    except UnicodeDecodeError:
        yield Refused(name, "it is not UTF-8 text; save it as UTF-8")
    except csv.Error as error:
        yield Refused(name, f"it is not CSV ({error}); download it again")
    except OSError as error:
        yield Refused(name, f"it cannot be read ({error.strerror}); check its permissions")


def _raw_document(name: str, file: Path, now: datetime) -> Arriving:
    """An envelope, or a bare document of an older pipeline, as it is."""
    document = unpacked(_read(file))
    reading = understood(document, name=_legible(file.name))
    _refuse_the_future(reading.captured_at, now)
    raw_hash = digest(document)
    if in_envelope(document):
        key = layout.raw_key(reading.source, reading.chart_id, reading.captured_at, raw_hash)
    else:
        stem = _JSON_ENDING.sub("", _legible(file.name))
        key = layout.dropped_key(stem + layout.ENVELOPE_SUFFIX, raw_hash)
    return Arriving(name, key, raw_hash, document)


def _chart_file(name: str, file: Path, now: datetime) -> Iterator[Arriving]:
    with file.open("rb") as stream:
        table = begun(stream.read(LONGEST_HEADER).decode("utf-8", "replace"))
    if table is None:
        raise Rejected("its header is that of no known chart file", reason="shape")
    if not table.layout.date:
        yield _sealed(name, _read(file).decode("utf-8"), _one_chart(_legible(file.name), table), now)
        return
    refuse_unsorted(file)
    for part in charts_in(file):
        chart = _Chart(_legible(file.name), part.chart_id, part.region, "daily", part.captured_at)
        yield _sealed(f"{name}: {part.chart_id} {part.day}", part.text, chart, now)


def _one_chart(file_name: str, table: Table) -> _Chart:
    plain = layout.plain_name(file_name)
    moment, chart_id = stated_moment(plain), stated_name(plain)
    if moment is None or not chart_id:
        raise Rejected(f"its name states no chart or no date; {HOW_TO_NAME}", reason="unnamed")
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return _Chart(file_name, chart_id, region_in(chart_id), cadence_in(chart_id, table.places), day)


def _sealed(name: str, text: str, chart: _Chart, now: datetime) -> Arriving:
    _refuse_the_future(chart.captured_at, now)
    document = sealed(
        Envelope(
            chartlake=FORMAT,
            source="chartfile",
            chart_id=chart.chart_id,
            region=chart.region,
            cadence=chart.cadence,
            captured_at=chart.captured_at,
            requests=[Request(url=f"file:{chart.file_name}", status=_OK)],
            pages=[msgspec.Raw(msgspec.json.encode(text))],
        )
    )
    if len(document) > LARGEST:
        raise _too_large()
    raw_hash = digest(document)
    key = layout.raw_key("chartfile", chart.chart_id, chart.captured_at, raw_hash)
    return Arriving(name, key, raw_hash, document)


def _read(file: Path) -> bytes:
    with file.open("rb") as stream:
        content = stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise _too_large()
    return content


def _refuse_the_future(moment: datetime, now: datetime) -> None:
    """A date is a day of some country, which may be ahead of UTC; more than a day is a mistake."""
    if moment > now + _A_DAY:
        raise Rejected(f"it is of {moment:%Y-%m-%d}, which is yet to come; correct the date", reason="future")


def _too_large() -> Rejected:
    return Rejected("it is larger than 16 MiB", reason="too-large")
