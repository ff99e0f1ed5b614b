"""Where everything lies in a lake: the only speller of keys.

::

    raw_data/to_be_processed/<source>/<chart>/<captured_at>-<hash12>.json.zst
    raw_data/processed/…same key…
    raw_data/rejected/…same key…    and …same key….reason.json
    batches/<batch>.json
    transformed_data/<table>/month=YYYY-MM/<source>-<batch>.parquet
    transformed_data/<table>/month=YYYY-MM/compact-<source>-<batch>.parquet
    state/charts/<source>/<chart>.json     what the last capture left behind
    state/batches/<batch>.json             batches begun and not known to be finished
    state/runs/<run>.json                  runs begun and not known to be finished
    state/superseded/<name>.json           what others took the place of, and when
    state/tombstones/<source>.json         sources that were forgotten, and until when
    state/removals/<source>.json           removals of what is too old, begun and not known to be finished
    state/doctor/<name>                    what `chartlake doctor` tries a bucket with, and takes away again
    state/told.json                        which stale charts somebody was told of, and when
    state/compacted.json                   the month that was the current one when the lake was last compacted

A key holds nothing but ``[A-Za-z0-9_./=-]``.  Every other byte of a name is written
``=XX``, and so is ``=`` itself, so that two names never share a key; a name made of
dots alone is written out too, so that no key leaves its prefix.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from typing import NamedTuple

from chartlake.snapshot import stated_moment

TO_BE_PROCESSED = "raw_data/to_be_processed/"
PROCESSED = "raw_data/processed/"
REJECTED = "raw_data/rejected/"
TABLES = "transformed_data/"
BATCHES = "batches/"
OPEN_BATCHES = "state/batches/"
OPEN_RUNS = "state/runs/"
CHART_STATES = "state/charts/"
SUPERSEDED = "state/superseded/"
TOMBSTONES = "state/tombstones/"
REMOVALS = "state/removals/"
DOCTOR = "state/doctor/"
COMPACTED = "state/compacted.json"
TOLD = "state/told.json"

REASON_SUFFIX = ".reason.json"
ENVELOPE_SUFFIX = ".json.zst"
SHORT = 12
"""Hexadecimal digits of a content hash in a key: 48 bits tell apart what one chart
and one microsecond can hold, and the whole hash stands in the rows."""

_LONGEST_NAME = 180
_LONGEST_SEGMENT = 240
_LEFT_OF_LONG = 128
_PLAIN = re.compile(r"[A-Za-z0-9_.-]+")
_CUT_OFF = re.compile(r"=-[0-9a-f]{24}")
_LONGEST_PATH = 900
_SPELLED = re.compile(r"(?:[A-Za-z0-9_.-]|=[0-9A-F]{2}|=(?=-))+|=")
_ODD = re.compile(r"[^A-Za-z0-9_.-]")
_ODD_OR_DOT = re.compile(r"[^A-Za-z0-9_-]")
_DOTS = re.compile(r"\.+")
_INSTANT = "%Y%m%dT%H%M%S.%fZ"
_INSTANT_AT_START = re.compile(r"(\d{4})(\d{2})\d{2}T\d{6}")
_CAPTURED = re.compile(r"(\d{8}T\d{6}\.\d{6}Z)-[0-9a-f]{12}\.json\.zst")
_TABLE_FILE = re.compile(
    r"transformed_data/([a-z_]+)/month=(\d{4}-\d{2})/(compact-)?([^/]+)-([0-9a-f]{16})\.parquet"
)
_DIGEST_AT_END = re.compile(r"-([0-9a-f]{12})(?:\.[A-Za-z0-9.]+)?$")
_HASH_AT_END = re.compile(r"-([0-9a-f]{12})$")
_ENDING = re.compile(r"\.(?:json|csv)(?:\.(?:zst|gz))?$", re.IGNORECASE)


class TableFile(NamedTuple):
    """What the key of a table's file says: whose rows lie in it."""

    table: str
    month: str
    source: str
    batch: str
    compacted: bool


