"""A list as it is arranged: filter, scope, faults, order, groups, and what is told of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

import msgspec
from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.timer import Timer

from flywheel_tui.domain.errors import UsageError
from flywheel_tui.domain.feed import FeedState
from flywheel_tui.domain.fleet import FleetChange, KeyChange
from flywheel_tui.domain.row import Row
from flywheel_tui.services.fleet_service import Picture
from flywheel_tui.services.listing import format as shown
from flywheel_tui.services.listing.field import Field
from flywheel_tui.services.listing.filter import Sought, parse_filter
from flywheel_tui.services.listing.scopes import runner_scopes
from flywheel_tui.tui.deck import Deck
from flywheel_tui.tui.emptiness import Narrowing, Sentence, restored, unread, why_empty, why_hidden
from flywheel_tui.tui.finding.belonging import Belonging
from flywheel_tui.tui.finding.saved_state import Arrangement, SavedView
from flywheel_tui.tui.finding.scope import EVERYTHING
from flywheel_tui.tui.lists.title import Title, title_line
from flywheel_tui.tui.store_screen import StoreScreen
from flywheel_tui.tui.widgets.grid.column import GridView
from flywheel_tui.tui.widgets.grid.grid import Grid
from flywheel_tui.tui.widgets.line import Line, Piece, piece
from flywheel_tui.tui.widgets.preview import BESIDE_FROM, Preview
from flywheel_tui.tui.widgets.tone import Tone

_REFILTER_TICKS: Final = 12
"""Filters on ages are looked at again once a minute."""

_CHANGES: Final = {
    "runners": "runners",
    "scalesets": "scale_sets",
    "pods": "pods",
    "alerts": "alerts",
    "jobs": "jobs",
}
"""Where a kind's changes are in a FleetChange, for the kinds that it tells by key."""


