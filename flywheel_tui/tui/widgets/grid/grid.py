"""The grid widget: rows drawn line by line, a cursor that stays on its row, marks and groups; only changes are sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from textual import events
from textual.message import Message

from flywheel_tui.domain.feed import FeedState
from flywheel_tui.domain.fleet import KeyChange
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.snapshot import Snapshot
from flywheel_tui.domain.text import clean
from flywheel_tui.tui import keymap
from flywheel_tui.tui.widgets.grid.alarm import Alarm
from flywheel_tui.tui.widgets.grid.column import GridView
from flywheel_tui.tui.widgets.grid.group_line import group_line
from flywheel_tui.tui.widgets.grid.head_line import head_line
from flywheel_tui.tui.widgets.grid.kept_lines import KeptLines
from flywheel_tui.tui.widgets.grid.layout import GUTTER, Layout, lay_out
from flywheel_tui.tui.widgets.grid.look import Look
from flywheel_tui.tui.widgets.grid.model import SLICE_S, GridModel
from flywheel_tui.tui.widgets.grid.preparation import Preparation
from flywheel_tui.tui.widgets.line import Line, Piece, wrap
from flywheel_tui.tui.widgets.lines import Lines
from flywheel_tui.tui.widgets.tone import Tone

_WHEEL_LINES: Final = 3
_SLICE_S: Final = 0.006
"""Seconds of a slice between keys; the last bit of work in it may take some milliseconds more."""
_HOPS: Final = 12
"""Turns of the event loop between two slices of work: what a key needs to get from the terminal to its action."""


class Grid(Lines, can_focus=True):
    """Draws the lines of a :class:`GridModel`.

    Args:
        view: What the rows are and how their columns look.
        now: The time that ages are drawn at until the first :meth:`show`.
        still: Whether the picture is held: then ghosts and marks stay where they are until the next :meth:`show`.
    """

    BINDINGS: ClassVar = [*keymap.MOVE.bindings, *keymap.MARK.bindings]
    fixed_lines: ClassVar[int] = 1

    class CursorMoved(Message):
        """The cursor stands on another row."""

    class MarksChanged(Message):
        """Other rows are marked."""

    class Arranged(Message):
        """What was sorted, filtered or grouped in slices is on the screen now."""

    def __init__(self, view: GridView[Any], now: datetime, still: Callable[[], bool] = lambda: False) -> None:
        super().__init__(id="body")
        self.view = view
        self.model: GridModel[Any] = GridModel(
            view.kind, changes_of=view.changes, summed=view.summed, fault=view.fault, budget_s=SLICE_S
        )
        self.wide = False
        self._snapshot = Snapshot()
        self._now = now
        self._still = still
        self._offset = 0
        self._layout = lay_out(view.columns, 80)
        self._stale: frozenset[str] = frozenset()
        self._notice: Sequence[tuple[str, Tone]] = ()
        self._notice_lines: Sequence[Line] = ()
        self._alarm = Alarm(self, self._expire)
        self._arranging = False
        self._chosen = False
        self._kept_lines: KeptLines[Any] = KeptLines(self.model.changed_cells)
        self._preparation = Preparation(self.model, self.set_timer)

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
        since: datetime | None = None,
    ) -> Any:  # noqa: ANN401 - a row of any kind
        """Take a new picture and draw what differs; return the row under the cursor, as it was, where that is gone.

        Args:
            rows: All rows by key.
            snapshot: The sources that list them.
            now: The time.
            change: What differs from the rows shown before; None where that is not known.
            hold: Keep the cursor on its row.
            chosen: Whether the operator put the cursor on its row. Where nobody did, it does not take the view along:
                a row that leaves the first page leaves the cursor at the top, where the worst rows are.
            since: When the rows began to differ, where nobody saw it: what is over by now leaves no ghost and no mark.
        """
        self._now = now
        self._snapshot = snapshot
        self._kept_lines.forget()
        under = self.model.row
        shown = self.model.show(rows, since or now, change, hold=hold, poll_s=self._poll_s)
        moved = shown.moved
        if since is not None:
            moved |= self.model.expire(now).moved
        self._chosen = chosen
        self._stay_on_top()
        if moved:
            self._settle()
        stale = _stale_feeds(snapshot, now)
        if moved or stale != self._stale:
            self._stale = stale
            self.redraw()
        elif shown.changed:
            self._redraw_rows(shown.changed)
        self._arrange()
        self._alarm.set(self.model.next_expiry, self._now)
        self._preparation.begin()
        return under if shown.vanished is not None else None

    def tick(self, snapshot: Snapshot, now: datetime) -> None:
        """Let the ages grow: only cells whose text differs are sent.

        Args:
            snapshot: The newest; a reading that brings nothing new makes no other picture, but keeps a source live.
            now: The time.
        """
        self._now = now
        self._snapshot = snapshot
        self._kept_lines.forget()
        self._stale = _stale_feeds(self._snapshot, now)
        if self.model.expire(now).moved:
            self._settle()
        self.redraw()
        self._alarm.set(self.model.next_expiry, self._now)
        self._preparation.begin()

    def show_notice(self, notice: Sequence[tuple[str, Tone]]) -> None:
        """Say something in place of rows, as sentences with their tones; drawn only while there are no rows."""
        if notice != self._notice:
            self._notice = notice
            self._wrap_notice()
            self.redraw()

    def refill(self) -> None:
        """Draw after the model was sorted, filtered or grouped; what takes longer stays as it is until that is through.

        :class:`Arranged` tells when that was.
        """
        if self.model.pending:
            self._arrange()
        else:
            self._stay_on_top()
            self._settle()
            self.redraw()

    def put_cursor(self, index: int) -> None:
        """Put the cursor on a line as if the operator had chosen it."""
        self._chosen = True
        self.model.move(index)
        self.refill()

    def toggle_wide(self) -> None:
        """Show all columns in their own order, or those that fit best."""
        self.wide = not self.wide
        self._offset = 0
        self._lay_out()

    def line_at(self, y: int) -> Line:
        """Return the column heads, a row, the head of a group, or the notice."""
        if y == 0:
            return head_line(self._layout, self.model.order)
        index = self.index_at(y)
        if index < len(self.model):
            return self._entry_line(index)
        if not len(self.model) and y - 2 in range(len(self._notice_lines)):
            return self._notice_lines[y - 2]
        return Line()

    def resized(self) -> None:
        """Choose the columns for the new width."""
        self._wrap_notice()
        self._lay_out()
        self._settle()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the clicked line; with ctrl mark it too, with shift all up to it."""
        index = self.index_at(event.y)
        if event.y < self.fixed_lines or index >= len(self.model):
            return
        if event.shift:
            self.model.mark_to(index)
        self._move_to(index)
        if event.ctrl:
            self.model.toggle_mark()
        if event.shift or event.ctrl:
            self._marked()
        elif event.x < GUTTER and self.model.row is None:
            self.action_fold()

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

    def action_mark(self) -> None:
        """Mark the row under the cursor, or unmark it."""
        if self.model.toggle_mark():
            self._marked()

    def action_mark_range(self) -> None:
        """Mark all rows from the one marked last to the cursor."""
        self.model.mark_range()
        self._marked()

    def action_invert_marks(self) -> None:
        """Mark the rows that are not marked, and unmark the others."""
        self.model.invert_marks()
        self._marked()

    def action_clear_marks(self) -> None:
        """Unmark all rows."""
        self.model.clear_marks()
        self._marked()

    def action_fold(self) -> None:
        """Put the rows of the group away, or show them again."""
        if self.model.toggle_fold(self.model.cursor):
            self.refill()
            self.post_message(self.CursorMoved())

    def _marked(self) -> None:
        self.redraw()
        self.post_message(self.MarksChanged())

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
            self._chosen = True
            self.post_message(self.CursorMoved())

    def _stay_on_top(self) -> None:
        """Leave the cursor on the first page where nobody put it on its row."""
        if not self._chosen and self.model.cursor >= max(1, self.page):
            self.model.move(0)

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

    def _redraw_rows(self, keys: frozenset[str]) -> None:
        """Draw the visible lines of these rows, and the heads of groups, whose totals may differ."""
        top = self.scroll_offset.y
        visible = range(top, min(top + self.page, len(self.model)))
        shift = self.fixed_lines - top
        rows = ((index, self.model.entry_at(index).row) for index in visible)
        self.redraw(index + shift for index, row in rows if row is None or row.key in keys)

    def _entry_line(self, index: int) -> Line:
        entry = self.model.entry_at(index)
        cursor = index == self.model.cursor
        if entry.row is None:
            if entry.group is None:
                return Line()
            width = self.size.width if self.reverses(Tone.CURSOR) else 0
            return group_line(entry.group, self.view, self._now, cursor=cursor, plain_width=width)
        look = Look(
            view=self.view,
            layout=self._layout,
            now=self._now,
            snapshot=self._snapshot,
            stale=self._stale,
            filter=self.model.filter,
            plain_cursor=self.reverses(Tone.CURSOR),
        )
        return self._kept_lines.line(entry, entry.row, look, cursor=cursor)

    def _poll_s(self, row: Any) -> float | None:  # noqa: ANN401 - rows of any kind
        feed = self.view.feed(row, self._snapshot)
        return feed.interval_s if feed is not None else None

    def _arrange(self) -> None:
        """Go on with what the model has not finished, between keys."""
        if self.model.pending and not self._arranging:
            self._arranging = True
            self.run_worker(self._arrange_in_slices(), exit_on_error=True)

    async def _arrange_in_slices(self) -> None:
        try:
            while self.model.pending:
                for _ in range(_HOPS):
                    await asyncio.sleep(0)
                self.model.advance(_SLICE_S)
        finally:
            self._arranging = False
        self._stay_on_top()
        self._settle()
        self.redraw()
        self.post_message(self.Arranged())

    def _expire(self) -> None:
        due = self._alarm.clear()
        if self._still():
            return
        if due is not None:
            # Since the last picture nobody told the time.
            self._now = max(self._now, due)
        self._kept_lines.forget()
        over = self.model.expire(self._now)
        if over.moved:
            self._settle()
            self.redraw()
        elif over:
            self._redraw_rows(over.keys)
        self._alarm.set(self.model.next_expiry, self._now)


def _stale_feeds(snapshot: Snapshot, now: datetime) -> frozenset[str]:
    return frozenset(
        name for name, feed in snapshot.feeds.items() if feed.state(now) in {FeedState.STALE, FeedState.DOWN}
    )
