"""The one list screen: a grid of any kind under its keys and commands. A new list is a columns file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar, Final

from textual.app import App

from flywheel_tui.domain.errors import UsageError
from flywheel_tui.domain.text import clean
from flywheel_tui.services.listing.filter import named_field, parse_filter
from flywheel_tui.tui import keymap
from flywheel_tui.tui.deck import Deck
from flywheel_tui.tui.finding.completion import complete_filter
from flywheel_tui.tui.finding.saved_state import Place
from flywheel_tui.tui.lists.arranged_list import ArrangedList, descends
from flywheel_tui.tui.lists.views import save_view
from flywheel_tui.tui.widgets.dialog import converse
from flywheel_tui.tui.widgets.grid.column import GridView
from flywheel_tui.tui.widgets.grid.grid import Grid
from flywheel_tui.tui.widgets.grid.groups import GROUPING_TYPES
from flywheel_tui.tui.widgets.prompt import Complete
from flywheel_tui.tui.widgets.tone import Tone

FILTER: Final = "/"
"""The sign of the filter's prompt."""
SAVE: Final = "save view: "
"""The sign of the prompt for the name of a view."""

_FORGES: Final = ("", "gitlab", "github")
_SAME: Final = {"group": "owner"}
"""What people call a field, where no field has that name."""


