"""The heads of the columns as a line, with an arrow at the one that the rows are sorted by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flywheel_tui.tui.widgets.grid.layout import GUTTER, Layout, Place
from flywheel_tui.tui.widgets.line import Line, Piece, fit
from flywheel_tui.tui.widgets.tone import Tone

_SCROLLED: Final = "‹"


def head_line(layout: Layout, order: Sequence[str]) -> Line:
    """Return the heads.

    Args:
        layout: The columns on the screen.
        order: Field names that the rows are sorted by, most important first, each with a sign where one was asked for.
    """
    first = order[0] if order else ""
    # Columns that were scrolled out at the left are told, or one would look for them.
    pieces = [Piece((_SCROLLED if layout.offset else "").rjust(GUTTER - 1).ljust(GUTTER), Tone.HEAD)]
    for number, place in enumerate(layout.places):
        field = place.column.field
        arrow = ""
        if first.lstrip("+-") == field.name:
            arrow = "↓" if first.startswith("-") or (field.descending and not first.startswith("+")) else "↑"
        pieces.append(Piece(_cell(field.title, arrow, layout.gap if number else 0, place), Tone.HEAD))
    return Line(tuple(pieces))


def _cell(title: str, arrow: str, gap: int, place: Place) -> str:
    if place.column.right:
        # Figures leave no room behind their head; the arrow stands before it, in the gap if need be.
        return fit(arrow + title, gap + place.width, right=True)
    return " " * gap + fit(title + arrow, place.width)
