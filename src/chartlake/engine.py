"""Who does the portions of a long job: this process, one after another, or many side by side.

A job takes a store and one portion, and may be done again at any time: all that an engine must
know of it is what a portion weighs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from chartlake.store import Store

T = TypeVar("T")
R = TypeVar("R")


class Engine(Protocol):
    """What does a job portion by portion."""

    def __call__(
        self,
        store: Store,
        job: Callable[[Store, T], R],
        portions: Iterable[T],
        *,
        weight: Callable[[T], int],
    ) -> Iterator[R]:
        """What every portion came to, in their order.

        Args:
            store: The lake.
            job: What is done with the lake and a portion; importable by its name.
            portions: The portions.
            weight: About how many bytes a portion makes one read.

        Raises:
            StorageError: The lake cannot be read or written.
        """
        ...


def here(
    store: Store,
    job: Callable[[Store, T], R],
    portions: Iterable[T],
    *,
    weight: Callable[[T], int],  # noqa: ARG001 - one after another, none is too heavy
) -> Iterator[R]:
    """The engine that is there without any: this process, a portion when its result is asked for."""
    return (job(store, portion) for portion in portions)
