"""HTML and SVG as a tree of plain values, made into text at one border, where all is escaped."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_VOID = frozenset({"meta", "input", "br", "hr"})
_DRAWN = frozenset({"path", "use", "rect", "line", "circle"})


class Element(NamedTuple):
    """An element of the page: its name, its attributes, and what is in it."""

    name: str
    attributes: tuple[tuple[str, str], ...]
    children: tuple[Element | str, ...]


def el(name: str, attributes: Mapping[str, str | int | None], *children: Element | str | None) -> Element:
    """An element; attributes and children that are None are left out."""
    return Element(
        name,
        tuple((key, str(value)) for key, value in attributes.items() if value is not None),
        tuple(child for child in children if child is not None),
    )


class Writer:
    """Makes text of a tree.

    A test puts another in its place, to see that the page is safe even if this one errs.
    """

    def escaped(self, text: str) -> str:
        """Text that is nothing but text, in an element and in a quoted attribute."""
        return html.escape(text, quote=True)

    def written(self, *children: Element | str) -> str:
        """The text of elements."""
        return "".join(self._pieces(children))

    def _pieces(self, children: Iterable[Element | str]) -> Iterable[str]:
        for child in children:
            if isinstance(child, str):
                yield self.escaped(child)
                continue
            said = "".join(f' {key}="{self.escaped(value)}"' for key, value in child.attributes)
            if child.name in _DRAWN:
                yield f"<{child.name}{said}/>"
                continue
            yield f"<{child.name}{said}>"
            if child.name not in _VOID:
                yield from self._pieces(child.children)
                yield f"</{child.name}>"
