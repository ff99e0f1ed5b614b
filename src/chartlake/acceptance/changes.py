"""What a service may do to a field, wherever it stands in an answer."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

GONE = object()
"""What a change gives for a field that is to be gone."""

CHANGES: dict[str, Callable[[Any], Any]] = {
    "dropped": lambda _: GONE,
    "renamed": lambda value: value,
    "null": lambda _: None,
    "an empty text": lambda _: "",
    "another text": lambda _: "something else",
    "a number": lambda _: 7,
    "a fraction": lambda _: 0.5,
    "a truth": lambda _: True,
    "an empty list": lambda _: [],
    "an empty object": lambda _: {},
    "wrapped in a list": lambda value: [value],
    "wrapped in an object": lambda value: {"value": value},
    "as text": lambda value: value if isinstance(value, str) else json.dumps(value),
}
"""Changes of a value, by what is done to it."""


def paths(value: Any, path: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """Every field of a document, by its path; the members of a list share one, ``[]``."""
    if isinstance(value, list):
        return {one for member in value for one in paths(member, (*path, "[]"))}
    if not isinstance(value, dict):
        return set()
    inner = {one for name, member in value.items() for one in paths(member, (*path, name))}
    return inner | {(*path, name) for name in value}


def changed(document: Any, path: tuple[str, ...], change: str) -> Any:
    """A copy of a document in which something happened to one field, wherever it stands."""
    whole = deepcopy(document)
    for holder in _holders(whole, path):
        value = CHANGES[change](holder.pop(path[-1]))
        if value is not GONE:
            holder[path[-1] + ("_v2" if change == "renamed" else "")] = value
    return whole


def _holders(value: Any, path: tuple[str, ...]) -> list[dict[str, Any]]:
    """The objects that hold the field at the end of a path."""
    level = [value]
    for step in path[:-1]:
        level = [inner for one in level for inner in _inside(one, step)]
    return [one for one in level if isinstance(one, dict) and path[-1] in one]


def _inside(value: Any, step: str) -> list[Any]:
    if step == "[]":
        return value if isinstance(value, list) else []
    return [value[step]] if isinstance(value, dict) and step in value else []
