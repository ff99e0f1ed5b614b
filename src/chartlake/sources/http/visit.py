"""One capture's requests: asking until there is an answer, or a reason why there is none."""

from __future__ import annotations

import logging
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec

from chartlake.errors import SettingsError, SourceError, TryLater
from chartlake.snapshot import Request
from chartlake.sources.http import waits
from chartlake.sources.http.address import checked, origin, same_origin, shown
from chartlake.sources.http.ask import ATTEMPTS, Ask
from chartlake.sources.http.failure import Failed, Limited

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx2

    from chartlake.sources.http.ask import Answer, Judge
    from chartlake.sources.http.client import Client

_LOG = logging.getLogger("chartlake")
_REDIRECTS = 3
_CONNECTS = 3
_UNANSWERED = 0


class _Error(msgspec.Struct):
    reason: str | None = None


class _ErrorBody(msgspec.Struct):
    error: _Error | None = None


class Visit:
    """One capture's dealings with services.

    Attributes:
        requests: Every request sent, in order; the status is 0 where no whole answer came.
        received: Bytes of all bodies received, decompressed.
    """

    def __init__(self, client: Client) -> None:
        self.requests: list[Request] = []
        self.received = 0
        self._client = client
        self._clock = client.clock
        self._ends = client.clock.monotonic() + client.budget

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        judge: Judge | None = None,
        attempts: int = ATTEMPTS,
    ) -> Answer:
        """Ask for JSON; the answer is a 2xx, or a 4xx for the caller to understand.

        Args:
            url: The address, without a query.
            params: The query.
            headers: Further headers, such as credentials.
            judge: What tells whether a 200 is an error after all.
            attempts: How often to ask at most.

        Raises:
            SettingsError: The address may not be called.
            TryLater: The service asks to be left alone for longer than is waited.
            SourceError: There is no whole answer; the message says why and what to do.
        """
        target = checked(url)
        if params:
            target = target.copy_merge_params(dict(params))
        return self._insisted(Ask("GET", target, headers or {}, judge=judge, attempts=attempts))

    def post(self, url: str, *, form: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Answer:
        """Send a form and ask for JSON; the answer is a 2xx, or a 4xx for the caller to understand.

        Raises:
            SettingsError: The address may not be called.
            TryLater: The service asks to be left alone for longer than is waited.
            SourceError: There is no whole answer; the message says why and what to do.
        """
        return self._insisted(Ask("POST", checked(url), headers or {}, form=form))

    def once(self, url: str, *, document: bytes | None = None) -> Answer:
        """Ask one time: the answer may be of any status, and need not be JSON.

        Args:
            url: The address.
            document: JSON to post there; without it, the address is only looked up.  Such an address
                may be a secret in itself, so no more than its host is written down.

        Raises:
            SettingsError: The address may not be called.
            SourceError: There is no whole answer; the message says why and what to do.
        """
        target = checked(url)
        if document is None:
            ask = Ask("GET", target, {}, attempts=1)
        else:
            ask = Ask("POST", target, {"Content-Type": "application/json"}, document=document, attempts=1)
        try:
            return self._sent(ask, target)
        except Failed as failed:
            raise SourceError(f"{target.host} {failed.why}") from failed

    def _insisted(self, ask: Ask) -> Answer:
        for turn in range(ask.attempts):
            self._await_turn(ask.url)
            try:
                return self._attempted(ask)
            except Limited as limited:
                self._note_limit(ask.url, limited, turn)
            except Failed as failed:
                pause = waits.failure_pause(turn)
                # A machine without a network is to say so at once, not after half a minute.
                last = turn + 1 == (ask.attempts if failed.reached else min(ask.attempts, _CONNECTS))
                if last or (failed.heard and ask.method == "POST") or not self._has(pause):
                    raise SourceError(f"{ask.url.host} {failed.why}") from failed
                self._clock.sleep(pause)
        raise self._try_later(ask.url)

    def _attempted(self, ask: Ask) -> Answer:
        url = ask.url
        for _ in range(_REDIRECTS + 1):
            answer = self._sent(ask, url)
            target = answer.headers.get("location")
            if not (answer.redirects and target):
                return self._judged(answer, ask.judge)
            url = _followed(ask, url, target)
        raise SourceError(f"{url.host} sends its callers in a circle; check its address in chartlake.toml")

    def _sent(self, ask: Ask, url: httpx2.URL) -> Answer:
        kept, status = origin(str(url)) if ask.document else shown(str(url)), _UNANSWERED
        try:
            answer = self._client.exchange(ask, url, before=self._ends)
            status = answer.status
        finally:
            self.requests.append(Request(url=kept, status=status))
            self._client.count(requests=1)
            _LOG.debug("%s %s %d", ask.method, kept, status)
        self.received += len(answer.body)
        self._client.count(received=len(answer.body))
        if (wait := waits.exhausted(answer.headers)) is not None:
            self._client.close_for(url, wait)
        return answer

    def _judged(self, answer: Answer, judge: Judge | None) -> Answer:
        """The answer, if it is one.

        Raises:
            Failed, Limited: It is none.
        """
        wait = waits.stated(answer.headers, self._clock.now())
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise Limited(wait=wait, final=_quota_used_up(answer.body))
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            if wait is not None:
                raise Limited(wait=wait)
            raise Failed(f"answered {answer.status} again and again; run again later", heard=False)
        if answer.fine and answer.status != HTTPStatus.NO_CONTENT:
            _check_json(answer.body)
            verdict = judge(answer.body) if judge else None
            if verdict == "limited":
                raise Limited(wait=wait)
            if verdict == "busy":
                raise Failed("says again and again that it is busy; run again later", heard=False)
        return answer

    def _note_limit(self, url: httpx2.URL, limited: Limited, turn: int) -> None:
        """Remember a refusal, so that nothing is sent too early.

        Raises:
            TryLater: Waiting in this run is of no use.
        """
        if limited.final:
            self._client.close_for(url, limited.wait or waits.QUOTA_WAIT)
            raise self._try_later(url)
        if limited.wait is not None:
            # "Retry-After: 0", again and again, is no reason to hammer.
            self._client.close_for(url, max(limited.wait, waits.failure_pause(turn)))
            return
        pause = waits.limit_pause(turn)
        in_vain = pause > waits.LONGEST_WAIT or not self._has(pause)
        self._client.close_for(url, waits.UNSTATED_CLOSURE if in_vain else pause)

    def _await_turn(self, url: httpx2.URL) -> None:
        if not self._has(0):
            raise SourceError(
                f"{url.host} is slow: a capture may take {self._client.budget:g} seconds; run again later"
            )
        wait = self._client.closed_for(url)
        if wait > waits.LONGEST_WAIT or not self._has(wait):
            raise self._try_later(url)
        if wait > 0:
            self._clock.sleep(wait)

    def _has(self, seconds: float) -> bool:
        return self._clock.monotonic() + seconds < self._ends

    def _try_later(self, url: httpx2.URL) -> TryLater:
        not_before = self._clock.now() + timedelta(seconds=self._client.closed_for(url))
        return TryLater(
            f"{url.host} asks to be left alone until {not_before:%Y-%m-%d %H:%M:%S} UTC; run again then",
            not_before=not_before,
        )


def _followed(ask: Ask, url: httpx2.URL, target: str) -> httpx2.URL:
    """Where a redirect leads, if it may be followed.

    Raises:
        SourceError: It may not.
    """
    from httpx2 import InvalidURL  # noqa: PLC0415 - slow to import, and already there with any client

    try:
        there = checked(str(url.join(target)))
    except (SettingsError, InvalidURL, ValueError):
        there = None
    if there is None or ask.method == "POST" or not same_origin(str(url), str(there)):
        raise SourceError(
            f"{url.host} sends its callers to another address, which is not followed; "
            "if it has moved, write its new address into chartlake.toml"
        )
    return there


def _check_json(received: bytes) -> None:
    """Nothing, if it is JSON.

    Raises:
        Failed: It is not: a page for people, an empty body, half a document.
    """
    try:
        received.decode("utf-8")
        msgspec.json.decode(received, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Failed(
            "answers with something that is not JSON; check its address, or run again later",
            heard=True,
        ) from error


def _quota_used_up(received: bytes) -> bool:
    """Whether a refusal is of the kind that no waiting within a run helps (Spotify, since July 2026)."""
    try:
        error = msgspec.json.decode(received, type=_ErrorBody).error
    except (msgspec.DecodeError, RecursionError):
        return False
    return error is not None and error.reason == "QUOTA_EXCEEDED"
