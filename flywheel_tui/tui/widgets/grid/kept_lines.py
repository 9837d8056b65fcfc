"""Lines of rows that are kept for as long as nothing of them changes: moving and scrolling draw them many times."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Generic, TypeVar

from flywheel_tui.domain.row import Row
from flywheel_tui.tui.widgets.grid.look import Look
from flywheel_tui.tui.widgets.grid.model import Direction, Entry
from flywheel_tui.tui.widgets.grid.row_line import row_line
from flywheel_tui.tui.widgets.line import Line

R = TypeVar("R", bound=Row)

_KEPT: Final = 500
"""A few pages, for scrolling to and fro."""


class KeptLines(Generic[R]):
    """Draws rows.

    Args:
        changed_cells: Tells how the fields of a row differ from the reading before.
    """

    def __init__(self, changed_cells: Callable[[str], Mapping[str, Direction]]) -> None:
        self._changed_cells = changed_cells
        self._look: Look[R] | None = None
        self._lines: dict[str, tuple[tuple[Entry[R], bool], Line]] = {}

    def forget(self) -> None:
        """Draw all lines anew: rows, or how they changed, may be others."""
        self._lines.clear()

    def line(self, entry: Entry[R], row: R, look: Look[R], *, cursor: bool) -> Line:
        """Return the line of a row.

        Args:
            entry: Whether it is a ghost, and whether it is marked.
            row: The row.
            look: What all lines share.
            cursor: Whether the cursor is on it.
        """
        if self._look is None or not look.same_as(self._look):
            self._look = look
            self._lines.clear()
        known = self._lines.get(row.key)
        if known is not None and known[0] == (entry, cursor):
            return known[1]
        line = row_line(entry, row, look, self._changed_cells(row.key), cursor=cursor)
        if len(self._lines) >= _KEPT:
            self._lines.clear()
        self._lines[row.key] = (entry, cursor), line
        return line
