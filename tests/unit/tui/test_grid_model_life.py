"""Ghosts, marks of changes, marked rows and groups: what lasts how long."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from flywheel_tui.domain.errors import UsageError
from flywheel_tui.domain.fleet import Runner, RunnerStatus
from flywheel_tui.domain.runner import Forge
from flywheel_tui.services.listing.filter import parse_filter
from flywheel_tui.services.listing.order import sort_rows
from flywheel_tui.services.listing.runners import RUNNERS
from flywheel_tui.tui.widgets.grid.ghosts import GHOST_LIFE
from flywheel_tui.tui.widgets.grid.model import Direction, GridModel
from tests.tui.scripted import NOW, runner

SECOND = timedelta(seconds=1)


def table(*rows: Runner) -> Mapping[str, Runner]:
    return {row.key: row for row in rows}


def of(names: str) -> Mapping[str, Runner]:
    return table(*map(runner, names))


def lines(model: GridModel[Runner]) -> str:
    """Return what is shown: names, ghosts in brackets, heads with a colon."""
    shown = []
    for index in range(len(model)):
        entry = model.entry_at(index)
        if entry.row is None:
            assert entry.group is not None
            shown.append(f"{entry.group.name}:")
        else:
            shown.append(f"({entry.row.name})" if entry.ghost else entry.row.name)
    return " ".join(shown)


@pytest.fixture
def model() -> GridModel[Runner]:
    made: GridModel[Runner] = GridModel(RUNNERS, changes_of=("status", "busy"), summed=("busy", "cpu"))
    made.show(of("abcd"), NOW, poll_s=3.0)
    return made


def test_a_ghost_stands_where_its_row_stood_and_does_not_count(model: GridModel[Runner]) -> None:
    result = model.show(of("acd"), NOW)
    assert lines(model) == "a (b) c d"
    assert (len(model), model.row_count) == (4, 3)
    assert result.changed == {runner("b").key}
    assert not result.moved


def test_a_ghost_lives_five_seconds(model: GridModel[Runner]) -> None:
    model.show(of("acd"), NOW)
    assert model.next_expiry == NOW + GHOST_LIFE
    assert not model.expire(NOW + 4.999 * SECOND)
    assert lines(model) == "a (b) c d"
    assert model.expire(NOW + GHOST_LIFE).moved
    assert lines(model) == "a c d"
    assert model.next_expiry is None


def test_a_row_that_comes_back_is_alive_and_its_ghost_does_not_take_it_along(model: GridModel[Runner]) -> None:
    model.show(of("acd"), NOW)
    model.show(of("abcd"), NOW + SECOND)
    assert lines(model) == "a b c d"
    assert not model.is_ghost(runner("b").key)
    model.show(of("acd"), NOW + 2 * SECOND)
    assert not model.expire(NOW + GHOST_LIFE)
    assert lines(model) == "a (b) c d"
    assert model.next_expiry == NOW + 2 * SECOND + GHOST_LIFE


def test_ghosts_go_through_sorting_and_filtering_like_rows(model: GridModel[Runner]) -> None:
    model.show(of("acd"), NOW)
    model.sort(("-name",), NOW + SECOND)
    assert lines(model) == "d c (b) a"
    model.set_filter(parse_filter("name:/[bd]/", RUNNERS.fields), NOW + SECOND)
    assert lines(model) == "d (b)"
    assert model.row_count == 1


def test_a_list_that_is_still_filling_leaves_no_ghosts(model: GridModel[Runner]) -> None:
    model.show(of("acd"), NOW, hold=False)
    assert lines(model) == "a c d"
    assert model.next_expiry is None


def test_many_rows_that_vanish_at_once_are_all_ghosts_and_all_go() -> None:
    model: GridModel[Runner] = GridModel(RUNNERS)
    rows = table(*(runner(f"r{number:04}") for number in range(6_000)))
    model.show(rows, NOW)
    model.show({}, NOW + SECOND)
    assert (len(model), model.row_count) == (6_000, 0)
    assert all(model.entry_at(index).ghost for index in range(6_000))
    over = NOW + SECOND + GHOST_LIFE
    assert model.expire(over).moved
    # They go a thousand at a time, and until the last is gone there is one whose time is over.
    assert (len(model), model.row_count, model.next_expiry) == (5_000, 0, over)
    while model.expire(over):
        assert model.next_expiry in {over, None}
    assert (len(model), model.cursor, model.row) == (0, 0, None)


def test_the_cursor_goes_to_the_next_row_when_ghosts_above_it_go_too(model: GridModel[Runner]) -> None:
    model.move(2)
    model.show(of("ad"), NOW)
    assert lines(model) == "a (b) (c) d"
    model.expire(NOW + GHOST_LIFE)
    assert model.row is not None
    assert model.row.name == "d"


def test_changed_cells_are_marked_for_one_poll(model: GridModel[Runner]) -> None:
    key = runner("b").key
    model.show({**of("abcd"), key: runner("b", busy=4)}, NOW - SECOND)
    model.show({**of("abcd"), key: runner("b", busy=2)}, NOW, poll_s=3.0)
    assert model.changed_cells(key) == {"busy": Direction.DOWN}
    model.show({**of("abcd"), key: runner("b", busy=3)}, NOW + SECOND, poll_s=3.0)
    assert model.changed_cells(key) == {"busy": Direction.UP}
    assert model.expire(NOW + 3 * SECOND).keys == {key}
    assert model.changed_cells(key) == {"busy": Direction.UP}
    assert model.next_expiry == NOW + 4 * SECOND
    model.expire(NOW + 4 * SECOND)
    assert model.changed_cells(key) == {}


def test_each_row_keeps_its_marks_for_the_poll_of_its_own_feed(model: GridModel[Runner]) -> None:
    a, b = runner("a").key, runner("b").key
    polls = {a: 1.0, b: 60.0}
    model.show({**of("abcd"), a: runner("a", busy=0), b: runner("b", busy=0)}, NOW)
    after = {**of("abcd"), a: runner("a", busy=1), b: runner("b", busy=1)}
    model.show(after, NOW, poll_s=lambda row: polls[row.key])
    model.expire(NOW + 2 * SECOND)
    assert (model.changed_cells(a), model.changed_cells(b)) == ({}, {"busy": Direction.UP})


@pytest.mark.parametrize("poll_s", [None, 3.0])
def test_nothing_is_marked_at_first_or_where_rows_are_new(poll_s: float | None) -> None:
    model: GridModel[Runner] = GridModel(RUNNERS, changes_of=("busy",))
    model.show(of("ab"), NOW, poll_s=poll_s)
    model.show({**of("ab"), **table(runner("c", busy=3))}, NOW, poll_s=poll_s)
    assert model.next_expiry is None
    model.show(table(runner("a", busy=1), runner("b")), NOW, hold=False, poll_s=poll_s)
    assert model.next_expiry is None


def test_a_row_that_went_and_came_back_shows_no_change_from_before(model: GridModel[Runner]) -> None:
    key = runner("b").key
    model.show({**of("abcd"), key: runner("b", busy=2)}, NOW, poll_s=3.0)
    model.show(of("acd"), NOW, poll_s=3.0)
    model.show({**of("abcd"), key: runner("b", busy=2)}, NOW, poll_s=3.0)
    assert model.changed_cells(key) == {}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"busy": None}, {"busy": 0}),
        ({"busy": 2}, {"busy": None}),
        ({"busy": 3, "capacity": None}, {"busy": 3, "capacity": 40}),
        ({"busy": 3, "capacity": 40}, {"busy": 3, "capacity": None}),
        ({"status": RunnerStatus.UNKNOWN}, {"status": RunnerStatus.ONLINE}),
        ({"versions": ()}, {"versions": ("17.5.0",)}),
    ],
)
def test_what_becomes_known_or_unknown_is_no_change(before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    shown: GridModel[Runner] = GridModel(RUNNERS, changes_of=("status", "busy", "version"))
    shown.show(table(runner("a", **before)), NOW)
    shown.show(table(runner("a", **after)), NOW, poll_s=3.0)
    assert shown.changed_cells(runner("a").key) == {}


def test_a_change_is_not_told_of_a_cell_that_is_unknown_by_now(model: GridModel[Runner]) -> None:
    key = runner("a").key
    for seconds, busy in enumerate((1, 2, None)):
        model.show({**of("abcd"), key: runner("a", busy=busy)}, NOW + seconds * SECOND, poll_s=9.0)
    assert model.changed_cells(key) == {}
    model.show({**of("abcd"), key: runner("a", busy=3)}, NOW + 3 * SECOND, poll_s=9.0)
    assert model.changed_cells(key) == {}


def test_a_known_part_of_an_unknown_whole_changes(model: GridModel[Runner]) -> None:
    key = runner("a").key
    model.show({**of("abcd"), key: runner("a", busy=1, capacity=None)}, NOW)
    model.show({**of("abcd"), key: runner("a", busy=2, capacity=40)}, NOW, poll_s=3.0)
    assert model.changed_cells(key) == {"busy": Direction.UP}


def test_unseen_differences_are_no_changes(model: GridModel[Runner]) -> None:
    shown: GridModel[Runner] = GridModel(RUNNERS, changes_of=("cpu",))
    shown.show(table(runner("a", cpu_cores=0.5001, cpu_limit=1.0)), NOW)
    shown.show(table(runner("a", cpu_cores=0.5002, cpu_limit=1.0)), NOW, poll_s=3.0)
    assert shown.changed_cells(runner("a").key) == {}


def test_marks_stay_and_go_with_the_ghost(model: GridModel[Runner]) -> None:
    model.move(1)
    assert model.toggle_mark()
    model.show(of("acd"), NOW)
    assert model.marked == (runner("b").key,)
    model.expire(NOW + GHOST_LIFE)
    assert not model.marked


def test_a_ghost_takes_no_mark_but_loses_one(model: GridModel[Runner]) -> None:
    model.move(1)
    model.show(of("acd"), NOW)
    assert not model.toggle_mark()
    assert not model.marked


def test_a_range_goes_from_the_last_mark_to_the_cursor_and_leaves_ghosts_out(model: GridModel[Runner]) -> None:
    model.show(of("abd"), NOW)
    model.move(3)
    model.toggle_mark()
    model.move(1)
    model.mark_range()
    assert [*model.marked] == [runner(name).key for name in "bd"]
    model.mark_to(0)
    assert [*model.marked] == [runner(name).key for name in "abd"]


def test_a_range_without_a_mark_is_the_row_under_the_cursor(model: GridModel[Runner]) -> None:
    model.move(2)
    model.mark_range()
    assert model.marked == (runner("c").key,)


def test_marked_rows_come_in_the_order_of_the_screen_and_hidden_ones_after_them(model: GridModel[Runner]) -> None:
    model.invert_marks()
    model.sort(("-name",), NOW)
    model.set_filter(parse_filter("name:/[bd]/", RUNNERS.fields), NOW)
    assert model.marked == tuple(runner(name).key for name in "dbac")
    assert model.hidden_marked == 2
    model.invert_marks()
    assert model.marked == tuple(runner(name).key for name in "ac")
    model.clear_marks()
    assert not model.marked


def test_groups_are_ordered_by_name_and_the_unknown_comes_last() -> None:
    model: GridModel[Runner] = GridModel(RUNNERS, summed=("busy",), fault=lambda row: row.busy == 4)
    rows = table(
        runner("a", tags=("nix", "arm"), busy=1), runner("b", tags=None, busy=4), runner("c", tags=("Big",), busy=None)
    )
    model.show(rows, NOW)
    model.group_by("tag", NOW)
    assert lines(model) == "arm: a Big: c nix: a –: b"
    assert model.row_count == 3
    heads = [group for index in range(len(model)) if (group := model.entry_at(index).group) is not None]
    assert [head.totals.rows for head in heads] == [1, 1, 1, 1]
    assert [head.totals.faults for head in heads] == [0, 0, 0, 1]
    assert [head.totals.sums["busy"] for head in heads] == [1, None, 1, 4]
    assert [head.totals.partial for head in heads] == [frozenset(), {"busy"}, frozenset(), frozenset()]


def test_folded_groups_are_remembered_for_each_grouping(model: GridModel[Runner]) -> None:
    model.show(table(runner("a"), runner("b", forge=Forge.GITHUB)), NOW, hold=False)
    model.group_by("forge", NOW)
    assert lines(model) == "github: b gitlab: a"
    assert model.toggle_fold(1)
    assert lines(model) == "github: gitlab: a"
    model.group_by("owner", NOW)
    assert lines(model) == "–: a b"
    model.group_by("forge", NOW)
    assert lines(model) == "github: gitlab: a"
    model.fold_all(True)
    assert lines(model) == "github: gitlab:"
    model.fold_all(False)
    assert lines(model) == "github: b gitlab: a"


def test_the_head_of_a_folded_group_keeps_the_cursor(model: GridModel[Runner]) -> None:
    model.group_by("forge", NOW)
    model.move(2)
    model.toggle_fold(2)
    assert (model.cursor, model.row) == (0, None)
    model.show({**of("abcd"), **table(runner("z", forge=Forge.GITHUB))}, NOW)
    assert lines(model) == "github: z gitlab:"
    assert model.cursor == 2


def test_a_row_put_away_by_a_change_leaves_the_cursor_on_the_head(model: GridModel[Runner]) -> None:
    model.show({**of("abc"), **table(runner("z", forge=Forge.GITHUB))}, NOW, hold=False)
    model.group_by("forge", NOW)
    model.toggle_fold(0)
    model.move(2)
    key = runner("b").key
    model.show({**of("ac"), **table(runner("z", forge=Forge.GITHUB)), key: runner("b", forge=Forge.GITHUB)}, NOW)
    assert lines(model) == "github: gitlab: a c"
    assert model.cursor == 2 or model.entry_at(model.cursor).group is not None


def test_a_list_that_is_not_grouped_has_nothing_to_fold(model: GridModel[Runner]) -> None:
    assert not model.toggle_fold(0)
    assert not model.toggle_fold(99)


def test_numbers_are_no_groups(model: GridModel[Runner]) -> None:
    with pytest.raises(UsageError, match="cannot be grouped by busy"):
        model.group_by("busy", NOW)
    assert model.grouped_by is None


def test_fields_that_do_not_exist_are_an_error_of_the_caller() -> None:
    with pytest.raises(KeyError):
        GridModel(RUNNERS, changes_of=("colour",))


def test_work_that_takes_longer_is_kept_and_the_lines_stay_till_then() -> None:
    ticks = iter(range(1_000_000))
    model: GridModel[Runner] = GridModel(RUNNERS, budget_s=1.5, timer=lambda: float(next(ticks)))
    rows = table(*(runner(f"r{number:04}") for number in range(300)))
    model.show(rows, NOW)
    while not model.advance(1.5):
        pass
    before = model.row_at(0).name
    model.sort(("-name",), NOW)
    assert model.pending
    assert (model.row_at(0).name, model.order) == (before, ("-name",))
    # A change meanwhile is in what is shown, and in what follows.
    model.show({**rows, **table(runner("zz"))}, NOW)
    while not model.advance(1.5):
        pass
    assert (len(model), model.row_at(0).name, model.row_at(1).name) == (301, "zz", "r0299")


def test_a_newer_request_replaces_an_unfinished_one() -> None:
    ticks = iter(range(1_000_000))
    model: GridModel[Runner] = GridModel(RUNNERS, budget_s=1.5, timer=lambda: float(next(ticks)))
    model.show(table(*(runner(f"r{number:04}") for number in range(300))), NOW)
    model.sort(("-name",), NOW)
    model.set_filter(parse_filter("r0001", RUNNERS.fields), NOW)
    while not model.advance(1.5):
        pass
    assert (model.order, lines(model)) == (("-name",), "r0001")


def slow(count: int) -> tuple[GridModel[Runner], dict[str, Runner]]:
    """Return a model that does one slice a call, with so many rows in it."""
    ticks = iter(range(1_000_000))
    model: GridModel[Runner] = GridModel(RUNNERS, budget_s=0.5, timer=lambda: float(next(ticks)))
    rows = dict(table(*(runner(f"r{number:04}") for number in range(count))))
    model.show(rows, NOW)
    while not model.advance(0.5):
        pass
    return model, rows


def test_a_row_that_goes_while_the_lines_are_sorted_is_not_among_them() -> None:
    model, rows = slow(300)
    model.sort(("-name",), NOW)
    for _ in range(4):
        model.advance(0.5)
    rest = {key: row for key, row in rows.items() if row.name != "r0000"}
    model.show(rest, NOW, hold=False)
    while not model.advance(0.5):
        assert model.place_of(runner("r0000").key) is None
    assert [model.row_at(index) for index in range(len(model))] == list(reversed(rest.values()))


def test_a_row_that_goes_while_others_are_taken_in_does_not_keep_them_out() -> None:
    model, rows = slow(900)
    model.sort(("-queue", "name"), NOW)
    while not model.advance(0.5):
        pass
    changed = {key: runner(row.name, queued=number) for number, (key, row) in enumerate(rows.items()) if number < 200}
    model.show(rows | changed, NOW)
    assert model.pending
    gone = runner("r0005").key
    rest = {key: row for key, row in (rows | changed).items() if key != gone}
    model.show(rest, NOW, hold=False)
    while not model.advance(0.5):
        assert model.place_of(gone) is None
    shown = [model.row_at(index) for index in range(len(model))]
    assert shown == sort_rows(rest.values(), RUNNERS, ("-queue", "name"))


def test_totals_follow_changes_and_ghosts_do_not_count() -> None:
    model: GridModel[Runner] = GridModel(RUNNERS, summed=("busy",), fault=lambda row: row.busy == 4)
    model.show(table(runner("a", busy=1), runner("b", busy=4), runner("c", busy=None)), NOW)
    model.group_by("forge", NOW)
    model.show(table(runner("a", busy=2), runner("c", busy=4)), NOW)
    assert lines(model) == "gitlab: a (b) c"
    head = model.entry_at(0).group
    assert head is not None
    assert (head.totals.rows, head.totals.faults, head.totals.sums) == (2, 1, {"busy": 6})
    assert not head.totals.partial


def test_a_group_whose_last_row_leaves_for_a_new_one_is_gone() -> None:
    model: GridModel[Runner] = GridModel(RUNNERS)
    model.show(table(runner("a", owner="x")), NOW)
    model.group_by("owner", NOW)
    model.show(table(runner("a", owner="y")), NOW)
    assert lines(model) == "y: a"
