"""What several commands share: their options."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click

from chartlake.lake import Lake

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., Any]")


def lake_options(command: F) -> F:
    """The options that say which lake: --config and --lake."""
    command = click.option(
        "--lake",
        metavar="ADDRESS",
        help="The lake: a folder or s3://bucket/prefix; else the one of chartlake.toml.",
    )(command)
    return click.option(
        "--config",
        type=click.Path(path_type=Path, dir_okay=False),
        help="The settings; else $CHARTLAKE_CONFIG, else ./chartlake.toml.",
    )(command)


def json_option(command: F) -> F:
    """The option --json."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")(command)


def moment(_context: click.Context, _parameter: click.Parameter, value: str | None) -> datetime | None:
    """An option's value as a moment in UTC."""
    if value is None:
        return None
    try:
        said = datetime.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter("write it like 2026-11-20T06:30:00Z") from error
    return said.replace(tzinfo=UTC) if said.tzinfo is None else said.astimezone(UTC)


def day(_context: click.Context, _parameter: click.Parameter, value: str | None) -> date | None:
    """An option's or argument's value as a day."""
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter("write it like 2026-11-20") from error


__all__ = ["F", "Lake", "day", "json_option", "lake_options", "moment"]
