"""What holds for whatever is done to a store, in whatever order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chartlake.errors import MissingObject
from chartlake.layout import spelled
from chartlake.store import Stored
from memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from chartlake.store import Store

NAMES = st.sampled_from(["a", "b", "a.x", "a-", "b=20", "..c", "Z"])
KEYS = st.builds(
    lambda folders, name: "/".join([*folders, name]),
    st.lists(st.sampled_from("xy"), min_size=1, max_size=3),
    NAMES,
)
DATA = st.binary(max_size=40)
DEEDS = st.one_of(
    st.tuples(st.just("put"), KEYS, DATA),
    st.tuples(st.just("create"), KEYS, DATA),
    st.tuples(st.just("get"), KEYS, st.integers(-1, 50)),
    st.tuples(st.just("delete"), st.lists(KEYS, max_size=4)),
    st.tuples(st.just("move"), st.lists(KEYS, max_size=4, unique=True)),
    st.tuples(st.just("list"), st.sampled_from(["x/", "y/", "x/y/", "moved/"])),
)
SETTINGS = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@SETTINGS
@given(deeds=st.lists(DEEDS, max_size=25))
def test_every_store_answers_as_the_one_in_memory(new_store: Callable[[], Store], deeds: list[tuple]):
    store, model = new_store(), MemoryStore()
    for deed in deeds:
        if deed[0] == "move":
            # One that fails may have made some of its copies, and need not.
            held = model.objects
            deed = ("move", [key for key in deed[1] if key in held or f"moved/{key}" in held])  # noqa: PLW2901
        assert _done(store, *deed) == _done(model, *deed), deed
    held = {one.key: store.get(one.key) for zone in ("x/", "y/", "moved/") for one in store.list(zone)}
    assert held == {key: data for key, data in model.objects.items() if "/." not in key}


@SETTINGS
@given(names=st.lists(st.text(max_size=40), min_size=1, max_size=6, unique=True), data=DATA)
def test_every_name_that_layout_spells_is_kept(new_store: Callable[[], Store], names: list[str], data: bytes):
    store = new_store()
    keys = sorted(f"raw_data/processed/{spelled(name)}/k" for name in names)
    for key in keys:
        store.put(key, data)
    visible = [key for key in keys if "/." not in key]
    assert list(store.list("raw_data/processed/")) == [Stored(key, len(data)) for key in visible]
    assert all(store.get(key) == data for key in keys)


def _done(store: Store, deed: str, *what: object) -> object:
    try:
        if deed == "get":
            return store.get(what[0], most=what[1])
        if deed == "list":
            return list(store.list(what[0]))
        if deed == "move":
            return store.move([(key, f"moved/{key}") for key in what[0]])
        return getattr(store, deed)(*what)
    except MissingObject:
        return MissingObject
