"""What a grid shows, without a screen: rows in order, filtered and grouped, marks, and a cursor bound to its row."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from time import perf_counter
from typing import Final, Generic, TypeVar

import msgspec

from flywheel_tui.domain.fleet import KeyChange
from flywheel_tui.domain.row import Row
from flywheel_tui.services.listing.field import Kind
from flywheel_tui.services.listing.filter import Filter, Searched
from flywheel_tui.tui.widgets.grid.arrangement import Finder
from flywheel_tui.tui.widgets.grid.changes import Changes, Direction, Polls
from flywheel_tui.tui.widgets.grid.cursor import Cursor
from flywheel_tui.tui.widgets.grid.ghosts import Ghosts
from flywheel_tui.tui.widgets.grid.groups import Group, GroupTotals, fields_of, figures_of
from flywheel_tui.tui.widgets.grid.marks import Marks
from flywheel_tui.tui.widgets.grid.plan import Grouping, Ordering, Plan, Predicate
from flywheel_tui.tui.widgets.grid.shown import Entry, Expired, Shown, difference
from flywheel_tui.tui.widgets.grid.texts import Texts
from flywheel_tui.tui.widgets.grid.work import Work

__all__ = ["Direction", "Entry", "Expired", "GridModel", "Group", "GroupTotals", "Shown", "difference"]

R = TypeVar("R", bound=Row)

SLICE_S: Final = 0.008
"""Seconds of work done at once: with a frame's drawing it stays below what a key press may wait."""


