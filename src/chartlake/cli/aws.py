"""The group aws: the same pipeline in the cloud."""

from __future__ import annotations

import os
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from chartlake.cli import output
from chartlake.cli.options import json_option
from chartlake.errors import ChecksFailed, SettingsError

if TYPE_CHECKING:
    from chartlake.aws.access import Access
    from chartlake.aws.deployment import Change
    from chartlake.config import Settings


def _options(command: Any) -> Any:
    """The options that every command of the group has: --config and --json."""
    command = json_option(command)
    return click.option(
        "--config",
        type=click.Path(path_type=Path, dir_okay=False),
        help="The settings; else $CHARTLAKE_CONFIG, else ./chartlake.toml.",
    )(command)


@click.group()
def aws() -> None:
    """Make and look after the stack that records charts on AWS.

    Begin with `chartlake aws plan`, which makes nothing.  [aws] of chartlake.toml says how.
    """


@aws.command()
@_options
def plan(config: Path | None, *, as_json: bool) -> int:
    """Show what a stack is made of and what it costs a month, and ask nobody."""
    from chartlake.aws import cost, template  # noqa: PLC0415 - only what is used is imported

    settings = _settings(config)
    made = template.for_charts(template.shipped(), settings.charts, settings.aws.schedules)
    size = len(template.minified(made).encode())
    kinds = Counter(
        resource["Type"]
        for resource in made["Resources"].values()
        if settings.aws.crawler or resource.get("Condition") != "WithCrawler"
    )
    costs = cost.items(settings.charts, crawler=settings.aws.crawler)
    total = sum(item.usd for item in costs)
    if as_json:
        output.print_json(
            {
                "resources": dict(sorted(kinds.items())),
                "template_bytes": size,
                "costs": [item._asdict() for item in costs],
                "usd_a_month": round(total, 2),
                "prices_as_of": cost.AS_OF,
            }
        )
        return 0
    output.answer(["resource", "number"], sorted(kinds.items()))
    output.answer(
        ["a month", "number", "USD"], [(one.what, f"{one.number:.3g}", f"{one.usd:.3f}") for one in costs]
    )
    output.talk(
        f"about USD {total:.2f} a month, charts: {len(settings.charts)}, by list prices of us-east-1 as of "
        f"{cost.AS_OF}; look them up before you rely on them"
    )
    return 0


@aws.command()
@_options
def deploy(config: Path | None, *, as_json: bool) -> int:
    """Make the stack, or bring it up to date; what changes is shown first.

    Secrets of this environment go into the Parameter Store and into no template.  Run again it
    changes nothing, or only what chartlake.toml says anew.
    """
    from chartlake.aws import artefact, athena, deployment, template  # noqa: PLC0415

    settings = _settings(config)
    body = template.for_charts(template.shipped(), settings.charts, settings.aws.schedules)
    access, account = _reached(settings)
    output.talk(f"account {account}, {access.region}: building the functions")
    content = artefact.built(settings.file)
    bucket = deployment.code_bucket(access, settings, account)
    key = deployment.upload(access, bucket, content)
    output.talk(f"functions: {len(content) / 1e6:.1f} MB in {bucket}")
    _put_secrets(access, settings)
    change = deployment.prepared(access, settings, body=body, bucket=bucket, key=key)
    _show(change.changes)
    found = deployment.carried_out(access, change)
    made = list(athena.make_views(access, database=found["Database"], work_group=found["WorkGroup"]))
    if as_json:
        output.print_json(
            {"changes": [one._asdict() for one in change.changes], "views": made, "stack": found}
        )
    else:
        output.answer(["the stack's", "is"], sorted(found.items()))
    output.talk(f'read it from here with lake = "{found["Lake"]}"; `chartlake aws verify` tries it out')
    return 0


@aws.command()
@_options
@click.argument("charts", nargs=-1)
def verify(charts: tuple[str, ...], config: Path | None, *, as_json: bool) -> int:
    """Send charts through the deployed chain and compare what Athena counts with what was captured.

    CHARTS are ids, names or sources of some charts; none means all.  Ends with 3 if they differ.
    """
    from chartlake.aws import deployment, operate  # noqa: PLC0415 - only what is used is imported
    from chartlake.lake import Lake  # noqa: PLC0415
    from chartlake.pipeline import utc_now  # noqa: PLC0415
    from chartlake.store import open_store  # noqa: PLC0415

    settings = _settings(config)
    access, _ = _reached(settings)
    found = deployment.needed(access, settings.aws.stack)
    wanted = Lake(settings, open_store(found["Lake"])).charts(charts)
    seen = operate.verified(access, found, wanted, now=utc_now())
    rows = [(one.chart, one.state, one.entries, one.in_athena) for one in seen]
    output.answer(["chart", "capture", "entries", "in Athena"], rows, form="json" if as_json else "auto")
    if not all(one.fine for one in seen):
        raise ChecksFailed(
            "what Athena counts is not what was captured; `chartlake aws status` shows where it stopped"
        )
    output.talk("every chart went through: event, queue, transform, tables, Athena")
    return 0


