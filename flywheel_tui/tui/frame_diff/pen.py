"""Writing cells to a terminal with as few bytes as possible: where the cursor is, how it writes, how it gets on.

Only sequences that every terminal with cursor addressing knows are used: CUP, CUU, CUD, CUF, BS, CR, LF and SGR.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from flywheel_tui.tui.frame_diff.cells import BESIDE, BLANK, Row, Run
from flywheel_tui.tui.frame_diff.looks import PLAIN, Look, link_change, transition

ERASE_TO_END: Final = "\x1b[K"
_WORTH_ERASING: Final = 3
"""Blanks that cost as much as erasing them."""
_WORTH_REPEATING: Final = 10
"""Cells that are never dearer to write again than to move over."""


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of the terminal.

    Attributes:
        x: The cursor's column; the width of the screen when the last column was written.
        y: The cursor's line.
        sure: Whether the cursor is there: terminals do not agree on how wide some characters are.
        look: How it writes; None when that is unknown.
    """

    x: int = 0
    y: int = 0
    sure: bool = False
    look: Look | None = None


@lru_cache(maxsize=4096)
def move(from_x: int, from_y: int, to_x: int, to_y: int, width: int) -> str:
    """Return the shortest way of the cursor from one place to another.

    Args:
        from_x: Column, or ``width`` for behind the last one: terminals differ in what is relative to that.
        from_y: Line.
        to_x: Column.
        to_y: Line.
        width: Columns of the screen.
    """
    if (from_x, from_y) == (to_x, to_y):
        return ""
    ways = [move_to(to_x, to_y)]
    rows = to_y - from_y
    if from_x < width:
        ways.append(_vertical(rows) + _horizontal(from_x, to_x))
    if rows >= 0:
        # A terminal line may turn LF into CR LF, so LF stands behind a CR only.
        ways.append("\r" + "\n" * rows + _horizontal(0, to_x))
    return min(ways, key=len)


def move_to(x: int, y: int) -> str:
    """Return the cursor's way to a place from anywhere."""
    if x:
        return f"\x1b[{y + 1};{x + 1}H"
    return f"\x1b[{y + 1}H" if y else "\x1b[H"


def _vertical(rows: int) -> str:
    return _repeated("B", rows) if rows > 0 else _repeated("A", -rows)


def _horizontal(from_x: int, to_x: int) -> str:
    if to_x >= from_x:
        return _repeated("C", to_x - from_x)
    return min("\b" * (from_x - to_x), _repeated("D", from_x - to_x), key=len)


def _repeated(final: str, times: int) -> str:
    if not times:
        return ""
    return f"\x1b[{final}" if times == 1 else f"\x1b[{times}{final}"


