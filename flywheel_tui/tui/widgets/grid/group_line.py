"""The head of a group as a line: its name, whether it is folded, and what its rows come to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from flywheel_tui.domain.text import clean
from flywheel_tui.services.listing.field import FieldType, show_value
from flywheel_tui.tui.widgets.grid.column import GridView
from flywheel_tui.tui.widgets.grid.groups import Group, GroupTotals
from flywheel_tui.tui.widgets.line import Line, Piece, fit
from flywheel_tui.tui.widgets.tone import Tone

_OPEN: Final = "▾"
_FOLDED: Final = "▸"
_AT_LEAST: Final = "+"
"""After a sum that lacks rows whose value is unknown."""


def group_line(group: Group, view: GridView[Any], now: datetime, *, cursor: bool = False, plain_width: int = 0) -> Line:
    """Return the head of a group, as in ``▾ gitlab  37 runners  4 faults  busy 40/120  queue 21+``.

    Args:
        group: The group.
        view: What its rows are.
        now: The time, for sums that are ages.
        cursor: Whether the cursor is on it.
        plain_width: Width of the line under the cursor, where that is drawn in one colour because the theme swaps text
            and ground; 0 where it is not.
    """
    totals = group.totals
    noun = view.kind.singular if totals.rows == 1 and view.kind.singular else view.kind.name
    pieces = [
        Piece(f" {_FOLDED if group.folded else _OPEN} {clean(group.name)}", Tone.GROUP),
        Piece(f"  {totals.rows} {noun}"),
    ]
    if totals.faults:
        pieces.append(Piece(f"  {totals.faults} {'fault' if totals.faults == 1 else 'faults'}", Tone.WARNING))
    for name, figure in sums(totals, view, now):
        pieces += [Piece(f"  {name} ", Tone.MUTED), Piece(figure)]
    if cursor and plain_width:
        text = "".join(part.text for part in pieces)
        pieces = [Piece(fit(text, plain_width), Tone.GROUP)]
    return Line(tuple(pieces), Tone.CURSOR if cursor else None)


def sums(totals: GroupTotals, view: GridView[Any], now: datetime) -> Iterator[tuple[str, str]]:
    """Yield name and text of each sum; a ``+`` behind a figure says that rows are left out whose value is unknown."""
    wholes = set(view.whole_of.values())
    for name in view.summed:
        if name in wholes:
            continue
        figure = _sum(totals, view, name, now)
        if name in view.whole_of:
            figure += f"/{_sum(totals, view, view.whole_of[name], now)}"
        yield name, figure


def _sum(totals: GroupTotals, view: GridView[Any], name: str, now: datetime) -> str:
    field = view.kind.field(name)
    value = totals.sums.get(name)
    figure = show_value(value, field.type if field is not None else FieldType.COUNT, now)
    return figure + _AT_LEAST if value is not None and name in totals.partial else figure
