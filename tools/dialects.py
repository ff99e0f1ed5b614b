"""Say the views in other engines' dialects: src/chartlake/views/<dialect>/*.sql.

python tools/dialects.py            writes them
python tools/dialects.py --check    says which differ, and fails if any does
"""

from __future__ import annotations

import sys
from pathlib import Path

import sqlglot
from sqlglot import exp

from chartlake import views
from chartlake.tables import PHYSICAL

FOLDER = Path(__file__).parent.parent / "src" / "chartlake" / "views"

DIALECTS = {"athena": False, "snowflake": True}
"""Each dialect, and whether tables are named in full there: chartlake.raw.chart_data."""


def translated(name: str, dialect: str) -> str:
    """A view as that engine takes it; fails if something cannot be said there."""
    tree = sqlglot.parse_one(views.statement(name), read="duckdb")
    if DIALECTS[dialect]:
        _name_in_full(tree)
    said = tree.sql(dialect=dialect, pretty=True, comments=False, unsupported_level=sqlglot.ErrorLevel.RAISE)
    return f"-- Made by `make views` from ../{name}.sql; edit that instead.\n{said}\n"


def _name_in_full(tree: exp.Expression) -> None:
    raw, own = {table.name for table in PHYSICAL}, {one.alias for one in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if table.name in own:
            continue
        schema = "raw" if table.name in raw else "charts"
        table.set("db", exp.to_identifier(schema))
        table.set("catalog", exp.to_identifier("chartlake"))


def main(arguments: list[str]) -> int:
    """Write or check them."""
    stale = []
    for dialect in DIALECTS:
        (FOLDER / dialect).mkdir(exist_ok=True)
        for name in views.ORDER:
            path, made = FOLDER / dialect / f"{name}.sql", translated(name, dialect)
            if not path.exists() or path.read_text(encoding="utf-8") != made:
                stale.append(f"{dialect}/{name}")
                if "--check" not in arguments:
                    path.write_text(made, encoding="utf-8")
    for name in stale:
        print(f"{name} {'differs; run make views' if '--check' in arguments else 'written'}")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
