"""A page of text that scrolls, drawn line by line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from flywheel_tui.tui import keymap
from flywheel_tui.tui.widgets.line import Line, cut_line
from flywheel_tui.tui.widgets.lines import Lines

_WHEEL_LINES = 3


class TextPane(Lines, can_focus=True):
    """Shows lines that are made for its width.

    Args:
        make: Returns the lines for a width in cells.
    """

    BINDINGS: ClassVar = list(keymap.MOVE.bindings)

    def __init__(self, make: Callable[[int], Sequence[Line]], *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._make = make
        self._lines: Sequence[Line] = ()
        self._wanted: Callable[[str], bool] | None = None

    def update(self) -> None:
        """Make the lines anew and draw what differs, at the same place."""
        self._lines = self._make(self.size.width)
        self.set_line_count(len(self._lines))
        self._scroll(self._place() if self._wanted is not None and self.page else self.scroll_offset.y)
        self.redraw()

    def show_line(self, wanted: Callable[[str], bool]) -> None:
        """Scroll so that the first line with a wanted text is on top, as far as there are lines below it."""
        self._wanted = wanted
        self.update()

    def resized(self) -> None:
        """Make the lines for the new width."""
        self.update()

    def line_at(self, y: int) -> Line:
        """Return a line of the text."""
        index = self.index_at(y)
        return cut_line(self._lines[index], self.size.width) if index < len(self._lines) else Line()

    def action_down(self) -> None:
        """Scroll a line down."""
        self._scroll(self.scroll_offset.y + 1)

    def action_up(self) -> None:
        """Scroll a line up."""
        self._scroll(self.scroll_offset.y - 1)

    def action_top(self) -> None:
        """Scroll to the first line."""
        self._scroll(0)

    def action_bottom(self) -> None:
        """Scroll to the last line."""
        self._scroll(len(self._lines))

    def action_page_down(self) -> None:
        """Scroll a page down."""
        self._scroll(self.scroll_offset.y + max(1, self.page - 1))

    def action_page_up(self) -> None:
        """Scroll a page up."""
        self._scroll(self.scroll_offset.y - max(1, self.page - 1))

    def action_left(self) -> None:
        """Do nothing: the lines are made for the width."""

    def action_right(self) -> None:
        """Do nothing: the lines are made for the width."""

    def on_mouse_scroll_down(self) -> None:
        """Scroll with the wheel."""
        self._scroll(self.scroll_offset.y + _WHEEL_LINES)

    def on_mouse_scroll_up(self) -> None:
        """Scroll with the wheel."""
        self._scroll(self.scroll_offset.y - _WHEEL_LINES)

    def _place(self) -> int:
        """Return the place of the line that is waited for, and wait no longer."""
        wanted, self._wanted = self._wanted, None
        found = (y for y, line in enumerate(self._lines) if wanted is not None and wanted(line.text))
        return next(found, round(self.scroll_offset.y))

    def _scroll(self, top: int) -> None:
        wanted = max(0, min(top, len(self._lines) - self.page))
        if wanted != self.scroll_offset.y:
            self.scroll_to_line(wanted)
