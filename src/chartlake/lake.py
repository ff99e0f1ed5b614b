"""A lake with its settings: what commands and orchestrators work on."""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from chartlake.config import Settings, cache_folder, load, secret
from chartlake.errors import SettingsError
from chartlake.store import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chartlake.capture import Traffic
    from chartlake.sources import Chart, Secrets, Source
    from chartlake.warehouse import Warehouse


class Lake(NamedTuple):
    """A lake, the settings that name it, and where its secrets come from."""

    settings: Settings
    store: Store
    secrets: Secrets = secret

    @classmethod
    def of(cls, config: Path | None, lake: str | None) -> Lake:
        """The lake that the options, the environment or chartlake.toml name.

        Raises:
            SettingsError: None of them does, or one says what cannot be.
        """
        settings = load(config=config, lake=lake)
        return cls(settings, open_store(settings.lake))

    def warehouse(self) -> Warehouse:
        """The cache of the lake."""
        from chartlake.warehouse import FILE_NAME, Warehouse  # noqa: PLC0415 - duckdb takes its time

        path = self.store.local_path(FILE_NAME)
        if path is None or (path.parent.exists() and not os.access(path.parent, os.W_OK)):
            # Of a lake elsewhere, or that may only be read, the cache lies with whoever reads it.
            address = str(path.parent.absolute()) if path else self.store.address
            path = cache_folder() / hashlib.sha256(address.encode()).hexdigest()[:16] / FILE_NAME
        return Warehouse(self.store, path)

    def charts(self, wanted: Iterable[str]) -> list[Chart]:
        """The charts to capture: those of the settings, or some of them by id or name.

        Raises:
            SettingsError: There is no such chart, or none at all.
        """
        charts, names = self.settings.charts, list(wanted)
        if not charts:
            raise SettingsError("no chart is named yet; `chartlake init` writes a chartlake.toml with some")
        for name in names:
            if not any(name in (chart.id, chart.name, chart.source) for chart in charts):
                known = ", ".join(f"{chart.source} {chart.id}" for chart in charts)
                raise SettingsError(f"no chart of chartlake.toml is called {name!r}; there are: {known}")
        return [chart for chart in charts if not names or {chart.id, chart.name, chart.source} & set(names)]

    def accept(self, charts: Iterable[Chart]) -> None:
        """Say whether all these charts can be asked for, without asking.

        Raises:
            SettingsError: One cannot, and why.
        """
        charts = list(charts)
        with self.sources(charts) as (sources, _):
            for chart in charts:
                sources[chart.source].accepts(chart)

    @contextmanager
    def sources(
        self, charts: Iterable[Chart], *, budget: float = 120.0
    ) -> Iterator[tuple[dict[str, Source], Traffic]]:
        """The sources of charts, by name, over one HTTP client, and what tells its traffic.

        Args:
            charts: The charts.
            budget: Seconds that one capture may take, waits included.
        """
        from chartlake.sources import open_source  # noqa: PLC0415
        from chartlake.sources.http import Client  # noqa: PLC0415

        with Client(budget=budget) as client:
            sources = {
                name: open_source(name, self.settings.of(name), client=client, secrets=self.secrets)
                for name in dict.fromkeys(chart.source for chart in charts)
            }
            yield sources, client.traffic
