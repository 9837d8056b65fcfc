"""A row as a line: gutter and cells, with what changed, what was found, and what is no longer confirmed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeVar

from flywheel_tui.domain.row import Row
from flywheel_tui.services.listing.format import UNKNOWN
from flywheel_tui.tui.widgets.fitted import fit_pieces
from flywheel_tui.tui.widgets.grid.age import cell_text
from flywheel_tui.tui.widgets.grid.look import Look
from flywheel_tui.tui.widgets.grid.model import Direction, Entry
from flywheel_tui.tui.widgets.line import Line, Piece, fit, joined
from flywheel_tui.tui.widgets.tone import GHOST_MARK, MARKED_SYMBOL, STALE_SYMBOL, Mark, Tone

R = TypeVar("R", bound=Row)

GONE: Final = "gone"
"""The state of a row that its source no longer lists."""

_ARROWS: Final = {Direction.UP: "↑", Direction.DOWN: "↓", Direction.OTHER: "Δ"}


def row_line(entry: Entry[R], row: R, look: Look[R], changed: Mapping[str, Direction], *, cursor: bool) -> Line:
    """Return the line of a row.

    Args:
        entry: Whether it is a ghost, and whether it is marked.
        row: The row.
        look: What all lines share.
        changed: How fields differ from the reading before, by name.
        cursor: Whether the cursor is on it.
    """
    over = Tone.CURSOR if cursor else Tone.MARKED if entry.marked else None
    if entry.ghost:
        gutter = _gutter(GHOST_MARK, None, marked=entry.marked, stale=False)
        return Line(joined((gutter, *_ghost_cells(row, look))), over)
    mark = look.view.mark(row)
    feed = look.view.feed(row, look.snapshot)
    stale = feed is not None and feed.name in look.stale
    # Where nothing confirms the row any more, and under a cursor that swaps colours, the line speaks with one tone.
    tone = Tone.STALE if stale else mark.tone if cursor and look.plain_cursor else None
    gutter = _gutter(mark, tone, marked=entry.marked, stale=stale)
    cells = _cells(row, look, mark, tone, changed)
    # A bar of one colour ends with the line, not with the last column.
    rest = (Piece(" " * look.layout.free, tone),) if tone is not None else ()
    return Line(joined((gutter, *cells, *rest)), over)


def _gutter(mark: Mark, tone: Tone | None, *, marked: bool, stale: bool) -> Piece:
    """Return the cells before the first column; a row that is marked and stale says both."""
    sign = STALE_SYMBOL if stale else " "
    text = f"{MARKED_SYMBOL}{mark.symbol}{sign}" if marked else f"{sign}{mark.symbol} "
    return Piece(text, tone or mark.tone)


def _cells(row: R, look: Look[R], mark: Mark, tone: Tone | None, changed: Mapping[str, Direction]) -> Iterator[Piece]:
    gap = " " * look.layout.gap
    arrow: Piece | None = None
    for number, place in enumerate(look.layout.places):
        column = place.column
        name = column.field.name
        text = cell_text(column.field, row, look.now)
        old = tone is None and text != UNKNOWN and not look.stale.isdisjoint(column.told_by(row))
        if old and len(text) < place.width:
            text = STALE_SYMBOL + text
        shown = tone or (Tone.STALE if old else column.tone(row) or mark.tone)
        lead = gap if number else ""
        if arrow is not None:
            # An arrow takes the place of a blank, so that figures stay where they are.
            yield arrow
            arrow, lead = None, lead[1:]
        found = look.filter.found(name, text) if look.filter is not None else ()
        direction = changed.get(name)
        if direction is None and not found:
            yield Piece(lead + fit(text, place.width, right=column.right, middle=column.middle), shown)
            continue
        if lead:
            yield Piece(lead, shown)
        over = None if direction is None else Tone.CHANGED
        pieces = fit_pieces(text, place.width, shown, over=over, found=found, right=column.right, middle=column.middle)
        if direction is not None:
            arrow = Piece(_ARROWS[direction], shown)
            if not column.right and pieces[-1].over is None:
                *pieces_before, padding = pieces
                pieces = (*pieces_before, arrow, padding._replace(text=padding.text[1:]))
                arrow = None
        yield from pieces
    if arrow is not None and look.layout.free and tone is None:
        yield arrow


def _ghost_cells(row: R, look: Look[R]) -> Iterator[Piece]:
    for number, place in enumerate(look.layout.places):
        column = place.column
        is_state = column.field.name == look.view.state
        text = GONE if is_state else cell_text(column.field, row, look.now)
        text = fit(text, place.width, right=column.right, middle=column.middle)
        bare = text.strip()
        before, _, after = text.partition(bare) if bare else (text, "", "")
        # A line through blanks would look like a rule, and the word is true: it is not struck.
        yield Piece((" " * look.layout.gap if number else "") + before)
        yield Piece(bare, Tone.MUTED if is_state else Tone.GHOST)
        yield Piece(after)
