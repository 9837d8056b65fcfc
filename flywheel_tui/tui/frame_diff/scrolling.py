"""Finding rows that only moved up or down, so that the terminal can move them itself.

Sequences: DECSTBM (set the scrolled lines), LF at the lowest of them (IND), RI at the highest, as in the VT100.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from flywheel_tui.tui.frame_diff.cells import Row, Run
from flywheel_tui.tui.frame_diff.looks import PLAIN
from flywheel_tui.tui.frame_diff.pen import Pen

_FEWEST_ROWS: Final = 3
"""Below that many moved rows, setting the lines to scroll costs more than it saves."""
_FARTHEST_NEIGHBOUR: Final = 4
"""Rows in between, as the cursor's, may differ; farther ones moved for another reason."""


@dataclass(frozen=True, slots=True)
class Scroll:
    """Lines that move within a band.

    Attributes:
        top: First line of the band.
        bottom: Last line of the band.
        rows: How far they move up; negative is down.
    """

    top: int
    bottom: int
    rows: int

    def apply(self, shown: Sequence[Row], width: int) -> list[Row]:
        """Return the rows of the screen after it."""
        band = list(shown[self.top : self.bottom + 1])
        fresh = [Row.blank(width) for _ in range(abs(self.rows))]
        moved = band[self.rows :] + fresh if self.rows > 0 else fresh + band[: self.rows]
        return [*shown[: self.top], *moved, *shown[self.bottom + 1 :]]

    def write(self, pen: Pen, height: int) -> None:
        """Make the terminal do it."""
        # Some terminals give new lines the present background.
        pen.turn(PLAIN, blank=True)
        whole = self.top == 0 and self.bottom == height - 1
        if not whole:
            pen.control(f"\x1b[{self.top + 1};{self.bottom + 1}r")
        if self.rows > 0:
            pen.go(0, self.bottom)
            pen.control("\n" * self.rows)
        else:
            pen.go(0, self.top)
            pen.control("\x1bM" * -self.rows)
        if not whole:
            pen.control("\x1b[r")


def find_scroll(shown: Sequence[Row], wanted: Sequence[Row], changes: Mapping[int, Sequence[Run]]) -> Scroll | None:
    """Return the scroll that brings most changed rows to where they are wanted, or None where rows did not move.

    Args:
        shown: The rows on the screen.
        wanted: The rows that shall be there, of the same size.
        changes: For each row that differs the runs of columns where it does.
    """
    if len(changes) < _FEWEST_ROWS:
        return None
    # What stands beside the rows that moved, a border or another pane, may stay or change in its own way.
    left = min(runs[0][0] for runs in changes.values())
    right = max(runs[-1][1] for runs in changes.values())
    for end in (right, left + (right - left) // 2, left + (right - left) // 4):
        scroll = _find(shown, wanted, changes, left, end)
        if scroll is not None:
            return scroll
    return None


def _find(
    shown: Sequence[Row], wanted: Sequence[Row], changes: Mapping[int, Sequence[Run]], left: int, right: int
) -> Scroll | None:
    places: dict[str, int | None] = {}
    for y, row in enumerate(shown):
        # After wide characters that are other columns, but of equal rows the same.
        text = row.text[left:right]
        # Rows that are there twice tell nothing.
        places[text] = None if text in places else y
    moves: dict[int, int] = {}
    for y in changes:
        text = wanted[y].text[left:right]
        before = places.get(text)
        if before is not None and before != y and not text.isspace():
            moves[y] = before - y
    if not moves:
        return None
    rows, votes = Counter(moves.values()).most_common(1)[0]
    if votes < _FEWEST_ROWS:
        return None
    ys = _longest_band([y for y in sorted(moves) if moves[y] == rows])
    if len(ys) < _FEWEST_ROWS:
        return None
    return Scroll(min(ys[0], ys[0] + rows), max(ys[-1], ys[-1] + rows), rows)


def _longest_band(ys: list[int]) -> list[int]:
    bands = [[ys[0]]]
    for y, following in pairwise(ys):
        if following - y > _FARTHEST_NEIGHBOUR:
            bands.append([])
        bands[-1].append(following)
    return max(bands, key=len)