@aws.command()
@_options
def status(config: Path | None, *, as_json: bool) -> int:
    """Show how the stack goes: its state, its queues, its alarms."""
    from chartlake.aws import deployment, operate  # noqa: PLC0415 - only what is used is imported

    settings = _settings(config)
    access, _ = _reached(settings)
    found = deployment.needed(access, settings.aws.stack)
    stack = deployment.described(access, settings.aws.stack) or {}
    facts = list(operate.facts(access, stack, found))
    output.answer(["what", "how"], facts, form="json" if as_json else "auto")
    return 0


@aws.command()
@_options
def redrive(config: Path | None, *, as_json: bool) -> int:
    """Take up again what was set aside: messages of the queue, and ticks that nobody captured."""
    from chartlake.aws import deployment, operate  # noqa: PLC0415 - only what is used is imported
    from chartlake.pipeline import utc_now  # noqa: PLC0415

    settings = _settings(config)
    access, _ = _reached(settings)
    found = deployment.needed(access, settings.aws.stack)
    done = list(operate.sent_again(access, found, now=utc_now()))
    output.answer(["what", "how"], done, form="json" if as_json else "auto")
    return 0


@aws.command()
@_options
@click.option(
    "--hours", type=click.IntRange(1, 720), default=24, show_default=True, help="How far back to look."
)
def logs(config: Path | None, hours: int, *, as_json: bool) -> int:
    """Show what the functions said."""
    from chartlake.aws import deployment, operate  # noqa: PLC0415 - only what is used is imported
    from chartlake.pipeline import utc_now  # noqa: PLC0415

    settings = _settings(config)
    access, _ = _reached(settings)
    found = deployment.needed(access, settings.aws.stack)
    lines = list(operate.said(access, found, since=utc_now() - timedelta(hours=hours)))
    output.answer(["when", "function", "line"], lines, form="json" if as_json else "auto")
    return 0


@aws.command()
@_options
@click.option(
    "--with-data",
    metavar="BUCKET",
    help="Delete the lake's bucket and all that is in it too; name it, so that it is the right one.",
)
def destroy(config: Path | None, with_data: str | None, *, as_json: bool) -> int:
    """Delete the stack and its secrets; the data stays where it is unless its bucket is named."""
    from chartlake.aws import deployment  # noqa: PLC0415 - only what is used is imported

    settings = _settings(config)
    access, _ = _reached(settings)
    stack = settings.aws.stack
    lake = (deployment.outputs(access, stack) or {}).get("Lake", "")
    if with_data is not None and lake != f"s3://{with_data}":
        raise SettingsError(
            f"the lake of {stack} is {lake or 'not known any more'} and not {with_data}; nothing was deleted"
            ", give --with-data its name"
        )
    deployment.unmade(access, stack)
    gone = deployment.emptied(access, lake) if with_data else 0
    if as_json:
        output.print_json({"stack": stack, "lake": lake, "kept": not with_data, "versions_deleted": gone})
    elif with_data:
        output.talk(f"{stack} is gone, and its lake with {gone} versions of objects")
    else:
        output.talk(f"{stack} is gone; its data stays in {lake or 'its bucket'}, which costs as before")
    return 0


def _settings(config: Path | None) -> Settings:
    from chartlake.config import load  # noqa: PLC0415 - only what is used is imported

    # The lake of the stack is its own bucket, whatever lake the settings name.
    settings = load(config=config, lake=".")
    if settings.file is None or not settings.charts:
        raise SettingsError("a stack records the charts of a chartlake.toml; `chartlake init` writes one")
    return settings


def _reached(settings: Settings) -> tuple[Access, str]:
    from chartlake.aws.access import Access  # noqa: PLC0415 - only what is used is imported

    access = Access(settings.aws.region)
    # The store asks the environment where the bucket lies.
    os.environ["AWS_REGION"] = access.region
    return access, access.account()


def _put_secrets(access: Access, settings: Settings) -> None:
    from chartlake.aws import deployment  # noqa: PLC0415 - only what is used is imported
    from chartlake.config import SECRETS, secret  # noqa: PLC0415

    put = deployment.secrets_put(access, settings.aws.stack, {name: secret(name) for name in SECRETS})
    for name in put:
        output.talk(f"secret put: {name}")
    spotify = any(chart.source == "spotify" for chart in settings.charts)
    if spotify and "CHARTLAKE_SPOTIFY_CLIENT_SECRET" not in put:
        output.talk(
            "note: no secret of Spotify is in this environment; the stack uses what an earlier deploy put"
        )


def _show(changes: list[Change]) -> None:
    if not changes:
        output.talk("the stack is as it should be; nothing changes")
    for one in changes:
        output.talk(f"{one.action.lower()}: {one.kind} {one.name}")
