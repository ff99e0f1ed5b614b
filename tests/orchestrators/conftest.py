"""A chartlake.toml whose charts come from the demo's services, for every orchestrator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from chartlake.demo.services import Services


@pytest.fixture
def settings(at_home: Path, services: Services) -> Path:
    path = at_home / "chartlake.toml"
    path.write_text(
        f"""
        lake = "./lake"
        [deezer]
        url = "{services.deezer}"
        [apple]
        urls = ["{services.apple}"]
        [[chart]]
        source = "deezer"
        id = "3155776842"
        [[chart]]
        source = "apple"
        id = "us-songs"
        """
    )
    return path
