"""The screen as rows of cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from operator import is_not, ne
from typing import Final

from rich.cells import split_graphemes
from rich.console import Console
from rich.segment import Segment
from textual.strip import Strip

from flywheel_tui.tui.frame_diff.looks import PLAIN, Look, LookTable

BLANK: Final = " "
BESIDE: Final = ""
"""What is in the second cell of a wide character."""
Run = tuple[int, int]
"""Neighbouring columns: the first, and the first behind them."""

_MARKED: Final = re.compile(b"\x01+")
_MOST_ROWS: Final = 512
"""Some pages of rows, which is what scrolling to and fro shows again."""
_narrow: Final[set[str]] = set()
"""Characters known to fill one cell, whatever stands beside them."""


class Row:
    """One line of cells; never changed once it is made.

    Attributes:
        texts: The character in each cell with all that combines with it; :data:`BESIDE` right of a wide one.
        looks: How each cell looks.
    """

    def __init__(self, texts: list[str], looks: list[Look]) -> None:
        self.texts = texts
        self.looks = looks

    @classmethod
    def blank(cls, width: int) -> Row:
        """Return a row as an erased terminal has it."""
        return cls([BLANK] * width, [PLAIN] * width)

    @cached_property
    def text(self) -> str:
        """The characters of all cells."""
        return "".join(self.texts)

    @cached_property
    def simple(self) -> bool:
        """Whether each cell has one character, so that :attr:`text` has the characters by column."""
        return len(self.text) == len(self.texts) and BESIDE not in self.texts

    @cached_property
    def turns(self) -> list[int]:
        """The columns where another look begins, then the width."""
        looks, width = self.looks, len(self.looks)
        turns = [mark.start() + 1 for mark in re.finditer(b"\x01", bytes(map(is_not, looks, looks[1:])))]
        return [*turns, width]

    def laid_over(self, strips: Mapping[int, Strip], table: LookTable, console: Console) -> Row:
        """Return the row with strips laid over it, or this one where that changes nothing.

        Args:
            strips: Strips by the column they begin at; they do not overlap.
            table: Knows how styles look.
            console: The console they are drawn on.
        """
        texts, looks = self.texts.copy(), self.looks.copy()
        width = len(texts)
        for x, strip in strips.items():
            new_texts, new_looks = cells_of(strip, table, console)
            end = min(x + len(new_texts), width)
            if x >= end:
                continue
            if texts[x] == BESIDE:
                texts[x - 1] = BLANK
            texts[x:end] = new_texts[: end - x]
            looks[x:end] = new_looks[: end - x]
            if end < width and texts[end] == BESIDE:
                texts[end] = BLANK
            _close_cut_end(texts, new_texts, end - x, end)
        if texts == self.texts and looks == self.looks:
            return self
        return Row(texts, looks)

    def count_drawn(self, start: int, end: int) -> int:
        """Return how many characters of the columns from ``start`` to before ``end`` are not blanks."""
        text = self.text[start:end] if self.simple else "".join(self.texts[start:end])
        return len(text) - text.count(BLANK)

    def differences(self, other: Row) -> list[Run]:
        """Return the columns where two rows of one width differ."""
        if self is other:
            return []
        # Comparing runs inside the interpreter, not in a loop: a page has ten thousand cells.
        marks = [
            bytes(map(compare, one, two))
            for compare, one, two in ((ne, self.texts, other.texts), (is_not, self.looks, other.looks))
            if one != two
        ]
        if not marks:
            return []
        if len(marks) == 1:
            return [mark.span() for mark in _MARKED.finditer(marks[0])]
        both = int.from_bytes(marks[0], "big") | int.from_bytes(marks[1], "big")
        return [mark.span() for mark in _MARKED.finditer(both.to_bytes(len(marks[0]), "big"))]


class RowTable:
    """Knows the rows that whole lines of strips make, so that a line that comes again, or moves, is the same row."""

    def __init__(self) -> None:
        self._looks = LookTable()
        self._rows: dict[tuple[object, ...], Row] = {}

    def row(self, before: Row, strips: Mapping[int, Strip], console: Console) -> Row:
        """Return a row with strips laid over it.

        Args:
            before: The row they are laid over.
            strips: Strips by the column they begin at; they do not overlap.
            console: The console they are drawn on.
        """
        width = len(before.texts)
        key: list[object] = [width]
        covered = 0
        for x, strip in strips.items():
            if x != covered:
                break
            covered += strip.cell_length
            key.append(x)
            key += strip
        if covered != width:
            return before.laid_over(strips, self._looks, console)
        row = self._rows.get(tuple(key))
        if row is None:
            if len(self._rows) >= _MOST_ROWS:
                self._rows.clear()
            row = self._rows[tuple(key)] = Row.blank(width).laid_over(strips, self._looks, console)
        return row


def _close_cut_end(texts: list[str], new_texts: list[str], taken: int, end: int) -> None:
    """Blank a wide character whose second cell is beyond the row's end."""
    if taken < len(new_texts) and new_texts[taken] == BESIDE:
        texts[end - 1] = BLANK


def cells_of(strip: Iterable[Segment], table: LookTable, console: Console) -> tuple[list[str], list[Look]]:
    """Return what a strip has in each cell, and how that looks.

    What would combine with the cell before the strip is left out: that cell is another widget's, and would get it
    again with each update.
    """
    texts: list[str] = []
    looks: list[Look] = []
    for text, style, control in strip:
        if control or not text:
            continue
        look = table.look(style, console)
        blank = look.blank
        before = len(texts)
        if (text.isascii() and text.isprintable()) or _narrow.issuperset(text):
            texts += text
        else:
            _add_clusters(texts, text)
        if blank is look or BLANK not in text:
            looks += [look] * (len(texts) - before)
        else:
            # Colours that nobody can see would cost bytes.
            looks += [blank if cell == BLANK else look for cell in texts[before:]]
    return texts, looks


def _add_clusters(texts: list[str], text: str) -> None:
    spans = split_graphemes(text)[0]
    if len(spans) == len(text) and text.isprintable() and all(width == 1 for _, _, width in spans):
        _narrow.update(text)
        texts += text
        return
    for start, end, width in spans:
        # A control character has no width; a terminal would act on it.
        cluster = "".join(filter(_is_drawn, text[start:end]))
        if width:
            texts.append(cluster)
            texts.extend([BESIDE] * (width - 1))
        elif texts and cluster:
            # What combines with the character before it, which another style drew.
            at = len(texts) - 1
            while at and texts[at] == BESIDE:
                at -= 1
            texts[at] += cluster


def _is_drawn(character: str) -> bool:
    return character >= BLANK and not "\x7f" <= character < "\xa0"
