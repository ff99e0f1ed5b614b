"""What Spotify's refusals mean, and what to do about them."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from chartlake.errors import ChartlakeError, CredentialsError, SourceError
from chartlake.sources.spotify.names import EDITORIAL

if TYPE_CHECKING:
    from chartlake.sources.http import Answer

_PREMIUM = b"premium"


def refusal(answer: Answer, *, playlist: str, flavour: str) -> ChartlakeError:
    """The error for an answer that is no playlist.

    Spotify's own words are not repeated: they are data, and seldom say what to do.

    Args:
        answer: A 3xx or 4xx.
        playlist: The id that was asked for.
        flavour: What the app may do: ``development`` or ``extended``.
    """
    if answer.status == HTTPStatus.FORBIDDEN:
        return _forbidden(answer, playlist, flavour)
    if answer.status == HTTPStatus.NOT_FOUND:
        return SourceError(_not_found(playlist))
    if answer.status == HTTPStatus.BAD_REQUEST:
        return SourceError(
            f"Spotify does not take {playlist} for a playlist; correct the id in chartlake.toml"
        )
    return SourceError(
        f"Spotify answered {answer.status} for playlist {playlist}; look for a newer chartlake"
    )


def _forbidden(answer: Answer, playlist: str, flavour: str) -> ChartlakeError:
    # The only refusal that is plain text: "Active premium subscription required for …".
    if _PREMIUM in answer.body.lower():
        return CredentialsError(
            "Spotify serves an app only while its owner has Premium; renew it and run again some hours "
            "later, or record the chart from Deezer or Apple"
        )
    if flavour == "extended":
        return SourceError(
            f"Spotify refuses playlist {playlist} to this app, which seems to be in development mode; "
            'write flavour = "development" under [spotify] and run `chartlake login spotify`'
        )
    return SourceError(
        f"Spotify shows the items of playlist {playlist} to its owner and collaborators only; "
        "run `chartlake login spotify` as one of them, or record a copy of your own"
    )


def _not_found(playlist: str) -> str:
    if playlist.startswith(EDITORIAL):
        return (
            f"Spotify hides its own playlists, such as {playlist}, from apps made after 27 November 2024; "
            "record a copy that you keep yourself, or the chart from Deezer or Apple"
        )
    return (
        f"Spotify knows no playlist {playlist}, or it is private; "
        "check the id in chartlake.toml, and who may see it"
    )
