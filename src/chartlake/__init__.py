"""chartlake records music charts and playlists, day after day, into tables that you own."""

from __future__ import annotations

__version__ = "0.1.0"

__all__ = ["__version__"]
