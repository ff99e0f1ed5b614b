"""Words and figures of the page: dates and numbers in English, the same on every machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

DASH = "\u2013"
"""What stands where there is no figure."""

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

SOURCES = {
    "spotify": "Spotify",
    "deezer": "Deezer",
    "apple": "Apple Music",
    "listenbrainz": "ListenBrainz",
    "chartfile": "chart files",
}
"""The services as they write themselves."""

CREDITS = {
    "spotify": ("Chart data by Spotify", "https://open.spotify.com/"),
    "deezer": ("Chart data by Deezer", "https://www.deezer.com/"),
    "apple": ("Chart data by Apple Music", "https://music.apple.com/"),
    "listenbrainz": ("Chart data by ListenBrainz (CC0)", "https://listenbrainz.org/"),
}
"""What is said of a source at the foot of the page, and where that leads."""


def short_day(day: date) -> str:
    """A day without its year: 23 Aug."""
    return f"{day.day} {MONTHS[day.month - 1][:3]}"


def plain_day(day: date) -> str:
    """A day: 23 August 2026."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def long_day(day: date) -> str:
    """A day with its weekday: Sunday, 23 August 2026."""
    return f"{WEEKDAYS[day.weekday()]}, {plain_day(day)}"


def number(value: int) -> str:
    """A number with commas between thousands."""
    return f"{value:,}"


def counted(value: int, noun: str) -> str:
    """A number of things: 1 day, 84 days."""
    plural = noun[:-1] + "ies" if noun.endswith("y") and noun != "day" else noun + "s"
    return f"{number(value)} {noun if value == 1 else plural}"


def ordinal(value: int) -> str:
    """A place in a row: 1st, 2nd, 11th."""
    ending = "th" if value % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
    return f"{number(value)}{ending}"


def source_name(source: str) -> str:
    """A service as it writes itself; one that is not known here, as it is."""
    return SOURCES.get(source, source)