class ArrangedList(StoreScreen):
    """Shows the rows of a :class:`GridView`, arranged.

    Args:
        deck: Settings, live fleet and session.
        view: What to list and how.
    """

    scoped: ClassVar[bool] = True
    """Whether the console's scope narrows the list."""

    def __init__(self, deck: Deck, view: GridView[Any]) -> None:
        super().__init__(deck)
        if len(deck.settings.contexts) == 1:
            # The header names the only context; a column with nothing else in it would be a waste of width.
            others = tuple(column for column in view.columns if column.field.name != "context")
            groups = tuple(name for name in view.groups if name != "context")
            view = msgspec.structs.replace(view, columns=others, groups=groups)
        self.view = view
        self.grid = Grid(view, deck.started_at, lambda: self._frozen)
        self.preview = Preview(view, deck.keys.label("list.open"))
        self.faults_only = False
        self.filter_text = ""
        self.filter_problem = ""
        self.chosen = False
        """Whether the operator put the cursor where it is."""
        self.filling = True
        """Whether first readings are under way: the worst rows belong on top then, and some rows are not there yet."""
        self._belonging = Belonging(view, runner_scopes, lambda: self.picture.fleet)
        self._scope = EVERYTHING
        self._runner_of_pod: Mapping[str, str] = {}
        self._doubtful: frozenset[str] = frozenset()
        self._ticks = 0
        self._waiting: Timer | None = None
        order = deck.session.order_of(self.page)
        if order and all(view.kind.field(word.lstrip("+-")) is not None for word in order):
            self.grid.model.sort(order, deck.started_at)

    @property
    def page(self) -> str:
        """Return the name of the page that this list is on."""
        return self.view.kind.name

    @property
    def part(self) -> str:
        """Return what part of everything the list is of, as the title says it."""
        return self._scope.text or "all"

    @property
    def sought(self) -> tuple[Sought, ...]:
        """Return what is highlighted beside what the filter finds."""
        return ()

    @property
    def arrangement(self) -> Arrangement:
        """Return how the list is arranged."""
        return Arrangement(
            filter=self.filter_text,
            sort=self.grid.model.order,
            group=self.grid.model.grouped_by or "",
            faults=self.faults_only,
            wide=self.grid.wide,
        )

    @property
    def words(self) -> str:
        """Return the words that the page was opened with, where those say what it lists."""
        return ""

    @property
    def saved_view(self) -> SavedView:
        """Return the list as a view that can be saved."""
        return SavedView(page=self.page, scope=self._scope.text, arrangement=self.arrangement, words=self.words)

    def rows(self, picture: Picture) -> Mapping[str, Row]:
        """Return the rows of a picture."""
        return self.view.kind.rows(picture.fleet)

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

    def on_screen_resume(self) -> None:
        """Take up what was decided elsewhere: the scope is one for all pages."""
        self.scope_changed()

    def draw(self, picture: Picture, change: FleetChange | None) -> None:
        """Show the rows of a picture."""
        keys: KeyChange | None = getattr(change, _CHANGES.get(self.page, ""), None)
        hold = self.chosen or not self.filling
        self.filling = bool(unread(self.view.feeds(picture.snapshot)))
        rows = self.rows(picture)
        first = not self.grid.model.rows
        vanished = self.grid.show(
            rows, picture.snapshot, self.now, keys, hold=hold, chosen=self.chosen, since=self.missed_since
        )
        self._narrow_again(change, first=first)
        self.show_all()
        if vanished is not None and self.chosen:
            stays = self.grid.model.is_ghost(vanished.key)
            where = "its row stays for some seconds" if stays else "the cursor is on the nearest row"
            self.say(f"{self.view.kind.label(vanished)} is gone; {where}.", Tone.WARNING)

    def tick(self, now: datetime) -> None:
        """Let ages grow, and look again at what depends on the time."""
        self._ticks += 1
        ages = bool(self.filter_text) and self._ticks % _REFILTER_TICKS == 0
        if (ages or self._doubts_changed()) and self.grid.model.reapply(now):
            self.grid.refill()
        self.grid.tick(self.picture.snapshot, now)
        self.show_all()

    def set_filter(self, text: str) -> bool:
        """Show the rows that match; where the text is no filter say why, leave the rows as they are, return False."""
        try:
            wanted = parse_filter(text, self.view.kind.fields, self.grid.model.searched)
        except UsageError as error:
            self.filter_problem = str(error)
            self.show_title()
            return False
        self.filter_problem = ""
        self.filter_text = text.strip()
        wanted = msgspec.structs.replace(wanted, sought=(*wanted.sought, *self.sought))
        self.grid.model.set_filter(wanted if wanted.terms or wanted.sought else None, self.now)
        self.refill()
        return True

    def show_faults(self, only: bool) -> None:
        """Show only what is wrong or not confirmed, or everything."""
        self.faults_only = only
        self._doubtful = self._doubtful_feeds()
        self.grid.model.narrow("faults", self.is_fault if only else None, self.now)
        self.refill()

    def show_wide(self, wide: bool) -> None:
        """Show all columns, or those that fit best."""
        if wide != self.grid.wide:
            self.grid.toggle_wide()
        self.show_title()

    def scope_changed(self) -> None:
        """Show the rows of the session's scope."""
        scope = self.deck.session.scope
        if self.scoped and scope != self._scope:
            self._scope = scope
            self.grid.model.narrow("scope", self._belonging.within(scope) if scope else None, self.now)
            self.refill()
        self.show_hints()

    def sort(self, order: Sequence[str]) -> None:
        """Order the rows, and remember that for this page.

        Raises:
            UsageError: There is no such field; the order stays.
        """
        self.grid.model.sort(order, self.now)
        self.deck.session.remember_order(self.page, self.grid.model.order)
        self.refill()

    def group(self, name: str) -> None:
        """Group the rows by a field, or not at all for an empty name.

        Raises:
            UsageError: They cannot be grouped by that; the groups stay.
        """
        self.grid.model.group_by(name or None, self.now)
        self.refill()

    def in_scope(self, row: Row) -> bool:
        """Return whether a row is in the scope."""
        return self._scope.holds(self._belonging.names(row))

    def is_fault(self, row: Any) -> bool:  # noqa: ANN401 - rows of any kind
        """Return whether something is wrong with a row, or nobody confirms it."""
        feed = self.view.feed(row, self.picture.snapshot)
        return self.view.fault(row) or (feed is not None and feed.state(self.now) is not FeedState.LIVE)

    def refill(self) -> None:
        """Draw what was arranged anew."""
        self.grid.refill()
        self.show_all()

    def show_all(self) -> None:
        """Tell everything there is to tell around the rows."""
        self._show_notice()
        self.show_title()
        self.show_preview()

    def show_preview(self) -> None:
        """Show what is known of the row under the cursor."""
        self.preview.show(self.grid.model.entry, self.picture, self.now)

    def show_hints(self) -> None:
        """Hint at keys, those of the page first, then at the scopes under digits."""
        keys, session = self.deck.keys, self.deck.session
        hints = [(label, self.hint_of(name)) for name in self.hints() if (label := keys.label(name))]
        if self.scoped:
            scopes = {"all": "all", **{str(digit): seat.scope for digit, seat in session.favourites.items()}}
            hints += [(label, name) for digit, name in scopes.items() if (label := keys.label(f"scope.{digit}"))]
        self.bottom.set_hints(hints)

    def show_title(self) -> None:
        """Say what is listed, how it is arranged, and what there is to say of the row under the cursor."""
        model, session = self.grid.model, self.deck.session
        row = model.row
        remark = self.view.remark(row) if row is not None else ""
        right = [piece(remark, self.view.mark(row).tone), Piece(" ")] if remark and row is not None else []
        view = session.state.views.get(session.view)
        title = Title(
            name=self.page,
            part=self.part,
            count=self.count(),
            restored=restored(self.view.feeds(self.picture.snapshot), self.now),
            view=session.view if view is not None and view == self.saved_view else "",
            filter_text=self.filter_text,
            problem=self.filter_problem,
            faults=self.faults_only,
            group=model.grouped_by or "",
            order=self._order(),
            wide=self.grid.wide,
            marked=len(model.marked),
            hidden=model.hidden_marked,
        )
        self.title_line.show(title_line(title), Line(tuple(right)))

    def hidden_by(self) -> Narrowing:
        """Return what rows may be hidden by."""
        return Narrowing(self.filter_text, self.faults_only, self._scope.text)

    def nothing_there(self) -> Sequence[Sentence]:
        """Return why there is not one row, whatever it is narrowed to."""
        snapshot = self.picture.snapshot
        return why_empty(
            self.view.kind.things,
            self.view.feeds(snapshot),
            self.deck.settings.path,
            self.deck.started_at,
            self.now,
            told=self.view.kind.known(snapshot),
            nothing=self.view.nothing,
        )

    def count(self) -> str:
        """Return how many rows there are, and before that how many are shown; a ``+`` says that some are not known."""
        model, snapshot = self.grid.model, self.picture.snapshot
        total = len(model.rows)
        feeds, told = self.view.feeds(snapshot), self.view.kind.known(snapshot)
        if not total and (unread(feeds) or not told):
            return shown.UNKNOWN
        if not told and any(feed.from_last_session for feed in feeds):
            # These are the first rows of an earlier session; how many there were comes with the rest.
            return shown.UNKNOWN
        # A source that was never read would add its own.
        more = "+" if any(feed.fetched_at is None for feed in feeds) else ""
        return f"{total}{more}" if model.row_count == total else f"{model.row_count}/{total}{more}"

    def _order(self) -> str:
        first = self.grid.model.order[0]
        name = first.lstrip("+-")
        return f"{name}{'↓' if descends(first, self.view.kind.field(name)) else '↑'}"

    def _show_notice(self) -> None:
        """Say why the list is empty, if it is, and what to do; count seconds only while that is on the screen."""
        waiting = not len(self.grid.model) and bool(unread(self.view.feeds(self.picture.snapshot)))
        if self._waiting is not None:
            if waiting:
                self._waiting.resume()
            else:
                self._waiting.pause()
        if self.grid.model.rows:
            total = len(self.grid.model.rows)
            self.grid.show_notice(why_hidden(self.view.kind.things, total, self.deck.keys, self.hidden_by()))
        else:
            self.grid.show_notice(self.nothing_there())

    def _narrow_again(self, change: FleetChange | None, *, first: bool) -> None:
        """Look again at all rows where what they are narrowed by changed, though they themselves did not.

        Args:
            change: What differs from the picture before; None where that is not known.
            first: Whether all rows are new, so that each was looked at just now, or is about to be.
        """
        fleet = self.picture.fleet
        owners = fleet.runner_of_pod
        moved = change is None or change.runners.added or change.runners.removed or owners != self._runner_of_pod
        self._runner_of_pod = owners
        again = (self._scope and moved) or self._doubts_changed()
        if again and not first and self.grid.model.reapply(self.now):
            self.grid.refill()

    def _doubts_changed(self) -> bool:
        """Return whether other sources are in doubt than when faults were last told apart."""
        if not self.faults_only:
            return False
        before, self._doubtful = self._doubtful, self._doubtful_feeds()
        return before != self._doubtful

    def _doubtful_feeds(self) -> frozenset[str]:
        feeds, now = self.picture.snapshot.feeds.values(), self.now
        return frozenset(feed.name for feed in feeds if feed.state(now) is not FeedState.LIVE)


def descends(word: str, field: Field[Any] | None) -> bool:
    """Return whether a word of an order has the largest first."""
    return word.startswith("-") or (field is not None and field.descending and not word.startswith("+"))
