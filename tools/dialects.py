"""Say the views in the dialects of other engines: src/chartlake/views/<dialect>/*.sql.

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

DIALECTS = {"athena": False, "snowflake": True, "spark": False}
"""Each dialect, and whether tables are named in full there: chartlake.raw.chart_data."""


def translated(name: str, dialect: str) -> str:
    """A view as that engine takes it; fails if something cannot be said there."""
    tree = sqlglot.parse_one(views.statement(name), read="duckdb")
    if DIALECTS[dialect]:
        _name_in_full(tree)
    said = tree.sql(dialect=dialect, pretty=True, comments=False, unsupported_level=sqlglot.ErrorLevel.RAISE)
    return f"-- Made by `make views` from ../{name}.sql; edit that instead.\n{said}\n"


def stale() -> dict[Path, str]:
    """The files that are missing or differ, and what should stand in each."""
    made = {
        FOLDER / dialect / f"{name}.sql": translated(name, dialect)
        for dialect in DIALECTS
        for name in views.ORDER
    }
    return {
        path: said
        for path, said in made.items()
        if not path.exists() or path.read_text(encoding="utf-8") != said
    }


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
