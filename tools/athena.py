"""Say the views in Athena's dialect: src/chartlake/views/athena/*.sql.

python tools/athena.py            writes them
python tools/athena.py --check    says which differ, and fails if any does
"""

from __future__ import annotations

import sys
from pathlib import Path

import sqlglot

from chartlake import views

FOLDER = Path(__file__).parent.parent / "src" / "chartlake" / "views" / "athena"


def translated(name: str) -> str:
    """A view as Trino, and so Athena's engine 3, takes it; fails if something cannot be said there."""
    (said,) = sqlglot.transpile(
        views.statement(name),
        read="duckdb",
        write="athena",
        pretty=True,
        comments=False,
        unsupported_level=sqlglot.ErrorLevel.RAISE,
    )
    return f"-- Made by `make views` from ../{name}.sql; edit that instead.\n{said}\n"


def main(arguments: list[str]) -> int:
    """Write or check them."""
    FOLDER.mkdir(exist_ok=True)
    stale = []
    for name in views.ORDER:
        path, made = FOLDER / f"{name}.sql", translated(name)
        if not path.exists() or path.read_text(encoding="utf-8") != made:
            stale.append(name)
            if "--check" not in arguments:
                path.write_text(made, encoding="utf-8")
    for name in stale:
        print(f"{name} {'differs; run make views' if '--check' in arguments else 'written'}")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
