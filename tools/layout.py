"""Draw the pages of a Power BI project as SVG, to look at where every visual lies and what it shows.

python tools/layout.py PROJECT OUT.svg
"""

from __future__ import annotations

import json
import sys
from html import escape
from pathlib import Path
from typing import Any

_GAP, _LINE = 40, 18
_FILLS = {"slicer": "#fff3d6", "card": "#e2f0d9", "tableEx": "#dbe9f9", "pivotTable": "#dbe9f9"}


def drawn(project: Path) -> str:
    """Every page below the other, each visual as a box with its title, kind and fields."""
    (report,) = project.glob("*.Report")
    pages = json.loads((report / "definition/pages/pages.json").read_text())["pageOrder"]
    parts, top, wide = [], 0, 0
    for name in pages:
        folder = report / "definition/pages" / name
        page = json.loads((folder / "page.json").read_text())
        parts.append(_text(10, top + 26, page["displayName"], size=20))
        parts.append(_box(0, top + _GAP, page["width"], page["height"], "#ffffff"))
        for file in sorted(folder.glob("visuals/*/visual.json")):
            parts += _visual(json.loads(file.read_text()), top + _GAP)
        top, wide = top + _GAP + page["height"], max(wide, page["width"])
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{top}">{"".join(parts)}</svg>\n'


def _visual(one: dict[str, Any], top: int) -> list[str]:
    at, kind = one["position"], one["visual"]["visualType"]
    x, y = at["x"], at["y"] + top
    title = one["visual"].get("visualContainerObjects", {}).get("title", [{}])[0].get("properties", {})
    said = title.get("text", {}).get("expr", {}).get("Literal", {}).get("Value", "").strip("'")
    lines = [f"{said or '(no title)'} [{kind}]"]
    for role, wells in one["visual"]["query"]["queryState"].items():
        lines += [f"{role}: {shown['queryRef']}" for shown in wells["projections"]]
    parts = [_box(x, y, at["width"], at["height"], _FILLS.get(kind, "#eee3f7"))]
    return parts + [_text(x + 8, y + _LINE * (number + 1), line) for number, line in enumerate(lines)]


def _box(x: int, y: int, width: int, height: int, fill: str) -> str:
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{fill}" stroke="#555"/>'


def _text(x: int, y: int, said: str, *, size: int = 13) -> str:
    return f'<text x="{x}" y="{y}" font-family="sans-serif" font-size="{size}">{escape(said)}</text>'


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(drawn(Path(sys.argv[1])), encoding="utf-8")
