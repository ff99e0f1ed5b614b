"""Which addresses may be called, and how one is written down."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv4Network
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

from chartlake.errors import SettingsError

if TYPE_CHECKING:
    import httpx2

_LOOPBACK = IPv4Network("127.0.0.0/8")
_SECRET_NAME = re.compile(r"token|secret|key|code|auth|pass|sig|verifier", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}


def checked(url: str) -> httpx2.URL:
    """An address that may be called.

    The address is taken apart by the same code that later connects, so that what was
    checked is what is called.

    Raises:
        SettingsError: It is not https (http is for this machine only), names no host, or
            holds a user name.
    """
    import httpx2  # noqa: PLC0415 - slow to import, and already there with any client

    try:
        address = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError) as error:
        raise SettingsError(f"{url!r} is no address; write it as https://HOST in chartlake.toml") from error
    if address.userinfo:
        raise SettingsError(
            f"the address of {address.host} holds a user name or password; remove it from chartlake.toml"
        )
    if not address.host or (address.scheme != "https" and not _this_machine(address)):
        raise SettingsError(
            f"{shown(url)!r} may not be called: use https://, or http:// with 127.0.0.1, [::1] or localhost"
        )
    return address


def origin(url: str) -> str:
    """Scheme, host and port of an address, written the same for every way to write them.

    The empty text if it cannot be taken apart.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.hostname}:{port}" if parts.hostname else ""


def same_origin(url: str, other: str) -> bool:
    """Whether two addresses have scheme, host and port in common."""
    return origin(url) == origin(other) != ""


def shown(url: str) -> str:
    """An address fit to be kept and shown: no user name, no fragment, no value that is a secret."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "(unreadable address)"
    query = [
        (name, "hidden" if _SECRET_NAME.search(name) else value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    ]
    place = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=place, query=urlencode(query, safe=",:/"), fragment="").geturl()


def _this_machine(address: httpx2.URL) -> bool:
    if address.scheme != "http":
        return False
    if address.host in {"localhost", "::1"}:
        return True
    try:
        # 127.1, 2130706433 and 0x7f.1 are not written out, so they are not taken.
        return IPv4Address(address.host) in _LOOPBACK
    except AddressValueError:
        return False
