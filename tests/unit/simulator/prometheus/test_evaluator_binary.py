from __future__ import annotations

import math
from math import inf

import pytest
from hypothesis import given

from flywheel_tui.simulator.prometheus.evaluator import QueryError
from tests.unit.simulator.prometheus.shelf import Shelf, listed
from tests.unit.simulator.prometheus.test_evaluator_aggregation import stored, vectors

SHELF = Shelf(
    listed("limit", 4, job="ci", instance="a", runner="r1"),
    listed("limit", 0, job="ci", instance="a", runner="r2"),
    listed("limit", 6, job="ci", instance="b", runner="r3"),
    listed("concurrent", 10, job="ci", instance="a"),
    listed("concurrent", 5, job="ci", instance="b"),
    listed("info", 1, job="ci", instance="a", version="1.2"),
    listed("up", 1, job="ci", instance="a"),
    listed("up", 0, job="ci", instance="b"),
)


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("1 + 2 * 3", 7), ("2 ^ 3 ^ 2", 512), ("-2 ^ 2", -4), ("7 % 4", 3), ("-7 % 4", -3), ("1 / 0", inf),
        ("-1 / 0", -inf), ("5 > bool 3", 1), ("5 < bool 3", 0), ("(-8) ^ (1 / 2)", None), ("0 / 0", None),
        ("1 % 0", None), ("0 ^ -1", inf),
    ],
)  # fmt: skip
def test_scalars(query: str, value: float | None) -> None:
    found = SHELF.value(query)
    assert isinstance(found, float)
    assert math.isnan(found) if value is None else found == value


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("up * 2", {"{instance=a,job=ci}": 2, "{instance=b,job=ci}": 0}),
        ("up == 1", {"up{instance=a,job=ci}": 1}),
        ("1 == up", {"up{instance=a,job=ci}": 1}),
        ("5 > up", {"up{instance=a,job=ci}": 1, "up{instance=b,job=ci}": 0}),
        ("up == bool 1", {"{instance=a,job=ci}": 1, "{instance=b,job=ci}": 0}),
        ("-up", {"{instance=a,job=ci}": -1, "{instance=b,job=ci}": 0}),
        ("up + concurrent", {"{instance=a,job=ci}": 11, "{instance=b,job=ci}": 5}),
        ("up < concurrent", {"up{instance=a,job=ci}": 1, "up{instance=b,job=ci}": 0}),
        ("up < on (instance) concurrent", {"{instance=a}": 1, "{instance=b}": 0}),
        ("concurrent - ignoring (job) up", {"{instance=a}": 9, "{instance=b}": 5}),
        (
            "limit * 0 + on (job, instance) group_left () concurrent",
            {
                "{instance=a,job=ci,runner=r1}": 10,
                "{instance=a,job=ci,runner=r2}": 10,
                "{instance=b,job=ci,runner=r3}": 5,
            },
        ),
        (
            "limit * on (job, instance) group_left (version) info",
            {"{instance=a,job=ci,runner=r1,version=1.2}": 4, "{instance=a,job=ci,runner=r2,version=1.2}": 0},
        ),
        (
            "info * on (job, instance) group_right (version) limit",
            {"{instance=a,job=ci,runner=r1,version=1.2}": 4, "{instance=a,job=ci,runner=r2,version=1.2}": 0},
        ),
        (
            "concurrent - on (instance) group_right () limit > 3",
            {"{instance=a,job=ci,runner=r1}": 6, "{instance=a,job=ci,runner=r2}": 10},
        ),
        ("up and on (instance) limit > 5", {"up{instance=b,job=ci}": 0}),
        (
            "limit and on (job, instance) (up == 1)",
            {"limit{instance=a,job=ci,runner=r1}": 4, "limit{instance=a,job=ci,runner=r2}": 0},
        ),
        ("up unless up == 1", {"up{instance=b,job=ci}": 0}),
        ("(up == 1) or concurrent", {"up{instance=a,job=ci}": 1, "concurrent{instance=b,job=ci}": 5}),
        ("up or on (job) concurrent", {"up{instance=a,job=ci}": 1, "up{instance=b,job=ci}": 0}),
        ("nothing or vector(0)", {"{}": 0}),
        ("nothing + up", {}),
    ],
)  # fmt: skip
def test_vectors(query: str, expected: dict[str, float]) -> None:
    assert SHELF.vector(query) == expected


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("limit + on (instance) concurrent", "multiple matches for labels: many-to-one matching must be explicit"),
        (
            "concurrent + on (instance) limit",
            'found duplicate series for the match group {instance="a"} on the right hand-side of the operation: '
            '[{__name__="limit", instance="a", job="ci", runner="r2"}, {__name__="limit", instance="a", job="ci", '
            'runner="r1"}];many-to-many matching not allowed: matching labels must be unique on one side',
        ),
        ("limit * on (job) group_left () up", "on the right hand-side of the operation"),
        ("limit * on (job) group_right () up", "on the left hand-side of the operation"),
        (
            "limit * on (job, instance) group_left (runner) concurrent",
            "multiple matches for labels: grouping labels must ensure unique matches",
        ),
        ('-{__name__=~"up|concurrent"}', "vector cannot contain metrics with the same labelset"),
    ],
)
def test_ambiguous_matches_are_errors(query: str, message: str) -> None:
    with pytest.raises(QueryError) as refused:
        SHELF.value(query)
    assert message in str(refused.value)
    assert refused.value.status == 422


@given(vectors, vectors)
def test_and_and_unless_split_a_vector_in_two(
    left: list[tuple[str, str, str, float]], right: list[tuple[str, str, str, float]]
) -> None:
    shelf = Shelf(*stored(left), *(type(each)("n", each.labels, each.listed) for each in stored(right)))
    for matching in ("", "on (x) ", "ignoring (y) "):
        both, rest = shelf.vector(f"m and {matching}n"), shelf.vector(f"m unless {matching}n")
        assert not both.keys() & rest.keys()
        assert both | rest == shelf.vector("m")
        union = shelf.vector(f"m or {matching}n")
        assert shelf.vector("m").items() <= union.items()


@given(vectors)
def test_a_vector_against_itself(rows: list[tuple[str, str, str, float]]) -> None:
    shelf = Shelf(*stored(rows))
    assert shelf.vector("m == m") == shelf.vector("m")
    assert shelf.vector("m != m") == {}
    assert set(shelf.vector("m - m").values()) <= {0.0}
    assert len(shelf.vector("m + m")) == len(shelf.vector("m"))
