"""Commands that look for what is wrong: doctor, check."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from chartlake.cli import output
from chartlake.cli.options import Lake, json_option, lake_options
from chartlake.errors import ChartlakeError, ChecksFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartlake.doctor import Check


@click.command()
@lake_options
@json_option
@click.option("--offline", is_flag=True, help="Ask no service.")
def doctor(config: Path | None, lake: str | None, *, as_json: bool, offline: bool) -> int:
    """Look for what is wrong with the set-up: settings, credentials, network, clock, disk, schedule.

    Each source's host is asked once.  Ends with 1 if a run would not do what it should; what only
    may become a trouble is a warning.
    """
    checks = list(_checks(config, lake, offline=offline))
    if as_json:
        output.print_json([check._asdict() for check in checks])
    else:
        output.answer(["what", "how", "why"], checks)
    counted = Counter(check.verdict for check in checks)
    output.talk(f"ok: {counted['ok']}, warnings: {counted['warn']}, failures: {counted['fail']}")
    return 1 if counted["fail"] else 0


@click.command()
@lake_options
@json_option
@click.option(
    "--schema", is_flag=True, required=True, help="Compare the columns of the tables with what was agreed."
)
def check(config: Path | None, lake: str | None, *, as_json: bool, schema: bool) -> int:  # noqa: ARG001
    """Find out which columns and fields lie in a lake, as a crawler would, and compare them.

    Tables are compared with the agreed columns, and the command ends with 3 if any differs.  Of raw
    documents every field is told, with the type that holds all its values.
    """
    from chartlake.schema import inferred  # noqa: PLC0415 - only what is used is imported

    found = list(inferred(Lake.of(config, lake).store))
    form: output.Form = "json" if as_json else "auto"
    output.answer(["where", "name", "type", "agreed", "verdict"], found, form=form)
    counted = Counter(one.verdict for one in found)
    output.talk(
        ", ".join(f"{verdict}: {number}" for verdict, number in counted.items()) or "nothing is there"
    )
    fine = {"as agreed", "found"}
    return ChecksFailed.exit_code if counted.keys() - fine else 0


def _checks(config: Path | None, lake: str | None, *, offline: bool) -> Iterator[Check]:
    from chartlake.doctor import examined, failed, version  # noqa: PLC0415 - only what is used is imported
    from chartlake.doctor.bucket import bucket_checks  # noqa: PLC0415
    from chartlake.doctor.ground import cache_checks, disk_checks  # noqa: PLC0415
    from chartlake.doctor.papers import credential_checks  # noqa: PLC0415
    from chartlake.pipeline import utc_now  # noqa: PLC0415

    yield version()
    try:
        at = Lake.of(config, lake)
    except ChartlakeError as error:
        # All the rest is said by the settings, so nothing else can be looked at.
        yield failed("settings", error)
        return
    yield from examined(
        ("settings", partial(_papers, at)),
        ("credentials", partial(credential_checks, at.settings, now=utc_now())),
        *(() if offline else (("network", partial(_network, at)),)),
        ("lake", partial(disk_checks, at.store)),
        ("lake", partial(bucket_checks, at.store)),
        ("cache", partial(cache_checks, at.store, at.warehouse)),
        ("schedule", partial(_schedule, at)),
    )


def _papers(at: Lake) -> Iterator[Check]:
    from chartlake.doctor.papers import settings_checks  # noqa: PLC0415 - only what is used is imported

    with at.sources(at.settings.charts) as (sources, _):
        yield from settings_checks(at.settings, sources)


def _network(at: Lake) -> Iterator[Check]:
    from chartlake.doctor.network import network_checks  # noqa: PLC0415 - only what is used is imported
    from chartlake.pipeline import utc_now  # noqa: PLC0415
    from chartlake.sources.http import Client  # noqa: PLC0415

    with Client(budget=15.0, connect=5.0, read=10.0) as client:
        yield from network_checks(at.settings, client, now=utc_now)


def _schedule(at: Lake) -> Iterator[Check]:
    from chartlake.doctor import ok, warn  # noqa: PLC0415 - only what is used is imported
    from chartlake.pipeline import utc_now  # noqa: PLC0415
    from chartlake.schedule import found  # noqa: PLC0415

    there = found(at.settings.file) if at.settings.file else None
    next_run = there[0].next_run(utc_now()) if there else None
    if there is None:
        yield warn("schedule", "nothing on this machine runs it; `chartlake schedule install` does that")
    elif next_run is None:
        yield warn(
            "schedule", f"{there[0].kind} has it and does not run it; `chartlake schedule install` mends it"
        )
    else:
        yield ok("schedule", f"{there[0].kind} runs it next at {next_run:%Y-%m-%d %H:%M} UTC")