class Pen:
    """Writes rows of cells on a screen.

    Args:
        place: What is known of the terminal before.
        width: Columns of the screen.
        erases_in_color: Whether erased cells take the present background.
    """

    def __init__(self, place: Place, width: int, *, erases_in_color: bool) -> None:
        self._x, self._y, self._sure, self._look = place.x, place.y, place.sure, place.look
        self._width = width
        self._erases_in_color = erases_in_color
        self._written: list[str] = []

    @property
    def text(self) -> str:
        """Return all that was written."""
        return "".join(self._written)

    @property
    def place(self) -> Place:
        """Return what is known of the terminal now."""
        return Place(self._x, self._y, self._sure, self._look)

    def control(self, text: str) -> None:
        """Write a sequence after which terminals have their cursor in different places."""
        self._written.append(text)
        self._sure = False

    def go(self, x: int, y: int) -> None:
        """Move the cursor."""
        self._written.append(self._way(x, y))
        self._x, self._y, self._sure = x, y, True

    def turn(self, look: Look, *, blank: bool = False) -> None:
        """Write in that look from now on; of blanks only what can be seen counts."""
        if not _serves(self._look, look, blank=blank):
            self._written += transition(self._look, look), link_change(self._look, look)
            self._look = look

    def end_link(self) -> None:
        """Close a link: nothing that others write belongs to it."""
        look = self._look
        if look is not None and look.link:
            self._written.append(link_change(look, PLAIN))
            self._look = None

    def row(self, y: int, row: Row, runs: list[Run]) -> None:
        """Write the cells of a row that are in ``runs``, which ascend, and others where that is cheaper."""
        erased = self._erased_from(row, runs)
        if erased is not None:
            runs = [(start, min(end, erased)) for start, end in runs if start < erased]
        for start, end in runs if row.simple else _whole_characters(row.texts, runs):
            self._cross(start, y, row)
            self._put(row, start, end)
        if erased is not None:
            self._cross(erased, y, row)
            self.turn(row.looks[erased], blank=True)
            self._written.append(ERASE_TO_END)

    def _way(self, x: int, y: int) -> str:
        return move(self._x, self._y, x, y, self._width) if self._sure else move_to(x, y)

    def _cross(self, x: int, y: int, row: Row) -> None:
        """Get to a column by moving, or by writing again what is in between."""
        way = self._way(x, y)
        gap = x - self._x
        if self._sure and y == self._y and 0 < gap <= min(len(way) + 4, _WORTH_REPEATING):
            between = "".join(row.texts[self._x : x])
            if len(between) == gap and between.isascii():
                # Where the look changes on the way, both the way and the target cost a change.
                cost, look = gap, self._look
                for at, wanted in enumerate(row.looks[self._x : x + 1], self._x):
                    if look is not wanted and not _serves(look, wanted, blank=row.texts[at] == BLANK):
                        cost += _cost(look, wanted)
                        look = wanted
                straight = not _serves(self._look, row.looks[x], blank=row.texts[x] == BLANK)
                if cost <= len(way) + (_cost(self._look, row.looks[x]) if straight else 0):
                    self._put(row, self._x, x)
                    return
        self.go(x, y)

    def _put(self, row: Row, start: int, end: int) -> None:
        """Write the cells from ``start`` to before ``end``, where the cursor is at ``start``."""
        turns, looks = row.turns, row.looks
        at, turn = start, bisect_right(turns, start)
        while at < end:
            after = min(turns[turn], end)
            text = row.text[at:after] if row.simple else "".join(row.texts[at:after])
            look = looks[at]
            if look is not self._look:
                self.turn(look, blank=text.isspace() and text.isascii())
            if self._sure and text.isascii():
                self._written.append(text)
            elif row.simple:
                self._written.append(text)
                self._sure = False
            else:
                self._put_doubtful(row.texts, start, at, after)
            at, turn = after, turn + 1
        self._x = end

    def _put_doubtful(self, texts: list[str], start: int, at: int, end: int) -> None:
        """Write text where terminals may differ in the width of it or of what stands before it."""
        for x in range(at, end):
            text = texts[x]
            if text == BESIDE:
                continue
            if x > start and len(texts[x - 1] or texts[x - 2]) > 1:
                # Only some terminals draw several characters as one.
                self._written.append(move_to(x, self._y))
            self._written.append(text)
        self._sure = False

    def _erased_from(self, row: Row, runs: list[Run]) -> int | None:
        """Return the first column to write that only blanks of one look follow, where erasing is cheaper and same."""
        look = row.looks[-1]
        if row.texts[-1] != BLANK or look.paints_blanks or (look.ground and not self._erases_in_color):
            return None
        width = len(row.texts)
        turned = row.turns[-2] if len(row.turns) > 1 else 0
        first = max(turned, width - (len(row.text) - len(row.text.rstrip(BLANK))))
        blanks = [(max(start, first), end) for start, end in runs if end > first]
        return blanks[0][0] if sum(end - start for start, end in blanks) > _WORTH_ERASING else None


def _serves(present: Look | None, wanted: Look, *, blank: bool) -> bool:
    """Return whether cells can be written as the pen is."""
    return present is wanted or (blank and present is not None and present.blank is wanted)


def _cost(before: Look | None, after: Look) -> int:
    return len(transition(before, after)) + len(link_change(before, after))


def _whole_characters(texts: list[str], columns: Iterable[Run]) -> list[Run]:
    """Return runs that have both cells of wide characters, joined where they meet.

    A run never begins in the second cell: where that differs, so does the first.
    """
    runs: list[Run] = []
    width = len(texts)
    for start, end in columns:
        while end < width and texts[end] == BESIDE:
            end += 1
        if runs and start <= runs[-1][1]:
            runs[-1] = runs[-1][0], max(end, runs[-1][1])
        else:
            runs.append((start, end))
    return runs
