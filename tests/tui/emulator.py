"""A terminal emulator for tests: what bytes make of a screen, cell for cell."""

from __future__ import annotations

from typing import NamedTuple

import pyte

Cell = tuple[str, str, str, bool, bool, bool, bool, bool, bool]


class Shown(NamedTuple):
    """A screen: its cells row by row, and the cursor's column and line."""

    cells: list[list[Cell]]
    cursor: tuple[int, int]


class Emulator:
    """A terminal as Textual's driver sets it up: without automatic line wrap.

    Pyte 0.8.2 does not repair a wide character of which one cell is overwritten, stops drawing at joiners and variation
    selectors, and knows neither dim text nor OSC 8; tests that need these look at the bytes.
    """

    def __init__(self, width: int, height: int) -> None:
        self._screen = pyte.Screen(width, height)
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
                for cell in (screen.buffer[y][x] for x in range(screen.columns))
            ]
            for y in range(screen.lines)
        ]
        return Shown(cells, (screen.cursor.x, screen.cursor.y))
