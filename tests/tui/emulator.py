"""A terminal emulator for tests: what bytes make of a screen, cell for cell."""

from __future__ import annotations

from typing import NamedTuple

import pyte
from pyte.screens import Char

Cell = tuple[str, str, str, bool, bool, bool, bool, bool, bool]


def seen(cell: Cell) -> Cell:
    """Return a cell without what cannot be seen of a blank: its text colour, bold and italic."""
    data, _, ground, _, _, underline, strike, reverse, blink = cell
    if data == " " and not (underline or strike or reverse or blink):
        return (" ", "", ground, False, False, False, False, False, False)
    return cell


class Shown(NamedTuple):
    """A screen: its cells row by row, and the cursor's column and line."""

    cells: list[list[Cell]]
    cursor: tuple[int, int]


class Erasing(pyte.Screen):
    """A screen that erases as terminals do: nothing of the present look but, on some of them, the background.

    Args:
        columns: Width.
        lines: Height.
        in_color: Whether erased cells and new lines take the present background (terminfo's ``bce``).
    """

    def __init__(self, columns: int, lines: int, *, in_color: bool) -> None:
        self._in_color = in_color
        super().__init__(columns, lines)

    @property
    def _erased(self) -> Char:
        return self.default_char._replace(bg=self.cursor.attrs.bg if self._in_color else "default")

    def erase_in_line(self, how: int = 0, private: bool = False) -> None:
        assert how == 0
        for x in range(self.cursor.x, self.columns):
            self.buffer[self.cursor.y][x] = self._erased

    def index(self) -> None:
        bottom = self.margins.bottom if self.margins else self.lines - 1
        scrolls = self.cursor.y == bottom
        super().index()
        if scrolls:
            self._erase_line(bottom)

    def reverse_index(self) -> None:
        top = self.margins.top if self.margins else 0
        scrolls = self.cursor.y == top
        super().reverse_index()
        if scrolls:
            self._erase_line(top)

    def _erase_line(self, y: int) -> None:
        for x in range(self.columns):
            self.buffer[y][x] = self._erased


class Emulator:
    """A terminal as Textual's driver sets it up: without automatic line wrap.

    Pyte 0.8.2 does not repair a wide character of which one cell is overwritten, stops drawing at joiners and variation
    selectors, gives erased cells the whole present look, and knows neither dim text nor OSC 8; tests that need these
    look at the bytes.

    Args:
        width: Columns.
        height: Lines.
        erases_in_color: Erase as real terminals do, with or without the present background; None erases as pyte does.
    """

    def __init__(self, width: int, height: int, *, erases_in_color: bool | None = None) -> None:
        self._screen = (
            pyte.Screen(width, height) if erases_in_color is None else Erasing(width, height, in_color=erases_in_color)
        )
        self._stream = pyte.Stream(self._screen)
        self._stream.feed("\x1b[?7l")

    def feed(self, text: str) -> None:
        self._stream.feed(text)

    def resize(self, width: int, height: int) -> None:
        self._screen.resize(height, width)

    def shown(self) -> Shown:
        screen = self._screen
        cells = [
            [
                seen(
                    (
                        cell.data,
                        cell.fg,
                        cell.bg,
                        cell.bold,
                        cell.italics,
                        cell.underscore,
                        cell.strikethrough,
                        cell.reverse,
                        cell.blink,
                    )
                )
                for cell in (screen.buffer[y][x] for x in range(screen.columns))
            ]
            for y in range(screen.lines)
        ]
        return Shown(cells, (screen.cursor.x, screen.cursor.y))
