"""The views over the physical tables: each one SELECT in DuckDB's dialect, one file each.

They are written so that sqlglot can say the same in other dialects: flat rows, no lists,
no structs, no FILTER over a window, dates reckoned by ``date_diff`` and ``date_add`` alone.
What their columns mean stands in `chartlake.dictionary`.
"""

from __future__ import annotations

from importlib.resources import files

ORDER = (
    "snapshots",
    "chart_entries",
    "songs",
    "albums",
    "artists",
    "song_artists",
    "album_artists",
    "chart_history",
    "song_runs",
    "artist_days",
    "coverage",
    "songs_by_isrc",
    "classic_album",
    "classic_artist",
    "classic_song",
)
"""The views in the order of their making: each stands on tables and on views before it."""


def statement(name: str, *, dialect: str | None = None) -> str:
    """The SELECT of the view of that name, without a semicolon, its rule as a comment above.

    Args:
        name: The view.
        dialect: Another dialect, such as ``spark``: the folder that `make views` writes it into.

    Raises:
        KeyError: There is no view of that name.
    """
    if name not in ORDER:
        raise KeyError(name)
    folder = files(__name__) if dialect is None else files(__name__).joinpath(dialect)
    return folder.joinpath(f"{name}.sql").read_text(encoding="utf-8")