def spelled(name: str) -> str:
    """One name as one segment of a key.

    Two different names are never spelled alike.  The empty name is ``=``; a name too
    long for a file system is cut and told apart by its hash.
    """
    if len(name) <= _LONGEST_NAME and _PLAIN.fullmatch(name) and not _DOTS.fullmatch(name):
        return name
    if not name:
        return "="
    written = _written(name)
    if len(written) <= _LONGEST_NAME:
        return written
    raw = name.encode("utf-8", "surrogatepass")
    return f"{_cut(written, _LEFT_OF_LONG)}=-{hashlib.sha256(raw).hexdigest()[:24]}"


def plain_name(name: str) -> str:
    """What a file name, or the last segment of a key, says to a person.

    Without ending and content hash, and no longer spelled: the same before a document is
    moved into processed and after it.  Of a name too long for a key only the moment is left.
    """
    stem = _without_hashes(_ENDING.sub("", name))
    if _too_long(stem):
        return _moment_in(stem)
    *cut, rest = _CUT_OFF.split(stem) if _SPELLED.fullmatch(stem) else [stem]
    return rest.removeprefix("-") if cut else _plainest(stem)


def instant(moment: datetime) -> str:
    """A moment as keys spell it: ``20261120T063000.000000Z``, always UTC."""
    return moment.astimezone(UTC).strftime(_INSTANT)


def month_of(moment: datetime) -> str:
    """The partition of a moment: ``YYYY-MM``, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m")


def raw_key(source: str, chart_id: str, captured_at: datetime, digest: str) -> str:
    """Where a captured snapshot waits to be processed."""
    name = f"{instant(captured_at)}-{digest[:SHORT]}{ENVELOPE_SUFFIX}"
    return f"{TO_BE_PROCESSED}{spelled(source)}/{spelled(chart_id)}/{name}"


def dropped_key(name: str, digest: str) -> str:
    """Where a bare document of that file name waits to be processed.

    The name is kept, for it may state the time; the hash makes it unique.
    """
    return TO_BE_PROCESSED + "imported/" + _with_digest(name, digest)


def digest_in(key: str) -> str | None:
    """The short hash that a key claims for its content, or None if it claims none."""
    found = _DIGEST_AT_END.search(key.rpartition("/")[2])
    return found[1] if found else None


def settled_key(key: str, digest: str, *, zone: str) -> str:
    """The key of a pending document once it lies in ``zone`` (processed or rejected).

    The path stays the same; a document whose name holds no hash gets one, and whatever
    a person's file name held that keys do not is spelled out.
    """
    path = key.removeprefix(TO_BE_PROCESSED)
    *folders, name = path.split("/")
    segments = [_kept(folder, longest=_LONGEST_SEGMENT) for folder in folders]
    named = digest_in(name) == digest[:SHORT] and _kept(name, longest=_LONGEST_SEGMENT) == name
    if sum(map(len, segments)) > _LONGEST_PATH:
        # Deeper than any file system goes once it is spelled out.
        segments = [f"deep=-{hashlib.sha256('/'.join(segments).encode()).hexdigest()[:24]}"]
    segments.append(name if named else _with_digest(name, digest))
    return zone + "/".join(segments)


def pending_key(key: str) -> str:
    """Where a rejected or processed document goes to be taken up once more."""
    for zone in (REJECTED, PROCESSED):
        if key.startswith(zone):
            return TO_BE_PROCESSED + key.removeprefix(zone)
    return key


def reason_key(rejected: str) -> str:
    """Where the reason of a rejected document stands: beside it."""
    return rejected + REASON_SUFFIX


def table_key(table: str, *, month: str, source: str, batch: str, compacted: bool = False) -> str:
    """Where a batch's rows of one table lie."""
    begins = "compact-" if compacted else ""
    return f"{TABLES}{table}/month={month}/{begins}{spelled(source)}-{batch}.parquet"


def table_file(key: str) -> TableFile | None:
    """What the key of a table's file says, or None if no batch is named so."""
    found = _TABLE_FILE.fullmatch(key)
    if found is None:
        return None
    table, month, compacted, source, batch = found.groups()
    return TableFile(table, month, _unspelled(source), batch, compacted is not None)


def chart_in(key: str) -> tuple[str | None, str | None]:
    """The source and chart that a raw document's key names, or None for each."""
    segments = key.split("/")
    if len(segments) != 5:  # noqa: PLR2004 - raw_data, zone, source, chart, name
        return None, None
    return _unspelled(segments[2]), _unspelled(segments[3])


