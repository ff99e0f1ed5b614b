"""chartlake.toml and the environment: nothing else reads either.

A setting given on the command line wins over the environment, and that over the file.
``CHARTLAKE_LAKE`` is the lake, ``CHARTLAKE_SPOTIFY__FLAVOUR`` the ``flavour`` of
``[spotify]``.  Secrets come from the environment alone, or from a file that a variable with
``_FILE`` at its end names; in chartlake.toml they are refused.
"""

from __future__ import annotations

import os
import re
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from chartlake import failpoints
from chartlake.errors import SettingsError
from chartlake.sources import BUILT_IN, Chart, plug_ins, source_module

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE_NAME = "chartlake.toml"
PREFIX = "CHARTLAKE_"

SECRETS = (
    "CHARTLAKE_SPOTIFY_CLIENT_ID",
    "CHARTLAKE_SPOTIFY_CLIENT_SECRET",
    "CHARTLAKE_SPOTIFY_REFRESH_TOKEN",
    "CHARTLAKE_NOTIFY_WEBHOOK",
)
"""The secrets there are; each may also be named by ``…_FILE``."""

_OTHER_NAMES = ("CHARTLAKE_CONFIG", "CHARTLAKE_LAKE", "CHARTLAKE_COMPLETE", "CHARTLAKE_FAILPOINTS")
_NOT_CARRIED = frozenset({*SECRETS, "CHARTLAKE_CONFIG", "CHARTLAKE_COMPLETE", "CHARTLAKE_FAILPOINTS"})
_FILES = frozenset({"CHARTLAKE_LAKE", "AWS_CA_BUNDLE"})
_CARRIED = frozenset({
    "XDG_STATE_HOME", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3", "AWS_CA_BUNDLE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE",
})  # fmt: skip
_SECRET_WORDS = re.compile(r"secret|token|password", re.IGNORECASE)


Occasion = Literal["failure", "stale", "rejected", "drift"]


class Notify(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[notify]`` of chartlake.toml.

    Attributes:
        webhook: An address that is sent a JSON document; one that is a secret in itself, as those of
            chat services are, belongs into ``CHARTLAKE_NOTIFY_WEBHOOK`` instead.
        command: A program and its arguments, given the same document on its standard input; no
            shell is asked, and a relative path starts from chartlake.toml.
        on: What is worth telling: a ``failure``, a ``stale`` chart, a ``rejected`` document, or
            ``drift``, which is whatever a run warns of.
    """

    webhook: str | None = None
    command: list[str] = []
    on: list[Occasion] = msgspec.field(default_factory=lambda: ["failure", "stale", "rejected", "drift"])

    def __repr__(self) -> str:
        """Without the address, which may be a secret."""
        return f"<Notify on {', '.join(self.on)}>"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a person decided.

    Attributes:
        lake: Where the lake lies: a folder, or an address.
        charts: The charts to capture.
        sources: Each source's own settings, by its name.
        notify: Whom to tell of what.
        file: The chartlake.toml they came from, if any.
    """

    lake: str
    charts: list[Chart] = []
    sources: dict[str, Any] = {}
    notify: Notify = Notify()
    file: Path | None = None

    @property
    def folder(self) -> Path:
        """Where the settings lie: what a relative path in them starts from."""
        return self.file.parent if self.file else Path()

    @property
    def retention(self) -> dict[str, int]:
        """For each source whose content is kept for a number of days, that number."""
        days = {name: getattr(said, "retention_days", None) for name, said in self.sources.items()}
        return {name: number for name, number in days.items() if isinstance(number, int)}

    def of(self, source: str) -> Any:
        """The settings of a source, its defaults if nothing was said."""
        said = self.sources[source] if source in self.sources else source_module(source).Settings()
        if "login_file" in said.__struct_fields__ and said.login_file is None:
            return msgspec.structs.replace(said, login_file=str(login_file(source)))
        return said


def load(
    *, config: Path | None = None, lake: str | None = None, environment: Mapping[str, str] | None = None
) -> Settings:
    """The settings in force.

    Args:
        config: The file, if the command line named one.
        lake: The lake, if the command line named one.
        environment: The environment; None is this process's.

    Raises:
        SettingsError: A name is unknown, a value does not fit, or nothing says where the lake is.
    """
    environment = os.environ if environment is None else environment
    _check_names(environment)
    failpoints.arm(environment.get("CHARTLAKE_FAILPOINTS", ""))
    file = _file(config, environment)
    said = _parsed(file) if file else {}
    charts = _charts(said.pop("chart", []), file)
    at = lake or environment.get("CHARTLAKE_LAKE") or _path(said.pop("lake", None), file)
    said.pop("lake", None)
    notify = _fitted(_table("notify", said.pop("notify", {}), file), Notify, "[notify]")
    sources = {
        name: _source(name, said.pop(name, {}), environment, file)
        for name in (*BUILT_IN, *(() if said.keys() <= set(BUILT_IN) else plug_ins()))
        if name in said or _overrides(name, environment)
    }
    for name in said:
        raise SettingsError(
            f"{file}: {name!r} is no setting{_suggestion(name, ('lake', 'chart', 'notify', *BUILT_IN))}"
        )
    if at is None:
        raise SettingsError("no lake is named here; run `chartlake init` to begin one, or give --lake FOLDER")
    return Settings(lake=at, charts=charts, sources=sources, notify=notify, file=file)


def load_for_login(source: str, *, config: Path | None = None, lake: str | None = None) -> Any:
    """The settings of a source whose login is wanted; a lake need not be named yet.

    Raises:
        SettingsError: A name is unknown, or a value does not fit.
    """
    return load(config=config, lake=lake or "./lake").of(source)


def secret(name: str, environment: Mapping[str, str] | None = None) -> str | None:
    """A secret from the environment, or from the file that ``<name>_FILE`` names.

    Raises:
        SettingsError: That file cannot be read.
    """
    environment = os.environ if environment is None else environment
    if value := environment.get(name):
        return value
    path = secret_file(name, environment)
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"the file that {name}_FILE names cannot be read; check {path} and its permissions"
        ) from error


