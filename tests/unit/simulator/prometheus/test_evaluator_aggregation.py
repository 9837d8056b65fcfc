from __future__ import annotations

import math
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.simulator.prometheus.evaluator import QueryError
from flywheel_tui.simulator.prometheus.evaluator.model import ListedSeries
from tests.unit.simulator.prometheus.shelf import AT, Shelf, listed

SHELF = Shelf(
    listed("cpu", 1, pod="a", container="build", cpu="0"),
    listed("cpu", 2, pod="a", container="build", cpu="1"),
    listed("cpu", 4, pod="a", container="helper", cpu="0"),
    listed("cpu", 8, pod="b", container="build", cpu="0"),
    listed("cpu", 16, cpu="0"),
)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sum(cpu)", {"{}": 31}),
        ("sum by (pod) (cpu)", {"{pod=a}": 7, "{pod=b}": 8, "{}": 16}),
        ("sum by (pod, nothing) (cpu)", {"{pod=a}": 7, "{pod=b}": 8, "{}": 16}),
        (
            "sum without (cpu) (cpu)",
            {"{container=build,pod=a}": 3, "{container=helper,pod=a}": 4, "{container=build,pod=b}": 8, "{}": 16},
        ),
        ("max by (container) (cpu)", {"{container=build}": 8, "{container=helper}": 4, "{}": 16}),
        ("min(cpu)", {"{}": 1}),
        ("avg by (pod) (cpu)", {"{pod=a}": pytest.approx(7 / 3), "{pod=b}": 8, "{}": 16}),
        ("count by (__name__) (cpu)", {"cpu{}": 5}),
        ("group by (pod) (cpu)", {"{pod=a}": 1, "{pod=b}": 1, "{}": 1}),
        ("stdvar(cpu)", {"{}": pytest.approx(29.76)}),
        ("quantile(0.5, cpu)", {"{}": 4}),
        ("topk(2, cpu)", {"cpu{cpu=0}": 16, "cpu{container=build,cpu=0,pod=b}": 8}),
        (
            "topk by (pod) (1, cpu)",
            {"cpu{cpu=0}": 16, "cpu{container=build,cpu=0,pod=b}": 8, "cpu{container=helper,cpu=0,pod=a}": 4},
        ),
        ("bottomk(1, cpu)", {"cpu{container=build,cpu=0,pod=a}": 1}),
        ("topk(0, cpu)", {}),
        ("sum(nothing)", {}),
        ("count(nothing) or vector(0)", {"{}": 0}),
        ('count_values("n", cpu * 0 + 3)', {"{n=3}": 5}),
        ('count_values by (pod) ("pod", cpu)', {"{pod=1}": 1, "{pod=2}": 1, "{pod=4}": 1, "{pod=8}": 1, "{pod=16}": 1}),
    ],
)
def test_by_hand(query: str, expected: dict[str, float]) -> None:
    assert SHELF.vector(query) == expected


def test_not_a_number_is_the_last_choice() -> None:
    shelf = Shelf(listed("x", nan, a="1"), listed("x", 2, a="2"), listed("x", -inf, a="3"))
    assert shelf.vector("max(x)") == {"{}": 2}
    assert shelf.vector("min(x)") == {"{}": -inf}
    assert shelf.vector("topk(1, x)") == {"x{a=2}": 2}
    assert shelf.vector("bottomk(2, x)") == {"x{a=3}": -inf, "x{a=2}": 2}
    assert math.isnan(shelf.vector("sum(x)")["{}"])


@pytest.mark.parametrize(
    ("query", "message"),
    [("topk(NaN, cpu)", "overflows int64"), ('count_values("a-b", cpu)', 'invalid label name "a-b"')],
)
def test_bad_parameters_are_errors(query: str, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        SHELF.value(query)


words = st.sampled_from(["", "a", "b", "c"])
vectors = st.lists(st.tuples(words, words, words, st.floats(-1e6, 1e6)), max_size=15)


def stored(rows: list[tuple[str, str, str, float]]) -> list[ListedSeries]:
    unique = {row[:3]: row[3] for row in rows}
    named = [(dict(zip("xyz", labels, strict=True)), value) for labels, value in unique.items()]
    return [
        ListedSeries("m", {key: text for key, text in labels.items() if text}, [(AT, value)]) for labels, value in named
    ]


@given(vectors)
def test_partial_sums_add_up_to_the_whole(rows: list[tuple[str, str, str, float]]) -> None:
    shelf = Shelf(*stored(rows))
    whole = shelf.vector("sum(m)")
    for part in ("sum by (x) (m)", "sum by (x, y) (m)", "sum without (z) (m)"):
        assert shelf.vector(f"sum({part})") == {name: pytest.approx(value, abs=1e-6) for name, value in whole.items()}
    assert shelf.vector("sum without (x, y, z) (m)") == whole


@given(vectors, st.integers(0, 20))
def test_topk_is_the_head_of_the_sorted_vector(rows: list[tuple[str, str, str, float]], amount: int) -> None:
    shelf = Shelf(*stored(rows))
    everything = shelf.vector("m")
    chosen = shelf.vector(f"topk({amount}, m)")
    assert sorted(chosen.values()) == sorted(everything.values())[len(everything) - min(amount, len(everything)) :]
    assert chosen.items() <= everything.items()
