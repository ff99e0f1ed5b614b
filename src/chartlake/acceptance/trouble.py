"""A service that misbehaves: whole or not at all, nothing too early, no secret told."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING
from urllib.parse import quote

from chartlake import pipeline
from chartlake.acceptance.asking import failed, spoken
from chartlake.acceptance.stage import BUDGET, heard, lake, staged
from chartlake.acceptance.verdict import Check
from chartlake.demo.faults import (
    answering,
    as_html,
    failing,
    oversized,
    rate_limited,
    resetting,
    truncated,
    with_broken_gzip,
    with_wrong_length,
)
from chartlake.errors import ChartlakeError, SourceError, TryLater

if TYPE_CHECKING:
    from chartlake.acceptance.stage import Stage, Subject
    from chartlake.demo.faults import Fault

_TOO_LARGE = 17 << 20

_ANSWERS: dict[str, Fault] = {
    "nothing": answering(200, b""),
    "an empty object": answering(200, b"{}"),
    "an empty list": answering(200, b"[]"),
    "null": answering(200, b"null"),
    "a number": answering(200, b"17"),
    "a page for people": as_html(),
    "no content": answering(204),
    "a text that is none": answering(200, b'"\xff"'),
    "deep lists": answering(200, b"[" * 3000 + b"]" * 3000),
    "half an answer": truncated(0.5),
    "a wrong length": with_wrong_length(5),
    "broken gzip": with_broken_gzip(),
}
"""Answers that are none, some of which a service gives in passing."""

_STATUSES = (400, 401, 403, 404, 405, 406, 409, 410, 418, 422, 451, 500, 502, 503, 504)


def _passing(subject: Subject) -> str | None:
    faults: dict[str, Fault] = {
        "a reset": resetting(),
        "a reset in the middle": resetting(0.5),
        "half an answer": truncated(0.5),
        "503": failing(503),
        "503 and a time": failing(503, retry_after="3"),
        "429 and a time": rate_limited("2"),
        "429": rate_limited(None),
        "a page for people": as_html(),
    }
    with staged(subject) as stage:
        paths = stage.paths()
    for (what, fault), path in product(faults.items(), paths):
        with staged(subject) as stage:
            good = stage.source.capture(subject.chart).pages
            stage.source = stage.open()
            sent = len(stage.asked)
            stage.misbehave(fault, path=path, times=1)
            try:
                found = stage.source.capture(subject.chart).pages
            except ChartlakeError as error:
                # What was sent by POST is not sent again by itself: nobody knows whether it was heard.
                if any(one.method == "POST" for one in stage.asked[sent:] if one.path == path):
                    continue
                return f"{what} at {path}, once, makes it fail: {error}"
            if found != good:
                return f"after {what} at {path}, once, it captures something else"
    return None


def _whole(subject: Subject) -> str | None:
    with staged(subject) as stage:
        paths = stage.paths()
    faults = _ANSWERS | {f"status {status}": answering(status, b'{"error": "x"}') for status in _STATUSES}
    for (what, fault), path in product(faults.items(), paths):
        with staged(subject) as stage, lake() as (store, _):
            stage.misbehave(fault, path=path)
            if wrong := _torn(stage, store):
                return f"{what} at {path}: {wrong}"
    return None


def _torn(stage: Stage, store: object) -> str | None:
    """What is wrong with what comes of a run; None if it is the whole chart, or nothing and a reason."""
    chart = stage.subject.chart
    summary = pipeline.run(
        store,  # type: ignore[arg-type]
        [chart],
        {chart.source: stage.source},
        now=stage.clock.now,
        traffic=stage.client.traffic,
    )
    [row] = summary.rows
    if stage.clock.passed > BUDGET:
        return f"it takes {stage.clock.passed:.0f} seconds, and may take {BUDGET:.0f}"
    if row.state in {"published", "unchanged"}:
        whole = (row.items_in, row.rows_out) == (stage.subject.entries,) * 2
        return None if whole else f"{row.rows_out} of {stage.subject.entries} positions are published"
    return None if row.reason and row.reason.isprintable() else f"it is {row.state}, and nobody is told why"


def _limited(subject: Subject) -> str | None:
    with staged(subject) as stage:
        paths = stage.paths()
    for path, wait in product(paths, (600, 86400)):
        with staged(subject) as stage:
            stage.misbehave(rate_limited(str(wait)), path=path)
            error = failed(stage)
            if not isinstance(error, TryLater):
                return f"429 at {path} is no answer to it: {error}"
            if error.not_before != stage.clock.now() + timedelta(seconds=wait):
                return f"told to wait {wait} seconds at {path}, it names {error.not_before}"
            sent = len(stage.asked)
            if not isinstance(failed(stage), TryLater) or [
                one for one in stage.asked[sent:] if one.path == path
            ]:
                return f"it asks {path} again before its time"
    return None


def _waits(subject: Subject) -> str | None:
    with staged(subject) as stage:
        paths = stage.paths()
    for path in paths:
        with staged(subject) as stage:
            stage.misbehave(rate_limited("7"), path=path, times=1)
            if (error := failed(stage)) is not None:
                return f"it does not wait for 7 seconds at {path}: {error}"
            at = [moment for moment, one in zip(stage.moments, stage.asked, strict=True) if one.path == path]
            if at[1] - at[0] < 7:  # noqa: PLR2004 - what was asked for above
                return f"asked to wait for 7 seconds at {path}, it waits for {at[1] - at[0]:.1f}"
    return None


def _deferred(subject: Subject) -> str | None:
    with staged(subject) as stage, lake() as (store, _):
        stage.misbehave(rate_limited("3600"))
        for state in ("deferred", "deferred"):
            sent = len(stage.asked)
            summary = pipeline.run(
                store, [subject.chart], {subject.chart.source: stage.source}, now=stage.clock.now
            )
            if summary.rows[0].state != state:
                return f"a run that met a rate limit is {summary.rows[0].state} and not {state}"
            stage.clock.sleep(1800)
        if len(stage.asked) != sent:
            return "a second run sends something before its time"
    return None


def _lasting(subject: Subject) -> str | None:
    for status in _STATUSES:
        with staged(subject) as stage:
            stage.misbehave(answering(status, b'{"error": "x"}'))
            error = failed(stage)
            if error is None:
                return f"it takes an answer of status {status} for a chart"
            if not spoken(error):
                return f"of status {status} it says {str(error)!r}, which is not one line"
            if stage.clock.passed > BUDGET:
                return f"it goes on for {stage.clock.passed:.0f} seconds at status {status}"
    return None


def _large(subject: Subject) -> str | None:
    for bomb in (False, True):
        with staged(subject) as stage:
            stage.misbehave(oversized(_TOO_LARGE, bomb=bomb))
            if not isinstance(error := failed(stage), ChartlakeError):
                return f"it takes in 17 MiB{' that came compressed' if bomb else ''}: {error}"
    return None


def _elsewhere(subject: Subject) -> str | None:
    with staged(subject) as stage, staged(subject) as other:
        for there in (other.base + "/", "file:///etc/passwd", "http://169.254.169.254/", "//192.0.2.1/"):
            stage.misbehave(answering(302, b"", Location=there))
            if not isinstance(failed(stage), SourceError):
                return f"it follows its service to {there}"
        return "it asks another address than its own" if other.asked else None


def _secret(subject: Subject) -> str | None:
    echo = " ".join(subject.secrets.values()).encode()
    faults: dict[str, Fault] = {
        "all is well": lambda answer: answer,
        "401": answering(401, b'{"error": "' + echo + b'"}'),
        "400": answering(400, echo),
        "a page for people": answering(200, b"<html>" + echo, content_type="text/html"),
        "another shape": answering(200, b'["' + echo + b'"]'),
        "429": rate_limited("999"),
        "a reset": resetting(),
    }
    for what, fault in faults.items():
        with staged(subject) as stage, heard() as said:
            stage.misbehave(fault)
            try:
                found = stage.source.capture(subject.chart)
            except ChartlakeError as error:
                said += [str(error), repr(error), repr(error.__cause__)]
            else:
                said += [repr(found.requests), repr(found.notes), *map(repr, found.pages)]
            said += [repr(stage.source), repr(subject.settings(stage.base))]
            text = "\n".join(said)
            for name, value in subject.secrets.items():
                if any(form in text for form in _forms(value, subject.secrets.values())):
                    return f"{name} is told where {what}"
    return None


def _forms(value: str, others: object) -> set[str]:
    """A secret as it may be written: as it is, percent-encoded, in base 64 alone or behind another."""
    pairs = [f"{other}:{value}" for other in others]  # type: ignore[attr-defined]
    coded = {b64encode(text.encode()).decode().rstrip("=") for text in (value, *pairs)}
    return {value, quote(value, safe=""), value.encode().hex(), value[::-1], *coded}


CHECKS = (
    Check("passing trouble", "what goes wrong once is asked for again", _passing),
    Check("whole or not at all", "whatever one answer is, the whole chart is published or nothing", _whole),
    Check("a long limit", "a rate limit is an answer, and nothing is sent before its time", _limited),
    Check("a short limit", "a short wait is waited for", _waits),
    Check("deferral", "a run remembers a rate limit, and sends nothing meanwhile", _deferred),
    Check("refusals", "a status that is none of success is told in a sentence, within the budget", _lasting),
    Check("too large", "more than 16 MiB is not taken in, compressed or not", _large),
    Check("redirects", "no redirect leads to another address", _elsewhere),
    Check("secrets", "no secret is told, whatever the service says", _secret),
)
"""Checks of a source whose service misbehaves."""
