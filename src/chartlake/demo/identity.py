"""What each provider would call the invented artists, albums and songs: made, never looked up.

Everything has the spelling of the real thing and belongs to nobody: ISRCs begin with
``ZZ``, which no country has, and all other ids are cut from hashes.
"""

from __future__ import annotations

from base64 import b64encode

from chartlake.demo.dice import digest

_BASE62 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_REGISTRANTS = ("D1A", "D2K", "LK7", "Q0E", "V9R", "X3T")


def spotify_id(kind: str, number: int) -> str:
    """22 characters of base 62."""
    left = int.from_bytes(digest("spotify", kind, number), "big")
    letters = []
    for _ in range(22):
        left, remainder = divmod(left, 62)
        letters.append(_BASE62[remainder])
    return "".join(letters)


def deezer_id(kind: str, number: int) -> int:
    """A whole number of up to ten digits; a greater ``number`` has a greater id."""
    return {"artist": 90_000_000, "album": 700_000_000, "track": 3_100_000_000}[kind] + 7919 * number


def apple_id(kind: str, number: int) -> str:
    """A whole number of ten digits, as text."""
    return str({"artist": 1_400_000_000, "album": 1_700_000_000, "song": 1_800_000_000}[kind] + 6151 * number)


def mbid(kind: str, number: int) -> str:
    """A UUID of the random kind, as MusicBrainz gives them."""
    text = digest("musicbrainz", kind, number).hex()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:32]}"


def isrc(number: int, year: int) -> str:
    """An ISRC: country, registrant, year, designation."""
    return f"ZZ{_REGISTRANTS[number % len(_REGISTRANTS)]}{year % 100:02}{number:05}"


def picture(kind: str, number: int) -> str:
    """40 hexadecimal digits that name a picture or a sound at a provider's."""
    return digest("picture", kind, number).hex()[:40]


def snapshot_id(*state: int | str) -> str:
    """What Spotify calls one state of a playlist: 24 bytes in base 64."""
    return b64encode(b"\0\0\0" + digest("snapshot", *state)[:21]).decode()
