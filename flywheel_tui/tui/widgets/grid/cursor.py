"""The cursor: it belongs to a row, not to a place on the screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from flywheel_tui.domain.row import Row
from flywheel_tui.services.listing.order import SortKey
from flywheel_tui.tui.widgets.grid.arrangement import Arrangement
from flywheel_tui.tui.widgets.grid.marks import Identity

R = TypeVar("R", bound=Row)


class Cursor(Generic[R]):
    """Where the cursor stands, and where it belongs: a row that a filter hides gets it back with the filter gone.

    Attributes:
        index: The line it stands on; 0 where there is none.
    """

    def __init__(self) -> None:
        self.index = 0
        self._home: Identity = (None, None)
        self._on: Identity = (None, None)
        self._place: SortKey | None = None
        self._order: tuple[str, ...] = ()

    @property
    def group(self) -> str | None:
        """Return the group of the line it stands on."""
        return self._on[0]

    @property
    def key(self) -> str | None:
        """Return the key of the row it stands on; None on a head, and where there is no line."""
        return self._on[1]

    @property
    def line(self) -> Identity:
        """Return the line it stands on."""
        return self._on

    def move(self, index: int, lines: Arrangement[R]) -> None:
        """Go to a line, or to the nearest there is, and belong there."""
        self._stand(index, lines)
        self._home = self._on

    def restore(self, lines: Arrangement[R], row_of: Callable[[str], R | None], *, loose: bool = False) -> None:
        """Go where the cursor belongs after lines moved.

        Args:
            lines: As they are now.
            row_of: Finds rows, and ghosts, by key.
            loose: Stay at the place instead, whatever stands there now.
        """
        if loose:
            self.move(self.index, lines)
            return
        for line in (self._home, self._on):
            found = _index(line, lines)
            if found is not None:
                self._stand(found, lines)
                break
        else:
            self._stand(self._nearest(lines, row_of), lines)
        group, key = self._home
        if (row_of(key) is None) if key is not None else (lines.index(group, None) is None):
            self._home = self._on

    def _stand(self, index: int, lines: Arrangement[R]) -> None:
        self.index = max(0, min(index, len(lines) - 1))
        if len(lines):
            section, self._place = lines.at(self.index)
            self._on = section.name, self._place[-1] if self._place is not None else None
            self._order = lines.plan.ordering.by

    def _nearest(self, lines: Arrangement[R], row_of: Callable[[str], R | None]) -> int:
        group, key = self._on
        row = row_of(key) if key is not None else None
        if row is not None:
            return lines.nearest(group, lines.plan.ordering.of(row))
        if self._order == lines.plan.ordering.by and (group is not None or self._place is not None):
            return lines.nearest(group, self._place)
        return self.index


def _index(line: Identity, lines: Arrangement[R]) -> int | None:
    """Return the index of a line; for a row that left its group, of its line in another, or of the folded head."""
    group, key = line
    found = lines.index(group, key)
    if found is not None or key is None:
        return found
    first = lines.first_index(key)
    return first if first is not None else lines.folded_index(key)
