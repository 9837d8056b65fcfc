"""A terminal emulator: what a program's bytes show, as cells that two moments can be compared by."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

import pyte
from pyte.screens import Char

from benchmarks.harness.terminal import Size

Cells = list[list[Char]]
"""Lines of cells."""

_UNSEEN: Final = re.compile(rb"\x1b\[[<=>][0-9;]*[A-Za-z]|\x1b\[\?[0-9;]*\$p|\x1bP[^\x1b]*\x1b\\")
"""Sequences that change nothing on the screen and that pyte would draw a part of: keyboard protocols and queries."""

_TORN: Final = re.compile(rb"\x1b(\[[<=>?]?[0-9;]*\$?|P[^\x1b]{0,200}\x1b?)?$")
"""A sequence that goes on in the next piece."""


class _Screen(pyte.Screen):
    """A screen that also scrolls on request (SU, SD) and repeats (REP), as all common terminals do."""

    def scroll_up(self, count: int | None = None) -> None:
        self._scroll(count, self.index, at_top=False)

    def scroll_down(self, count: int | None = None) -> None:
        self._scroll(count, self.reverse_index, at_top=True)

    def repeat(self, count: int | None = None) -> None:
        if self.cursor.x:
            self.draw(self.buffer[self.cursor.y][self.cursor.x - 1].data * (count or 1))

    def _scroll(self, count: int | None, step: object, *, at_top: bool) -> None:
        assert callable(step)
        before = self.cursor.y
        top, bottom = self.margins or pyte.screens.Margins(0, self.lines - 1)
        self.cursor.y = top if at_top else bottom
        for _ in range(count or 1):
            step()
        self.cursor.y = before


class _Stream(pyte.ByteStream):
    csi = {**pyte.Stream.csi, "S": "scroll_up", "T": "scroll_down", "b": "repeat"}  # noqa: RUF012 - as in pyte
    events = pyte.Stream.events | {"scroll_up", "scroll_down", "repeat"}


class Emulator:
    """A screen that is fed with bytes.

    Args:
        size: Of the terminal.
    """

    def __init__(self, size: Size) -> None:
        self.size = size
        self.screen = _Screen(size.columns, size.lines)
        self._stream = _Stream(self.screen)
        self._rest = b""

    def feed(self, data: bytes) -> None:
        """Take bytes; a sequence that is cut off at the end waits for the rest of it."""
        data = self._rest + data
        torn = _TORN.search(data)
        self._rest = torn.group() if torn is not None else b""
        self._stream.feed(_UNSEEN.sub(b"", data[: len(data) - len(self._rest)]))

    @property
    def lines(self) -> list[str]:
        """Return the text of the screen."""
        return list(self.screen.display)

    @property
    def text(self) -> str:
        """Return the text of the screen without trailing blanks."""
        return "\n".join(line.rstrip() for line in self.lines)

    def cells(self) -> Cells:
        """Return a copy of all cells."""
        buffer = self.screen.buffer
        return [[buffer[y][x] for x in range(self.size.columns)] for y in range(self.size.lines)]

    def rows(self, name: re.Pattern[str]) -> list[tuple[int, str]]:
        """Return the line numbers and the names of the rows that a list shows, found by the form of the names."""
        found = ((y, name.search(line)) for y, line in enumerate(self.lines))
        return [(y, match.group()) for y, match in found if match is not None]

    def cursor_row(self, name: re.Pattern[str]) -> int | None:
        """Return the line that looks other than the rest of the list: the one under the list's cursor."""
        looks = {}
        for y, line in enumerate(self.lines):
            match = name.search(line)
            if match is not None:
                cell = self.screen.buffer[y][match.start()]
                looks[y] = cell.bg, cell.reverse
        if len(looks) < 2:
            return next(iter(looks), None)
        usual = Counter(looks.values()).most_common(1)[0][0]
        return next((y for y, look in looks.items() if look != usual), None)

    def signature(self, name: re.Pattern[str]) -> tuple[tuple[tuple[int, str], ...], int | None]:
        """Return what a key changes and a tick does not: which rows stand where, and where the cursor is."""
        return tuple(self.rows(name)), self.cursor_row(name)


def seen(cell: Char) -> Char:
    """Return a cell as an eye sees it: of a blank only what is behind it counts."""
    if cell.data.strip() or cell.reverse or cell.underscore or cell.strikethrough:
        return cell
    return cell._replace(data=" ", fg="default", bold=False, italics=False, blink=False)


def changed(before: Cells, after: Cells) -> list[tuple[int, int]]:
    """Return line and column of every cell that looks different."""
    return [
        (y, x)
        for y, (old, new) in enumerate(zip(before, after, strict=True))
        if old != new
        for x, (was, now) in enumerate(zip(old, new, strict=True))
        if was != now and seen(was) != seen(now)
    ]