class GridModel(Generic[R]):
    """Rows in order, narrowed to those wanted, and what the operator did with them.

    A change of some rows costs what those rows cost. Sorting, filtering and grouping of all rows is done in slices:
    each call works for a moment and keeps the rest for :meth:`advance`. Until that is through, the lines stay as they
    were, with the newest values, and what changes meanwhile is taken into both.

    Args:
        kind: What the rows are.
        changes_of: Names of the fields whose changes are marked.
        summed: Names of the fields that a group's totals add up.
        fault: Whether a row counts among the faults of its group.
        budget_s: Seconds that one call may work at once.
        timer: Tells how many of them went by.

    Raises:
        KeyError: The kind has no such field.
    """

    def __init__(
        self,
        kind: Kind[R],
        *,
        changes_of: Collection[str] = (),
        summed: Sequence[str] = (),
        fault: Callable[[R], bool] = lambda row: False,
        budget_s: float = math.inf,
        timer: Callable[[], float] = perf_counter,
    ) -> None:
        self.kind = kind
        self.rows: Mapping[str, R] = {}
        self.budget_s = budget_s
        self._timer = timer
        self._now = datetime.min.replace(tzinfo=UTC)
        self._texts = Texts(kind.fields)
        self._ghosts: Ghosts[R] = Ghosts()
        self._marks = Marks()
        self._changes = Changes(fields_of(kind, changes_of))
        self._summed = tuple(summed)
        self._figures = figures_of(fields_of(kind, summed), fault)
        self._predicates: dict[str, Predicate[R]] = {}
        self._folded: dict[str, set[str]] = {}
        self._work: Work[R] = Work(
            Plan(Ordering(kind, kind.default_sort)),
            Finder(self._row_of, self._ghosts.rows, lambda: self._now),
            lambda: [*self.rows, *self._ghosts.rows],
            self._folds,
            timer,
        )
        self._loose = False
        self._cursor: Cursor[R] = Cursor()

    def __len__(self) -> int:
        return len(self._work.lines)

    @property
    def order(self) -> tuple[str, ...]:
        """Return the names of the fields that were asked to order the rows."""
        return self._work.plan.ordering.by

    @property
    def filter(self) -> Filter[R] | None:
        """Return the filter that was asked for."""
        return self._work.plan.filter

    @property
    def grouped_by(self) -> str | None:
        """Return the name of the field that was asked to group the rows."""
        return self._work.plan.grouping.field if self._work.plan.grouping is not None else None

    @property
    def row_count(self) -> int:
        """Return how many rows pass the filter; each counts once, ghosts do not."""
        places = self._work.lines.places
        return len(places) - len(self._ghosts.rows.keys() & places.keys())

    @property
    def cursor(self) -> int:
        """Return the index of the line under the cursor; 0 where there is none."""
        return self._cursor.index

    @property
    def entry(self) -> Entry[R] | None:
        """Return the line under the cursor."""
        return self.entry_at(self.cursor) if len(self) else None

    @property
    def row(self) -> R | None:
        """Return the row under the cursor, for a ghost as it was last seen; None on the head of a group."""
        entry = self.entry
        return entry.row if entry is not None else None

    @property
    def pending(self) -> bool:
        """Return whether lines are still being sorted out; see :meth:`advance`."""
        return self._work.pending

    @property
    def unprepared(self) -> bool:
        """Return whether there are texts to be made before a filter looks in them; see :meth:`prepare`."""
        return self._texts.wanted

    @property
    def next_expiry(self) -> datetime | None:
        """Return when the next ghost or mark of a change is over; None where there is none."""
        ends = [end for end in (self._ghosts.next_end, self._changes.next_end) if end is not None]
        return min(ends, default=None)

    @property
    def marked(self) -> tuple[str, ...]:
        """Return the keys of marked rows: in the order of the screen, then those that are not on it."""
        places = {key: self.place_of(key) for key in self._marks}
        seen = [key for key, place in places.items() if place is not None]
        hidden = sorted(key for key, place in places.items() if place is None)
        return (*sorted(seen, key=lambda key: places[key] or 0), *hidden)

    @property
    def hidden_marked(self) -> int:
        """Return how many marked rows have no line: filtered out, or in folded groups."""
        return sum(self.place_of(key) is None for key in self._marks)

    def entry_at(self, index: int) -> Entry[R]:
        """Return the line at ``index``.

        Raises:
            IndexError: There is no such line.
        """
        section, place = self._work.lines.at(index)
        if place is None:
            return Entry(None, Group(section.name or "", self._work.lines.is_folded(section), section.totals.told()))
        key: str = place[-1]
        return Entry(self._row_of(key), ghost=key in self._ghosts.rows, marked=key in self._marks)

    def row_at(self, index: int) -> R:
        """Return the row at ``index``.

        Raises:
            IndexError: There is no row: it is the head of a group, or below the last line.
        """
        row = self.entry_at(index).row
        if row is None:
            raise IndexError(index)
        return row

    def place_of(self, key: str) -> int | None:
        """Return the index of the first line of a row, or None where it has none."""
        return self._work.lines.first_index(key)

    def is_ghost(self, key: str) -> bool:
        """Return whether a row vanished a moment ago."""
        return key in self._ghosts.rows

    def changed_cells(self, key: str) -> Mapping[str, Direction]:
        """Return how the cells of a row changed lately, by field name."""
        return self._changes.cells(key, self._now)

    def show(
        self,
        rows: Mapping[str, R],
        now: datetime,
        change: KeyChange | None = None,
        *,
        hold: bool = True,
        poll_s: Polls[R] = None,
    ) -> Shown:
        """Take the rows of a new picture.

        Args:
            rows: All rows by key.
            now: The time, for filters on ages and the life of ghosts.
            change: What differs from the rows shown before; None where that is not known.
            hold: Keep the cursor on its row; else it stays at its place, for a list that is still filling: what goes
                leaves no ghost, and what changes is not marked.
            poll_s: For how many seconds the change of a row is marked, for all or for each; None marks none.
        """
        before = self.rows
        if change is None:
            change = difference(before, rows)
        self._now = now
        self._work.moved = False
        gone = self._ghosts.expire(now)
        over = self._changes.expire(now)
        under = self._cursor.key
        self.rows = rows
        self._ghosts.drop(change.added)
        vanished = [before[key] for key in change.removed if key in before]
        if hold:
            self._ghosts.add(vanished, now)
            self._changes.add(change.changed, before, rows, now, poll_s)
        else:
            gone += [row.key for row in vanished]
            self._loose = True
        self._changes.drop(change.removed)
        news = change.added | change.changed
        self._work.forget(news)
        self._leave(gone)
        self._texts.follow(news, rows, now)
        # A ghost stands where its row stood; only the totals of its group have to know.
        ghosts = change.removed if hold and (self.grouped_by or self._work.pending) else frozenset()
        self._work.touch(news | ghosts)
        self.advance(self.budget_s)
        return Shown(
            moved=self._work.moved,
            changed=change.changed | change.removed | over,
            vanished=under if hold and under in change.removed else None,
        )

    def sort(self, order: Sequence[str], now: datetime) -> None:
        """Order the rows by the named fields, most important first.

        Raises:
            UsageError: There is no such field; the order stays as it was.
        """
        self._rearrange(now, msgspec.structs.replace(self._work.plan, ordering=Ordering(self.kind, order)))

    def narrow(self, name: str, predicate: Predicate[R] | None, now: datetime) -> None:
        """Show only rows that ``predicate`` accepts, beside the filter; None takes the named predicate away."""
        self._predicates.pop(name, None)
        if predicate is not None:
            self._predicates[name] = predicate
        self._rearrange(now, msgspec.structs.replace(self._work.plan, predicates=tuple(self._predicates.values())))

    def set_filter(self, wanted: Filter[R] | None, now: datetime) -> None:
        """Show only rows that match."""
        self._rearrange(now, msgspec.structs.replace(self._work.plan, filter=wanted))

    def group_by(self, field: str | None, now: datetime) -> None:
        """Group the rows by the values of a field, or not at all; a row stands under each of several words.

        Raises:
            UsageError: Rows cannot be grouped by that; the groups stay as they were.
        """
        grouping = Grouping(self.kind, field, self._summed, self._figures) if field is not None else None
        self._rearrange(now, msgspec.structs.replace(self._work.plan, grouping=grouping))

    def reapply(self, now: datetime) -> bool:
        """Filter all rows anew, as filters on ages depend on the time; return whether other rows may be shown."""
        before = self._work.lines
        self._rearrange(now, self._work.plan)
        return self.pending or not self._work.lines.same_lines(before)

    @property
    def searched(self) -> Searched[R]:
        """Return what gives the text that words of a filter look in; it is kept for a row that stays as it is."""
        return self._texts.of

    def prepare(self, budget_s: float) -> bool:
        """Make texts that a filter will look in for so many seconds, and return whether there are more to be made."""
        end = self._timer() + budget_s
        self._texts.prepare(self.rows.get, self._now, lambda: self._timer() < end)
        return self.unprepared

    def advance(self, budget_s: float = SLICE_S) -> bool:
        """Go on sorting lines out for so many seconds, and return whether that is through."""
        finished = self._work.run(budget_s)
        self._cursor.restore(self._work.lines, self._row_of, loose=self._loose)
        self._loose = self._loose and not finished
        return finished

    def expire(self, now: datetime) -> Expired:
        """Let ghosts and marks of changes go that had their time."""
        self._now = now
        over = self._changes.expire(now)
        gone = self._ghosts.expire(now)
        self._texts.follow((), self.rows, now)
        self._work.moved = False
        self._leave(gone)
        self._cursor.restore(self._work.lines, self._row_of)
        return Expired(self._work.moved, over & self._work.lines.places.keys())

    def move(self, index: int) -> None:
        """Put the cursor on the line at ``index``, or on the nearest there is."""
        self._loose = False
        self._cursor.move(index, self._work.lines)

    def toggle_fold(self, index: int) -> bool:
        """Fold or unfold the group whose head or row is at ``index``; return whether there is one."""
        if not 0 <= index < len(self):
            return False
        section, _ = self._work.lines.at(index)
        if section.name is None:
            return False
        self._fold(self._work.lines.folded ^ {section.name})
        return True

    def fold_all(self, folded: bool) -> None:
        """Fold all groups, or unfold them."""
        self._fold(set(self._work.lines.names()) if folded else set())

    def toggle_mark(self) -> bool:
        """Mark the row under the cursor, or unmark it; return whether it could be: a ghost takes no mark."""
        entry = self.entry
        if entry is None or entry.row is None or (entry.ghost and not entry.marked):
            return False
        self._marks.toggle(self._cursor.line, entry.row.key)
        return True

    def mark(self, keys: Iterable[str]) -> None:
        """Mark rows by their keys, also such as have no line; what is no row is left out."""
        self._marks.add(key for key in keys if key in self.rows)

    def mark_range(self) -> None:
        """Mark the rows from the one marked last to the cursor; only the cursor's where there is none."""
        self.mark_to(self.cursor)

    def mark_to(self, index: int) -> None:
        """Mark the rows from the one marked last to the line at ``index``; ghosts and heads are left out."""
        if not 0 <= index < len(self):
            return
        anchor = self._work.lines.index(*self._marks.anchor) if self._marks.anchor is not None else None
        first, last = sorted((self.cursor if anchor is None else anchor, index))
        entries = map(self.entry_at, range(first, last + 1))
        self._marks.add(entry.row.key for entry in entries if entry.row is not None and not entry.ghost)
        if anchor is None:
            self._marks.anchor = self._cursor.line

    def invert_marks(self) -> None:
        """Mark the rows on the screen's list that are not marked, and unmark those that are."""
        self._marks.invert(set(self._work.lines.keys()) - self._ghosts.rows.keys())

    def clear_marks(self) -> None:
        """Unmark all rows, also those that are hidden."""
        self._marks.clear()

    def _row_of(self, key: str) -> R | None:
        """Return a row, or its ghost."""
        row = self.rows.get(key)
        return row if row is not None else self._ghosts.rows.get(key)

    def _folds(self, plan: Plan[R]) -> set[str]:
        return self._folded.setdefault(plan.grouping.field if plan.grouping is not None else "", set())

    def _fold(self, names: set[str]) -> None:
        lines = self._work.lines
        lines.folded.clear()
        lines.folded.update(names)
        lines.refold()
        if self._cursor.key is not None and self._cursor.group in names:
            # The row under the cursor is put away: its head stands for it, and keeps the cursor.
            self._cursor.move(lines.index(self._cursor.group, None) or 0, lines)
        self._cursor.restore(lines, self._row_of)

    def _leave(self, gone: Collection[str]) -> None:
        """Forget rows that are neither there nor ghosts any more."""
        if gone:
            self._work.leave([key for key in gone if key not in self.rows])
            self._marks.drop(gone)
            self._texts.drop(gone)
            self._work.forget(gone)

    def _rearrange(self, now: datetime, plan: Plan[R]) -> None:
        self._now = now
        self._leave(self._ghosts.expire(now))
        self._work.rearrange(plan)
        self.advance(self.budget_s)