def secret_file(name: str, environment: Mapping[str, str] | None = None) -> Path | None:
    """The file that a secret is read from, if it is."""
    environment = os.environ if environment is None else environment
    path = environment.get(f"{name}_FILE")
    return Path(path) if path and not environment.get(name) else None


def without_secrets(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment that a program gets which has no business with the secrets in it."""
    environment = os.environ if environment is None else environment
    return {name: value for name, value in environment.items() if name not in SECRETS}


def login_file(source: str, environment: Mapping[str, str] | None = None) -> Path:
    """Where a login of this user lies: outside every lake and every folder that may be shared.

    ``$XDG_STATE_HOME/chartlake``, by default ``~/.local/state/chartlake``.
    """
    return state_folder(environment) / f"{source}.json"


def state_folder(environment: Mapping[str, str] | None = None) -> Path:
    """Where this user's own state lies: ``$XDG_STATE_HOME/chartlake``, else ``~/.local/state/chartlake``."""
    return _user_folder("XDG_STATE_HOME", ".local/state", environment) / "chartlake"


def cache_folder(environment: Mapping[str, str] | None = None) -> Path:
    """Where caches of this user lie: ``$XDG_CACHE_HOME/chartlake``, by default ``~/.cache/chartlake``."""
    return _user_folder("XDG_CACHE_HOME", ".cache", environment) / "chartlake"


def units_folder(environment: Mapping[str, str] | None = None) -> Path:
    """Where systemd looks for this user's units: ``$XDG_CONFIG_HOME/systemd/user``, else in ``~/.config``."""
    return _user_folder("XDG_CONFIG_HOME", ".config", environment) / "systemd" / "user"


def home(environment: Mapping[str, str] | None = None) -> Path:
    """This user's home folder."""
    environment = os.environ if environment is None else environment
    return Path(environment.get("HOME") or "~").expanduser()


def carried(environment: Mapping[str, str] | None = None) -> tuple[dict[str, str], list[str]]:
    """What a run that the machine starts needs of this environment.

    Returns:
        The variables to hand on, paths in them absolute; and the secrets that it will lack, for
        a secret is written into no schedule: only the name of its file is.
    """
    environment = os.environ if environment is None else environment
    wanted = {
        name: str(Path(value).absolute()) if name.endswith("_FILE") or name in _FILES else value
        for name, value in sorted(environment.items())
        if value and (name in _CARRIED or name.startswith(PREFIX)) and name not in _NOT_CARRIED
    }
    if "://" in environment.get("CHARTLAKE_LAKE", ""):
        wanted["CHARTLAKE_LAKE"] = environment["CHARTLAKE_LAKE"]
    lacking = [name for name in SECRETS if environment.get(name) and f"{name}_FILE" not in wanted]
    return wanted, lacking


def _user_folder(variable: str, default: str, environment: Mapping[str, str] | None) -> Path:
    said = (os.environ if environment is None else environment).get(variable)
    return Path(said) if said else home(environment) / default


def _file(config: Path | None, environment: Mapping[str, str]) -> Path | None:
    named = config or (Path(said) if (said := environment.get("CHARTLAKE_CONFIG")) else None)
    if named is None:
        here = Path(FILE_NAME)
        return here.absolute() if here.is_file() else None
    if not named.is_file():
        raise SettingsError(f"there is no settings file {named}; check the path, or run `chartlake init`")
    return named.absolute()


def _parsed(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} is not TOML: {error}; correct that line") from error
    except OSError as error:
        raise SettingsError(f"{file} cannot be read ({error.strerror}); check its permissions") from error


def _charts(said: Any, file: Path | None) -> list[Chart]:
    if not isinstance(said, list):
        raise SettingsError(f"{file}: write [[chart]] with two brackets on each side, once for each chart")
    charts = [
        _fitted(chart, Chart, f"{file}: [[chart]] number {place}") for place, chart in enumerate(said, 1)
    ]
    charts = [msgspec.structs.replace(chart, id=_chart_id(chart)) for chart in charts]
    seen: set[tuple[str, str]] = set()
    for chart in charts:
        if (chart.source, chart.id) in seen:
            raise SettingsError(
                f"{file}: the chart {chart.id!r} of {chart.source} stands there twice; remove one"
            )
        seen.add((chart.source, chart.id))
    return charts


def _chart_id(chart: Chart) -> str:
    """The source's own id of a chart, where a person may also give its address."""
    module = source_module(chart.source)
    return str(module.playlist_id(chart.id)) if hasattr(module, "playlist_id") else chart.id


def _source(name: str, said: Any, environment: Mapping[str, str], file: Path | None) -> Any:
    for key in _table(name, said, file):
        if _SECRET_WORDS.search(key):
            raise SettingsError(
                f"{file}: [{name}] {key} would put a secret into a file; set it in the environment instead"
            )
    return _fitted({**said, **_overrides(name, environment)}, source_module(name).Settings, f"[{name}]")


def _table(name: str, said: Any, file: Path | None) -> dict[str, Any]:
    if not isinstance(said, dict):
        raise SettingsError(f"{file}: {name} is a table; write [{name}] above its settings")
    return said


def _overrides(name: str, environment: Mapping[str, str]) -> dict[str, Any]:
    begins = f"{PREFIX}{name.upper()}__"
    return {
        key.removeprefix(begins).lower(): _value(value)
        for key, value in environment.items()
        if key.startswith(begins)
    }


def _value(text: str) -> Any:
    """A value of the environment: a whole number where it is one, else text."""
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else text


def _fitted(said: Any, kind: type, place: str) -> Any:
    try:
        return msgspec.convert(said, kind)
    except msgspec.ValidationError as error:
        unknown = re.search(r"unknown field `(.*?)`", str(error))
        if unknown is None:
            raise SettingsError(f"{place}: {error}; correct it") from error
        names = tuple(field.name for field in msgspec.structs.fields(kind))
        raise SettingsError(
            f"{place}: {unknown[1]!r} is no setting{_suggestion(unknown[1], names)}"
        ) from error


def _path(lake: Any, file: Path | None) -> str | None:
    if lake is None or file is None:
        return None
    if not isinstance(lake, str) or not lake:
        raise SettingsError(f'{file}: lake is a text; write, say, lake = "./lake"')
    return lake if "://" in lake else str(file.parent / lake)


def _check_names(environment: Mapping[str, str]) -> None:
    known = (*_OTHER_NAMES, *SECRETS, *(f"{name}_FILE" for name in SECRETS))
    begins = tuple(f"{PREFIX}{name.upper()}__" for name in BUILT_IN)
    for name in environment:
        if name.startswith(PREFIX) and name not in known and not name.startswith(begins):
            if name.startswith(tuple(f"{PREFIX}{plug_in.upper()}__" for plug_in in plug_ins())):
                continue
            raise SettingsError(f"{name} is no setting of the environment{_suggestion(name, known)}")


def _suggestion(name: str, known: tuple[str, ...]) -> str:
    close = get_close_matches(name, known, n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else f"; there are {', '.join(sorted(known))}"
