"""The settings a newcomer begins with: charts that need no account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chartlake.config import FILE_NAME
from chartlake.errors import SettingsError, StorageError

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = """\
# What chartlake records, and where.  Every setting: docs/reference/settings.md
lake = "./lake"                 # a folder; it is made by the first run

# Charts that need no account.
[[chart]]
source = "deezer"
id = "3155776842"               # a playlist: the number in its address
name = "Top Worldwide"
region = "global"

[[chart]]
source = "apple"
id = "us-songs"                 # a storefront, and songs or albums
name = "Apple Music most played, USA"
region = "us"

[[chart]]
source = "listenbrainz"
id = "week"                     # what listeners of ListenBrainz played last week
name = "ListenBrainz week"
region = "global"
cadence = "weekly"

# Spotify needs an app of your own, and its terms do not let you keep data for ever:
# docs/how-to/spotify.md
#
# [spotify]
# flavour = "development"       # or "extended", for apps with extended quota
# client_id = "…"
# retention_days = 30
#
# [[chart]]
# source = "spotify"
# id = "…"                      # a playlist of your own, or its address
# name = "My playlist"
"""

IGNORED = (".env", "*.duckdb", "*.duckdb.lock", "*.duckdb.wal", ".warehouse-*/", ".tmp/", ".chartlake/")
"""What belongs in no repository: secrets, the cache, passing files.  The lake itself may."""


def begin(folder: Path) -> list[Path]:
    """Write chartlake.toml, and .gitignore or the lines it lacks.

    Args:
        folder: Where; it is made if need be.

    Returns:
        The files written.

    Raises:
        SettingsError: There is a chartlake.toml already.
        StorageError: The folder cannot be written.
    """
    settings, ignore = folder / FILE_NAME, folder / ".gitignore"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if settings.exists():
            raise SettingsError(f"{settings} exists already; edit it, or move it away to begin anew")
        ignored = ignore.read_text(encoding="utf-8") if ignore.exists() else ""
        lacking = [line for line in IGNORED if line not in ignored.splitlines()]
        settings.write_text(SETTINGS, encoding="utf-8")
        if lacking:
            start = ignored if not ignored or ignored.endswith("\n") else ignored + "\n"
            ignore.write_text(start + "\n".join(lacking) + "\n", encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"{folder} cannot be written ({error}); choose another folder") from error
    return [settings, ignore] if lacking else [settings]
