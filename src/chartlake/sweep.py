"""Whatever is pending gets done: published, or set aside with a reason.

Events are hints and this is the truth.  Any number of sweeps may run at once, each may be
killed at any moment, and what one leaves behind the next one finishes.
"""

from __future__ import annotations

from itertools import groupby, islice
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from chartlake import layout, tombstones
from chartlake.errors import MissingObject, RefusedObject, Rejected, StorageError
from chartlake.publish import Accepted, Draft, Mark
from chartlake.quality import judge
from chartlake.snapshot import LARGEST, digest, unpacked
from chartlake.store.ahead import ahead
from chartlake.transform import TRANSFORM_VERSION, understood

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from chartlake.progress import Progress
    from chartlake.store import Store
    from chartlake.transform.reading import Reading

DOCUMENTS_A_BATCH = 1000
"""Documents taken up at once: 50,000 make some 50 batches, and memory stays below 256 MiB."""

_A_REQUEST = 16 * 1024
"""Bytes that could be read in the time that a request takes."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one raw document.

    Attributes:
        key: Where it lies now.
        source: Whose it is; ``unknown`` if nobody can tell.
        chart_id: The chart, as far as can be told.
        raw_hash: Its content hash.
        chart_date: The day it stands for, if it could be read.
        captured_at: When it was captured, if it could be read.
        items: Items in it; 0 for the second copy of a document in one batch.
        entries: Entries published from it.
        reason: One word why it was rejected; None if it was published.
        message: The same as a sentence.
    """

    key: str
    source: str
    chart_id: str | None
    raw_hash: str
    chart_date: date | None = None
    captured_at: datetime | None = None
    items: int = 0
    entries: int = 0
    reason: str | None = None
    message: str | None = None


class Taken(msgspec.Struct, frozen=True):
    """What one portion came to.

    Attributes:
        outcomes: What became of each document.
        latest: The latest accepted document of each (source, chart).
        only: The bytes of the document, if there was but one.
    """

    outcomes: list[Outcome]
    latest: dict[tuple[str, str], Accepted]
    only: bytes | None = None


class Swept(NamedTuple):
    """What a sweep came to.

    Attributes:
        outcomes: What became of each document.
        warnings: What is worth telling of each (source, chart), a sentence each.
        notes: What else is worth telling, a sentence each.
    """

    outcomes: list[Outcome]
    warnings: dict[tuple[str, str], list[str]]
    notes: Sequence[str] = ()


class Sweeping(Protocol):
    """What publishes or rejects whatever is pending."""

    def __call__(
        self,
        store: Store,
        *,
        now: Callable[[], datetime],
        ready: Callable[[str], bool],
        progress: Progress,
    ) -> Swept:
        """Publish what is ready.

        Raises:
            StorageError: The lake cannot be read or written.
        """
        ...


def everything(key: str) -> bool:  # noqa: ARG001
    """Every pending document is taken up."""
    return True


def sweep(store: Store, *, now: datetime, ready: Callable[[str], bool] = everything) -> Iterator[Taken]:
    """Publish or reject whatever is pending.

    Batches that somebody began and did not finish come first, under their own names.

    Args:
        store: The lake.
        now: When it is; stands in the reasons of rejected documents.
        ready: Which pending keys to take up now; the others are left for another time.

    Yields:
        What became of the documents of one portion, once it is so.
    """
    yield from finish(store, now=now)
    for portion in portions(key for key in pending(store) if ready(key)):
        yield take_up(store, portion, now=now)


def finish(store: Store, *, now: datetime) -> Iterator[Taken]:
    """Finish the batches that somebody began, under their own names, and nothing else."""
    waiting = set(pending(store)) if any(store.list(layout.OPEN_BATCHES)) else set()
    for mark_key, moves in _begun(store, waiting):
        yield take_up(store, list(moves), now=now, settled=moves)
        store.delete([mark_key])


def pending(store: Store) -> list[str]:
    """The keys of the documents that wait; those of one source and month lie side by side."""
    return sorted((stored.key for stored in store.list(layout.TO_BE_PROCESSED)), key=place)


