"""The same as in the quick gate, more often and at every failpoint."""

from __future__ import annotations

import pytest

import test_together
from test_together import (  # noqa: F401 - they are run here once more
    test_readers_while_it_is_killed,
    test_workers_on_the_same_documents,
    test_workers_while_tables_are_made_anew,
)


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(test_together, "ROUNDS", 100)
    monkeypatch.setattr(test_together, "EVERY", 1)
