"""The three CSV files that older Spotify pipelines made, from any lake, an adopted bucket included.

Folders, heading, columns and their order are theirs: ``album_data/album_transformed.csv`` and so
on, UTF-8, no index.  Their doubles are not: one row for each album, artist and song, as last known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chartlake.export import text
from chartlake.export.choice import chosen
from chartlake.export.place import opened
from chartlake.export.writing import Exported

if TYPE_CHECKING:
    from pathlib import Path

    from chartlake.warehouse import Warehouse

FILES = {
    "classic_album": "album_data/album_transformed.csv",
    "classic_artist": "artist_data/artist_transformed.csv",
    "classic_song": "songs_data/songs_transformed.csv",
}
"""Each view, and its file below the folder, as most of those pipelines named them."""


def classic(warehouse: Warehouse, folder: Path, *, exact: bool = False) -> list[Exported]:
    """Write the three files.

    Args:
        warehouse: The lake's cache, brought up to date.
        folder: Where to; the files are replaced.
        exact: Leave cells alone that a spreadsheet takes for formulas.

    Raises:
        StorageError: The folder cannot be written, or another export is writing there.
    """
    made = []
    with opened(folder) as place:
        for one in chosen(FILES):
            with place.file(FILES[one.name]) as passing, warehouse.reading(one.sql) as answer:
                rows = text.write(passing, answer.columns, answer.rows(), exact=exact)
            made.append(Exported(one.name, rows, folder / FILES[one.name]))
    return made
