"""The header: whose fleet this is, how it is, and how far each source can be believed."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from flywheel_tui.domain.snapshot import Snapshot
from flywheel_tui.services.fleet_service import Picture
from flywheel_tui.tui.deck import Deck
from flywheel_tui.tui.widgets.header_parts import (
    WORST_FIRST,
    context_parts,
    count_parts,
    fit_parts,
    frozen_parts,
    rate_parts,
    role_parts,
    short_count_parts,
    short_source_parts,
    short_work_parts,
    source_parts,
    work_parts,
)
from flywheel_tui.tui.widgets.line import Line, Piece, cut_line, piece
from flywheel_tui.tui.widgets.lines import Lines
from flywheel_tui.tui.widgets.tone import FEED_TONES, Tone

_TWO_LINES_FROM: Final = 160
_FULL_FROM_ROWS: Final = 30
_SHORT_ROLE_RANK: Final = 3
"""What this console may do is said before how many budgets are left."""


def header_lines(deck: Deck, picture: Picture, now: datetime, width: int, *, short: bool = False) -> tuple[Line, ...]:
    """Return the lines of the header for a screen of that width.

    How many there are depends on the width and on whether a source fails, so that nothing jumps as ages grow.

    Args:
        deck: Whose settings and freeze are told.
        picture: The live picture.
        now: The time.
        width: Cells of a line.
        short: One line for everything, and one more for what is wrong with a source.
    """
    snapshot, totals = picture.snapshot, picture.fleet.totals
    contexts = deck.settings.contexts
    frozen = frozen_parts(deck.fleet.frozen_at, deck.fleet.waiting)
    clock = Line((Piece(f"{now:%H:%M}Z", Tone.MUTED),))
    first = [*context_parts(contexts), *role_parts(contexts), *frozen]
    if short:
        parts = [
            *context_parts(contexts),
            *(part._replace(rank=_SHORT_ROLE_RANK) for part in role_parts(contexts)),
            *frozen,
            *short_count_parts(totals, snapshot),
            *short_work_parts(totals, snapshot, now),
            *short_source_parts(snapshot, now, deck.started_at),
        ]
        line = _apart(fit_parts(parts, width - clock.width - 2, gap=1), clock, width)
        return (line, *_trouble(snapshot, now, width)[:1])
    fleet = [*first, *count_parts(totals, snapshot)]
    work = work_parts(totals, snapshot, now)
    sources = [*source_parts(snapshot, now, deck.started_at), *rate_parts(deck.look.rate_s)]
    told = _apart(fit_parts(sources, width - clock.width - 2), clock, width)
    if width >= _TWO_LINES_FROM:
        left = fit_parts(fleet, width - 2 - sum(part.width + 3 for part in work))
        lines = [_apart(left, fit_parts(work, width - left.width - 3), width), told]
    else:
        lines = [fit_parts(fleet, width), fit_parts(work, width), told]
    return (*lines, *_trouble(snapshot, now, width))


def _apart(left: Line, right: Line, width: int) -> Line:
    filler = Piece(" " * max(1, width - left.width - right.width - 1))
    return cut_line(Line((*left.pieces, filler, *right.pieces)), width)


def _trouble(snapshot: Snapshot, now: datetime, width: int) -> tuple[Line, ...]:
    """Return the sentence of the worst failing source and what to do, on two lines where one is too short."""
    failing = [(feed, failure) for feed in snapshot.feeds.values() if (failure := feed.failure) is not None]
    if not failing:
        return ()
    worst, failure = min(failing, key=lambda pair: WORST_FIRST.index(pair[0].state(now)))
    tone = FEED_TONES[worst.state(now)]
    what = (Piece(" ✗ ", tone), piece(f"{worst.name}: {failure.message}", tone))
    more = Piece(f"  +{len(failing) - 1} more, :sources" if len(failing) > 1 else "  :sources", Tone.MUTED)
    if not failure.next_step:
        return (cut_line(Line((*what, more)), width),)
    step = piece(f" {failure.next_step}")
    whole = Line((*what, step, more))
    if whole.width <= width:
        return (whole,)
    return cut_line(Line((*what, more)), width), cut_line(Line((Piece("  "), step)), width)


class Header(Lines, can_focus=False):
    """Draws :func:`header_lines`."""

    DEFAULT_CSS = """
    Header { height: 3; }
    """

    def __init__(self, deck: Deck) -> None:
        super().__init__(id="header")
        self._deck = deck
        self._picture = deck.fleet.current
        self._now = deck.started_at
        self._lines: tuple[Line, ...] = ()

    @property
    def short(self) -> bool:
        """Return whether the header is one line: as the operator chose, or where the rows of the terminal are few."""
        chosen = self._deck.look.short_header
        return self.app.size.height < _FULL_FROM_ROWS if chosen is None else chosen

    def show(self, picture: Picture, now: datetime) -> None:
        """Draw what differs."""
        self._picture, self._now = picture, now
        self._update()

    def resized(self) -> None:
        """Use the new width."""
        self._update()

    def line_at(self, y: int) -> Line:
        """Return a line of the header."""
        return self._lines[y] if y < len(self._lines) else Line()

    def _update(self) -> None:
        width = self.size.width or self.app.size.width
        self._lines = header_lines(self._deck, self._picture, self._now, width, short=self.short)
        if self.styles.height is None or self.styles.height.value != len(self._lines):
            self.styles.height = len(self._lines)
        self.redraw()