def month_in(key: str) -> str | None:
    """The partition that a captured document's key names: ``YYYY-MM``, or None."""
    found = _INSTANT_AT_START.match(key.rpartition("/")[2])
    return f"{found[1]}-{found[2]}" if found else None


def captured_in(key: str) -> datetime | None:
    """The moment (UTC) at which the key of a captured document says it was captured, or None."""
    found = _CAPTURED.fullmatch(key.rpartition("/")[2])
    return datetime.strptime(found[1], _INSTANT).replace(tzinfo=UTC) if found else None


def batch_key(batch: str) -> str:
    """Where it is written what a batch is made of."""
    return f"{BATCHES}{batch}.json"


def open_batch_key(batch: str) -> str:
    """A mark that a batch of several documents was begun."""
    return f"{OPEN_BATCHES}{batch}.json"


def open_run_key(run_id: str) -> str:
    """A mark that a run was begun."""
    return f"{OPEN_RUNS}{spelled(run_id)}.json"


def chart_state_key(source: str, chart_id: str) -> str:
    """What the last capture of a chart left behind for the next."""
    return f"{CHART_STATES}{spelled(source)}/{spelled(chart_id)}.json"


def chart_states_of(source: str) -> str:
    """Where the states of all charts of a source lie."""
    return f"{CHART_STATES}{spelled(source)}/"


def superseded_key(name: str) -> str:
    """Where it is written what others took the place of."""
    return f"{SUPERSEDED}{name}.json"


def tombstone_key(source: str) -> str:
    """Where it is written that a source was forgotten."""
    return f"{TOMBSTONES}{spelled(source)}.json"


def tombstone_in(key: str) -> str:
    """The source that the key of a tombstone names."""
    return _unspelled(key.removeprefix(TOMBSTONES).removesuffix(".json"))


def removal_key(source: str) -> str:
    """A mark that the removal of a source's old snapshots was begun."""
    return f"{REMOVALS}{spelled(source)}.json"


def doctor_key(name: str) -> str:
    """An object that is there only to be tried out with."""
    return f"{DOCTOR}{name}"


def _kept(segment: str, *, longest: int = _LONGEST_NAME) -> str:
    """A segment that may be spelled already: left alone if it is, spelled out if not."""
    if _SPELLED.fullmatch(segment) and segment.strip(".") and len(segment) <= longest:
        return segment
    return spelled(segment)


def _written(name: str) -> str:
    odd = _ODD_OR_DOT if _DOTS.fullmatch(name) else _ODD
    raw = name.encode("utf-8", "surrogatepass").decode("latin-1")
    return odd.sub(lambda found: f"={ord(found[0]):02X}", raw)


def _too_long(stem: str) -> bool:
    return len(stem if _SPELLED.fullmatch(stem) else _written(stem)) > _LONGEST_NAME


def _unspelled(segment: str) -> str:
    if segment == "=":
        return ""
    raw = segment.encode("utf-8", "surrogatepass")
    raw = re.sub(rb"=([0-9A-F]{2})", lambda found: bytes([int(found[1], 16)]), raw)
    return raw.decode("utf-8", "replace")


def _plainest(stem: str) -> str:
    """A name as it was before it was spelled, however often that was, if ever."""
    while stem != (plainer := _unspelled(stem)):
        stem = plainer
    return stem


def _cut(written: str, length: int) -> str:
    """The beginning of a spelled name, never ending inside an ``=XX``."""
    return re.sub(r"=[0-9A-F]?$", "", written[:length])


def _with_digest(name: str, digest: str) -> str:
    ending = found[0] if (found := _ENDING.search(name)) else ""
    stem = name.removesuffix(ending)
    # What is cut off may be the time, and that is needed whenever the document is read again.
    moment = _moment_in(stem) if _too_long(stem) else ""
    kept = f"{_kept(stem)}-{moment}" if moment else _kept(stem)
    return f"{kept}-{digest[:SHORT]}{ending}"


def _moment_in(stem: str) -> str:
    moment = stated_moment(_plainest(stem))
    return instant(moment) if moment else ""


def _without_hashes(stem: str) -> str:
    """The stem of a name without the content hashes at its end; 202307141020 is a moment."""
    while (found := _HASH_AT_END.search(stem)) and not (found[1].isdigit() and stated_moment(found[1])):
        stem = stem[: found.start()]
    return stem
