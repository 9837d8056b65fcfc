"""The model, which follows single rows in slices, against one that works everything out anew."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from flywheel_tui.domain.fleet import KeyChange, Runner, RunnerStatus
from flywheel_tui.domain.runner import Forge
from flywheel_tui.domain.verdict import Severity
from flywheel_tui.services.listing.filter import parse_filter
from flywheel_tui.services.listing.order import sort_rows
from flywheel_tui.services.listing.runners import RUNNERS
from flywheel_tui.tui.widgets.grid import arrangement, sections, slices, work
from flywheel_tui.tui.widgets.grid.changes import Direction
from flywheel_tui.tui.widgets.grid.ghosts import GHOST_LIFE
from flywheel_tui.tui.widgets.grid.groups import GroupTotals
from flywheel_tui.tui.widgets.grid.model import GridModel, difference
from tests.tui.scripted import NOW, runner

CHANGES = ("status", "busy", "tag")
SUMMED = ("busy", "cpu")
POLL_S = 3.0

NAMES = [*"abcdefghij", "B", "ä", ""]
NUMBERS = st.one_of(st.none(), st.integers(0, 4))
ROWS = st.builds(
    runner,
    st.sampled_from(NAMES),
    busy=NUMBERS,
    status=st.sampled_from(list(RunnerStatus)),
    severity=st.sampled_from(list(Severity)),
    forge=st.sampled_from(list(Forge)),
    owner=st.sampled_from([None, "x", "X", "y"]),
    tags=st.sampled_from([None, (), ("nix",), ("nix", "arm"), ("arm", "Nix")]),
    cpu_cores=st.sampled_from([None, 0.1, 0.2, 0.7]),
    cpu_limit=st.just(1.0),
)
ORDERS = st.lists(
    st.builds(
        "{}{}".format,
        st.sampled_from(["", "+", "-"]),
        st.sampled_from(["name", "busy", "status", "owner", "tag", "cpu", "age"]),
    ),
    min_size=1,
    max_size=3,
)
FILTERS = st.sampled_from(["", "a", "busy>1", "tag:nix", "!owner:x", "arm !b"])
GROUPS = st.sampled_from([None, "forge", "owner", "tag", "kind"])
GAPS = st.sampled_from([0.0, 0.5, 2.0, 3.0, 5.0])

Line = tuple[str | None, str | None]


def fault(row: Runner) -> bool:
    return row.severity.rank > 2


class ModelAgainstReference(RuleBasedStateMachine):
    """Does the same to both; what is shown must be the same whenever the model is through with its slices."""

    @initialize(patient=st.booleans())
    def begin(self, patient: bool) -> None:
        self.ticks = 0.0
        self.model: GridModel[Runner] = GridModel(
            RUNNERS,
            changes_of=CHANGES,
            summed=SUMMED,
            fault=fault,
            # A model without patience does one slice of two rows a call.
            budget_s=math.inf if patient else 0.0,
            timer=self.timer,
        )
        self.now = NOW
        self.rows: dict[str, Runner] = {}
        self.ghosts: dict[str, tuple[Runner, datetime]] = {}
        self.order: tuple[str, ...] = RUNNERS.default_sort
        self.filter = ""
        self.narrowed = False
        self.grouped: str | None = None
        self.folded: dict[str, set[str]] = {}
        self.marks: set[str] = set()
        self.changes: list[tuple[str, str, Direction, datetime]] = []
        self.home: Line | None = None

    def timer(self) -> float:
        self.ticks += 1.0
        return self.ticks

    def passes(self, gap: float) -> None:
        self.now += timedelta(seconds=gap)

    def expire(self) -> None:
        over = {key for key, (_, end) in self.ghosts.items() if end <= self.now}
        for key in over:
            del self.ghosts[key]
        self.marks -= over

    @rule(
        come=st.lists(ROWS, max_size=4),
        go=st.sets(st.sampled_from(NAMES), max_size=4),
        gap=GAPS,
        hold=st.sampled_from([True, True, True, False]),
        told=st.booleans(),
        empty=st.sampled_from([False] * 9 + [True]),
    )
    def show(self, come: list[Runner], go: set[str], gap: float, hold: bool, told: bool, empty: bool) -> None:
        self.passes(gap)
        self.expire()
        gone = {runner(name).key for name in go}
        after = {} if empty else {key: row for key, row in self.rows.items() if key not in gone}
        after |= {row.key: row for row in come}
        before, self.rows = self.rows, after
        for key, row in before.items():
            if key not in after:
                self.changes = [change for change in self.changes if change[0] != key]
                if hold:
                    self.ghosts[key] = row, self.now + GHOST_LIFE
                else:
                    self.marks.discard(key)
            elif hold and row != after[key]:
                self.change(row, after[key])
        for key in after:
            self.ghosts.pop(key, None)
        known: KeyChange | None = difference(before, after) if told else None
        self.model.show(dict(after), self.now, known, hold=hold, poll_s=POLL_S)
        if not hold:
            self.home = None

    def change(self, before: Runner, after: Runner) -> None:
        end = self.now + timedelta(seconds=POLL_S)
        for name in CHANGES:
            field = RUNNERS.field(name)
            assert field is not None
            old, new = field.value(before), field.value(after)
            known = not {None, "unknown"} & {old, new}
            if new in (None, "unknown"):
                self.changes = [told for told in self.changes if told[:2] != (before.key, name)]
            if known and field.show(before, NOW) != field.show(after, NOW):
                direction = Direction.OTHER
                if isinstance(old, int) and isinstance(new, int) and old != new:
                    direction = Direction.UP if new > old else Direction.DOWN
                self.changes.append((before.key, name, direction, end))

    @rule(order=ORDERS, gap=GAPS)
    def sort(self, order: list[str], gap: float) -> None:
        self.passes(gap)
        self.expire()
        self.order = tuple(order)
        self.model.sort(order, self.now)
        assert self.model.order == self.order

    @rule(text=FILTERS, gap=GAPS)
    def set_filter(self, text: str, gap: float) -> None:
        self.passes(gap)
        self.expire()
        self.filter = text
        parsed = parse_filter(text, RUNNERS.fields, self.model.searched) if text else None
        self.model.set_filter(parsed, self.now)

    @rule(gap=GAPS)
    def narrow(self, gap: float) -> None:
        self.passes(gap)
        self.expire()
        self.narrowed = not self.narrowed
        self.model.narrow("faults", fault if self.narrowed else None, self.now)

    @rule(field=GROUPS, gap=GAPS)
    def group(self, field: str | None, gap: float) -> None:
        self.passes(gap)
        self.expire()
        # A head is a line of one grouping; rows are known in all of them.
        if field != self.grouped and self.home is not None and self.home[1] is None:
            self.home = None
        self.grouped = field
        self.model.group_by(field, self.now)

    @rule()
    def reapply(self) -> None:
        self.expire()
        self.model.reapply(self.now)

    @rule(gap=GAPS)
    def time_goes_by(self, gap: float) -> None:
        self.passes(gap)
        self.expire()
        self.model.expire(self.now)

    @rule(steps=st.integers(1, 4))
    def advance(self, steps: int) -> None:
        for _ in range(steps):
            finished = self.model.advance(0.0)
            assert finished is not self.model.pending

    @rule(index=st.integers(-1, 16))
    def move(self, index: int) -> None:
        self.model.move(index)
        self.home = self.line_under()

    @rule()
    def toggle_mark(self) -> None:
        entry = self.model.entry
        marked = self.model.toggle_mark()
        assert marked == (entry is not None and entry.row is not None and (not entry.ghost or entry.marked))
        if marked and entry is not None and entry.row is not None:
            self.marks ^= {entry.row.key}

    @rule()
    def invert_marks(self) -> None:
        entries = [self.model.entry_at(index) for index in range(len(self.model))]
        self.marks ^= {entry.row.key for entry in entries if entry.row is not None and not entry.ghost}
        self.model.invert_marks()

    @precondition(lambda self: not self.model.pending)
    @rule(index=st.integers(0, 12))
    def fold(self, index: int) -> None:
        under = self.line_under()
        if self.model.toggle_fold(index) and self.grouped is not None:
            group = self.lines()[index][0]
            assert group is not None
            folded = self.folded.setdefault(self.grouped, set())
            folded ^= {group}
            if group in folded and under is not None and under[0] == group:
                self.home = group, None

    @precondition(lambda self: not self.model.pending)
    @rule(folded=st.booleans())
    def fold_all(self, folded: bool) -> None:
        under = self.line_under()
        self.model.fold_all(folded)
        if self.grouped is not None:
            names = {group for group, _ in self.lines() if group is not None}
            self.folded[self.grouped] = names if folded else set()
            if folded and under is not None:
                self.home = under[0], None

    @invariant()
    def every_line_can_be_drawn(self) -> None:
        assert 0 <= self.model.cursor < max(1, len(self.model))
        for index in range(len(self.model)):
            entry = self.model.entry_at(index)
            if entry.row is None:
                assert entry.group is not None
                continue
            key = entry.row.key
            assert entry.ghost == (key in self.ghosts)
            # Whatever is still being sorted out, a row is drawn as it is now.
            assert entry.row == (self.ghosts[key][0] if entry.ghost else self.rows[key])
            assert entry.marked == (key in self.marks)
            expected = {name: way for of, name, way, end in self.changes if of == key and end > self.now}
            assert self.model.changed_cells(key) == expected

    @invariant()
    def what_is_through_is_the_same(self) -> None:
        if self.model.pending:
            return
        lines = self.lines()
        assert self.model_lines() == lines
        shown = {key for _, key in lines if key is not None}
        accepted = {row.key for row in self.accepted() if row.key in self.rows}
        assert self.model.row_count == len(accepted)
        assert set(self.model.marked) == self.marks
        assert self.model.hidden_marked == len(self.marks - shown)
        on_screen = list(dict.fromkeys(key for _, key in lines if key is not None and key in self.marks))
        assert list(self.model.marked)[: len(on_screen)] == on_screen
        for key in shown:
            assert self.model.place_of(key) == [line[1] for line in lines].index(key)
        for index, (group, row_key) in enumerate(lines):
            if row_key is None and group is not None:
                entry = self.model.entry_at(index)
                assert entry.group is not None
                totals, expected = entry.group.totals, self.totals(group)
                sums = {name: _rounded(value) for name, value in totals.sums.items()}
                assert (totals.rows, totals.faults, totals.partial) == (
                    expected.rows,
                    expected.faults,
                    expected.partial,
                )
                assert sums == expected.sums
        self.cursor_is_where_it_belongs(lines)

    def cursor_is_where_it_belongs(self, lines: list[Line]) -> None:
        if self.home is None or not lines:
            self.home = self.line_under()
            return
        key = self.home[1]
        under = lines[self.model.cursor]
        keys = [line[1] for line in lines]
        if self.home in lines:
            assert under == self.home
        elif key is not None and key in keys:
            assert self.model.cursor == keys.index(key)
        elif key is not None and self.grouped is not None and key in {row.key for row in self.accepted()}:
            assert under[1] is None, "the row is put away: a head stands for it"
        if key is None or (key not in self.rows and key not in self.ghosts):
            self.home = under

    def teardown(self) -> None:
        if hasattr(self, "model"):
            assert self.model.advance(math.inf)
            self.what_is_through_is_the_same()

    def accepted(self) -> list[Runner]:
        wanted = parse_filter(self.filter, RUNNERS.fields)
        everything = [*self.rows.values(), *(row for row, _ in self.ghosts.values())]
        return [row for row in everything if wanted.matches(row, self.now) and (not self.narrowed or fault(row))]

    def names(self, row: Runner) -> tuple[str, ...]:
        if self.grouped == "tag":
            return row.tags or ("–",)
        assert self.grouped is not None
        field = RUNNERS.field(self.grouped)
        assert field is not None
        return (field.show(row, NOW),)

    def lines(self) -> list[Line]:
        ordered = sort_rows(self.accepted(), RUNNERS, self.order)
        if self.grouped is None:
            return [(None, row.key) for row in ordered]
        lines: list[Line] = []
        names = {name for row in ordered for name in self.names(row)}
        for group in sorted(names, key=lambda name: (name == "–", name.casefold(), name)):
            lines.append((group, None))
            if group not in self.folded.get(self.grouped, set()):
                lines += [(group, row.key) for row in ordered if group in self.names(row)]
        return lines

    def totals(self, group: str) -> GroupTotals:
        rows = [row for row in self.accepted() if row.key in self.rows and group in self.names(row)]
        sums: dict[str, float | int | None] = {}
        partial = set()
        for name in SUMMED:
            field = RUNNERS.field(name)
            assert field is not None
            values = [field.value(row) for row in rows]
            known = [value for value in values if isinstance(value, int | float)]
            # The model adds up in steps of a millionth.
            sums[name] = _rounded(sum(known)) if known or not rows else None
            if len(known) < len(values):
                partial.add(name)
        return GroupTotals(len(rows), sum(map(fault, rows)), sums, frozenset(partial))

    def model_lines(self) -> list[Line]:
        return list(self.walk())

    def walk(self) -> Iterator[Line]:
        group = None
        for index in range(len(self.model)):
            entry = self.model.entry_at(index)
            if entry.group is not None:
                group = entry.group.name
                assert entry.group.folded == (group in self.folded.get(self.grouped or "", set()) or self.model.pending)
            yield group, entry.row.key if entry.row is not None else None

    def line_under(self) -> Line | None:
        group = None
        for index in range(len(self.model)):
            entry = self.model.entry_at(index)
            if entry.group is not None:
                group = entry.group.name
            if index == self.model.cursor:
                return group, entry.row.key if entry.row is not None else None
        return None


def _rounded(value: float | int | None) -> float | int | None:
    return round(value, 4) if isinstance(value, float) else value


def test_the_model_equals_one_that_works_everything_out_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrangement, "_SLICE", 2)
    monkeypatch.setattr(slices, "_RUN", 3)
    monkeypatch.setattr(work, "_FEW", 7)
    monkeypatch.setattr(work, "_AT_ONCE", 2)
    monkeypatch.setattr(sections, "_SINGLE_EDITS", 3)
    run_state_machine_as_test(
        ModelAgainstReference,
        settings=settings(max_examples=150, stateful_step_count=40, phases=set(Phase) - {Phase.explain}),
    )
