from __future__ import annotations

from flywheel_tui.domain.metric import Sample
from flywheel_tui.insight.samples import by_query, largest_by_owner, sum_by_owner, sum_by_pod, total
from tests.unit.insight import build


def owner(sample: Sample) -> str | None:
    return sample.label("runner")


def test_by_query_keeps_all_samples() -> None:
    rows = [build.sample("a", 1), build.sample("b", 2), build.sample("a", 3, x="y")]
    assert {name: len(group) for name, group in by_query(rows).items()} == {"a": 2, "b": 1}


def test_samples_without_a_pod_are_of_no_pod() -> None:
    rows = [build.sample("q", 1, namespace="n"), build.sample("q", 1, pod="p"), build.sample("q", 1)]
    assert sum_by_pod(rows) == {}


def test_a_sum_with_an_unknown_part_is_unknown() -> None:
    rows = [
        build.sample("q", 1, runner="a"),
        build.sample("q", None, runner="a", x="y"),
        build.sample("q", 2, runner="b"),
    ]
    assert sum_by_owner(rows, owner) == {"b": 2}


def test_what_does_not_count_still_makes_its_owner_known() -> None:
    rows = [build.sample("q", 5, runner="a", reason="own")]
    assert sum_by_owner(rows, owner, counts=lambda sample: sample.label("reason") != "own") == {"a": 0.0}


def test_samples_of_nobody_are_left_out() -> None:
    rows = [build.sample("q", 1)]
    assert sum_by_owner(rows, owner) == largest_by_owner(rows, owner) == {}


def test_the_largest_value_counts_and_unknown_ones_do_not() -> None:
    rows = [build.sample("q", value, runner="a", x=str(value)) for value in (2.0, None, 5.0, 1.0)]
    assert largest_by_owner(rows, owner) == {"a": 5.0}


def test_total() -> None:
    assert total([build.sample("q", 1), build.sample("q", 2, x="y")]) == 3
    assert total([build.sample("q", 1), build.sample("q", None, x="y")]) is None
    assert total([]) is None
    assert total(None) is None
