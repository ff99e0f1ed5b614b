"""``python -m chartlake.dictionary FILE`` writes the page of all tables into FILE."""

from __future__ import annotations

import sys
from pathlib import Path

from chartlake.dictionary.pages import reference_page


def main(arguments: list[str]) -> int:
    """Write the page; 0 if it was written, 2 if it was not said where to."""
    if len(arguments) != 1:
        sys.stderr.write(
            "say where to write the page: python -m chartlake.dictionary docs/reference/tables.md\n"
        )
        return 2
    page = Path(arguments[0])
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(reference_page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
