"""A bucket: can it be written, and does it keep what chartlake builds upon?"""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

from chartlake import layout
from chartlake.doctor import Check, fail, ok

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartlake.store import Store

_DATA = b"chartlake doctor was here"


def bucket_checks(store: Store) -> Iterator[Check]:
    """Whether a lake that is no folder can be written, read, listed and tidied, with an object of its own."""
    if store.local_path(layout.TABLES) is not None:
        return
    key, copy = (layout.doctor_key(secrets.token_hex(8)) for _ in range(2))
    started = time.perf_counter()
    try:
        first, second = store.create(key, _DATA), store.create(key, b"another")
        took = (time.perf_counter() - started) / 2
        kept = store.get(key) == _DATA
        store.move([(key, copy)])
        listed = [stored.key for stored in store.list(layout.DOCTOR)]
        moved = copy in listed and key not in listed
    finally:
        store.delete([key, copy])
    if first and not second and kept and moved:
        yield ok("lake", f"{store.address} can be written and read, a put takes {took * 1000:.0f} ms")
    elif second:
        yield fail(
            "lake", f"{store.address} overwrites what is there already; use a server that knows If-None-Match"
        )
    else:
        yield fail("lake", f"{store.address} does not show what was put; use a server that lists at once")
