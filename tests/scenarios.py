"""What the real command is asked to do while it is killed and failed: five ways of the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from blake3 import blake3

from crashing import Home, for_tick, home, serve, tick
from making import day, document, playlist

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chartlake.demo.services import Services

CHART_FILE = """rank,uri,artist_names,track_name,source,peak_rank,previous_rank,weeks_on_chart,streams
1,spotify:track:one,First,Song 1,Label,1,1,10,1000
2,spotify:track:two,Second,Song 2,Label,1,2,10,900
"""
FILES = ("2026-05-01",)


@dataclass(frozen=True)
class Scenario:
    """One thing that the command does.

    Attributes:
        name: What it is called.
        prepare: Makes the lake, in a folder, up to where the command begins.
        command: What is run, killed and failed.
        served: What the services answer to it.
    """

    name: str
    prepare: Callable[[Path, Services], Home]
    command: tuple[str, ...]
    served: Callable[[Services], dict[str, list[str]]] = lambda _: {}


def ended(lake: Home, *arguments: str) -> str:
    """The answer of a command that has to go well."""
    done = lake.ran(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def pending(folder: Path, _: Services) -> Home:
    """Two documents of one month, one of another, in a lake with some history."""
    lake = home(folder)
    lake.drop(1, 1, 2)
    ended(lake, "transform")
    lake.drop(2, 2, 3, 1)
    lake.drop(3, 3, 1)
    return lake


def next_day(folder: Path, services: Services) -> Home:
    """A day of two charts was recorded, and one document waits."""
    lake = home(folder, services)
    served = serve(services, tick(0))
    lake.acknowledge(ended(lake, "run", *for_tick(tick(0))), served)
    lake.drop(2, 2, 3)
    lake.may_have(tick(1), serve(services, tick(1)))
    return lake


def overlapping(folder: Path, _: Services) -> Home:
    """Batches of a closed month, of which two hold the same document, and a ledger."""
    lake = home(folder)
    lake.drop(1, 1, 2)
    ended(lake, "transform")
    processed = next((lake.lake / "raw_data/processed").rglob("*.zst"))
    again = lake.lake / "raw_data/to_be_processed" / processed.relative_to(lake.lake / "raw_data/processed")
    again.parent.mkdir(parents=True, exist_ok=True)
    again.write_bytes(processed.read_bytes())
    lake.drop(2, 2, 1)
    ended(lake, "transform")
    lake.drop(3, 3)
    ended(lake, "transform")
    return lake


def chart_files(folder: Path, _: Services) -> Home:
    """A chart file and a raw document of an older pipeline, not yet imported."""
    lake = home(folder)
    arriving = folder / "files"
    arriving.mkdir()
    for date in FILES:
        (arriving / f"regional-us-daily-{date}.csv").write_text(CHART_FILE)
        lake.possible["chartfile", "regional-us-daily", date] = [["one", "two"]]
    body = document(playlist(1, 2), captured_at=day(5), chart_id="old")
    (arriving / "2026-06-05.json").write_bytes(body)
    lake.possible["spotify", "old", "2026-06-05"] = [["song1", "song2"]]
    return lake


def imported(lake: Home) -> None:
    """An import came to its end: its documents count from here on."""
    lake.certain.update({key: rankings[0] for key, rankings in lake.possible.items()})
    lake.documents.add(blake3((lake.folder / "files" / "2026-06-05.json").read_bytes()).hexdigest())


ALL = (
    Scenario("transform", pending, ("transform", "--json")),
    Scenario("run", next_day, ("run", *for_tick(tick(1))), lambda services: serve(services, tick(1))),
    Scenario("compact", overlapping, ("compact", "--grace", "0", "--json")),
    Scenario("rebuild", overlapping, ("rebuild", "--grace", "0", "--json")),
    Scenario("import", chart_files, ("import", "files", "--json")),
)


def complete(scenario: Scenario, lake: Home, answer: str, services: Services) -> None:
    """Take down what an answer with exit code 0 acknowledges."""
    if scenario.name == "run":
        lake.acknowledge(answer, scenario.served(services))
    elif scenario.name == "import":
        imported(lake)
