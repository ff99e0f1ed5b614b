"""What the tables are, for people: a page of every column, and a drawing of how they hang together.

Both are made from ``tables.py`` and `chartlake.dictionary`; nothing in them is written by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chartlake.dictionary import COVERAGE, SNAPSHOTS, VIEWS
from chartlake.tables import PHYSICAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartlake.tables import Column, Table

_HEAD = """# Tables

Made from `tables.py` and `dictionary/`; do not edit, but run
`python -m chartlake.dictionary docs/reference/tables.md`.

The **views** are what to ask. They are made anew from the **physical tables**, which only ever grow: each
row there is one observation in one document, and the views say which of them counts. An id names a thing
within its source, so join on `source` too. Timestamps are UTC without a zone, dates are days in UTC. A
column that may be null is one that a source may not give.
"""


def reference_page() -> str:
    """The page of the documentation: the drawing, then every table and column."""
    return f"{_HEAD}\n## How they hang together\n\n```mermaid\n{er_diagram()}```\n\n{data_dictionary()}"


def data_dictionary() -> str:
    """Every view and every physical table with its grain, key and columns, as Markdown."""
    views = "\n".join(_described(table) for table in VIEWS)
    physical = "\n".join(_described(table) for table in PHYSICAL)
    return f"## Views\n\n{views}\n## Physical tables\n\n{physical}"


def er_diagram() -> str:
    """The views and what joins them, as a Mermaid ``erDiagram``; keys and references only."""
    drawn = [table for table in VIEWS if "source" in table.key]
    lines = [line for table in drawn for line in (*_entity(table), *_joins(table))]
    return "\n".join(["erDiagram", *(f"    {line}" for line in lines)]) + "\n"


def _described(table: Table) -> str:
    rows = [
        f"| `{column.name}` | {column.type} | {'' if column.required else 'yes'} | {_meaning(column)} |"
        for column in table.columns
    ]
    return "\n".join(
        [
            f"### {table.name}",
            "",
            f"One row is {table.grain}. Key: {', '.join(f'`{name}`' for name in table.key)}.",
            "",
            "| column | type | may be null | meaning |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _meaning(column: Column) -> str:
    said = column.meaning.replace("|", "\\|")
    unit = f" [{column.unit}]" if column.unit else ""
    refers = f" → `{column.refers}`" if column.refers else ""
    return f"{said}{unit}{refers}"


def _entity(table: Table) -> Iterator[str]:
    yield f"{table.name} {{"
    for column in table.columns:
        marks = [mark for mark, holds in _marks(table, column) if holds]
        if marks:
            yield f"    {column.type} {column.name} {', '.join(marks)}"
    yield "}"


def _marks(table: Table, column: Column) -> tuple[tuple[str, bool], ...]:
    referring = column.refers is not None and not column.refers.startswith(f"{table.name}.")
    return ("PK", column.name in table.key), ("FK", referring)


def _joins(table: Table) -> Iterator[str]:
    """Lines to the tables that its columns name, and to the snapshot that it is part of."""
    for column in table.columns:
        target = (column.refers or "").partition(".")[0]
        if target and target != table.name:
            many = "||--o{" if column.required else "|o--o{"
            yield f'{target} {many} {table.name} : "source, {column.name}"'
    if table is COVERAGE:
        yield f'{SNAPSHOTS.name} |o--|| {table.name} : "{", ".join(SNAPSHOTS.key)}"'
    elif table is not SNAPSHOTS and table.key[: len(SNAPSHOTS.key)] == SNAPSHOTS.key:
        yield f'{SNAPSHOTS.name} ||--o{{ {table.name} : "{", ".join(SNAPSHOTS.key)}"'
