"""The template that is shipped: what must hold, and that it is what the stack says."""

from __future__ import annotations

import json
import subprocess
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from invariants import INVARIANTS, broken

from chartlake.aws import template
from chartlake.demo import CHARTS
from chartlake.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
CDK = ROOT / ".venv-aws" / "bin" / "python"


@pytest.mark.parametrize("holds", INVARIANTS, ids=lambda one: one.__name__)
def test_it_holds(holds: Callable[..., None]):
    holds(template.shipped())


def test_a_broken_template_is_noticed():
    made = template.shipped()
    for resource in made["Resources"].values():
        if resource["Type"] == "AWS::Lambda::Function":
            resource["Properties"]["Handler"] += "x"
    assert broken(made) == ["every_function_is_one_of_the_handlers"]


@pytest.mark.skipif(not CDK.exists(), reason="needs the environment of the CDK: make template")
def test_it_is_what_the_stack_says():
    done = subprocess.run(
        [CDK, ROOT / "deploy/aws/app.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]


def test_a_chart_may_have_times_of_its_own():
    name = f"{CHARTS[0].source} {CHARTS[0].id}"
    made = template.for_charts(template.shipped(), CHARTS, {name: "rate(2 hours)"})
    own = made["Resources"]["Own1"]["Properties"]
    assert own["ScheduleExpression"] == "rate(2 hours)"
    assert json.loads(own["Target"]["Input"])["charts"] == [name]
    assert json.loads(made["Resources"]["Daily"]["Properties"]["Target"]["Input"])["left_to_others"] == [name]
    assert broken(made) == []
    assert "Own1" not in template.shipped()["Resources"]


def test_without_such_charts_it_is_as_shipped():
    assert template.for_charts(template.shipped(), CHARTS, {}) == template.shipped()


@pytest.mark.parametrize(
    ("schedules", "says"),
    [
        ({"spotify nobody": "rate(1 day)"}, "no chart"),
        ({f"{CHARTS[0].source} {CHARTS[0].id}": "every day"}, "no schedule"),
        ({f"{CHARTS[0].source} {CHARTS[0].id}": "cron(* *) \n"}, "no schedule"),
    ],
)
def test_a_schedule_that_cannot_be(schedules: dict[str, str], says: str):
    with pytest.raises(SettingsError, match=says):
        template.for_charts(template.shipped(), CHARTS, schedules)


def test_a_template_that_is_too_large_is_refused():
    made = deepcopy(template.shipped())
    made["Metadata"] = "x" * template.LARGEST
    with pytest.raises(SettingsError, match="fewer charts"):
        template.minified(made)
