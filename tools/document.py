"""Write the reference pages that are made from the code: commands, settings, tables.

python tools/document.py            writes them
python tools/document.py --check    says which differ, and fails if any does
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any, get_args

import click
import msgspec

from chartlake import cli, config
from chartlake.dictionary.pages import reference_page
from chartlake.sources import BUILT_IN, Chart, source_module

REFERENCE = Path(__file__).parent.parent / "docs" / "reference"

_EXIT_CODES = "[exit codes](exit-codes.md)"
_GUIDES = {"spotify": "../how-to/spotify.md"}
_MADE = "<!-- Made by `make docs` from the code; edit that instead. -->\n\n"


def pages() -> dict[str, str]:
    """Every made page, by its file name."""
    return {
        "commands.md": _MADE + commands(),
        "settings.md": _MADE + settings(),
        "tables.md": reference_page(),
    }


def commands() -> str:
    """What every command does, and its options."""
    lines = ["# Commands", "", _plain(cli.cli.help or ""), "", f"All of them: {_EXIT_CODES}.", ""]
    context = click.Context(cli.cli, info_name="chartlake")
    for name in cli.cli.list_commands(context):
        command = cli.cli.get_command(context, name)
        if command is None:
            continue
        inner = click.Context(command, info_name=name, parent=context)
        lines += _command(command, inner, name)
        for part, one in (command.commands if isinstance(command, click.Group) else {}).items():
            named = f"{name} {part}"
            lines += _command(one, click.Context(one, info_name=named, parent=context), named)
    return "\n".join(lines)


def _command(command: click.Command, context: click.Context, name: str) -> list[str]:
    usage = " ".join(["chartlake", name, *command.collect_usage_pieces(context)])
    lines = [f"## {name}", "", f"`{usage}`", "", _plain(command.help or ""), ""]
    options = [_option(one, context) for one in command.params if isinstance(one, click.Option)]
    return [*lines, "| option | meaning |", "|---|---|", *options, ""] if options else lines


def _option(option: click.Option, context: click.Context) -> str:
    spelled = ", ".join(option.opts) + ("" if option.is_flag else f" {option.make_metavar(context)}")
    limits = f"; {kind.min} to {kind.max}" if isinstance(kind := option.type, click.IntRange) else ""
    default = f" Default: `{option.default}`{limits}." if option.show_default else ""
    return f"| `{spelled}` | {_cell(option.help or '')}{default} |"


def settings() -> str:
    """Every setting of chartlake.toml, and of the environment."""
    lines = [
        "# Settings",
        "",
        "chartlake reads `chartlake.toml` in the current folder, or the file that `--config` or",
        "`CHARTLAKE_CONFIG` names. A variable of the environment wins over the file, and an option of the",
        "command line over both. A name that is no setting is an error, with a suggestion.",
        "",
        "| setting | type | default | meaning |",
        "|---|---|---|---|",
        "| `lake` | text | none | A folder, or an [address in S3](../how-to/lake-in-s3.md). |",
        "",
        "## `[[chart]]`, once for each chart",
        "",
        *_fields(Chart),
    ]
    for name in BUILT_IN:
        module = source_module(name)
        summary = (module.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")
        guide = _GUIDES.get(name, f"../how-to/record-charts.md#{name}")
        lines += ["", f"## `[{name}]`", "", f"{summary} [How to use it]({guide}).", ""]
        lines += _fields(module.Settings)
    lines += [
        "",
        "## `[notify]`",
        "",
        "Whom to tell of what went wrong. [How to use it](../how-to/keep-it-going.md#who-is-told).",
        "",
        *_fields(config.Notify),
        "",
        "## Environment",
        "",
        "`CHARTLAKE_LAKE` is `lake`, `CHARTLAKE_CONFIG` the settings file. A setting of a source that is a",
        "text or a number is written `CHARTLAKE_<SOURCE>__<SETTING>`, such as `CHARTLAKE_SPOTIFY__FLAVOUR`.",
        "Secrets come from here alone, each directly or from a file that the same name with `_FILE` names:",
        "",
        *(f"- `{name}`, `{name}_FILE`" for name in config.SECRETS),
        "",
    ]
    return "\n".join(lines)


def _fields(kind: Any) -> list[str]:
    meaning = _attributes(kind.__doc__ or "")
    lines = ["| setting | type | default | meaning |", "|---|---|---|---|"]
    for field in msgspec.structs.fields(kind):
        default = "required" if field.required else _default(field)
        lines.append(f"| `{field.name}` | {_type(field.type)} | {default} | {meaning[field.name]} |")
    return lines


def _default(field: Any) -> str:
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    return "none" if value is None else f"`{msgspec.json.encode(value).decode()}`"


def _type(kind: Any) -> str:
    kinds = {str: "text", int: "number", bool: "true or false", type(None): ""}
    if kind in kinds:
        return kinds[kind]
    if hasattr(kind, "__metadata__"):
        return _type(kind.__origin__)
    if getattr(kind, "__origin__", None) in (list, tuple):
        return "list of texts"
    parts = [f"`{part}`" if isinstance(part, str) else _type(part) for part in get_args(kind)]
    return " or ".join(dict.fromkeys(part for part in parts if part))


def _attributes(docstring: str) -> dict[str, str]:
    """What a docstring's ``Attributes:`` say, by name."""
    _, _, section = docstring.partition("Attributes:")
    found = re.findall(r"^ {8}(\w+): (.*(?:\n {12}.*)*)", section, re.MULTILINE)
    return {name: " ".join(text.split()).replace("``", "`") for name, text in found}


def _plain(text: str) -> str:
    return re.sub(r"(?<=[.:]) {2,}", " ", re.sub(r"^[ \t]+", "", text, flags=re.MULTILINE)).strip()


def _cell(text: str) -> str:
    return _plain(text).replace("|", "&#124;")


def main(arguments: list[str]) -> int:
    """Write or check the pages."""
    REFERENCE.mkdir(parents=True, exist_ok=True)
    stale = []
    for name, text in pages().items():
        path = REFERENCE / name
        made = text.rstrip() + "\n"
        if not path.exists() or path.read_text(encoding="utf-8") != made:
            stale.append(name)
            if "--check" not in arguments:
                path.write_text(made, encoding="utf-8")
    for name in stale:
        print(f"docs/reference/{name} {'differs; run make docs' if '--check' in arguments else 'written'}")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
