"""What several commands share: their options."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click

from chartlake.lake import Lake

if TYPE_CHECKING:
    from collections.abc import Callable

    from chartlake.spark import Spark

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


def engine_option(command: F) -> F:
    """The option --engine: who does it."""
    return click.option(
        "--engine",
        type=click.Choice(["python", "spark"]),
        default="python",
        show_default=True,
        help="Who does it: this process, or the workers of Apache Spark side by side.",
    )(command)


def spark_if(engine: str) -> Spark | None:
    """Spark, if --engine names it.

    Raises:
        SettingsError: It is not installed, or does not start.
    """
    if engine != "spark":
        return None
    from chartlake.spark import Spark, opened  # noqa: PLC0415 - only what is used is imported

    return Spark(opened())


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


__all__ = ["F", "Lake", "day", "engine_option", "json_option", "lake_options", "moment", "spark_if"]
