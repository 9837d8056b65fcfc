from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.simulator.prometheus.series import GridScrapes, RecordedScrapes, Target

ANY = ("job", "instance")
times = st.integers(0, 2_000)


@given(times, times, times, times)
def test_a_grid_is_every_multiple_of_the_interval(begin: int, present: int, after: int, until: int) -> None:
    scrapes = GridScrapes(15, begin, lambda: present)
    expected = [at for at in range(0, 2_001, 15) if begin <= at <= present and after < at <= until]
    assert list(scrapes.times(ANY, after, until)) == expected
    assert scrapes.latest(ANY, after, until) == (expected[-1] if expected else None)
    newest = scrapes.newest(after, until)
    assert newest >= after
    assert list(scrapes.times(ANY, newest, until)) == expected[-1:]


@given(st.lists(times, unique=True), times, times)
def test_recorded_scrapes_are_those_that_were(noted: list[int], after: int, until: int) -> None:
    scrapes = RecordedScrapes()
    for at in sorted(noted):
        scrapes.note(ANY, at)
        scrapes.note(ANY, at)
    expected = [at for at in sorted(noted) if after < at <= until]
    assert list(scrapes.times(ANY, after, until)) == expected
    assert scrapes.latest(ANY, after, until) == (expected[-1] if expected else None)
    assert scrapes.latest(("job", "other"), after, until) is None
    assert scrapes.newest(after, until) == after


names = st.sampled_from(["job", "namespace", "pod", "name", "le"])
own_labels = st.dictionaries(names, st.text(min_size=1, max_size=5))


@given(own_labels, own_labels)
def test_labels_that_the_target_has_too_are_renamed_and_can_be_told_again(
    target: dict[str, str], own: dict[str, str]
) -> None:
    page = Target({"job": "j", "instance": "i", **target}, begin=0)
    stored = page.label(own)
    assert stored.items() >= page.labels.items()
    assert len(stored) == len(page.labels) + len(own)
    assert page.unlabel(stored) == own


def test_empty_labels_are_none() -> None:
    assert Target({"job": "j", "instance": "i"}, begin=0).label({"container": ""}) == {"job": "j", "instance": "i"}


def test_a_target_is_there_and_up_for_its_time() -> None:
    target = Target({"job": "j", "instance": "i"}, begin=10, end=30, down_since=20)
    assert [target.there(at) for at in (9, 10, 29, 30)] == [False, True, True, False]
    assert [target.up(at) for at in (9, 10, 19, 20)] == [False, True, True, False]
