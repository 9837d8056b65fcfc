"""Which columns fit which width."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.tui.screens.alerts.columns import VIEW as ALERTS
from flywheel_tui.tui.screens.pods.columns import VIEW as PODS
from flywheel_tui.tui.screens.runners.columns import COLUMNS
from flywheel_tui.tui.screens.scalesets.columns import VIEW as SCALE_SETS
from flywheel_tui.tui.widgets.grid.layout import GUTTER, Layout, lay_out

ALONE = tuple(column for column in COLUMNS if column.field.name != "context")


def names(layout: Layout) -> list[str]:
    return [place.column.field.name for place in layout.places]


def width_of(layout: Layout) -> int:
    return GUTTER + sum(place.width for place in layout.places) + layout.gap * (len(layout.places) - 1)


def test_at_80_columns_an_operator_sees_status_load_and_age() -> None:
    assert names(lay_out(ALONE, 80)) == ["name", "forge", "status", "busy", "queue", "cpu", "memory", "seen", "age"]


def test_at_120_columns_managers_failures_and_the_reason_come_along() -> None:
    assert set(names(lay_out(ALONE, 120))) - set(names(lay_out(ALONE, 80))) == {"managers", "fail", "why"}


def test_at_200_columns_only_the_wide_fields_are_left_out() -> None:
    left_out = {column.field.name for column in ALONE} - set(names(lay_out(ALONE, 200)))
    assert left_out == {"scope", "owner", "creator"}


@pytest.mark.parametrize("view", [ALERTS, PODS, SCALE_SETS], ids=lambda view: view.kind.name)
@pytest.mark.parametrize("width", [60, 80, 120, 160, 200])
def test_every_list_fits_every_width(view: object, width: int) -> None:
    layout = lay_out(view.columns, width)  # type: ignore[attr-defined]
    assert width_of(layout) <= width
    assert len(layout.places) >= 3


@given(st.integers(30, 400), st.booleans(), st.integers(0, 30))
def test_columns_never_overflow_and_the_first_one_stays(width: int, wide: bool, offset: int) -> None:
    layout = lay_out(COLUMNS, width, wide=wide, offset=offset)
    assert names(layout)[0] == "name"
    assert width_of(layout) <= max(width, GUTTER + COLUMNS[0].width)
    assert all(place.column.width <= place.width <= place.column.widest for place in layout.places)


def test_free_cells_are_used_up_while_a_column_can_use_them() -> None:
    layout = lay_out(ALONE, 200)
    assert width_of(layout) == 200 or all(place.width == place.column.widest for place in layout.places)


@pytest.mark.parametrize("wide", [False, True])
def test_scrolling_reaches_every_column(wide: bool) -> None:
    seen: set[str] = set()
    for offset in range(lay_out(COLUMNS, 80, wide=wide).scrollable + 1):
        seen |= set(names(lay_out(COLUMNS, 80, wide=wide, offset=offset)))
    assert seen == {column.field.name for column in COLUMNS}


def test_all_columns_keep_their_order_when_wide() -> None:
    order = [column.field.name for column in COLUMNS]
    shown = names(lay_out(COLUMNS, 120, wide=True))
    assert shown == order[: len(shown)]


def test_every_wide_field_can_be_reached_only_when_asked_for() -> None:
    assert [column.field.name for column in COLUMNS if column.drop == 0] == ["scope", "owner", "creator"]
