"""A list that takes a place: how it was arranged, the row under the cursor and the marks, once they are there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flywheel_tui.tui.deck import Deck
from flywheel_tui.tui.finding.saved_state import Place
from flywheel_tui.tui.lists.arranged_list import ArrangedList
from flywheel_tui.tui.widgets.grid.column import GridView
from flywheel_tui.tui.widgets.grid.grid import Grid
from flywheel_tui.tui.widgets.grid.groups import GROUPING_TYPES
from flywheel_tui.tui.widgets.tone import Tone


class PlacedList(ArrangedList):
    """Remembers and takes up where the operator is, and goes to rows that others name.

    Args:
        deck: Settings, live fleet and session.
        view: What to list and how.
    """

    def __init__(self, deck: Deck, view: GridView[Any]) -> None:
        super().__init__(deck, view)
        self._wanted: str | None = None
        self._wanted_marks: tuple[str, ...] = ()
        self._revealing = False

    @property
    def place(self) -> Place:
        """Return where the operator is in the list."""
        row = self.grid.model.row if self.chosen else None
        return Place(
            arrangement=self.arrangement,
            cursor=self._wanted or (row.key if row is not None else None),
            marks=(*self.grid.model.marked, *self._wanted_marks),
            words=self.words,
        )

    def take_words(self, words: str) -> None:
        """List what the words that the page was opened with say."""

    def on_mount(self) -> None:
        """Tell the session where the operator is, when it asks."""
        self.deck.session.follow(self.page, lambda: self.place)

    def on_screen_resume(self) -> None:
        """Take the place that waits for this page."""
        self.take_place()

    def take_place(self) -> None:
        """Arrange the list as the session wants it, where it does, and put the cursor on its row once that is there."""
        place = self.deck.session.take_place(self.page)
        if place is None:
            return
        self.take_words(place.words)
        wanted = place.arrangement
        kind = self.view.kind
        if wanted.sort and all(kind.field(word.lstrip("+-")) is not None for word in wanted.sort):
            self.grid.model.sort(wanted.sort, self.now)
        if wanted.group in ("", *self.groupings):
            self.group(wanted.group)
        if not self.set_filter(wanted.filter):
            # A filter that an earlier version understood.
            self.say(self.filter_problem, Tone.WARNING)
            self.set_filter("")
        self.show_faults(wanted.faults)
        self.show_wide(wanted.wide)
        self.scope_changed()
        self._wanted, self._wanted_marks, self._revealing = place.cursor, place.marks, False
        self._reach()

    def reveal(self, key: str) -> None:
        """Put the cursor on a row, and take away whatever hides it."""
        self._wanted, self._revealing = key, True
        self._reach()

    @property
    def groupings(self) -> Sequence[str]:
        """Return the names of the fields that rows can be grouped by."""
        return [field.name for field in self.view.kind.fields if field.type in GROUPING_TYPES]

    def show_all(self) -> None:
        """Tell everything around the rows, and go to the row that is waited for."""
        super().show_all()
        self._reach()

    def on_grid_cursor_moved(self, event: Grid.CursorMoved) -> None:
        """Remember that the operator chose a row, and say what there is to say of it."""
        event.stop()
        self.chosen = True
        self._wanted = None
        self.show_title()
        self.show_preview()

    def on_grid_marks_changed(self, event: Grid.MarksChanged) -> None:
        """Count the marks anew."""
        event.stop()
        self._wanted_marks = ()
        self.show_title()

    def on_grid_arranged(self, event: Grid.Arranged) -> None:
        """Tell of what took longer than a moment to arrange."""
        event.stop()
        self.show_all()

    def _reach(self) -> None:
        """Go to the row that is waited for, and mark those that were marked, as far as they are there."""
        model = self.grid.model
        if self._wanted_marks:
            self._restore_marks()
        key = self._wanted
        if key is None or model.pending:
            return
        place = model.place_of(key)
        if place is not None:
            self._wanted = None
            self.chosen = True
            self.grid.put_cursor(place)
            super().show_all()
        elif key in model.rows and self._revealing:
            self._show_hidden(key)
        elif not self.filling:
            # It is gone, or narrowed out as it was when the place was kept.
            self._wanted = None

    def _show_hidden(self, key: str) -> None:
        """Take away what hides a row."""
        row, said = self.grid.model.rows[key], []
        # Nothing is waited for until all of it is away.
        self._wanted, self._revealing = None, False
        wanted = self.grid.model.filter
        if wanted is not None and not wanted.matches(row, self.now):
            said.append("the filter")
            self.set_filter("")
        if self.faults_only and not self.is_fault(row):
            said.append("the narrowing to faults")
            self.show_faults(False)
        if not self.in_scope(row):
            said.append("the scope")
            self.deck.session.choose_scope("")
            self.scope_changed()
        if self.grid.model.grouped_by is not None:
            self.grid.model.fold_all(False)
            self.refill()
        self._wanted = key
        self._reach()
        if said:
            verb = "was" if len(said) == 1 else "were"
            self.say(f"{' and '.join(said).capitalize()} {verb} taken away to show {self.view.kind.label(row)}.")

    def _restore_marks(self) -> None:
        """Mark what was marked, also what the filter hides; rows that are not there yet are waited for."""
        model = self.grid.model
        here = [key for key in self._wanted_marks if key in model.rows]
        if here:
            model.mark(here)
            self.grid.redraw()
            self.show_title()
        self._wanted_marks = tuple(key for key in self._wanted_marks if key not in model.rows) if self.filling else ()