class ListScreen(ArrangedList):
    """Lists the rows of a :class:`GridView`, and does what keys and commands say.

    Args:
        deck: Settings, live fleet and session.
        view: What to list and how.
    """

    BINDINGS: ClassVar = [*keymap.LIST.bindings, *keymap.SCOPE.bindings]

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
        )

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

    def hints(self) -> Sequence[str]:
        """Return the ids of the bindings that matter most here."""
        forge = ("scope.forge",) if self.view.forge is not None else ()
        return (
            "list.open",
            "list.filter",
            "app.command",
            *forge,
            "list.faults",
            "app.help",
            "list.wide",
            "app.refresh",
        )

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

    async def action_open(self) -> None:
        """Open the page of the runner that the row belongs to; on the head of a group put its rows away."""
        entry = self.grid.model.entry
        if entry is None:
            return
        row = entry.row
        if row is None:
            self.grid.action_fold()
        elif entry.ghost:
            self.say(f"{self.view.kind.label(row)} is gone: its source no longer lists it.", Tone.WARNING)
        else:
            await self.open_row(row)

    async def open_row(self, row: Any) -> None:  # noqa: ANN401 - rows of any kind
        """Open what a row leads to."""
        key = self.view.opens(row, self.picture.fleet)
        if key is None:
            self.say(f"{self.view.kind.label(row)} belongs to no runner that is known.", Tone.WARNING)
        else:
            await self.deck.helm.open_runner(key)

    def action_filter(self) -> None:
        """Open the filter prompt with the present filter."""
        history = self.deck.session.history(self.page)
        self.open_prompt(FILTER, self.filter_text, self._completion(), history)

    def action_unfilter(self) -> None:
        """Take the filter away."""
        if not self.undo():
            self.say("There is no filter.")

    def action_faults(self) -> None:
        """Show only what is wrong or not confirmed, or everything again."""
        self.show_faults(not self.faults_only)

    def action_wide(self) -> None:
        """Show all columns, or those that fit best."""
        self.show_wide(not self.grid.wide)

    def action_preview(self) -> None:
        """Show what is known of the row under the cursor beside the list, or the list alone."""
        self.preview.display = not self.preview.display
        self.show_preview()

    def action_next_forge(self) -> None:
        """Go on to the next forge, and after the last to all of them."""
        text = self.deck.session.scope.text
        place = _FORGES.index(text) if text in _FORGES else 0
        self.deck.helm.choose_scope(_FORGES[(place + 1) % len(_FORGES)])

    def action_scope(self, text: str) -> None:
        """Show a part of the fleet, on all pages."""
        self.deck.helm.choose_scope(text)

    def action_favourite(self, digit: int) -> None:
        """Show the scope that is kept under a digit."""
        scope = self.deck.session.favourite(digit)
        if scope is None:
            keep = self.deck.keys.label("scope.keep")
            self.say(f"No scope is kept under {digit}. :scope NAME shows one, {keep} keeps it.")
        else:
            self.deck.helm.choose_scope(scope)

    def action_keep_scope(self) -> None:
        """Keep the scope under a digit, or let it go."""
        session = self.deck.session
        try:
            digit = session.toggle_favourite()
        except UsageError as error:
            self.say(str(error), Tone.WARNING)
            return
        self.say(
            f"{session.scope.text} is kept under {digit}." if digit else f"{session.scope.text} is no longer kept."
        )
        self.show_hints()

    def action_next_group(self) -> None:
        """Group by the next field that is worth it, and after the last not at all."""
        names = ["", *self.view.groups]
        if len(names) == 1:
            self.say(f"There is nothing to group {self.view.kind.things} by.")
            return
        now = self.grid.model.grouped_by or ""
        self.group(names[(names.index(now) + 1) % len(names)] if now in names else "")

    def action_save(self) -> None:
        """Ask for the name to save the list under."""
        views = sorted(self.deck.session.state.views)
        complete: Complete = lambda text: [name for name in views if name.startswith(text)]  # noqa: E731
        self.open_prompt(SAVE, self.deck.session.view, complete, views)

    def action_sort_left(self) -> None:
        """Sort by the column left of the one sorted by."""
        self._sort_beside(-1)

    def action_sort_right(self) -> None:
        """Sort by the column right of the one sorted by."""
        self._sort_beside(1)

    def action_sort_reverse(self) -> None:
        """Turn the order round."""
        first, *others = self.grid.model.order
        name = first.lstrip("+-")
        sign = "+" if descends(first, self.view.kind.field(name)) else "-"
        self.sort((f"{sign}{name}", *others))

    def action_sort(self, name: str) -> None:
        """Sort by a field, worst or largest first where that is its nature; a second time the other way round."""
        if self.view.kind.field(name) is None:
            self.say(f"{self.view.kind.things} have no {name}.", Tone.WARNING)
        elif self.grid.model.order[0].lstrip("+-") == name:
            self.action_sort_reverse()
        else:
            self.sort_by(name)

    def undo(self) -> bool:
        """Take the filter away, if there is one."""
        had = bool(self.filter_text)
        if had:
            self.set_filter("")
        return had

    async def opened_with(self, words: str) -> None:
        """Do what the words after the page's command say.

        Raises:
            UsageError: They are no filter.
        """
        await self.command("filter", words)

    async def command(self, name: str, rest: str) -> None:
        """Do what a command says.

        Raises:
            UsageError: The field, direction or filter does not exist.
        """
        match name:
            case "filter":
                parse_filter(rest, self.view.kind.fields)
                self.set_filter(rest)
                self.deck.session.remember_line(self.page, rest)
            case "sort":
                self.sort_by(_sort_word(rest, self.view))
            case "group":
                self.group(self._grouping(rest))
            case "fold" | "unfold":
                self._fold_all(name == "fold")
            case "faults":
                self.action_faults()
            case "wide":
                self.action_wide()
            case "preview":
                self.action_preview()
            case "unmark":
                self.grid.action_clear_marks()
            case "save":
                await self._save(rest)

    def sort_by(self, word: str) -> None:
        """Sort by ``name``, ``-name`` or ``+name``, and by name where that is equal.

        Raises:
            UsageError: There is no such field.
        """
        self.sort((word, *(other for other in ("name",) if other != word.lstrip("+-"))))

    def prompt_changed(self, sign: str, text: str) -> None:
        """Filter while typing; of keys that came together only the last text is looked at."""
        if sign == FILTER:
            self.call_later(self._filter_as_typed, text)

    async def entered(self, sign: str, text: str) -> None:
        """Keep the filter or save the view, or say why not."""
        await super().entered(sign, text)
        if sign == FILTER:
            if self.set_filter(text):
                self.deck.session.remember_line(self.page, text)
            else:
                self.say(self.filter_problem, Tone.WARNING)
                self.filter_problem = ""
                self.show_title()
        elif sign == SAVE:
            await self._save(text)

    def left(self, sign: str) -> None:
        """Take the filter away."""
        if sign == FILTER:
            self.set_filter("")

    def _filter_as_typed(self, text: str) -> None:
        if self.prompt.sign == FILTER and self.prompt.text == text:
            self.set_filter(text)

    def _completion(self) -> Complete:
        return partial(complete_filter, fields=self.view.kind.fields, rows=lambda: self.grid.model.rows.values())

    async def _save(self, name: str) -> None:
        name = clean(name).strip()
        if not name:
            self.say("A view needs a name.", Tone.WARNING)
            return
        app: App[Any] = self.app
        await converse(app, save_view(app, self, name))

    def _grouping(self, name: str) -> str:
        if name in {"", "none", "off"}:
            return ""
        if self.view.kind.field(name) is None:
            name = _SAME.get(name, name)
        return named_field(name, self.view.kind.fields).name

    def _fold_all(self, folded: bool) -> None:
        if self.grid.model.grouped_by is None:
            raise UsageError("There are no groups.", next_step="Write :group FIELD first.")
        self.grid.model.fold_all(folded)
        self.refill()

    def _sort_beside(self, step: int) -> None:
        names = [place.column.field.name for place in self.grid.columns.places]
        current = self.grid.model.order[0].lstrip("+-")
        place = names.index(current) + step if current in names else 0
        self.sort_by(names[place % len(names)])

    def _reach(self) -> None:
        """Go to the row that is waited for, and mark those that were marked, as far as they are there."""
        model = self.grid.model
        if (self._wanted is None and not self._wanted_marks) or model.pending:
            return
        self._restore_marks()
        key = self._wanted
        if key is None:
            return
        place = model.place_of(key)
        if place is not None:
            self._wanted = None
            self.chosen = True
            model.move(place)
            self.grid.refill()
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
        model = self.grid.model
        here = [(place, key) for key in self._wanted_marks if (place := model.place_of(key)) is not None]
        if not here:
            if not self.filling:
                self._wanted_marks = ()
            return
        marked, cursor = set(model.marked), model.cursor
        for place, key in here:
            if key not in marked:
                model.move(place)
                model.toggle_mark()
        model.move(cursor)
        restored = {key for _, key in here}
        self._wanted_marks = tuple(key for key in self._wanted_marks if key not in restored)
        self.grid.refill()
        self.show_title()


def _sort_word(rest: str, view: GridView[Any]) -> str:
    name, _, direction = rest.partition(" ")
    signs = {"": "", "asc": "+", "desc": "-"}
    if direction.strip() not in signs:
        raise UsageError(f"{direction.strip()} is no direction.", next_step="Write asc or desc.")
    return f"{signs[direction.strip()]}{named_field(name, view.kind.fields).name}"
