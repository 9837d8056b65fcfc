from __future__ import annotations

import math
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.simulator.prometheus.evaluator import QueryError
from flywheel_tui.simulator.prometheus.evaluator.functions.histogram import bucket_quantile
from flywheel_tui.simulator.prometheus.evaluator.number import written_number
from tests.unit.simulator.prometheus.shelf import AT, Shelf, listed


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("avg_over_time(x[1m])", 4.0),
        ("sum_over_time(x[1m])", 16.0),
        ("min_over_time(x[1m])", 1.0),
        ("max_over_time(x[1m])", 8.0),
        ("count_over_time(x[1m])", 4.0),
        ("present_over_time(x[1m])", 1.0),
        ("stdvar_over_time(x[1m])", 6.5),
        ("quantile_over_time(0.5, x[1m])", 3.5),
        ("quantile_over_time(0, x[1m])", 1.0),
        ("quantile_over_time(1.1, x[1m])", inf),
    ],
)
def test_over_time(query: str, expected: float) -> None:
    assert Shelf(listed("x", 1, 3, 4, 8)).vector(query) == {"{}": pytest.approx(expected)}


def test_last_over_time_keeps_the_name() -> None:
    assert Shelf(listed("x", 1, 3, None, None)).vector("last_over_time(x[1m])") == {"x{}": 3}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("abs(x)", 2.5),
        ("ceil(x)", -2.0),
        ("floor(x)", -3.0),
        ("round(x)", -2.0),
        ("round(x, 2)", -2.0),
        ("sgn(x)", -1.0),
        ("sqrt(x)", nan),
        ("ln(x)", nan),
        ("ln(x - x)", -inf),
        ("exp(x)", math.exp(-2.5)),
        ("exp(x * -1000)", inf),
        ("clamp_max(x, -3)", -3.0),
        ("clamp_min(x, -2)", -2.0),
        ("clamp(x, -2, 5)", -2.0),
        ("clamp_max(x, NaN)", nan),
    ],
)
def test_mathematics(expression: str, expected: float) -> None:
    assert Shelf(listed("x", -2.5)).vector(expression) == {"{}": pytest.approx(expected, nan_ok=True)}


def test_clamp_between_crossed_bounds_is_empty() -> None:
    assert Shelf(listed("x", 1)).vector("clamp(x, 5, 1)") == {}


def test_scalars_and_vectors() -> None:
    shelf = Shelf(listed("x", 3, a="1"), listed("x", 4, a="2"))
    assert shelf.vector("vector(1)") == {"{}": 1}
    assert shelf.value('scalar(x{a="2"})') == 4
    assert math.isnan(_number(shelf.value("scalar(x)")))
    assert shelf.value("time()") == AT / 1000


def _number(value: object) -> float:
    assert isinstance(value, float)
    return value


def test_timestamp_is_of_the_sample_or_of_the_evaluation() -> None:
    shelf = Shelf(listed("x", 3, None))
    assert shelf.vector("timestamp(x)") == {"{}": AT / 1000 - 15}
    assert shelf.vector("timestamp(x + 0)") == {"{}": AT / 1000}


def test_dates() -> None:
    shelf = Shelf()
    # 2026-09-21 14:13:30 UTC, a Monday
    parts = {"minute": 13, "hour": 14, "day_of_week": 1, "day_of_month": 21, "month": 9, "year": 2026}
    for function, expected in {**parts, "days_in_month": 30, "day_of_year": 264}.items():
        assert shelf.vector(f"{function}(vector(1790000010))") == {"{}": expected}
    assert shelf.vector("minute()", 1_790_000_010_000) == {"{}": 13}
    assert math.isnan(shelf.vector("hour(vector(NaN))")["{}"])


def test_absence() -> None:
    shelf = Shelf(listed("x", 1))
    assert shelf.vector("absent(x)") == {}
    assert shelf.vector('absent(y{a="b",c!="d",e=~"f"})') == {"{a=b}": 1}
    assert shelf.vector('absent(y{a="b",a="c"})') == {"{}": 1}
    assert shelf.vector("absent(sum(y))") == {"{}": 1}
    assert shelf.vector('absent_over_time(y{a="b"}[5m])') == {"{a=b}": 1}


