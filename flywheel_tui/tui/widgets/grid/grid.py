"""The grid widget: rows drawn line by line, a cursor that stays on its row, and only changed cells sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from textual import events
from textual.message import Message

from flywheel_tui.domain.feed import FeedState
from flywheel_tui.domain.fleet import KeyChange
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.snapshot import Snapshot
from flywheel_tui.domain.text import clean
from flywheel_tui.services.listing.format import UNKNOWN
from flywheel_tui.tui import keymap
from flywheel_tui.tui.widgets.grid.column import GridView
from flywheel_tui.tui.widgets.grid.layout import GUTTER, Layout, Place, lay_out
from flywheel_tui.tui.widgets.grid.model import GridModel
from flywheel_tui.tui.widgets.line import Line, Piece, fit, wrap
from flywheel_tui.tui.widgets.lines import Lines
from flywheel_tui.tui.widgets.tone import STALE_SYMBOL, Tone

_WHEEL_LINES = 3


class Grid(Lines, can_focus=True):
    """Draws the rows of a :class:`GridModel`.

    Args:
        view: What the rows are and how their columns look.
        now: The time that ages are drawn at until the first :meth:`show`.
    """

    BINDINGS: ClassVar = list(keymap.MOVE.bindings)
    fixed_lines: ClassVar[int] = 1

    class CursorMoved(Message):
        """The cursor stands on another row."""

    def __init__(self, view: GridView[Any], now: datetime) -> None:
        super().__init__(id="body")
        self.view = view
        self.model: GridModel[Any] = GridModel(view.kind)
        self.wide = False
        self._snapshot = Snapshot()
        self._now = now
        self._offset = 0
        self._layout = lay_out(view.columns, 80)
        self._stale: frozenset[str] = frozenset()
        self._notice: Sequence[tuple[str, Tone]] = ()
        self._notice_lines: Sequence[Line] = ()

    @property
    def columns(self) -> Layout:
        """Return the columns on the screen."""
        return self._layout

    def show(
        self,
        rows: Mapping[str, Row],
        snapshot: Snapshot,
        now: datetime,
        change: KeyChange | None = None,
        *,
        hold: bool = True,
        chosen: bool = True,
    ) -> str | None:
        """Take a new picture and draw what differs; return the key of the row under the cursor where that is gone.

        Args:
            rows: All rows by key.
            snapshot: The sources that list them.
            now: The time.
            change: What differs from the rows shown before; None where that is not known.
            hold: Keep the cursor on its row.
            chosen: Whether the operator put the cursor on its row. Where nobody did, it does not take the view along:
                a row that leaves the first page leaves the cursor at the top, where the worst rows are.
        """
        self._now = now
        self._snapshot = snapshot
        shown = self.model.show(rows, now, change, hold=hold)
        if not chosen and self.model.cursor >= max(1, self.page):
            self.model.move(0)
        if shown.moved:
            self._settle()
        stale = _stale_feeds(snapshot, now)
        if shown.moved or stale != self._stale:
            self._stale = stale
            self.redraw()
        elif shown.changed:
            self.redraw(y for y in self._row_lines() if self.model.row_at(self.index_at(y)).key in shown.changed)
        return shown.vanished

    def tick(self, snapshot: Snapshot, now: datetime) -> None:
        """Let the ages grow: only cells whose text differs are sent.

        Args:
            snapshot: The newest; a reading that brings nothing new makes no other picture, but keeps a source live.
            now: The time.
        """
        self._now = now
        self._snapshot = snapshot
        self._stale = _stale_feeds(self._snapshot, now)
        self.redraw()

    def show_notice(self, notice: Sequence[tuple[str, Tone]]) -> None:
        """Say something in place of rows, as sentences with their tones; drawn only while there are no rows."""
        if notice != self._notice:
            self._notice = notice
            self._wrap_notice()
            self.redraw()

    def rearranged(self) -> None:
        """Draw after the model was sorted or filtered."""
        self._settle()
        self.redraw()

    def toggle_wide(self) -> None:
        """Show all columns in their own order, or those that fit best."""
        self.wide = not self.wide
        self._offset = 0
        self._lay_out()

    def line_at(self, y: int) -> Line:
        """Return the column heads, a row, or the notice."""
        if y == 0:
            return self._head()
        index = self.index_at(y)
        if index < len(self.model):
            return self._row(index)
        if not len(self.model) and y - 2 in range(len(self._notice_lines)):
            return self._notice_lines[y - 2]
        return Line()

    def resized(self) -> None:
        """Choose the columns for the new width."""
        self._wrap_notice()
        self._lay_out()
        self._settle()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the clicked row."""
        if event.y >= self.fixed_lines:
            self._move_to(self.index_at(event.y))

    def on_mouse_scroll_down(self) -> None:
        """Move the cursor, and with it the page."""
        self._move_by(_WHEEL_LINES)

    def on_mouse_scroll_up(self) -> None:
        """Move the cursor, and with it the page."""
        self._move_by(-_WHEEL_LINES)

    def action_down(self) -> None:
        """Move one row down."""
        self._move_by(1)

    def action_up(self) -> None:
        """Move one row up."""
        self._move_by(-1)

    def action_top(self) -> None:
        """Move to the first row."""
        self._move_to(0)

    def action_bottom(self) -> None:
        """Move to the last row."""
        self._move_to(len(self.model) - 1)

    def action_page_down(self) -> None:
        """Move a page down."""
        self._move_by(max(1, self.page - 1))

    def action_page_up(self) -> None:
        """Move a page up."""
        self._move_by(-max(1, self.page - 1))

    def action_left(self) -> None:
        """Scroll the columns back."""
        self._offset = max(0, self._offset - 1)
        self._lay_out()

    def action_right(self) -> None:
        """Scroll one column out at the left."""
        self._offset = min(self._layout.scrollable, self._offset + 1)
        self._lay_out()

    def _move_by(self, rows: int) -> None:
        self._move_to(self.model.cursor + rows)

    def _move_to(self, index: int) -> None:
        before = self.model.cursor
        self.model.move(index)
        top = self.scroll_offset.y
        self._settle()
        if self.scroll_offset.y == top:
            # Without scrolling only two lines differ.
            shift = self.fixed_lines - top
            self.redraw(y + shift for y in {before, self.model.cursor} if 0 <= y - top < self.page)
        if before != self.model.cursor:
            self.post_message(self.CursorMoved())

    def _settle(self) -> None:
        """Make the number of lines right and the cursor visible."""
        self.set_line_count(len(self.model))
        top, cursor, page = self.scroll_offset.y, self.model.cursor, self.page
        if page <= 0:
            return
        last_top = max(0, len(self.model) - page)
        wanted = min(max(min(top, cursor), cursor - page + 1), last_top)
        if wanted != top:
            self.scroll_to_line(wanted)

    def _lay_out(self) -> None:
        self._layout = lay_out(self.view.columns, self.size.width, wide=self.wide, offset=self._offset)
        self.redraw()

    def _wrap_notice(self) -> None:
        width = max(1, self.size.width - GUTTER - 1)
        self._notice_lines = [
            Line((Piece(" " * GUTTER), Piece(part, tone)))
            for text, tone in self._notice
            for part in wrap(clean(text), width)
        ]

    def _row_lines(self) -> range:
        top = self.scroll_offset.y
        return range(self.fixed_lines, self.fixed_lines + max(0, min(self.page, len(self.model) - top)))

    def _head(self) -> Line:
        order = self.model.order[0] if self.model.order else ""
        pieces = [Piece(" " * GUTTER, Tone.HEAD)]
        for number, place in enumerate(self._layout.places):
            field = place.column.field
            arrow = ""
            if order.lstrip("+-") == field.name:
                arrow = "↓" if order.startswith("-") or (field.descending and not order.startswith("+")) else "↑"
            gap = self._layout.gap if number else 0
            pieces.append(Piece(_head_cell(field.title, arrow, gap, place), Tone.HEAD))
        return Line(tuple(pieces))

    def _row(self, index: int) -> Line:
        row = self.model.row_at(index)
        mark = self.view.mark(row)
        feed = self.view.feed(row, self._snapshot)
        stale = feed is not None and feed.name in self._stale
        cursor = index == self.model.cursor
        # Where nothing confirms the row any more, and under a cursor that swaps colours, the line speaks with one tone.
        tone = Tone.STALE if stale else mark.tone if cursor and self.reverses(Tone.CURSOR) else None
        gutter = f"{STALE_SYMBOL if stale else ' '}{mark.symbol} "
        pieces = [Piece(gutter, tone or mark.tone)]
        gap = " " * self._layout.gap
        for number, place in enumerate(self._layout.places):
            column = place.column
            text = clean(column.field.show(row, self._now))
            old = tone is None and text != UNKNOWN and not self._stale.isdisjoint(column.told_by(row))
            if old and len(text) < place.width:
                text = STALE_SYMBOL + text
            text = fit(text, place.width, right=column.right, middle=column.middle)
            shown = tone or (Tone.STALE if old else column.tone(row) or mark.tone)
            pieces.append(Piece(gap + text if number else text, shown))
        return Line(tuple(pieces), Tone.CURSOR if cursor else None)


def _head_cell(title: str, arrow: str, gap: int, place: Place) -> str:
    if place.column.right:
        # Figures leave no room behind their head; the arrow stands before it, in the gap if need be.
        return fit(arrow + title, gap + place.width, right=True)
    return " " * gap + fit(title + arrow, place.width)


def _stale_feeds(snapshot: Snapshot, now: datetime) -> frozenset[str]:
    return frozenset(
        name for name, feed in snapshot.feeds.items() if feed.state(now) in {FeedState.STALE, FeedState.DOWN}
    )
