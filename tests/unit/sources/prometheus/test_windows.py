from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.sources.prometheus.windows import MAX_STEPS, Grid, Window, grid

NOW = datetime(2026, 11, 21, 12, 0, 7, 500_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("window", "seconds", "step"), [("1h", 3600, 15), ("6h", 21_600, 60), ("24h", 86_400, 300), ("7d", 604_800, 1800)]
)
def test_windows_and_their_steps(window: str, seconds: int, step: int) -> None:
    assert (Window(window).seconds, Window(window).step_s) == (seconds, step)


@given(
    st.sampled_from(Window),
    st.integers(min_value=0, max_value=4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds + 0.9, UTC)),
)
def test_a_grid_is_aligned_ends_just_before_now_and_stays_below_the_servers_limit(
    window: Window, now: datetime
) -> None:
    found = grid(window, now)
    assert found.start % found.step == found.end % found.step == 0
    assert timedelta() <= now - found.instants()[-1] < timedelta(seconds=found.step)
    assert found.end - found.start == window.seconds
    assert (found.end - found.start) / found.step <= MAX_STEPS
    assert len(found.instants()) == found.size


def test_places_on_the_grid() -> None:
    found = grid(Window.HOUR, NOW)
    assert found.instants()[0] == datetime(2026, 11, 21, 11, 0, tzinfo=UTC)
    assert found.index(found.start) == 0
    assert found.index(found.end + 0.0004) == found.size - 1


@pytest.mark.parametrize("at", [85, 100.6, 101, 147, 160])
def test_what_is_off_the_grid_has_no_place(at: float) -> None:
    assert Grid(start=100, end=145, step=15).index(at) is None
