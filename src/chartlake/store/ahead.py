"""Objects fetched ahead of whoever reads them one by one.

From a bucket an object takes some 20 ms, and the transform 1 ms: a thousand documents fetched one
after another are waited for twenty times as long as they are worked on.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Future

    from chartlake.store import Store

T = TypeVar("T")
R = TypeVar("R")

_ANY = "any"
_WORTHWHILE = 16
"""Of fewer objects none is waited for long."""

_AT_ONCE = 16
"""Objects on their way, or waiting to be read: as many are in memory, however many there are."""


def ahead(store: Store, wanted: Sequence[T], fetch: Callable[[T], R]) -> Iterator[Callable[[], R]]:
    """For each thing that is wanted, in order, what gives it or raises what fetching it raised.

    Args:
        store: Where it comes from; from a folder nothing is fetched before it is asked for.
        wanted: What is wanted.
        fetch: What fetches one; it may run in another thread.
    """
    if len(wanted) < _WORTHWHILE or store.local_path(_ANY) is not None:
        return (partial(fetch, one) for one in wanted)
    return _side_by_side(wanted, fetch)


def _side_by_side(wanted: Iterable[T], fetch: Callable[[T], R]) -> Iterator[Callable[[], R]]:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - brings logging, takes 10 ms

    waiting = iter(wanted)
    coming: deque[Future[R]] = deque()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            coming.extend(pool.submit(fetch, one) for one in islice(waiting, _AT_ONCE))
            while coming:
                yield coming.popleft().result
                coming.extend(pool.submit(fetch, one) for one in islice(waiting, 1))
        finally:
            for future in coming:
                future.cancel()
