"""Commands that look at raw documents and mend: retry, retract, show."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import rich_click as click

from chartlake import layout, pipeline
from chartlake.cli import output
from chartlake.cli.options import Lake, json_option, lake_options
from chartlake.cli.work import report
from chartlake.errors import MissingObject
from chartlake.snapshot import unpacked
from chartlake.store import Store


@click.command()
@click.argument("keys", nargs=-1)
@lake_options
@json_option
@click.option("--list", "only_list", is_flag=True, help="Only list what was rejected, and why.")
def retry(
    keys: tuple[str, ...], config: Path | None, lake: str | None, *, as_json: bool, only_list: bool
) -> int:
    """Take rejected documents up again, after whatever was wrong is mended.

    KEYS are keys below raw_data/rejected; without them, all are taken up.
    """
    at = Lake.of(config, lake)
    store = at.store
    if only_list:
        rows = [(key, *pipeline.why_rejected(store, key)) for key in pipeline.rejected(store)]
        output.answer(["key", "reason", "message"], rows, form="json" if as_json else "auto")
        return 0
    from chartlake import steps  # noqa: PLC0415 - only what is used is imported

    waiting = pipeline.retry(store, keys)
    output.talk(f"rejected documents taken up again: {len(waiting)}")
    with output.progress() as progress:
        summary = steps.published(at, progress=progress)
    return report(summary, as_json=as_json)


@click.command()
@click.argument("snapshot")
@lake_options
@json_option
@click.option("--why", default="retracted by hand", show_default=True, help="What is wrong with it.")
def retract(snapshot: str, config: Path | None, lake: str | None, why: str, *, as_json: bool) -> int:
    """Take a published snapshot out of every table again.

    SNAPSHOT is its raw_hash (8 digits are enough) or its raw_key, as chart_entries shows them.  The
    raw document is kept among the rejected ones; `chartlake retry KEY` publishes it once more.
    """
    from chartlake.retract import retract as taken_out  # noqa: PLC0415 - only what is used is imported

    done = taken_out(Lake.of(config, lake).store, snapshot, why=why, now=pipeline.utc_now())
    if as_json:
        output.print_json(msgspec.to_builtins(done))
    else:
        for key in done.keys:
            output.say(f"{done.raw_hash} is taken out; its document is {key}")
    return 0


@click.command()
@click.argument("key")
@lake_options
@json_option
def show(key: str, config: Path | None, lake: str | None, *, as_json: bool) -> int:
    """Print a raw document as it was received, unpacked.

    KEY is a key below raw_data, or the raw_hash of a document (8 digits are enough).
    """
    store = Lake.of(config, lake).store
    document = unpacked(store.get(_found(store, key)))
    if as_json or sys.stdout.isatty():
        # Formatted for eyes; piped on without --json it is the bytes themselves.
        document = msgspec.json.format(document, indent=2)
        output.say(output.lines_made_visible(document.decode("utf-8", "replace")))
    else:
        sys.stdout.buffer.write(document)
    return 0


def _found(store: Store, key: str) -> str:
    if "/" in key:
        return key
    for zone in (layout.PROCESSED, layout.TO_BE_PROCESSED, layout.REJECTED):
        for stored in store.list(zone):
            digest = layout.digest_in(stored.key)
            if digest and (digest.startswith(key) or key.startswith(digest)):
                return stored.key
    raise MissingObject(
        f"no raw document has the hash {key}; raw_hash and raw_key of chart_entries show what there is"
    )
