from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.simulator.prometheus.evaluator import Dialect, Ends
from flywheel_tui.simulator.prometheus.evaluator.functions.counters import extrapolated
from tests.unit.simulator.prometheus.shelf import AT, Shelf, listed


def grown(*points: tuple[int, float], start: int, end: int, counter: bool = True, modern: bool = True) -> float | None:
    """How much it grew; times in seconds."""
    ends = Ends.of([(at * 1000, value) for at, value in points])
    return extrapolated(ends, start * 1000, end * 1000, counter=counter, threshold_first=modern)


def test_growth_is_extrapolated_to_near_ends() -> None:
    # 30 sampled seconds, 5 s to the start and 10 s to the end, both nearer than 1.1 intervals: the factor is 45 / 30.
    assert grown((5, 100), (20, 110), (35, 130), start=0, end=45) == pytest.approx(45.0)


def test_growth_stops_half_an_interval_behind_far_ends() -> None:
    # 60 s to the start and to the end are more than 16.5 s: 7.5 s are added at each side.
    assert grown((60, 100), (75, 110), (90, 130), start=0, end=150) == pytest.approx(30 * 45 / 30)


def test_growth_never_begins_below_zero() -> None:
    # It grew 30 in 30 s from 2: two seconds before the first sample it was zero.
    assert grown((10, 2), (25, 12), (40, 32), start=0, end=40) == pytest.approx(30 * 32 / 30)


def test_a_counter_that_starts_again_has_not_shrunk() -> None:
    assert grown((0, 10), (15, 20), (30, 5), start=0, end=30) == pytest.approx(15.0)
    assert grown((0, 10), (15, 20), (30, 5), start=0, end=30, counter=False) == pytest.approx(-5.0)


def test_the_two_versions_differ_in_which_end_is_near() -> None:
    # The first sample is 60 s from the start, its zero 10 s away: nearer than 1.1 but further than half an interval.
    points = ((60, 10), (75, 25), (90, 40))
    assert grown(*points, start=0, end=90) == pytest.approx(30 * 37.5 / 30)
    assert grown(*points, start=0, end=90, modern=False) == pytest.approx(30 * 40 / 30)


@pytest.mark.parametrize("points", [(), ((5, 1.0),)])
def test_fewer_than_two_samples_are_no_growth(points: tuple[tuple[int, float], ...]) -> None:
    assert grown(*points, start=0, end=60) is None


def test_rate_increase_and_delta_by_hand() -> None:
    shelf = Shelf(listed("jobs_total", 0, 3, 3, 9, job="a"), listed("jobs_total", 4, job="b"))
    # Samples at 955, 970, 985 and 1000 s; the window (940, 1000] begins 15 s before the first one, at a counter of 0.
    assert shelf.vector("increase(jobs_total[1m])") == {"{job=a}": pytest.approx(9.0)}
    assert shelf.vector("rate(jobs_total[1m])") == {"{job=a}": pytest.approx(9.0 / 60)}
    assert shelf.vector("delta(jobs_total[1m])") == {"{job=a}": pytest.approx(12.0)}
    assert shelf.vector("irate(jobs_total[1m])") == {"{job=a}": pytest.approx(6 / 15)}
    assert shelf.vector("idelta(jobs_total[1m])") == {"{job=a}": 6}


def test_a_reset_between_the_last_two_samples() -> None:
    shelf = Shelf(listed("x", 8, 10, 4))
    assert shelf.vector("irate(x[1m])") == {"{}": pytest.approx(4 / 15)}
    assert shelf.vector("resets(x[1m])") == {"{}": 1}
    assert shelf.vector("changes(x[1m])") == {"{}": 2}


def test_lines() -> None:
    shelf = Shelf(listed("x", 0, 30, 60, 90))
    assert shelf.vector("deriv(x[1m])") == {"{}": pytest.approx(2)}
    assert shelf.vector("predict_linear(x[1m], 60)") == {"{}": pytest.approx(210)}
    assert Shelf(listed("x", 5, 5, 5)).vector("deriv(x[1m])") == {"{}": 0}


def test_two_names_that_lose_their_difference_are_an_error() -> None:
    shelf = Shelf(listed("a_total", 1, 2), listed("b_total", 1, 2))
    with pytest.raises(Exception, match="vector cannot contain metrics with the same labelset"):
        shelf.value('rate({__name__=~"a_total|b_total"}[1m])')


steps = st.lists(st.integers(0, 10**6).map(float), min_size=2, max_size=40)


@given(steps, st.integers(1, 3600))
def test_rate_times_range_is_increase(values: list[float], seconds: int) -> None:
    shelf = Shelf(listed("x", *values))
    rates, increases = shelf.vector(f"rate(x[{seconds}s])"), shelf.vector(f"increase(x[{seconds}s])")
    assert rates.keys() == increases.keys()
    for name, rate in rates.items():
        assert rate * seconds == pytest.approx(increases[name])


@given(steps)
def test_an_increase_is_never_negative_and_at_least_what_the_samples_show(values: list[float]) -> None:
    (found,) = Shelf(listed("x", *values)).vector("increase(x[2h])").values()
    risen = sum(after - before if after >= before else after for before, after in pairwise(values))
    assert found >= 0
    assert found >= risen * (1 - 1e-9)


@given(st.lists(st.floats(0, 1000), min_size=2, max_size=20), st.booleans())
def test_a_steady_counter_has_its_rate_in_both_versions(jitter: list[float], modern: bool) -> None:
    start = 1e6 + jitter[0]
    values = [start + 15 * place * 2.5 for place in range(len(jitter))]
    window = 15 * (len(values) - 1)
    dialect = Dialect(threshold_first=modern, left_open=False)
    (rate,) = Shelf(listed("x", *values)).vector(f"rate(x[{window}s])", dialect=dialect).values()
    assert rate == pytest.approx(2.5)


def test_the_time_of_the_window_moves_with_offset() -> None:
    shelf = Shelf(listed("x", 0, 10, 20, 30, 100))
    assert shelf.vector("increase(x[30s] offset 15s)", AT) == shelf.vector("increase(x[30s])", AT - 15_000)
