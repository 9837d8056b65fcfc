"""Sorted keys that take edits, and sorting in slices."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.services.listing.order import SortKey
from flywheel_tui.tui.widgets.grid import sections, slices
from flywheel_tui.tui.widgets.grid.groups import Totals
from flywheel_tui.tui.widgets.grid.sections import Section
from flywheel_tui.tui.widgets.grid.slices import sorted_in_slices

KEYS = st.sets(st.tuples(st.integers(0, 5), st.integers(0, 20)), max_size=60)


@given(KEYS, KEYS, st.sampled_from([0, 8, 256]), st.data())
def test_edits_end_where_sorting_anew_would(
    before: set[SortKey], come: set[SortKey], single: int, data: st.DataObject
) -> None:
    gone = data.draw(st.sets(st.sampled_from(sorted(before)))) if before else set()
    section = Section(None, Totals(()))
    section.keys = sorted(before)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sections, "_SINGLE_EDITS", single)
        section.edit(list(gone), list(come - (before - gone)))
    assert section.keys == sorted((before - gone) | come)
    assert all(section.keys[section.place(key)] == key for key in section.keys)


def through(work: Generator[None, None, list[SortKey]]) -> tuple[int, list[SortKey]]:
    slices_done = 0
    while True:
        try:
            next(work)
        except StopIteration as end:
            return slices_done, end.value
        slices_done += 1


@given(st.lists(st.tuples(st.integers(0, 9), st.integers()), unique=True, max_size=100), st.integers(1, 12))
def test_sorting_in_slices_ends_where_sorting_at_once_does(keys: list[SortKey], run: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slices, "_RUN", run)
        done, ordered = through(sorted_in_slices(keys))
    assert ordered == sorted(keys)
    assert done >= len(keys) // run if len(keys) > run else done == 0


def test_a_sum_has_no_rest_when_its_parts_are_gone() -> None:
    totals = Totals(("cpu",))
    for value in (0.1, 0.2, 1e9):
        totals.add((0, value))
    for value in (1e9, 0.1, 0.2):
        totals.add((0, value), -1)
    totals.add((1, None))
    told = totals.told()
    assert (told.rows, told.faults, told.sums) == (1, 1, {"cpu": None})
    assert told.partial == {"cpu"}
    assert Totals(("cpu",)).told().sums == {"cpu": 0}
