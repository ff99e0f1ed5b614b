"""Say the views in the dialects of other engines: src/chartlake/views/<dialect>/*.sql.

python tools/dialects.py            writes them
python tools/dialects.py --check    says which differ, and fails if any does
"""

from __future__ import annotations

import sys
from pathlib import Path

import sqlglot

from chartlake import views

FOLDER = Path(__file__).parent.parent / "src" / "chartlake" / "views"

DIALECTS = ("athena", "spark")
"""As sqlglot calls them, and so their folders."""


def translated(name: str, *, dialect: str) -> str:
    """A view in another dialect; fails if something cannot be said there."""
    (said,) = sqlglot.transpile(
        views.statement(name),
        read="duckdb",
        write=dialect,
        pretty=True,
        comments=False,
        unsupported_level=sqlglot.ErrorLevel.RAISE,
    )
    return f"-- Made by `make views` from ../{name}.sql; edit that instead.\n{said}\n"


def stale() -> dict[Path, str]:
    """The files that are missing or differ, and what should stand in each."""
    made = {
        FOLDER / dialect / f"{name}.sql": translated(name, dialect=dialect)
        for dialect in DIALECTS
        for name in views.ORDER
    }
    return {
        path: said
        for path, said in made.items()
        if not path.exists() or path.read_text(encoding="utf-8") != said
    }


def main(arguments: list[str]) -> int:
    """Write or check them."""
    only_check = "--check" in arguments
    found = stale()
    for path, said in found.items():
        if not only_check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(said, encoding="utf-8")
        print(f"{path.parent.name}/{path.name} {'differs; run make views' if only_check else 'written'}")
    return 1 if found and only_check else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
