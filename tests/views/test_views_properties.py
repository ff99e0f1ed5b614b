"""Whatever a lake holds, every view says what the plain loops say, in every column of every row."""

from __future__ import annotations

import lakes
import reference
import worlds
from hypothesis import HealthCheck, given, settings
from lakes import Row

from chartlake.dictionary import VIEWS
from chartlake.tables import PHYSICAL

_SLOW_TO_MAKE = [HealthCheck.too_slow, HealthCheck.data_too_large]


def test_every_view_has_a_reference():
    assert list(reference.everything({table.name: [] for table in PHYSICAL})) == [view.name for view in VIEWS]


@settings(max_examples=50, deadline=None, suppress_health_check=_SLOW_TO_MAKE)
@given(worlds.worlds)
def test_views_say_what_the_loops_say(world: dict[str, list[Row]]):
    lake = lakes.Lake(world)
    try:
        for view, expected in reference.everything(world).items():
            assert lake.rows(view) == lakes.in_order(view, expected), view
    finally:
        lake.close()


@settings(max_examples=12, deadline=None, suppress_health_check=_SLOW_TO_MAKE)
@given(worlds.worlds)
def test_keys_name_one_row_and_required_columns_are_never_null(world: dict[str, list[Row]]):
    lake = lakes.Lake(world)
    try:
        for view in VIEWS:
            rows = lake.rows(view.name)
            assert len({tuple(row[name] for name in view.key) for row in rows}) == len(rows), view.name
            required = [column.name for column in view.columns if column.required]
            assert not [row for row in rows for name in required if row[name] is None], view.name
    finally:
        lake.close()


@settings(max_examples=12, deadline=None, suppress_health_check=_SLOW_TO_MAKE)
@given(worlds.worlds)
def test_a_filter_on_one_chart_finds_what_it_would_find_behind_the_view(world: dict[str, list[Row]]):
    lake = lakes.Lake(world)
    try:
        for view in VIEWS:
            if "chart_id" in view.key:
                found = lake.rows(view.name, "source = 'spotify' AND chart_id = 'one'")
                everything = lake.rows(view.name)
                assert found == [
                    row for row in everything if (row["source"], row["chart_id"]) == ("spotify", "one")
                ], view.name
    finally:
        lake.close()
