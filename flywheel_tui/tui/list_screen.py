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
from flywheel_tui.tui.finding.completion import complete_filter
from flywheel_tui.tui.lists.arranged_list import descends
from flywheel_tui.tui.lists.placed_list import PlacedList
from flywheel_tui.tui.lists.views import save_view
from flywheel_tui.tui.widgets.dialog import converse
from flywheel_tui.tui.widgets.grid.column import GridView
from flywheel_tui.tui.widgets.prompt import Complete
from flywheel_tui.tui.widgets.tone import Tone

FILTER: Final = "/"
"""The sign of the filter's prompt."""
SAVE: Final = "save view: "
"""The sign of the prompt for the name of a view."""

_FORGES: Final = ("", "gitlab", "github")
_SAME: Final = {"group": "owner"}
"""What people call a field, where no field has that name."""


class ListScreen(PlacedList):
    """Lists the rows of a :class:`GridView`, and does what keys and commands say.

    Args:
        deck: Settings, live fleet and session.
        view: What to list and how.
    """

    BINDINGS: ClassVar = [*keymap.LIST.bindings, *keymap.SCOPE.bindings]

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

    async def action_open(self) -> None:
        """Open the page of the runner that the row belongs to; on the head of a group put its rows away."""
        entry = self.grid.model.entry
        if entry is None:
            return
        row = entry.row
        if row is None:
            self.grid.action_fold()
        elif entry.ghost:
            self.say(f"{self.view.kind.label(row)} is {self.view.gone}.", Tone.WARNING)
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
            return
        try:
            self.deck.helm.choose_scope(scope)
        except UsageError as error:
            # The file that it was kept in may have been written by hand.
            self.say(str(error), Tone.WARNING)

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


def _sort_word(rest: str, view: GridView[Any]) -> str:
    name, _, direction = rest.partition(" ")
    signs = {"": "", "asc": "+", "desc": "-"}
    if direction.strip() not in signs:
        raise UsageError(f"{direction.strip()} is no direction.", next_step="Write asc or desc.")
    return f"{signs[direction.strip()]}{named_field(name, view.kind.fields).name}"
