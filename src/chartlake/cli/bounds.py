"""How much of the machine a question may take: SQL is a program, and may be somebody's mistake."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LEAST = 1 << 30
"""Bytes that are always allowed; DuckDB alone reserves some hundred MiB."""


@contextmanager
def half_of_the_memory() -> Iterator[None]:
    """Let this process take no more than half of the machine's memory meanwhile.

    DuckDB's own limit does not bound every function (``repeat`` takes what it is told to).  Where the
    system knows no such limit, nothing is bounded.
    """
    try:
        import resource  # noqa: PLC0415 - not on every system

        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        most = max(_LEAST, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2) + _taken()
        if soft == resource.RLIM_INFINITY or most < soft:
            resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    except (ImportError, OSError, ValueError, AttributeError):
        yield
        return
    try:
        yield
    finally:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _taken() -> int:
    """Bytes of address space that this process has already; 0 where nobody tells."""
    try:
        with open("/proc/self/statm", "rb") as told:  # noqa: PTH123 - no file of ours
            return int(told.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0
