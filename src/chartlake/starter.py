"""The settings a newcomer begins with: charts that need no account."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

from chartlake.config import FILE_NAME
from chartlake.errors import SettingsError, StorageError
from chartlake.sources import BUILT_IN

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

IGNORED = (
    ".env",
    "*.duckdb",
    "*.duckdb.lock",
    "*.duckdb.wal",
    ".warehouse-*/",
    ".tmp/",
    ".chartlake/",
    "report.html",
)
"""What belongs in no repository: secrets, the cache, passing files, the page.  The lake itself may."""


_TEMPLATE = {
    "pyproject.toml": "pyproject.toml.txt",
    "README.md": "README.md.txt",
    "src/chartlake_@name@/__init__.py": "package.py.txt",
    "src/chartlake_@name@/source.py": "source.py.txt",
    "src/chartlake_@name@/transform.py": "transform.py.txt",
    "tests/test_@name@.py": "test.py.txt",
}
"""The files of a plug-in, and the templates they are made from."""


def begin_source(folder: Path, name: str) -> list[Path]:
    """Write a plug-in that brings a source of that name: a package with a test that passes.

    Args:
        folder: Where its folder ``chartlake-<name>`` goes.
        name: The source: small letters, digits and underscores.

    Returns:
        The files written.

    Raises:
        SettingsError: The name cannot be, or the folder exists already.
        StorageError: The folder cannot be written.
    """
    if name in BUILT_IN:
        raise SettingsError(f"{name} is there already, so it cannot be a new source; choose another name")
    if not re.fullmatch("[a-z][a-z0-9_]{0,30}", name):
        raise SettingsError(f"{name!r} cannot be a new source; choose small letters, digits and underscores")
    root = folder / f"chartlake-{name}"
    if root.exists():
        raise SettingsError(f"{root} exists already; move it away to begin anew")
    templates = files("chartlake") / "template"
    written = []
    try:
        for path, template in _TEMPLATE.items():
            text = (templates / template).read_text(encoding="utf-8")
            target = root / path.replace("@name@", name)
            target.parent.mkdir(parents=True, exist_ok=True)
            title = name.replace("_", " ").title()
            target.write_text(text.replace("@name@", name).replace("@Name@", title), encoding="utf-8")
            written.append(target)
    except OSError as error:
        raise StorageError(f"{root} cannot be written ({error.strerror}); choose another folder") from error
    return written


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
