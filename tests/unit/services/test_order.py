"""The place of a single row, which is the one that sorting gives it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.domain.errors import UsageError
from flywheel_tui.domain.fleet import Runner, RunnerStatus
from flywheel_tui.services.listing.order import sort_key, sort_rows
from flywheel_tui.services.listing.runners import RUNNERS
from tests.tui.scripted import NOW, runner

NAMES = [*"abAB", "", "ab", "a\x00", "ä", "\U0010ffff", "a\U0010ffff", "\ud800"]
WORDS = st.one_of(st.none(), st.lists(st.sampled_from(["", "a", "ab", "b"]), max_size=3).map(tuple))
ROWS = st.builds(
    runner,
    st.sampled_from(NAMES),
    owner=st.sampled_from([None, *NAMES]),
    status=st.sampled_from(list(RunnerStatus)),
    busy=st.one_of(st.none(), st.integers(-3, 3)),
    capacity=st.one_of(st.none(), st.integers(0, 3)),
    failure_rate=st.one_of(st.none(), st.floats()),
    tags=WORDS,
    versions=st.sampled_from([(), ("17.10.0",), ("17.9.0", "16.0.0"), ("17",)]),
    contacted_at=st.sampled_from([None, NOW, NOW - timedelta(days=3)]),
)
ORDERS = st.lists(
    st.tuples(
        st.sampled_from(["", "+", "-"]),
        st.sampled_from(["name", "owner", "status", "busy", "queue", "fail", "tag", "version", "seen", "severity"]),
    ).map("".join),
    max_size=4,
)


@given(st.lists(ROWS, unique_by=lambda row: row.key, max_size=12), ORDERS)
def test_places_are_the_order_that_sorting_gives(rows: list[Runner], by: list[str]) -> None:
    place = sort_key(RUNNERS, by)
    assert sorted(rows, key=place) == sort_rows(rows, RUNNERS, by)
    assert all(place(row)[-1] == row.key for row in rows)


@given(st.lists(ROWS, unique_by=lambda row: row.key, max_size=12), ORDERS)
def test_no_row_is_lost_in_sorting(rows: list[Runner], by: list[str]) -> None:
    assert {row.key for row in sort_rows(rows, RUNNERS, by)} == {row.key for row in rows}


def test_what_is_no_number_comes_last_like_the_unknown() -> None:
    rows = [runner("a", failure_rate=float("nan")), runner("b", failure_rate=None), runner("c", failure_rate=0.5)]
    for by in (["fail"], ["+fail"]):
        assert [row.name for row in sort_rows(rows, RUNNERS, by)] == ["c", "a", "b"]


def test_a_place_in_an_order_that_does_not_exist() -> None:
    with pytest.raises(UsageError, match="no field colour"):
        sort_key(RUNNERS, ["colour"])
