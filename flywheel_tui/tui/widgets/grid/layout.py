"""Which columns fit a width, and where each stands. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from flywheel_tui.domain.record import Record
from flywheel_tui.tui.widgets.grid.column import Column

GUTTER: Final = 3
"""Cells before the first column: staleness, the row's symbol, a space."""

_ROOMY: Final = 140
_NAME_SHARE: Final = 5
"""On a wide screen the first column has at least the line's n-th part."""


class Place(Record, frozen=True):
    """A column with the cells it got."""

    column: Column[Any]
    width: int


class Layout(Record, frozen=True):
    """The columns on the screen, from left to right.

    Attributes:
        gap: Blank cells before each column but the first.
        scrollable: How many columns can be scrolled out at the left.
        offset: How many are.
        free: Cells left over after the last column.
    """

    places: tuple[Place, ...]
    gap: int
    scrollable: int
    offset: int
    free: int


def lay_out(columns: Sequence[Column[Any]], width: int, *, wide: bool = False, offset: int = 0) -> Layout:
    """Return the columns that fit ``width`` cells.

    Columns give way by their drop rank. Those that did not fit follow to the right of those that did, so scrolling
    sideways reaches every column at any width. While columns are scrolled the first one keeps its width.

    Args:
        columns: In the order of the screen; the first one always stays at the left.
        width: Cells of the whole line, gutter included.
        wide: Keep the order of ``columns`` and every one of them; what does not fit is scrolled to.
        offset: How many columns after the first are scrolled out at the left.
    """
    gap = 2 if width >= _ROOMY else 1
    rest = list(columns[1:])
    # On a wide screen names are read whole before figures that matter less come along.
    least = max(columns[0].width, width // _NAME_SHARE)
    first = msgspec.structs.replace(columns[0], width=min(columns[0].widest, least))
    kept = rest if wide else _kept(first, [column for column in rest if column.drop != 0], width, gap)
    free = width - GUTTER - first.width
    chosen, left = _fitting(kept, free, gap)
    places = _stretch([first, *chosen], max(0, left))
    order = kept if wide else [*kept, *(column for column in rest if column not in kept)]
    scrollable = max(0, len(order) - 1)
    offset = min(offset, scrollable)
    if offset:
        name = places[0]
        chosen, left = _fitting(order[offset:], width - GUTTER - name.width, gap)
        if not chosen:
            # A column that is too wide beside the whole name is still to be read.
            name = Place(columns[0], columns[0].width)
            chosen, left = _fitting(order[offset:], width - GUTTER - name.width, gap)
        places = [name, *_stretch(chosen, max(0, left))]
    used = GUTTER + sum(place.width for place in places) + gap * (len(places) - 1)
    return Layout(tuple(places), gap, scrollable, offset, max(0, width - used))


def _fitting(columns: Sequence[Column[Any]], free: int, gap: int) -> tuple[list[Column[Any]], int]:
    """Return the columns from the first on that fit, and the cells that are left."""
    chosen: list[Column[Any]] = []
    for column in columns:
        if free < gap + column.width:
            break
        chosen.append(column)
        free -= gap + column.width
    return chosen, free


def _kept(first: Column[Any], rest: Sequence[Column[Any]], width: int, gap: int) -> list[Column[Any]]:
    """Return the columns that stay when those of the lowest drop ranks give way one after the other."""
    kept = list(rest)
    droppable = [column for column in reversed(rest) if column.drop is not None]
    by_rank = sorted(droppable, key=lambda column: column.drop or 0)
    for column in by_rank:
        if GUTTER + first.width + sum(gap + other.width for other in kept) <= width:
            break
        kept.remove(column)
    return kept


def _stretch(columns: Sequence[Column[Any]], free: int) -> list[Place]:
    """Share free cells among the columns that can use them, alike, so that those that need few are whole first."""
    widths = [column.width for column in columns]
    by_appetite = sorted(range(len(columns)), key=lambda number: columns[number].widest - columns[number].width)
    for rank, number in enumerate(by_appetite):
        more = min(columns[number].widest - columns[number].width, free // (len(columns) - rank))
        widths[number] += more
        free -= more
    return [Place(column, width) for column, width in zip(columns, widths, strict=True)]
