"""What every source must do, as checks that its author runs from outside.

The author describes the source as a `Subject`: how its service answers when all is well, and
what is no chart of it.  The checks let that service misbehave, over a real socket and with a
clock that waits for nobody::

    @pytest.mark.parametrize("check", CHECKS, ids=str)
    def test_the_source_is_accepted(check: Check) -> None:
        assert check.verdict(SUBJECT) is None

``accept(SUBJECT)`` runs all of them at once.  An error that is not of `chartlake.errors`, raised
by the source or its transform, comes through as it is.
"""

from __future__ import annotations

from chartlake.acceptance import asking, meaning, trouble
from chartlake.acceptance.stage import Subject
from chartlake.acceptance.verdict import Check
from chartlake.demo.answers import Answer, Asked, in_json

__all__ = ["CHECKS", "Answer", "Asked", "Check", "NotAccepted", "Subject", "accept", "in_json"]

CHECKS: tuple[Check, ...] = (*asking.CHECKS, *meaning.CHECKS, *trouble.CHECKS)
"""All that a source is checked for; each stands for itself and may be run alone."""


class NotAccepted(AssertionError):
    """A source does not do what every source must.

    Attributes:
        wrong: What is wrong, by the name of the check.
    """

    def __init__(self, wrong: dict[str, str]) -> None:
        """Tell all of it."""
        super().__init__("\n".join(f"{name}: {what}" for name, what in wrong.items()))
        self.wrong = wrong


def accept(subject: Subject) -> None:
    """Run every check.

    Raises:
        NotAccepted: Some did not hold.
    """
    found = {check.name: check.verdict(subject) for check in CHECKS}
    wrong = {name: what for name, what in found.items() if what is not None}
    if wrong:
        raise NotAccepted(wrong)
