"""Settings, charts, and captures when all is well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from chartlake import layout, pipeline
from chartlake.acceptance.stage import lake, staged
from chartlake.acceptance.verdict import Check
from chartlake.errors import ChartlakeError, SettingsError, SourceError
from chartlake.sources import Chart, source_module

if TYPE_CHECKING:
    from chartlake.acceptance.stage import Stage, Subject
    from chartlake.summary import Summary

_ODD_IDS = (
    "", " ", "..", "../../x", "a/../b", "a?b=c", "a#b", "a%2Fb", "a\nb", "a\r\nX-Forged: 1", "a\x00b",
    "\u202ea", "http://127.0.0.1:1/", "//127.0.0.1:1/", "a@127.0.0.1", "${HOME}", "'; --", "x" * 5000,
    "\ud800",
)  # fmt: skip


def _settings_begin(subject: Subject) -> str | None:
    kind = type(subject.settings("http://127.0.0.1:1"))
    try:
        kind()
    except TypeError as error:
        return f"its settings cannot be made without any: {error}"
    if "retention_days" not in kind.__struct_fields__:
        return "its settings have no retention_days; add it, for people must be able to delete old content"
    try:
        msgspec.convert({"no_such_setting": 1}, kind)
    except msgspec.ValidationError:
        return None
    return "it takes a setting that it does not know; write forbid_unknown_fields=True"


def _settings_typed(subject: Subject) -> str | None:
    kind = type(subject.settings("http://127.0.0.1:1"))
    for name in kind.__struct_fields__:
        try:
            msgspec.convert({name: {"of": "another type"}}, kind)
        except msgspec.ValidationError:
            continue
        return f"the setting {name} takes a table for a value; give it a type"
    return None


def _elsewhere(subject: Subject) -> str | None:
    with staged(subject) as stage:
        for address in ("http://192.0.2.1", "ftp://127.0.0.1", "file:///etc/passwd", "no address"):
            try:
                source = subject.opened(
                    subject.name,
                    subject.settings(address),
                    client=stage.client,
                    secrets=subject.secrets.get,
                )
                source.capture(subject.chart)
            except SettingsError:
                continue
            except ChartlakeError as error:
                return f"of the address {address} it says {error}, which is no error of the settings"
            return f"it asks {address}; send every request through the client"
    return None


def _accepted(subject: Subject) -> str | None:
    with staged(subject) as stage:
        stage.source.accepts(subject.chart)
        return "accepts() sends something" if stage.asked else None


def _refused(subject: Subject) -> str | None:
    if not subject.refused:
        return "no chart is named that it refuses; name some that cannot be"
    with staged(subject) as stage:
        for chart in subject.refused:
            for verb in (stage.source.accepts, stage.source.capture):
                if wrong := _not_refused(verb, chart):
                    return wrong
        return "something is sent for a chart that cannot be asked for" if stage.asked else None


def _not_refused(verb: Any, chart: Chart) -> str | None:
    try:
        verb(chart)
    except SettingsError as error:
        return None if spoken(error) else f"its refusal {str(error)!r} is not one line"
    return f"{verb.__name__}() takes {chart.id!r} (size {chart.size}) for a chart"


def spoken(error: Exception) -> bool:
    """Whether an error says something, in one line without a control character."""
    text = str(error)
    return len(text) > len("no") and text.isprintable()


def _odd_ids(subject: Subject) -> str | None:
    with staged(subject) as stage:
        usual = set(stage.paths())
        for identity in _ODD_IDS:
            chart = msgspec.structs.replace(subject.chart, id=identity)
            stage.asked.clear()
            try:
                stage.source.accepts(chart)
            except SettingsError:
                continue
            except ChartlakeError as error:
                return f"of the id {identity[:20]!r} it says {error}, which is no error of the settings"
            try:
                stage.source.capture(chart)
            except ChartlakeError:
                pass
            else:
                return f"it captures {identity[:20]!r}; refuse what is no id in accepts()"
            fewest = min(path.count("/") for path in usual)
            if any(one.path.count("/") < fewest or ".." in one.path for one in stage.asked):
                return f"the id {identity[:20]!r} leaves its place in the address; refuse it in accepts()"
    return None


def _captures(subject: Subject) -> str | None:
    with staged(subject) as stage:
        found = stage.source.capture(subject.chart)
        if not found.pages:
            return "it captures no page"
        left = list(stage.served)
        for page in found.pages:
            if page not in left:
                return "a page is not what the service sent, byte for byte and in order"
            del left[: left.index(page) + 1]
    return None


def _recorded(subject: Subject) -> str | None:
    with staged(subject) as stage:
        found = stage.source.capture(subject.chart)
        if len(found.requests) != len(stage.asked):
            return f"it sent {len(stage.asked)} requests and tells of {len(found.requests)}"
        if not all(request.url.startswith(stage.base) for request in found.requests):
            return "it tells of an address that it did not ask"
        if found.received != sum(map(len, stage.served)):
            return f"it received {sum(map(len, stage.served))} bytes and tells of {found.received}"
    return None


def _twice(subject: Subject) -> str | None:
    with staged(subject) as stage:
        first = stage.source.capture(subject.chart).pages
        if stage.source.capture(subject.chart).pages != first:
            return "a second capture of the same chart gives other pages"
        if stage.open().capture(subject.chart).pages != first:
            return "the source opened once more gives other pages"
    return None


def _planned(subject: Subject) -> str | None:
    module = source_module(subject.name)
    if not hasattr(module, "requests_for"):
        return None
    with staged(subject) as stage:
        least = module.requests_for(subject.chart, subject.settings(stage.base))
        stage.source.capture(subject.chart)
        if not 1 <= least <= len(stage.asked):
            return f"requests_for() says that it sends at least {least}, and it sent {len(stage.asked)}"
    return None


def _published(subject: Subject) -> str | None:
    with staged(subject) as stage, lake() as (store, _):
        summary = _run(stage, store)
        [row] = summary.rows
        if row.state != "published":
            return f"its chart is {row.state} and not published: {row.reason}"
        if (row.items_in, row.rows_out, row.rejects) != (subject.entries, subject.entries, 0):
            return f"of {row.items_in} items came {row.rows_out} rows; there are {subject.entries} positions"
        keys = [stored.key for stored in store.list(layout.PROCESSED)]
        begins = layout.PROCESSED + layout.spelled(subject.name) + "/"
        if len(keys) != 1 or not keys[0].startswith(begins):
            return f"its document lies at {keys}, and not below {begins}"
    return None


def _unchanged(subject: Subject) -> str | None:
    with staged(subject) as stage, lake() as (store, _):
        _run(stage, store)
        stage.clock.sleep(60)
        [row] = _run(stage, store).rows
        if row.state != "unchanged":
            return f"the same chart a minute later is {row.state} and not unchanged"
    return None


def _run(stage: Stage, store: Any) -> Summary:
    subject = stage.subject
    return pipeline.run(
        store,
        [subject.chart],
        {subject.chart.source: stage.source},
        now=stage.clock.now,
        traffic=stage.client.traffic,
    )


def failed(stage: Stage) -> ChartlakeError | None:
    """How a capture fails; None if it does not."""
    try:
        stage.source.capture(stage.subject.chart)
    except ChartlakeError as error:
        return error
    return None


def _no_service(subject: Subject) -> str | None:
    with staged(subject) as stage:
        source = subject.opened(
            subject.name,
            subject.settings("http://127.0.0.1:1"),
            client=stage.client,
            secrets=subject.secrets.get,
        )
        try:
            source.capture(subject.chart)
        except SourceError as error:
            return None if spoken(error) else "that nobody answers is not told in one line"
    return "it captures a chart where nobody answers"


CHECKS = (
    Check("settings", "its settings have a value each, retention_days, and no unknown name", _settings_begin),
    Check("setting types", "a value of another type is refused", _settings_typed),
    Check("addresses", "only https is asked, except on this machine", _elsewhere),
    Check("accepts", "its chart is accepted, and nothing is sent for it", _accepted),
    Check("refuses", "what is no chart is refused in a sentence before anything is sent", _refused),
    Check("odd ids", "no id leaves its place in the address", _odd_ids),
    Check("pages", "pages are the answers, byte for byte, in order", _captures),
    Check("requests", "every request and every byte is told of", _recorded),
    Check("read twice", "two captures of the same chart are equal", _twice),
    Check("plan", "it sends no fewer requests than it says", _planned),
    Check("publishes", "its chart is published, and items in are rows out", _published),
    Check("unchanged", "the same chart once more is no news", _unchanged),
    Check("nobody there", "a service that does not answer is told of in a sentence", _no_service),
)
"""Checks of a source when all is well."""
