"""The same transform, rebuild and compaction, done by the workers of Spark side by side.

The driver lists and plans: consecutive portions, the very ones that one process would make, are
packed by their bytes into tasks, so that a million documents are some thousand tasks.  A worker
does with a portion what one process does with it, through the same store and in the same order
of writes.  So the files have the same names and the same bytes as without Spark, a task that is
done twice writes the same again, and a job that is killed is finished by whatever comes next.
Spark itself reads and writes no file of the lake.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from chartlake import layout
from chartlake.errors import ChartlakeError, MissingObject, RefusedObject, Rejected, StorageError
from chartlake.notice import observed
from chartlake.publish import Accepted
from chartlake.snapshot import LARGEST, unpacked
from chartlake.store import open_store
from chartlake.sweep import Swept, accepted, finish, place, portions, take_up, weigher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from chartlake.progress import Progress
    from chartlake.store import Store
    from chartlake.sweep import Outcome, Taken

T = TypeVar("T")
R = TypeVar("R")

Chart = tuple[str, str]
"""Source and id of a chart."""

TASK = 32 * 1024 * 1024
"""Bytes that a task reads at the least, if there are as many: a second or two of work."""

_A_LOOK = 256 * 1024
"""Bytes that could be transformed in the time that a look at a chart's fields takes."""


class Published(NamedTuple):
    """What one portion came to, without the documents themselves.

    Attributes:
        outcomes: What became of each document.
        latest: Each chart, and where its latest published document lies.
    """

    outcomes: list[Outcome]
    latest: list[tuple[Chart, str]]


class Spark:
    """An engine (`chartlake.engine.Engine`) and a sweep: what commands take for ``--engine spark``.

    Args:
        session: The session of Spark.
    """

    def __init__(self, session: Any) -> None:
        self._context = session.sparkContext

    def __call__(
        self, store: Store, job: Callable[[Store, T], R], portions: Iterable[T], *, weight: Callable[[T], int]
    ) -> Iterator[R]:
        """What every portion came to, in their order.

        Raises:
            StorageError: The lake cannot be read or written, by the workers too; the other tasks
                were done before it is told.
        """
        tasks = list(packed(portions, weight))
        if not tasks:
            return
        work = partial(done, address_for_workers(store), job)
        for results, fault in self._collected(tasks, work):
            yield from results
            if fault is not None:
                raise StorageError(fault)

    def _collected(self, tasks: list[list[T]], work: Callable[[list[T]], R]) -> list[R]:
        from py4j.protocol import Py4JError  # noqa: PLC0415 - comes with Spark
        from pyspark.errors import PySparkException  # noqa: PLC0415

        try:
            found: list[R] = self._context.parallelize(tasks, len(tasks)).map(work).collect()
        except (Py4JError, PySparkException) as error:
            raise ChartlakeError(
                f"Spark gave the job up ({_first_words(error)}); see its log, then run it again: "
                "what was published stays, and the rest is still there"
            ) from error
        return found

    def sweep(
        self,
        store: Store,
        *,
        now: Callable[[], datetime],
        ready: Callable[[str], bool],
        progress: Progress,
    ) -> Swept:
        """Publish whatever is pending.

        Each chart is looked at (`chartlake.notice`) once all is published: its portions in their
        order, in one task, for its state is read and written.

        Raises:
            StorageError: The lake cannot be read or written.
        """
        moment = now()
        done = [_published(taken) for taken in finish(store, now=moment)]
        sizes = {stored.key: stored.size for stored in store.list(layout.TO_BE_PROCESSED)}
        keys = sorted(filter(ready, sizes), key=place)
        progress("transform", 0, len(keys))
        done += self(store, partial(publish, now=moment), portions(keys), weight=weigher(sizes))
        outcomes = [outcome for one in done for outcome in one.outcomes]
        progress("transform", len(outcomes), max(len(outcomes), len(keys)))
        looks: dict[Chart, list[str]] = {}
        for chart, key in [pair for one in done for pair in one.latest]:
            looks.setdefault(chart, []).append(key)
        seen = self(store, partial(look, now=moment), looks.items(), weight=_weight_of_look)
        return Swept(outcomes, dict(seen), _untold(len(keys), len(outcomes)))


def publish(store: Store, keys: Sequence[str], *, now: datetime) -> Published:
    """Publish or reject some pending documents: the job of a worker.

    Args:
        store: The lake.
        keys: Keys below to_be_processed.
        now: When it is (UTC).
    """
    return _published(take_up(store, keys, now=now))


def look(store: Store, chart: tuple[Chart, list[str]], *, now: datetime) -> tuple[Chart, list[str]]:
    """Look at a chart's newly published documents: the job of a worker.

    Args:
        store: The lake.
        chart: The chart, and the keys of its documents in the order they were published.
        now: When it is (UTC).

    Returns:
        The chart, and what is worth telling of the last of them.
    """
    name, keys = chart
    warnings: list[str] = []
    for key in keys:
        try:
            stored = store.get(key, most=LARGEST + 1)
            document: Accepted = accepted(key, stored)
        except (MissingObject, RefusedObject, Rejected):
            continue  # Retracted or forgotten meanwhile.
        warnings = observed(store, document, unpacked(stored), now=now)
    return name, warnings


def done(address: str, job: Callable[[Store, T], R], portions: list[T]) -> tuple[list[R], str | None]:
    """Do some portions: a task of a worker.

    Returns:
        What they came to, and why the lake could not be read or written, if so: Spark would try an
        error three times more, and hide its sentence in a traceback of Java.
    """
    store = open_store(address)
    results: list[R] = []
    try:
        results.extend(job(store, portion) for portion in portions)
    except ChartlakeError as error:
        return results, str(error)
    return results, None


def packed(portions: Iterable[T], weight: Callable[[T], int]) -> Iterator[list[T]]:
    """Consecutive portions together until they weigh as much as a task should."""
    task: list[T] = []
    weighs = 0
    for portion in portions:
        task.append(portion)
        weighs += weight(portion)
        if weighs >= TASK:
            yield task
            task, weighs = [], 0
    if task:
        yield task


def address_for_workers(store: Store) -> str:
    """Where the lake is, seen from anywhere: a folder must be one that all workers reach."""
    inside = store.local_path("any")
    return store.address if inside is None else str(inside.absolute().parent)


def _published(taken: Taken) -> Published:
    there = {outcome.key for outcome in taken.outcomes if outcome.reason is None}
    latest = [(chart, seen.settled) for chart, seen in taken.latest.items() if seen.settled in there]
    return Published(taken.outcomes, latest)


def _weight_of_look(chart: tuple[Chart, list[str]]) -> int:
    return len(chart[1]) * _A_LOOK


def _untold(planned: int, told: int) -> list[str]:
    """A task that was lost after it published has nothing left to tell when it is done again."""
    if told >= planned:
        return []
    note = (
        f"{planned - told} documents were published or rejected by others, or by a task that Spark lost "
        "before it could tell; run_data does not count them"
    )
    return [note]


def _first_words(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)[:200]
