"""Where charts come from.  A source has one verb: capture a chart.

Each provider is one module here.  It holds ``Settings``, the provider's own table in
chartlake.toml, and ``Source``, made from those settings, a `Client` and `Secrets`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol

import msgspec

from chartlake.errors import SettingsError

if TYPE_CHECKING:
    from chartlake.snapshot import Request
    from chartlake.sources.http import Client

Cadence = Literal["daily", "weekly"]

Retention = Annotated[int, msgspec.Meta(ge=1)] | Literal["forever"] | None
"""Days to keep what a source gave, or forever; None is nothing decided."""

PLUG_INS = "chartlake.sources"
"""The group of entry points under which other packages offer sources: name = module."""

BUILT_IN = ("spotify", "deezer", "apple", "listenbrainz")
"""The sources that can be captured; chart files are imported instead."""


class Chart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A chart to capture: one ``[[chart]]`` of chartlake.toml.

    Attributes:
        source: The provider, such as ``deezer``.
        id: The provider's name of the chart.
        name: What people call it; else what the provider calls it.
        region: Where it holds, such as ``global`` or ``us``.
        cadence: How often it is expected: ``daily`` or ``weekly``.
        size: How many positions to ask for; else all there are, or the source's usual number.
    """

    source: str
    id: str
    name: str | None = None
    region: str | None = None
    cadence: Cadence = "daily"
    size: int | None = None


class Captured(msgspec.Struct, frozen=True, kw_only=True):
    """What a capture brought home.

    Attributes:
        pages: The bodies of the answers that make the document, in order, untouched.
        requests: Every request that was made for it, in order, without secrets.
        chart_name: The provider's name of the chart, if it says and the settings do not.
        received: Bytes received, decompressed.
        notes: What a person should know although nothing failed, one sentence each.
    """

    pages: list[bytes]
    requests: list[Request]
    chart_name: str | None = None
    received: int = 0
    notes: list[str] = []


class Secrets(Protocol):
    """Where secrets come from: the environment, or files that it names."""

    def __call__(self, name: str) -> str | None:
        """The secret of that name, such as ``CHARTLAKE_SPOTIFY_CLIENT_SECRET``, or None."""
        ...


class Source(Protocol):
    """A provider of charts."""

    def accepts(self, chart: Chart) -> None:
        """Say whether the chart can be asked for, without asking.

        Raises:
            SettingsError: It cannot, and why, and what to do instead.
        """
        ...

    def capture(self, chart: Chart) -> Captured:
        """Fetch the chart as it is now.

        Raises:
            TryLater: The source asks to be left alone, or is not ready.
            CredentialsError: Credentials are missing, wrong or expired.
            SourceError: It does not answer, or what it answers cannot be used.
        """
        ...


def open_source(name: str, settings: Any, *, client: Client, secrets: Secrets) -> Source:
    """The source of that name, made from its settings.

    Raises:
        SettingsError: No source has that name.
    """
    source: Source = source_module(name).Source(settings, client=client, secrets=secrets)
    return source


def source_module(name: str) -> Any:
    """The module of a source: one of ours, or what a plug-in offers under that name.

    Raises:
        SettingsError: No source has that name.
    """
    if name in BUILT_IN:
        return import_module(f"chartlake.sources.{name}")
    from importlib.metadata import entry_points  # noqa: PLC0415 - only plug-ins need it, and it takes 10 ms

    for offered in entry_points(group=PLUG_INS, name=name):
        return offered.load()
    from difflib import get_close_matches  # noqa: PLC0415 - only for who misspelled it

    known = [*BUILT_IN, *plug_ins()]
    close = get_close_matches(name, known, 1)
    there = f"did you mean {close[0]}?  There are" if close else "there are"
    raise SettingsError(
        f"there is no source {name!r}; {there} {', '.join(known)}, or install the plug-in that brings it"
    )


def plug_ins() -> list[str]:
    """The names of the sources that other installed packages offer."""
    from importlib.metadata import entry_points  # noqa: PLC0415

    return sorted({offered.name for offered in entry_points(group=PLUG_INS)})
