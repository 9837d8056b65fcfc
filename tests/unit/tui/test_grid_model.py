"""Order, filters and a cursor that stays on its row."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.domain.errors import UsageError
from flywheel_tui.domain.fleet import KeyChange, Runner, RunnerStatus
from flywheel_tui.domain.verdict import Severity
from flywheel_tui.services.listing.filter import parse_filter
from flywheel_tui.services.listing.runners import RUNNERS
from flywheel_tui.tui.widgets.grid.ghosts import GHOST_LIFE
from flywheel_tui.tui.widgets.grid.model import GridModel, difference
from tests.tui.scripted import NOW, runner


def table(*rows: Runner) -> Mapping[str, Runner]:
    return {row.key: row for row in rows}


def shown(model: GridModel[Runner]) -> list[str]:
    return [model.row_at(index).name for index in range(len(model))]


def under(model: GridModel[Runner]) -> str | None:
    return model.row.name if model.row is not None else None


@pytest.fixture
def model() -> GridModel[Runner]:
    made: GridModel[Runner] = GridModel(RUNNERS)
    made.show(table(runner("a"), runner("b"), runner("c"), runner("d")), NOW)
    return made


def worse(name: str) -> Runner:
    return runner(name, severity=Severity.CRITICAL, status=RunnerStatus.OFFLINE)


def test_the_worst_come_first_then_by_name(model: GridModel[Runner]) -> None:
    model.show(table(runner("b"), worse("z"), runner("a")), NOW, hold=False)
    assert shown(model) == ["z", "a", "b"]


def test_the_cursor_stays_on_its_row_when_another_sorts_before_it(model: GridModel[Runner]) -> None:
    model.move(1)
    result = model.show(table(runner("a"), runner("b"), runner("c"), worse("d")), NOW)
    assert result.moved
    assert (model.cursor, under(model)) == (2, "b")


def test_the_cursor_stays_at_its_place_while_the_list_is_filling(model: GridModel[Runner]) -> None:
    model.show(table(worse("x"), runner("a"), runner("b")), NOW, hold=False)
    assert (model.cursor, under(model)) == (0, "x")


def test_the_cursor_stays_on_the_ghost_and_then_goes_to_the_next_row(model: GridModel[Runner]) -> None:
    model.move(1)
    gone = model.show(table(runner("a"), runner("c"), runner("d")), NOW).vanished
    assert gone == runner("b").key
    assert under(model) == "b"
    assert model.entry is not None
    assert model.entry.ghost
    assert model.expire(NOW + GHOST_LIFE)
    assert under(model) == "c"


def test_the_cursor_goes_up_when_the_last_row_vanishes(model: GridModel[Runner]) -> None:
    model.move(3)
    model.show(table(runner("a"), runner("b")), NOW)
    model.expire(NOW + GHOST_LIFE)
    assert under(model) == "b"


def test_no_row_is_reported_gone_when_it_was_not_under_the_cursor(model: GridModel[Runner]) -> None:
    model.move(0)
    assert model.show(table(runner("a"), runner("c")), NOW).vanished is None


def test_the_cursor_comes_back_to_its_row_when_the_filter_goes(model: GridModel[Runner]) -> None:
    model.move(2)
    model.set_filter(parse_filter("name:a", RUNNERS.fields), NOW)
    assert (shown(model), under(model)) == (["a"], "a")
    model.set_filter(None, NOW)
    assert under(model) == "c"


def test_the_cursor_follows_its_row_through_sorting(model: GridModel[Runner]) -> None:
    model.move(0)
    model.sort(("-name",), NOW)
    assert (shown(model), under(model)) == (["d", "c", "b", "a"], "a")


def test_an_unknown_field_leaves_the_order_as_it_was(model: GridModel[Runner]) -> None:
    with pytest.raises(UsageError, match="no field colour"):
        model.sort(("colour",), NOW)
    assert model.order == RUNNERS.default_sort
    assert shown(model) == ["a", "b", "c", "d"]


def test_a_change_that_does_not_touch_the_order_moves_nothing(model: GridModel[Runner]) -> None:
    key = runner("b").key
    result = model.show(table(runner("a"), runner("b", busy=3), runner("c"), runner("d")), NOW)
    assert (result.moved, result.changed) == (False, frozenset({key}))


def test_a_changed_row_leaves_the_filter_and_comes_back(model: GridModel[Runner]) -> None:
    model.set_filter(parse_filter("busy>1", RUNNERS.fields), NOW)
    assert shown(model) == []
    model.show(table(runner("a"), runner("b", busy=3), runner("c"), runner("d")), NOW)
    assert shown(model) == ["b"]
    model.show(table(runner("a"), runner("b", busy=0), runner("c"), runner("d")), NOW)
    assert shown(model) == []


def test_predicates_narrow_beside_the_filter(model: GridModel[Runner]) -> None:
    model.narrow("vowels", lambda row: row.name in "ae", NOW)
    assert shown(model) == ["a"]
    model.narrow("vowels", None, NOW)
    assert len(model) == 4


def test_filters_on_ages_are_looked_at_again(model: GridModel[Runner]) -> None:
    model.set_filter(parse_filter("age<42d", RUNNERS.fields), NOW)
    assert len(model) == 4
    later = NOW.replace(year=NOW.year + 1)
    assert model.reapply(later)
    assert len(model) == 0
    assert not model.reapply(later)


def test_an_empty_model_has_no_row_and_survives_moving() -> None:
    model: GridModel[Runner] = GridModel(RUNNERS)
    model.move(5)
    assert (model.row, model.cursor, len(model)) == (None, 0, 0)


NAMES = st.lists(st.sampled_from("abcdefgh"), unique=True)


@given(NAMES, NAMES, st.integers(0, 7), st.sampled_from(["", "a", "busy>2", "!c"]))
def test_telling_the_change_gives_the_same_as_finding_it(
    before: list[str], after: list[str], at: int, text: str
) -> None:
    told: GridModel[Runner] = GridModel(RUNNERS)
    found: GridModel[Runner] = GridModel(RUNNERS)
    first = table(*(runner(name, busy=1) for name in before))
    second = table(*(runner(name, busy=len(after)) for name in after))
    wanted = parse_filter(text, RUNNERS.fields)
    change = difference(first, second)
    for model, known in ((told, change), (found, None)):
        model.show(first, NOW)
        model.set_filter(wanted, NOW)
        model.move(at)
        model.show(second, NOW, known)
        model.expire(NOW + GHOST_LIFE)
        # However it came there, a model shows exactly the rows that match, in order, and a cursor on one of them.
        assert shown(model) == [row.name for row in _fresh(second, text)]
        assert 0 <= model.cursor < max(1, len(model))
    assert (told.cursor, under(told)) == (found.cursor, under(found))


def _fresh(rows: Mapping[str, Runner], text: str) -> list[Runner]:
    model: GridModel[Runner] = GridModel(RUNNERS)
    model.show(rows, NOW)
    model.set_filter(parse_filter(text, RUNNERS.fields), NOW)
    return [model.row_at(index) for index in range(len(model))]


@given(st.text(min_size=1, max_size=3))
def test_kept_texts_find_what_the_fields_show(text: str) -> None:
    model: GridModel[Runner] = GridModel(RUNNERS)
    rows = [runner("gl-linux", tags=("x64", "docker")), runner("Größe", owner="ÄRGER"), runner("plain")]
    try:
        plain = parse_filter(text, RUNNERS.fields)
    except UsageError:
        return
    kept = parse_filter(text, RUNNERS.fields, model.searched)
    for row in rows:
        assert kept.matches(row, NOW) == plain.matches(row, NOW)


def test_a_kept_text_follows_its_row() -> None:
    model: GridModel[Runner] = GridModel(RUNNERS)
    row = runner("a")
    assert b"gpu" not in model.searched(row, NOW)
    assert b"gpu" in model.searched(msgspec.structs.replace(row, name="gpu"), NOW)


def test_the_difference_names_added_changed_and_removed() -> None:
    before = table(runner("a"), runner("b"), runner("c"))
    after = table(runner("b", busy=1), runner("c"), runner("d"))
    assert difference(before, after) == KeyChange(
        added=frozenset({runner("d").key}), changed=frozenset({runner("b").key}), removed=frozenset({runner("a").key})
    )
    assert difference(before, before) == KeyChange()
