"""``python -m chartlake`` is the command ``chartlake``."""

from __future__ import annotations

from chartlake.cli import main

if __name__ == "__main__":
    main()