def take_up(
    store: Store, keys: Sequence[str], *, now: datetime, settled: Mapping[str, str] | None = None
) -> Taken:
    """Publish or reject the documents under these keys.

    Args:
        store: The lake.
        keys: Keys below to_be_processed; one that is no longer there was settled by somebody
            else and is passed over.
        now: When it is.
        settled: Where a document may lie already, by its pending key: then it is taken up from
            there, for the sake of a batch that holds it.
    """
    latest: dict[tuple[str, str], Accepted] = {}
    drafts: dict[tuple[str, str], list[Accepted]] = {}
    outcomes: list[Outcome] = []
    content: bytes | None = None
    forgotten = tombstones.standing(store)
    elsewhere = settled or {}
    fetches = ahead(store, keys, lambda key: _fetched(store, key, elsewhere.get(key)))
    for key, fetch in zip(keys, fetches, strict=True):
        stored, lies = b"", key
        try:
            found = fetch()
            if found is None:
                continue
            stored, lies = found
            document, content = _accepted(key, stored)
            tombstones.let_pass(document.reading, forgotten)
        except Rejected as rejected:
            outcomes.append(_set_aside(store, key, stored, rejected, now=now, lies=lies))
            continue
        except RefusedObject as error:
            outcomes.append(_unreadable(key, error))
            continue
        reading = document.reading
        drafts.setdefault((reading.source, layout.month_of(reading.captured_at)), []).append(document)
        known = latest.get((reading.source, reading.chart_id))
        if known is None or recency(known.reading) < recency(reading):
            latest[reading.source, reading.chart_id] = document
    for (source, month), documents in drafts.items():
        outcomes += _published(store, source, month, documents, now=now)
    return Taken(outcomes, latest, content if len(keys) == 1 else None)


def recency(reading: Reading) -> tuple[date, datetime]:
    """What makes one reading of a chart later than another."""
    return reading.chart_date, reading.captured_at


def _fetched(store: Store, key: str, elsewhere: str | None) -> tuple[bytes, str] | None:
    """The bytes of a document and the key under which they lie."""
    for place in filter(None, (key, elsewhere)):
        try:
            # One byte more than a document may have tells that it is too large.
            return store.get(place, most=LARGEST + 1), place
        except MissingObject:
            continue
    return None


def accepted(key: str, stored: bytes) -> Accepted:
    """A processed document that may be published once more, where it lies.

    Raises:
        Rejected: It may not; its bytes are not what they were, or the checks are not.
    """
    _, raw_hash, reading = _understood(key, stored)
    return Accepted(key, key, raw_hash, reading)


def _accepted(key: str, stored: bytes) -> tuple[Accepted, bytes]:
    document, raw_hash, reading = _understood(key, stored)
    settled = layout.settled_key(key, raw_hash, zone=layout.PROCESSED)
    return Accepted(key, settled, raw_hash, reading), document


def _understood(key: str, stored: bytes) -> tuple[bytes, str, Reading]:
    document = unpacked(stored)
    raw_hash = digest(document)
    claimed = layout.digest_in(key) if key.endswith(layout.ENVELOPE_SUFFIX) else None
    if claimed is not None and claimed != raw_hash[: layout.SHORT]:
        raise Rejected("its content is not what its name says", reason="damaged")
    reading = understood(document, name=key.rpartition("/")[2])
    judge(reading)
    return document, raw_hash, reading


def _published(
    store: Store, source: str, month: str, documents: list[Accepted], *, now: datetime
) -> list[Outcome]:
    """Publish documents as one batch; one that cannot be written is set aside alone.

    Of one that somebody took out of the lake meanwhile nothing is told.
    """
    draft = Draft(source, month)
    fresh = [draft.add(document) for document in documents]
    try:
        published = draft.publish(store)
    except (TypeError, ValueError, OverflowError, RefusedObject) as error:
        if len(documents) == 1:
            return [_not_published(store, documents[0].pending, error, now=now)]
        published = False
    if not published:
        one_by_one = documents if len(documents) > 1 else []
        return [
            outcome
            for document in one_by_one
            for outcome in _published(store, source, month, [document], now=now)
        ]
    return [_outcome(document, counted=new) for document, new in zip(documents, fresh, strict=True)]


