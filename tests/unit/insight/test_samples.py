from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.domain.metric import Sample
from flywheel_tui.insight.samples import OwnedSamples, largest_of, pod_of, sum_of, total
from tests.unit.insight import build


def owner(sample: Sample) -> str | None:
    return sample.label("runner")


def test_samples_come_and_go_one_by_one() -> None:
    first, second, nobodys = (
        build.sample("q", 1, runner="a"),
        build.sample("q", 2, runner="a", x="y"),
        build.sample("q", 3),
    )
    held = OwnedSamples(owner)
    assert [held.add(sample) for sample in (first, second, nobodys)] == ["a", "a", None]
    assert held.replace(second, build.sample("q", 5, runner="a", x="y")) == "a"
    assert sum_of(held.of("a")) == 6
    assert [held.remove(sample) for sample in (first, nobodys)] == ["a", None]
    assert sum_of(held.of("a")) == 5
    assert held.remove(second) == "a"
    assert list(held) == []


def test_samples_without_a_pod_are_of_no_pod() -> None:
    rows = [build.sample("q", 1, namespace="n"), build.sample("q", 1, pod="p"), build.sample("q", 1)]
    assert [pod_of(row) for row in rows] == [None, None, None]
    assert pod_of(build.sample("q", 1, namespace="n", pod="p", container="c")) == ("n", "p")


def test_a_sum_with_an_unknown_part_is_unknown() -> None:
    assert sum_of([build.sample("q", 1), build.sample("q", None, x="y")]) is None
    assert sum_of([build.sample("q", None)]) is None
    assert sum_of([]) is None


def test_what_does_not_count_still_makes_the_sum_known() -> None:
    rows = [build.sample("q", None, reason="own"), build.sample("q", 5, reason="own")]
    assert sum_of(rows, counts=lambda sample: sample.label("reason") != "own") == 0.0


def test_a_sum_beyond_all_numbers_is_unknown() -> None:
    assert sum_of([build.sample("q", 1.7e308), build.sample("q", 1.7e308)]) is None


@given(st.lists(st.floats(-1e6, 1e6), max_size=8), st.randoms(use_true_random=False))
def test_a_sum_is_the_same_in_any_order(values: list[float], chance: object) -> None:
    rows = [build.sample("q", value) for value in values]
    shuffled = list(rows)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert sum_of(rows) == sum_of(shuffled)


def test_the_largest_value_counts_and_unknown_ones_do_not() -> None:
    assert largest_of([build.sample("q", value) for value in (2.0, None, 5.0, 1.0)]) == 5.0
    assert largest_of([build.sample("q", None)]) is None


def test_total() -> None:
    assert total([build.sample("q", 1), build.sample("q", 2, x="y")]) == 3
    assert total([build.sample("q", 1), build.sample("q", None, x="y")]) is None
    assert total([]) is None
    assert total(None) is None
