"""chartlake inside orchestrators: each module needs its orchestrator, and nothing else needs either."""

from __future__ import annotations

from chartlake.errors import ChartlakeError, ChecksFailed, CredentialsError, SettingsError

HOPELESS = (SettingsError, CredentialsError, ChecksFailed)
"""What trying again cannot help: a person is needed.  A rejected document is no longer pending,
so a second try would only look as if all were well."""


def told(error: ChartlakeError) -> str:
    """What a person is told of an error, with what happened beside it."""
    return "; ".join([str(error), *getattr(error, "__notes__", [])])