def _not_published(store: Store, key: str, error: Exception, *, now: datetime) -> Outcome:
    if isinstance(error, RefusedObject):
        return _unreadable(key, error)
    rejected = Rejected(f"a value does not fit its column: {error}", reason="unwritable")
    return _set_aside(store, key, store.get(key), rejected, now=now)


def _outcome(document: Accepted, *, counted: bool) -> Outcome:
    reading = document.reading
    return Outcome(
        key=document.settled,
        source=reading.source,
        chart_id=reading.chart_id,
        raw_hash=document.raw_hash,
        chart_date=reading.chart_date,
        captured_at=reading.captured_at,
        items=reading.items if counted else 0,
        entries=len(reading.entries) if counted else 0,
    )


def _set_aside(
    store: Store, key: str, stored: bytes, why: Rejected, *, now: datetime, lies: str | None = None
) -> Outcome:
    """Move a document to rejected, whole, from where it lies; its reason is put beside it first."""
    raw_hash = _hash_of(stored)
    settled = layout.settled_key(key, raw_hash, zone=layout.REJECTED)
    reason = {
        "reason": why.reason,
        "message": str(why),
        "items": why.items,
        "transform_version": TRANSFORM_VERSION,
        "rejected_at": now,
    }
    try:
        store.put(layout.reason_key(settled), msgspec.json.encode(reason))
        store.move([(lies or key, settled)])
    except MissingObject:
        # Somebody took it out of the lake meanwhile; a reason alone is of no use.
        store.delete([layout.reason_key(settled)])
    except RefusedObject as error:
        return _unreadable(key, error)
    source, chart_id = layout.chart_in(key)
    return Outcome(
        key=settled,
        source=source or "unknown",
        chart_id=chart_id,
        raw_hash=raw_hash,
        items=why.items,
        reason=why.reason,
        message=str(why),
    )


def _unreadable(key: str, error: StorageError) -> Outcome:
    """A document that cannot be read or moved stays where it is, and keeps nobody else waiting."""
    source, chart_id = layout.chart_in(key)
    return Outcome(
        key=key,
        source=source or "unknown",
        chart_id=chart_id,
        raw_hash="",
        reason="unreadable",
        message=str(error),
    )


def _hash_of(stored: bytes) -> str:
    """What tells a rejected document from others; of one that is too large, of its beginning."""
    try:
        return digest(unpacked(stored))
    except Rejected:
        return digest(stored)


def place(key: str) -> tuple[str, str, str]:
    """Source and month as far as the key tells, then the key: what makes one batch is together."""
    source, _ = layout.chart_in(key)
    return source or "~", layout.month_in(key) or "~", key


def portions(keys: Iterable[str]) -> Iterator[list[str]]:
    """Sorted keys in portions that make one batch each, as far as the keys tell."""
    for _, together in groupby(keys, key=lambda key: place(key)[:2]):
        while portion := list(islice(together, DOCUMENTS_A_BATCH)):
            yield portion


def weigher(sizes: Mapping[str, int]) -> Callable[[Sequence[str]], int]:
    """What tells of a portion how many bytes it makes one read, by the sizes of a listing."""
    return lambda keys: sum(sizes.get(key, 0) + _A_REQUEST for key in keys)


def _begun(store: Store, waiting: set[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """The batches that were begun and not finished: the key of each mark, and its moves.

    A mark is dropped where nothing of its batch waits (only the mark's deletion was lost),
    where a document is nowhere any more (rejected since, or forgotten) and where the transform
    has changed: what is left of such a batch is swept like anything else.
    """
    for stored in list(store.list(layout.OPEN_BATCHES)):
        try:
            mark = msgspec.json.decode(store.get(stored.key), type=Mark)
        except MissingObject:
            continue
        except ValueError:
            mark = Mark(batch="", transform_version=-1, moves=[])
        if mark.transform_version == TRANSFORM_VERSION and _can_be_finished(store, mark, waiting):
            yield stored.key, dict(mark.moves)
        else:
            store.delete([stored.key])


def _can_be_finished(store: Store, mark: Mark, waiting: set[str]) -> bool:
    if not any(pending in waiting for pending, _ in mark.moves):
        return False
    return all(
        pending in waiting or _fetched(store, settled, None) is not None for pending, settled in mark.moves
    )
