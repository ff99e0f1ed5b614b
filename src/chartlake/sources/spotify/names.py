"""What playlists are called: a bare id, a URI, or the address that people share."""

from __future__ import annotations

import re

from chartlake.errors import SettingsError

EDITORIAL = "37i9dQZ"
"""How the ids of Spotify's own playlists begin."""

_NAMED = re.compile(
    r"(?:spotify:(?:user:[^:/]{1,100}:)?playlist:"
    r"|(?:https?://)?open\.spotify\.com/(?:intl-[a-z]{2,5}/)?(?:user/[^:/]{1,100}/)?playlist/)?"
    r"([A-Za-z0-9]{1,64})(?:[?#].*)?"
)


def playlist_id(text: str) -> str:
    """The id in what a person wrote.

    Raises:
        SettingsError: There is none.
    """
    found = _NAMED.fullmatch(text.strip())
    if found is None:
        raise SettingsError(
            f"{text!r} is no Spotify playlist; write its id, or the address that its Share menu copies"
        )
    return found[1]
