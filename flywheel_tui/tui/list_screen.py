"""The one list screen: a grid of any kind, with filter, forge, faults and sorting. A new list is a columns file."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.timer import Timer

from flywheel_tui.domain.errors import UsageError
from flywheel_tui.domain.feed import FeedState
from flywheel_tui.domain.fleet import FleetChange, KeyChange
from flywheel_tui.domain.runner import Forge
from flywheel_tui.services.fleet_service import Picture
from flywheel_tui.services.listing import format as shown
from flywheel_tui.services.listing.field import Field
from flywheel_tui.services.listing.filter import parse_filter
from flywheel_tui.tui import keymap
from flywheel_tui.tui.deck import Deck
from flywheel_tui.tui.emptiness import Sentence, unread, why_empty, why_hidden
from flywheel_tui.tui.store_screen import StoreScreen
from flywheel_tui.tui.widgets.grid.column import GridView
from flywheel_tui.tui.widgets.grid.grid import Grid
from flywheel_tui.tui.widgets.line import Line, Piece, piece
from flywheel_tui.tui.widgets.preview import BESIDE_FROM, Preview
from flywheel_tui.tui.widgets.tone import Tone

_FORGES: Final = ("", *(forge.value for forge in Forge))
_REFILTER_TICKS: Final = 12
"""Filters on ages are looked at again once a minute."""


class ListScreen(StoreScreen):
    """Lists the rows of a :class:`GridView`.

    Args:
        deck: Settings and live fleet.
        view: What to list and how.
    """

    BINDINGS: ClassVar = [*keymap.LIST.bindings, *keymap.FORGES.bindings]

    def __init__(self, deck: Deck, view: GridView[Any]) -> None:
        super().__init__(deck)
        if len(deck.settings.contexts) == 1:
            # The header names the only context; a column with nothing else in it would be a waste of width.
            others = tuple(column for column in view.columns if column.field.name != "context")
            view = dataclasses.replace(view, columns=others)
        self.view = view
        self.grid = Grid(view, deck.started_at)
        self.preview = Preview(view)
        self.forge = ""
        self.faults_only = False
        self.filter_text = ""
        self._filter_problem = ""
        self._moved = False
        self._filling = True
        self._ticks = 0
        self._waiting: Timer | None = None

    def body(self) -> ComposeResult:
        """Compose the grid, and the preview that a key shows."""
        with Container(id="split"):
            yield self.grid
            yield self.preview

    def on_resize(self, event: events.Resize) -> None:
        """Turn the preview to the side where there is more room."""
        self.preview.beside = event.size.width >= BESIDE_FROM
        self.query_one("#split").set_class(self.preview.beside, "-beside")

    def on_mount(self) -> None:
        """Count the seconds while the first readings are under way."""
        self._waiting = self.set_interval(1.0, self._show_notice, pause=True)

    def draw(self, picture: Picture, change: FleetChange | None) -> None:
        """Show the rows of a picture."""
        rows = self.view.kind.rows(picture.fleet)
        keys: KeyChange | None = getattr(change, _CHANGES.get(self.view.kind.name, ""), None)
        # Until every source was read once the list is still filling, and its worst rows belong on top.
        hold = self._moved or not self._filling
        self._filling = bool(unread(self.view.feeds(picture.snapshot)))
        vanished = self.grid.show(rows, picture.snapshot, self.now, keys, hold=hold, chosen=self._moved)
        self._show_notice()
        self._show_title()
        self._show_preview()
        if vanished is not None and self._moved:
            self.say(f"{vanished.rsplit('/', 1)[-1]} is gone; the cursor is on the nearest row.", Tone.WARNING)

    def tick(self, now: datetime) -> None:
        """Let ages grow, and look again at filters on them."""
        self._ticks += 1
        if self.filter_text and self._ticks % _REFILTER_TICKS == 0 and self.grid.model.reapply(now):
            self.grid.refill()
            self._show_title()
        self.grid.tick(self.deck.fleet.current.snapshot, now)
        self._show_notice()
        self._show_preview()

    def hints(self) -> Sequence[str]:
        """Return the ids of the bindings that matter most here."""
        forge = ("forge.next",) if self.view.forge is not None else ()
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

    def suggestions(self) -> Sequence[str]:
        """Return the list's own commands."""
        names = [column.field.name for column in self.view.columns]
        return ["faults", "wide", "filter ", *(f"sort {name}" for name in names)]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the forge keys only where rows belong to a forge."""
        if action in {"forge", "next_forge"} and self.view.forge is None:
            return False
        return super().check_action(action, parameters)

    def on_grid_cursor_moved(self, event: Grid.CursorMoved) -> None:
        """Remember that the operator chose a row, and say what there is to say of it."""
        event.stop()
        self._moved = True
        self._show_title()
        self._show_preview()

    def on_grid_arranged(self, event: Grid.Arranged) -> None:
        """Tell what there is, now that all of it is sorted out."""
        event.stop()
        self._show_notice()
        self._show_title()
        self._show_preview()

    async def action_open(self) -> None:
        """Open the page of the runner that the row belongs to."""
        row = self.grid.model.row
        if row is None:
            return
        key = self.view.opens(row, self.deck.fleet.current.fleet)
        if key is None:
            self.say(f"{self.view.kind.label(row)} belongs to no runner that is known.", Tone.WARNING)
        else:
            await self.deck.helm.open_runner(key)

    def action_filter(self) -> None:
        """Open the filter prompt with the present filter."""
        names = [f"{column.field.name}:" for column in self.view.columns]
        self.open_prompt("/", self.filter_text, names)

    def action_faults(self) -> None:
        """Show only what is wrong or not confirmed, or everything again."""
        self.faults_only = not self.faults_only
        self.grid.model.narrow("faults", self._is_fault if self.faults_only else None, self.now)
        self._rearranged()

    def action_wide(self) -> None:
        """Show all columns, or those that fit best."""
        self.grid.toggle_wide()
        self._show_title()

    def action_preview(self) -> None:
        """Show what is known of the row under the cursor beside the list, or the list alone."""
        self.preview.display = not self.preview.display
        self._show_preview()

    def action_next_forge(self) -> None:
        """Go on to the next forge, and after the last to all of them."""
        self.action_forge(_FORGES[(_FORGES.index(self.forge) + 1) % len(_FORGES)])

    def action_forge(self, forge: str) -> None:
        """Show the rows of one forge, or of all for an empty name."""
        self.forge = forge
        of = self.view.forge
        wanted = (lambda row: of(row) == forge) if forge and of is not None else None
        self.grid.model.narrow("forge", wanted, self.now)
        self._rearranged()

    def action_sort_left(self) -> None:
        """Sort by the column left of the one sorted by."""
        self._sort_beside(-1)

    def action_sort_right(self) -> None:
        """Sort by the column right of the one sorted by."""
        self._sort_beside(1)

    def action_sort_reverse(self) -> None:
        """Turn the order round."""
        first, *others = self.grid.model.order
        field = self.view.kind.field(first.lstrip("+-"))
        sign = "+" if _descends(first, field) else "-"
        self._sort((f"{sign}{first.lstrip('+-')}", *others))

    def action_sort(self, name: str) -> None:
        """Sort by a field, worst or largest first where that is its nature."""
        if self.view.kind.field(name) is None:
            self.say(f"{self.view.kind.name} have no {name}.", Tone.WARNING)
        else:
            self.sort_by(name)

    def undo(self) -> bool:
        """Take the filter away, if there is one."""
        had = bool(self.filter_text)
        if had:
            self.set_filter("")
        return had

    def command(self, name: str, rest: str) -> None:
        """Do what a command says.

        Raises:
            UsageError: The field, forge, direction or filter does not exist.
        """
        match name:
            case "filter":
                parse_filter(rest, self.view.kind.fields)
                self.set_filter(rest)
            case "sort":
                self.sort_by(_sort_word(rest))
            case "forge":
                if self.view.forge is None or rest not in _FORGES:
                    raise UsageError(
                        f"There is no forge {rest} here.", next_step="Write :forge gitlab or :forge github."
                    )
                self.action_forge(rest)
            case "faults":
                self.action_faults()
            case "wide":
                self.action_wide()
            case "preview":
                self.action_preview()

    def sort_by(self, word: str) -> None:
        """Sort by ``name``, ``-name`` or ``+name``, and by name where that is equal.

        Raises:
            UsageError: There is no such field.
        """
        self._sort((word, *(other for other in ("name",) if other != word.lstrip("+-"))))

    def set_filter(self, text: str) -> None:
        """Show the rows that match; where the text is no filter say why and leave the rows as they are."""
        try:
            wanted = parse_filter(text, self.view.kind.fields, self.grid.model.searched) if text.strip() else None
        except UsageError as error:
            self._filter_problem = str(error)
        else:
            self._filter_problem = ""
            self.filter_text = text.strip()
            self.grid.model.set_filter(wanted, self.now)
        self._rearranged()

    def prompt_changed(self, sign: str, text: str) -> None:
        """Filter while typing; of keys that came together only the last text is looked at."""
        if sign == "/":
            self.call_later(self._filter_as_typed, text)

    async def entered(self, sign: str, text: str) -> None:
        """Keep the filter, or say why there is none."""
        await super().entered(sign, text)
        if sign == "/":
            self.set_filter(text)
            if self._filter_problem:
                self.say(self._filter_problem, Tone.WARNING)
                self._filter_problem = ""
                self._show_title()

    def left(self, sign: str) -> None:
        """Take the filter away."""
        if sign == "/":
            self.set_filter("")

    def _filter_as_typed(self, text: str) -> None:
        if self.prompt.sign == "/" and self.prompt.text == text:
            self.set_filter(text)

    def _sort_beside(self, step: int) -> None:
        names = [place.column.field.name for place in self.grid.columns.places]
        current = self.grid.model.order[0].lstrip("+-")
        place = names.index(current) + step if current in names else 0
        self.sort_by(names[place % len(names)])

    def _sort(self, order: Sequence[str]) -> None:
        self.grid.model.sort(order, self.now)
        self._rearranged()

    def _rearranged(self) -> None:
        self.grid.refill()
        self._show_notice()
        self._show_title()
        self._show_preview()

    def _show_preview(self) -> None:
        self.preview.show(self.grid.model.row, self.picture, self.now)

    def _is_fault(self, row: Any) -> bool:  # noqa: ANN401 - rows of any kind
        feed = self.view.feed(row, self.deck.fleet.current.snapshot)
        return self.view.fault(row) or (feed is not None and feed.state(self.now) is not FeedState.LIVE)

    def _show_title(self) -> None:
        model = self.grid.model
        total = len(model.rows)
        count = str(total) if len(model) == total else f"{len(model)}/{total}"
        snapshot = self.deck.fleet.current.snapshot
        if not total and (unread(self.view.feeds(snapshot)) or not self.view.kind.known(snapshot)):
            count = shown.UNKNOWN
        left = [
            Piece(" "),
            Piece(self.view.kind.name, Tone.TITLE),
            Piece(f"({self.forge or 'all'})" if self.view.forge is not None else "", Tone.STRONG),
            Piece(f"[{count}]", Tone.PLAIN),
        ]
        if self._filter_problem:
            left.append(piece(f"  {self._filter_problem}", Tone.WARNING))
        else:
            left += [
                piece(f"  /{self.filter_text}" if self.filter_text else "", Tone.KEY),
                Piece("  faults only" if self.faults_only else "", Tone.WARNING),
                Piece(f"  {self._order()}", Tone.MUTED),
                Piece("  all columns" if self.grid.wide else "", Tone.MUTED),
            ]
        row = model.row
        remark = self.view.remark(row) if row is not None else ""
        right = [piece(remark, self.view.mark(row).tone), Piece(" ")] if remark and row is not None else []
        self.title_line.show(Line(tuple(left)), Line(tuple(right)))

    def _order(self) -> str:
        first = self.grid.model.order[0]
        field = self.view.kind.field(first.lstrip("+-"))
        return f"{first.lstrip('+-')}{'↓' if _descends(first, field) else '↑'}"

    def _show_notice(self) -> None:
        """Say why the list is empty, if it is, and what to do; count seconds only while that is on the screen."""
        snapshot = self.deck.fleet.current.snapshot
        waiting = not len(self.grid.model) and bool(unread(self.view.feeds(snapshot)))
        if self._waiting is not None:
            if waiting:
                self._waiting.resume()
            else:
                self._waiting.pause()
        if self.grid.model.rows:
            self.grid.show_notice(self._why_hidden())
        else:
            feeds, where = self.view.feeds(snapshot), self.deck.settings.path
            told = self.view.kind.known(snapshot)
            self.grid.show_notice(
                why_empty(
                    self.view.kind.name,
                    feeds,
                    where,
                    self.deck.started_at,
                    self.now,
                    told=told,
                    nothing=self.view.nothing,
                )
            )

    def _why_hidden(self) -> list[Sentence]:
        return why_hidden(
            self.view.kind.name,
            len(self.grid.model.rows),
            self.deck.keys,
            filter_text=self.filter_text,
            faults_only=self.faults_only,
            forge=self.forge,
        )


_CHANGES: Final = {"runners": "runners", "scalesets": "scale_sets", "pods": "pods", "alerts": "alerts", "jobs": "jobs"}
"""Where a kind's changes are in a FleetChange, for the kinds that it tells by key."""


def _descends(word: str, field: Field[Any] | None) -> bool:
    return word.startswith("-") or (field is not None and field.descending and not word.startswith("+"))


def _sort_word(rest: str) -> str:
    field, _, direction = rest.partition(" ")
    signs = {"": "", "asc": "+", "desc": "-"}
    if direction.strip() not in signs:
        raise UsageError(f"{direction.strip()} is no direction.", next_step="Write asc or desc.")
    return f"{signs[direction.strip()]}{field}"
