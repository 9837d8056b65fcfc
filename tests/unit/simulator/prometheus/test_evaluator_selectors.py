from __future__ import annotations

import pytest

from flywheel_tui.simulator.prometheus.evaluator import BadQuery, Dialect, Limits, Matrix, QueryError, QueryTimeout
from tests.unit.simulator.prometheus.shelf import AT, Shelf, listed

SHELF = Shelf(
    listed("up", 1, 0, 1, job="ci", instance="a"),
    listed("up", 1, 1, job="ci", instance="b"),
    listed("up", 1, job="web"),
    listed("other", 7, job="ci", note='a "quote", a \\ and ü'),
)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("up", 3),
        ('up{job="ci"}', 2),
        ('up{job!="ci"}', 1),
        ('up{instance=""}', 1),
        ('up{instance!=""}', 2),
        ('up{nothing=""}', 3),
        ('up{job=~"c|w"}', 0),
        ('up{job=~"c.|w.*"}', 3),
        ('up{job=~"(?i)CI"}', 2),
        ('up{job!~"c.*"}', 1),
        ('{__name__=~"up|other"}', 4),
        ('{job="ci"}', 3),
        ('other{note="a \\"quote\\", a \\\\ and \\u00fc"}', 1),
    ],
)
def test_matchers(query: str, count: int) -> None:
    assert len(SHELF.vector(query)) == count


def test_a_sample_is_found_for_five_minutes() -> None:
    shelf = Shelf(listed("x", 1, end=AT))
    assert shelf.vector("x", AT + 299_999) == {"x{}": 1}
    assert shelf.vector("x", AT + 300_000) == {}
    assert shelf.vector("x", AT + 300_000, dialect=Dialect.of("2.42.0")) == {"x{}": 1}
    assert shelf.vector("x", AT - 1) == {}


def test_offset_and_at_move_the_time() -> None:
    shelf = Shelf(listed("x", 1, 2, 3, 4))
    assert shelf.vector("x offset 15s") == {"x{}": 3}
    assert shelf.vector("x offset -15s", AT - 30_000) == {"x{}": 3}
    assert shelf.vector(f"x @ {(AT - 45_000) / 1000}") == {"x{}": 1}
    assert shelf.matrix("x @ end()", AT - 30_000, AT, 15_000)["x{}"][0] == (AT - 30_000, 4)


def test_a_range_leaves_out_its_left_end() -> None:
    shelf = Shelf(listed("x", 1, 2, 3, 4))
    assert shelf.vector("count_over_time(x[45s])") == {"{}": 3}
    assert shelf.vector("count_over_time(x[45s])", dialect=Dialect.of("2.42.0")) == {"{}": 4}
    assert shelf.vector("count_over_time(x[46s])") == {"{}": 4}


def test_a_range_alone_gives_its_samples() -> None:
    value = Shelf(listed("x", 1, 2, 3, job="a"), listed("x", 5, end=0, job="b")).value("x[20s]")
    assert isinstance(value, Matrix)
    assert [(row.name, row.labels, row.points) for row in value.rows] == [
        ("x", {"job": "a"}, [(AT - 15_000, 2), (AT, 3)])
    ]


def test_a_range_query_steps_and_sorts() -> None:
    shelf = Shelf(listed("x", 1, 2, 3, job="b"), listed("x", 5, None, 6, job="a"))
    assert shelf.matrix("x", AT - 30_000, AT + 1, 30_000) == {
        "x{job=a}": [(AT - 30_000, 5), (AT, 6)],
        "x{job=b}": [(AT - 30_000, 1), (AT, 3)],
    }
    assert list(shelf.matrix("x", AT - 30_000, AT, 15_000)) == ["x{job=a}", "x{job=b}"]
    assert shelf.matrix("1 + 1", 0, 20, 10) == {"{}": [(0, 2), (10, 2), (20, 2)]}


def test_a_range_query_takes_no_range_vector() -> None:
    with pytest.raises(BadQuery, match='invalid expression type "range vector" for range query'):
        SHELF.matrix("up[5m]", 0, 10, 5)


def test_subqueries_step_on_the_clock() -> None:
    shelf = Shelf(listed("x", *range(20)))
    # Multiples of 30 s in (940, 1000]: 960 and 990; at each the newest sample is 0 to 10 s old.
    assert shelf.vector("sum_over_time(x[60s:30s])") == {"{}": 16 + 18}
    assert shelf.vector("max_over_time(x[60s:30s] offset 1m)") == {"{}": 14}


def test_too_many_samples_and_too_much_time_are_errors() -> None:
    with pytest.raises(QueryError, match="too many samples"):
        SHELF.value("up", limits=Limits(samples=2))
    ticks = iter([0.0, 0.5, 11.0])
    with pytest.raises(QueryTimeout, match="query timed out in expression evaluation"):
        SHELF.value("up + up offset 1s", limits=Limits(seconds=10, timer=lambda: next(ticks)))
