"""The difference between what the terminal shows and what Textual wants it to show.

Textual sends whole regions again. Here its updates are laid into rows of cells, and only the cells that differ from
those the terminal was last told go out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from rich.console import Console
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

from flywheel_tui.tui.frame_diff.cells import Row, RowTable, Run
from flywheel_tui.tui.frame_diff.looks import PLAIN
from flywheel_tui.tui.frame_diff.pen import Pen, Place
from flywheel_tui.tui.frame_diff.scrolling import find_scroll
from flywheel_tui.tui.frame_diff.terminal import Terminal

_ORDINARY: Final = "\x0f\x1b(B\x1b[m"
_ALL_LINES: Final = "\x1b[r"
_CLEAR: Final = "\x1b[H\x1b[2J"
Changes = dict[int, list[Run]]
"""Where each row differs; rows that do not are not in it."""


class FrameDiff:
    """Remembers the cells of a terminal and tells it what changed.

    Args:
        terminal: What the terminal can do.
    """

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._table = RowTable()
        self._wanted: list[Row] = []
        self._laid: list[Mapping[int, Strip]] = []
        self._shown: list[Row] = []
        self._width = 0
        self._place = Place()
        self._forgotten = True

    def forget(self) -> None:
        """Trust nothing of what the terminal shows: the next frame is drawn anew. A signal handler may call it."""
        self._forgotten = True

    @property
    def forgotten(self) -> bool:
        """Return whether the next frame is drawn anew."""
        return self._forgotten

    @property
    def plain(self) -> bool:
        """Return whether what others write would be in the terminal's own colours."""
        return self._place.look is PLAIN

    def fits(self, update: CompositorUpdate) -> bool:
        """Return whether an update can be laid over the remembered cells; one of the whole screen always can."""
        if isinstance(update, ChopsUpdate):
            ends = update.chop_ends
            return len(ends) == len(self._wanted) and all(row[-1] == self._width for row in ends[:1])
        return isinstance(update, LayoutUpdate)

    def take(self, update: CompositorUpdate, console: Console) -> None:
        """Lay an update over the remembered cells.

        Args:
            update: A :class:`LayoutUpdate` of the whole screen, or a :class:`ChopsUpdate` that :meth:`fits`.
            console: The console it would be written with.
        """
        if isinstance(update, LayoutUpdate):
            width, height = update.region.size
            self._resize(width, height)
            for y, line in enumerate(update.strips):
                self._lay(y, _by_column(line), console)
        elif isinstance(update, ChopsUpdate):
            # Everything of a touched row counts, not only its touched cells: that cannot cut wide characters.
            for y in {y for y, _, _ in update.spans}:
                chops = {x: strip for x, strip in update.chops[y].items() if strip is not None}
                self._lay(y, chops, console)

    def frame(self, cursor: tuple[int, int] | None) -> str:
        """Return what makes the terminal show the remembered cells.

        Args:
            cursor: Where the terminal's cursor shall be in the end, ``(column, line)``; None is anywhere.
        """
        opening = ""
        if self._forgotten:
            self._forgotten = False
            self._shown = [Row.blank(self._width)] * len(self._wanted)
            opening = f"{_ORDINARY}{_ALL_LINES if self._terminal.scrolls else ''}{_CLEAR}"
            self._place = Place(0, 0, sure=True, look=PLAIN)
        pen = self._draw()
        self._shown = self._wanted.copy()
        pen.end_link()
        if cursor is not None:
            pen.go(*cursor)
        self._place = pen.place
        return opening + pen.text

    def _resize(self, width: int, height: int) -> None:
        if (width, height) != (self._width, len(self._wanted)):
            self._width = width
            self._wanted = [Row.blank(width)] * height
            self._laid = [{}] * height
            self._forgotten = True

    def _lay(self, y: int, strips: dict[int, Strip], console: Console) -> None:
        if y >= len(self._wanted):
            return
        laid = self._laid[y]
        # Textual keeps the strips of what did not change.
        if any(laid.get(x) is not strip for x, strip in strips.items()):
            self._wanted[y] = self._table.row(self._wanted[y], strips, console)
            self._laid[y] = strips

    def _draw(self) -> Pen:
        changes = self._changes(self._shown)
        scroll = find_scroll(self._shown, self._wanted, changes) if self._terminal.scrolls else None
        if scroll is None:
            return self._written(self._pen(), changes)
        pen = self._pen()
        scroll.write(pen, len(self._wanted))
        scrolled = self._written(pen, self._changes(scroll.apply(self._shown, self._width)))
        # To write every row anew takes the most time, which is lost where its characters alone are more.
        if self._fewest(changes) >= len(scrolled.text):
            return scrolled
        return min(scrolled, self._written(self._pen(), changes), key=lambda pen: len(pen.text))

    def _fewest(self, changes: Changes) -> int:
        """Return the fewest characters that write the changes: blanks may be erased many at once."""
        return sum(self._wanted[y].count_drawn(start, end) for y, runs in changes.items() for start, end in runs)

    def _pen(self) -> Pen:
        return Pen(self._place, self._width, erases_in_color=self._terminal.erases_in_color)

    def _changes(self, shown: Sequence[Row]) -> Changes:
        pairs = enumerate(zip(shown, self._wanted, strict=True))
        differing = ((y, old.differences(new)) for y, (old, new) in pairs if old is not new)
        return {y: runs for y, runs in differing if runs}

    def _written(self, pen: Pen, changes: Changes) -> Pen:
        for y, runs in changes.items():
            pen.row(y, self._wanted[y], runs)
        return pen


def _by_column(line: object) -> dict[int, Strip]:
    strips: dict[int, Strip] = {}
    x = 0
    for strip in line:  # type: ignore[attr-defined]
        strips[x] = strip
        x += strip.cell_length
    return strips