def test_label_replace() -> None:
    shelf = Shelf(listed("x", 1, pod="runner-7-abc"))
    assert shelf.vector('label_replace(x, "number", "$1", "pod", "runner-(\\\\d+)-.*")') == {
        "x{number=7,pod=runner-7-abc}": 1
    }
    assert shelf.vector('label_replace(x, "number", "$1", "pod", "runner")') == {"x{pod=runner-7-abc}": 1}
    assert shelf.vector('label_replace(x, "forge", "gitlab", "", "")') == {"x{forge=gitlab,pod=runner-7-abc}": 1}
    assert shelf.vector('label_replace(x, "pod", "", "pod", ".*")') == {"x{}": 1}
    assert shelf.vector('label_replace(x, "y", "$$${1}${none}-", "pod", "r(.).*")') == {"x{pod=runner-7-abc,y=$u-}": 1}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ('label_replace(x, "a-b", "y", "pod", "")', "invalid destination label name in label_replace(): a-b"),
        ('label_replace(x, "a", "y", "pod", "(")', "invalid regular expression in label_replace(): ("),
        ('label_replace(x, "pod", "same", "pod", ".*")', "vector cannot contain metrics with the same labelset"),
        ('label_join(x, "a-b", "", "pod")', "invalid destination label name in label_join(): a-b"),
    ],
)
def test_labels_that_cannot_be_made(query: str, message: str) -> None:
    shelf = Shelf(listed("x", 1, pod="a"), listed("x", 1, pod="b"))
    with pytest.raises(QueryError) as refused:
        shelf.value(query)
    assert message in str(refused.value)
    assert refused.value.status == 422


def test_label_join() -> None:
    shelf = Shelf(listed("x", 1, a="1", b="2"))
    assert shelf.vector('label_join(x, "c", "-", "b", "none", "a")') == {"x{a=1,b=2,c=2--1}": 1}


BUCKETS = [(1.0, 10.0), (5.0, 30.0), (10.0, 40.0), (inf, 40.0)]


@pytest.mark.parametrize(
    ("portion", "expected"),
    [(0.0, 0.0), (0.125, 0.5), (0.25, 1.0), (0.5, 3.0), (0.75, 5.0), (1.0, 10.0), (-1.0, -inf), (2.0, inf), (nan, nan)],
)
def test_quantiles_by_hand(portion: float, expected: float) -> None:
    assert bucket_quantile(portion, BUCKETS) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("buckets", [[], [(inf, 5.0)], [(1.0, 2.0), (2.0, 3.0)], [(1.0, 0.0), (inf, 0.0)]])
def test_a_histogram_that_says_nothing_is_not_a_number(buckets: list[tuple[float, float]]) -> None:
    assert math.isnan(bucket_quantile(0.5, buckets))


def test_the_last_bound_is_the_most_that_is_known() -> None:
    assert bucket_quantile(0.95, [(1.0, 1.0), (10.0, 2.0), (inf, 100.0)]) == 10.0


def test_counts_that_fall_are_mended() -> None:
    assert bucket_quantile(0.5, [(1.0, 10.0), (2.0, 8.0), (inf, 10.0)]) == pytest.approx(0.5)


def test_histogram_quantile_keeps_the_other_labels() -> None:
    shelf = Shelf(
        *(listed("b", count, le=bound, runner="r", job="j") for bound, count in (("1.0", 5), ("+Inf", 10))),
        listed("b", 3, le="nonsense", runner="r", job="j"),
        *(listed("b", 0, le=bound, runner="idle", job="j") for bound in ("1.0", "+Inf")),
    )
    found = shelf.vector("histogram_quantile(0.25, b)")
    assert found["{job=j,runner=r}"] == 0.5
    assert math.isnan(found["{job=j,runner=idle}"])
    assert shelf.vector("histogram_quantile(0.25, b) >= 0") == {"{job=j,runner=r}": 0.5}


shared = st.lists(
    st.tuples(st.floats(0.01, 1e4), st.integers(0, 100)), min_size=1, max_size=12, unique_by=lambda p: p[0]
)


@given(shared, st.floats(0, 1), st.floats(0, 1))
def test_quantiles_rise_with_the_portion_and_stay_within_the_bounds(
    shares: list[tuple[float, int]], one: float, other: float
) -> None:
    count, buckets = 0, []
    for bound, more in sorted(shares):
        count += more
        buckets.append((bound, float(count)))
    buckets.append((inf, float(count)))
    low, high = (bucket_quantile(portion, buckets) for portion in sorted((one, other)))
    if count == 0:
        assert math.isnan(low)
    else:
        assert 0 <= low <= high * (1 + 1e-9) + 1e-9
        assert high <= buckets[-2][0]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"), (0.5, "0.5"), (1e-6, "0.000001"), (1e-7, "1e-07"), (1.5e-7, "1.5e-07"), (1e20, "1" + "0" * 20),
        (1e21, "1e+21"), (123456789.0, "123456789"), (-0.1, "-0.1"), (nan, "NaN"), (inf, "+Inf"), (-inf, "-Inf"),
        (2**53 + 2.0, "9007199254740994"), (0.0, "0"), (-0.0, "-0"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_go_writes_them(value: float, text: str) -> None:
    assert written_number(value) == text


@given(st.floats(allow_nan=False))
def test_written_numbers_can_be_read(value: float) -> None:
    assert float(written_number(value)) == value
