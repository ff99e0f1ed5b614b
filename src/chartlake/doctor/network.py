"""The network: can every host be reached, and does it agree with this machine's clock?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from chartlake.doctor import Check, fail, failed, ok, warn
from chartlake.errors import ChartlakeError
from chartlake.sources.http.address import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chartlake.config import Settings
    from chartlake.sources.http import Answer, Client

_A_LITTLE, _TOO_MUCH = timedelta(minutes=1), timedelta(hours=1)


def addresses(settings: Settings) -> list[str]:
    """Where the charts' sources answer, each once."""
    found: list[str] = []
    for name in dict.fromkeys(chart.source for chart in settings.charts):
        said = settings.of(name)
        for place in ("api_url", "accounts_url", "url"):
            found += [getattr(said, place)] if hasattr(said, place) else []
        found += getattr(said, "urls", [])
    return list(dict.fromkeys(found))


def network_checks(settings: Settings, client: Client, *, now: Callable[[], datetime]) -> Iterator[Check]:
    """Ask every host once for whatever it has at its address."""
    apart: list[timedelta] = []
    for address in addresses(settings):
        try:
            answer = client.visit().once(address)
        except ChartlakeError as error:
            yield failed("network", error)
            continue
        yield _reached(address, answer)
        if (stated := _date(answer)) is not None:
            apart.append(now() - stated)
    if apart:
        yield _clock(min(apart, key=abs))


def _reached(address: str, answer: Answer) -> Check:
    address = shown(address)
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return warn("network", f"{address} answers {answer.status}; try again later")
    return ok("network", f"{address} answers")


def _date(answer: Answer) -> datetime | None:
    try:
        stated = parsedate_to_datetime(answer.headers["date"])
    except (KeyError, ValueError):
        return None
    return stated if stated.tzinfo else stated.replace(tzinfo=UTC)


def _clock(apart: timedelta) -> Check:
    """A clock that is wrong by hours gives a chart the date of another day."""
    seconds = round(abs(apart).total_seconds())
    which = "ahead of" if apart > timedelta() else "behind"
    message = f"this machine's clock is {seconds} seconds {which} what the services say"
    if abs(apart) > _TOO_MUCH:
        return fail("clock", f"{message}; set it, for charts get their date by it")
    if abs(apart) > _A_LITTLE:
        return warn("clock", f"{message}; let it be set by the network (NTP)")
    return ok("clock", "this machine's clock agrees with the services")
