"""What all lines of a grid have in common while one picture is drawn."""

from __future__ import annotations

from datetime import datetime
from typing import Generic, TypeVar

from flywheel_tui.domain.record import Record
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.snapshot import Snapshot
from flywheel_tui.services.listing.filter import Filter
from flywheel_tui.tui.widgets.grid.column import GridView
from flywheel_tui.tui.widgets.grid.layout import Layout

R = TypeVar("R", bound=Row)


class Look(Record, Generic[R], frozen=True, kw_only=True):
    """What is needed to draw a line, beside the line's own entry.

    Attributes:
        view: What the rows are.
        layout: The columns on the screen.
        now: The time that ages are told at.
        snapshot: The sources that list the rows.
        stale: Names of the feeds that are not live.
        filter: Finds the parts of texts to highlight; None where nothing is filtered.
        plain_cursor: Whether the line under the cursor is drawn in one colour, because the theme swaps text and ground.
    """

    view: GridView[R]
    layout: Layout
    now: datetime
    snapshot: Snapshot
    stale: frozenset[str]
    filter: Filter[R] | None
    plain_cursor: bool

    def same_as(self, other: Look[R]) -> bool:
        """Return whether every part is the very same thing: comparing what is in them would cost more than drawing."""
        return (
            self.layout is other.layout
            and self.now is other.now
            and self.snapshot is other.snapshot
            and self.stale is other.stale
            and self.filter is other.filter
            and self.plain_cursor is other.plain_cursor
        )
