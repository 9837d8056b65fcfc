from __future__ import annotations

from bisect import bisect_right
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.simulator.prometheus.evaluator import Ends
from flywheel_tui.simulator.prometheus.series import GridScrapes, Series, Target
from flywheel_tui.simulator.prometheus.series.histogram import histogram_series
from flywheel_tui.simulator.prometheus.series.series import Remembered, Value

SCRAPES = GridScrapes(15_000, 0, lambda: 10_000_000)
TARGET = Target({"job": "j", "instance": "i"}, begin=0)


def series(
    value: Value, *, begin: int = 0, end: int = 2**62, counter: bool = False, resets: tuple[int, ...] = ()
) -> Series:
    return Series("x", {}, TARGET, SCRAPES, value, begin=begin, end=end, counter=counter, resets=resets)


@given(
    events=st.lists(st.integers(0, 3_600), max_size=60),
    resets=st.lists(st.integers(1, 3_600), max_size=3, unique=True),
    life=st.tuples(st.integers(0, 1_800), st.integers(1_800, 4_000)),
    window=st.tuples(st.integers(0, 3_600), st.integers(0, 3_600)),
    born_with_first=st.booleans(),
)
def test_the_ends_of_a_counter_are_those_of_all_its_samples(
    events: list[int], resets: list[int], life: tuple[int, int], window: tuple[int, int], born_with_first: bool
) -> None:
    marks = sorted(resets)

    def value(at: float) -> float | None:
        since = max([0, *(mark for mark in marks if mark <= at)])
        count = sum(since < event <= at for event in events)
        return None if born_with_first and count == 0 else float(count)

    made = series(
        value, begin=life[0] * 1000, end=life[1] * 1000, counter=True, resets=tuple(mark * 1000 for mark in marks)
    )
    after, until = (moment * 1000 for moment in sorted(window))
    assert made.ends(after, until) == Ends.of(made.points(after, until))


@given(st.integers(0, 100), st.integers(0, 100))
def test_the_latest_sample_is_the_last_of_all(begin: int, length: int) -> None:
    made = series(lambda at: at, begin=begin * 1000, end=(begin + length) * 1000)
    points = made.points(0, 90_000)
    latest = made.latest(0, 90_000)
    # The newest scrape decides: where it did not find the series any more, the older samples do not count.
    assert latest == (points[-1] if points and points[-1][0] == 90_000 else None)
    assert made.sampled(0, 90_000) == bool(points)


def test_a_series_that_ended_is_gone_at_the_next_scrape() -> None:
    made = series(lambda _: 1.0, end=40_000)
    assert made.latest(0, 30_000) == (30_000, 1.0)
    assert made.latest(0, 44_999) == (30_000, 1.0)
    assert made.latest(0, 45_000) is None
    assert len(made.points(0, 300_000)) == 2


def test_a_target_that_does_not_answer_has_no_series() -> None:
    down = Target({"job": "j", "instance": "i"}, begin=0, down_since=40_000)
    made = Series("x", {}, down, SCRAPES, lambda _: 1.0)
    assert made.latest(0, 30_000) == (30_000, 1.0)
    assert made.latest(0, 60_000) is None


def test_answers_are_remembered() -> None:
    asked: list[float] = []

    def read(at: float) -> float:
        asked.append(at)
        return at

    remembered = Remembered(read)
    assert [remembered(at) for at in (1.0, 2.0, 1.0, 2.0)] == [1.0, 2.0, 1.0, 2.0]
    assert asked == [1.0, 2.0]
    for at in range(1_000):
        remembered(float(at))
    assert len(asked) == 1_000
    assert remembered(inf) == inf


@given(
    events=st.lists(st.integers(0, 900), max_size=40),
    resets=st.lists(st.integers(1, 900), max_size=2, unique=True),
    windows=st.lists(st.tuples(st.integers(0, 1_200), st.integers(0, 1_200)), min_size=1, max_size=2),
    presents=st.lists(st.integers(0, 1_200), min_size=1, max_size=4),
)
def test_the_ends_of_a_histogram_are_those_of_all_its_samples(
    events: list[int], resets: list[int], windows: list[tuple[int, int]], presents: list[int]
) -> None:
    """Whatever was asked before, and however far the present has moved since."""
    marks, present = sorted(resets), 0

    def read(at: float) -> tuple[list[int], int, float]:
        since = max([0, *(mark for mark in marks if mark <= at)])
        seen = [event for event in events if since < event <= at]
        return [sum(event % 2 for event in seen)], len(seen), float(sum(seen))

    scrapes = GridScrapes(15_000, 0, lambda: present * 1_000)
    parts = [
        part
        for name in ("h_bucket", "h_sum", "h_count")
        for part in histogram_series(
            name, {}, (1.0,), read, TARGET, scrapes,
            begin=0, end=2**62, resets=tuple(mark * 1_000 for mark in marks),
        )
    ]  # fmt: skip
    for later in sorted(presents):
        present = later
        for window in windows:
            after, until = (moment * 1_000 for moment in sorted(window))
            for part in (*parts, *parts):
                assert part.ends(after, until) == Ends.of(part.points(after, until))


@given(st.lists(st.floats(0.1, 100), max_size=30), st.floats(0, 3_000))
def test_a_histogram_counts_cumulatively(observed: list[float], at: float) -> None:
    bounds = (1.0, 10.0, 50.0)
    values = sorted(observed)

    def read(_: float) -> tuple[list[int], int, float]:
        return [bisect_right(values, bound) for bound in bounds], len(values), sum(values)

    made = {
        name: list(
            histogram_series(f"h_{name}", {"own": "x"}, bounds, read, TARGET, SCRAPES, begin=0, end=2**62, resets=())
        )
        for name in ("bucket", "sum", "count")
    }
    moment = round(at * 1000)
    counts = [each.value(moment) for each in made["bucket"]]
    assert [each.labels["le"] for each in made["bucket"]] == ["1.0", "10.0", "50.0", "+Inf"]
    if not observed:
        assert counts == [None] * 4
        return
    assert counts == sorted(counts, key=lambda count: count or 0)
    assert counts[-1] == made["count"][0].value(moment) == len(observed)
    assert made["sum"][0].value(moment) == pytest.approx(sum(observed))
