"""Commands that begin something: demo, init, login."""

from __future__ import annotations

import sys
from pathlib import Path

import rich_click as click

from chartlake.cli import output
from chartlake.cli.options import Lake, json_option, lake_options


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option("--source", metavar="NAME", help="Begin a plug-in for a source of that name instead.")
@json_option
def init(folder: Path, source: str | None, *, as_json: bool) -> int:
    """Write a chartlake.toml with charts that need no account, and a .gitignore.

    With --source, write a package that brings a source of your own, with a test that passes.
    """
    from chartlake.starter import begin, begin_source  # noqa: PLC0415 - only what is used is imported

    written = begin_source(folder, source) if source else begin(folder)
    if as_json:
        output.print_json({"written": [str(path) for path in written]})
        return 0
    for path in written:
        output.say(str(path))
    if source:
        output.talk(f"next: `pip install -e chartlake-{source}`, then name a chart of it in chartlake.toml")
    else:
        output.talk("next: `chartlake run` records the charts named there")
    return 0


@click.command()
@click.argument("source", type=click.Choice(["spotify"]))
@lake_options
@json_option
@click.option("--no-browser", is_flag=True, help="Only print the address to open.")
def login(source: str, config: Path | None, lake: str | None, *, as_json: bool, no_browser: bool) -> int:
    """Log in to a service that wants a person's consent; Spotify wants it every 180 days.

    Opens a page of the service in the browser and waits for the answer on 127.0.0.1.
    """
    import webbrowser  # noqa: PLC0415 - only what is used is imported

    from chartlake.config import load_for_login, secret  # noqa: PLC0415
    from chartlake.sources.http import Client  # noqa: PLC0415
    from chartlake.sources.spotify.login import login as logged_in  # noqa: PLC0415

    settings = load_for_login(source, config=config, lake=lake)

    def open_browser(address: str) -> None:
        output.talk(f"agree on this page: {address}")
        if not no_browser:
            webbrowser.open(address)

    path = Path(settings.login_file)
    with Client() as client:
        made = logged_in(settings, client=client, secrets=secret, open_browser=open_browser, path=path)
    if as_json:
        output.print_json(
            {"source": source, "file": str(path), "authorized_at": output.plain(made.authorized_at)}
        )
    else:
        output.say(f"logged in; the login lies in {path} and holds for 180 days")
    return 0


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path("demo"))
@click.option(
    "--weeks",
    type=click.IntRange(1, 16),
    default=12,
    show_default=True,
    metavar="NUMBER",
    help="Weeks to record.",
)
@json_option
def demo(folder: Path, weeks: int, *, as_json: bool) -> int:
    """Record weeks of invented charts through the whole pipeline, into FOLDER (./demo).

    Nothing else is needed: no account and no network.  Services that speak as Spotify, Deezer,
    Apple and ListenBrainz do run on this machine meanwhile; all else is the real thing.
    """
    from chartlake.cli.work import draw  # noqa: PLC0415 - only what is used is imported
    from chartlake.demo.replay import replay  # noqa: PLC0415

    with output.progress() as progress:
        done = replay(folder, weeks=weeks, progress=progress)
    at = Lake.of(folder / "chartlake.toml", None)
    warehouse = at.warehouse()
    warehouse.refresh()
    page = draw(at)
    made = warehouse.ask(_MADE)
    top = warehouse.ask(_TOP)
    if as_json:
        output.print_json(
            {
                "lake": at.settings.lake,
                "page": str(page),
                "days": done.days,
                "captures": done.captures,
                "requests": done.requests,
                "charts": [dict(zip(made.columns, map(output.plain, row), strict=True)) for row in made.rows],
                "top": [dict(zip(top.columns, map(output.plain, row), strict=True)) for row in top.rows],
            }
        )
        return 0
    output.say(
        f"{done.days} days, {done.captures} captures, {done.requests} requests, "
        f"{done.entries} chart entries, all invented, in {at.settings.lake}"
    )
    output.say("")
    output.answer(made.columns, made.rows)
    output.say("")
    output.say(f"Top 50 - Global on {top.rows[0][0]}")
    output.answer(top.columns[1:], [row[1:] for row in top.rows])
    output.say("")
    program = sys.argv[0] if "/" in sys.argv[0] and not sys.argv[0].startswith("/") else "chartlake"
    output.say("Look at it, and ask it yourself:")
    output.say(f"  {folder}/report.html")
    output.say(f"  {program} tables --config {folder}/chartlake.toml")
    output.say(f'  {program} query --config {folder}/chartlake.toml "{_ASK_THIS}"')
    return 0


_ASK_THIS = "select chart_date, title from chart_history where position = 1 and source = 'deezer' order by 1"
_MADE = """
SELECT source, chart_name AS chart, count(DISTINCT chart_date) AS snapshots, min(chart_date) AS first,
       max(chart_date) AS last, count(*) AS entries, count(DISTINCT song_id) AS songs
FROM chart_entries GROUP BY ALL ORDER BY source, chart
"""
_TOP = """
SELECT chart_date, position, move, status, title, artist_display AS artist, peak_position AS peak,
       days_on_chart AS days
FROM chart_history
WHERE chart_id = '37i9dQZEVXbMDoHDwVN2tF'
  AND chart_date = (SELECT max(chart_date) FROM chart_history WHERE chart_id = '37i9dQZEVXbMDoHDwVN2tF')
ORDER BY position LIMIT 10
"""
