"""The difference between what the terminal shows and what Textual wants it to show.

Textual sends whole regions again. Here its updates are laid into rows of cells, and only the cells that differ from
those the terminal was last told go out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.console import Console
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

from flywheel_tui.tui.frame_diff.cells import Row
from flywheel_tui.tui.frame_diff.looks import PLAIN, LookTable
from flywheel_tui.tui.frame_diff.pen import Pen, Place
from flywheel_tui.tui.frame_diff.scrolling import Scroll, find_scroll
from flywheel_tui.tui.frame_diff.terminal import Terminal

_ORDINARY: Final = "\x0f\x1b(B\x1b[m"
_ALL_LINES: Final = "\x1b[r"
_CLEAR: Final = "\x1b[H\x1b[2J"


class FrameDiff:
    """Remembers the cells of a terminal and tells it what changed.

    Args:
        terminal: What the terminal can do.
    """

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._table = LookTable()
        self._wanted: list[Row] = []
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
            self._forgotten = True

    def _lay(self, y: int, strips: dict[int, Strip], console: Console) -> None:
        if y < len(self._wanted):
            self._wanted[y] = self._wanted[y].with_strips(strips, self._table, console)

    def _draw(self) -> Pen:
        changes = self._changes(self._shown)
        plain = self._pen()
        scroll = find_scroll(self._shown, self._wanted, changes) if self._terminal.scrolls else None
        if scroll is not None:
            scrolled = self._scrolled(scroll)
            self._write(plain, changes)
            return min(scrolled, plain, key=lambda pen: len(pen.text))
        self._write(plain, changes)
        return plain

    def _scrolled(self, scroll: Scroll) -> Pen:
        pen = self._pen()
        scroll.write(pen, len(self._wanted))
        self._write(pen, self._changes(scroll.apply(self._shown, self._width)))
        return pen

    def _pen(self) -> Pen:
        return Pen(self._place, self._width, erases_in_color=self._terminal.erases_in_color)

    def _changes(self, shown: Sequence[Row]) -> dict[int, list[int]]:
        pairs = enumerate(zip(shown, self._wanted, strict=True))
        differing = ((y, old.differences(new)) for y, (old, new) in pairs if old is not new)
        return {y: columns for y, columns in differing if columns}

    def _write(self, pen: Pen, changes: dict[int, list[int]]) -> None:
        for y, columns in changes.items():
            pen.row(y, self._wanted[y], columns)


def _by_column(line: object) -> dict[int, Strip]:
    strips: dict[int, Strip] = {}
    x = 0
    for strip in line:  # type: ignore[attr-defined]
        strips[x] = strip
        x += strip.cell_length
    return strips
