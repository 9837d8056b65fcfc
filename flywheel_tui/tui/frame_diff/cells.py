"""The screen as rows of cells."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import Final

from rich.cells import split_graphemes
from rich.console import Console
from rich.segment import Segment
from textual.strip import Strip

from flywheel_tui.tui.frame_diff.looks import PLAIN, Look, LookTable

BLANK: Final = " "
BESIDE: Final = ""
"""What is in the second cell of a wide character."""


class Row:
    """One line of cells; never changed once it is made.

    Attributes:
        texts: The character in each cell with all that combines with it; :data:`BESIDE` right of a wide one.
        looks: How each cell looks.
        strips: Strips the row was last made of, by the column they begin at.
    """

    __slots__ = ("looks", "strips", "texts")

    def __init__(self, texts: list[str], looks: list[Look], strips: dict[int, Strip]) -> None:
        self.texts = texts
        self.looks = looks
        self.strips = strips

    @classmethod
    def blank(cls, width: int) -> Row:
        """Return a row as an erased terminal has it."""
        return cls([BLANK] * width, [PLAIN] * width, {})

    def with_strips(self, strips: dict[int, Strip], table: LookTable, console: Console) -> Row:
        """Return the row with strips laid over it, or this one where that changes nothing.

        Args:
            strips: Strips by the column they begin at; they do not overlap.
            table: Knows how styles look.
            console: The console they are drawn on.
        """
        known = self.strips
        if all(known.get(x) is strip for x, strip in strips.items()):
            return self
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
            self.strips = strips
            return self
        return Row(texts, looks, strips)

    def differences(self, other: Row) -> list[int]:
        """Return the columns where two rows of one width differ."""
        if self is other:
            return []
        texts_equal, looks_equal = self.texts == other.texts, self.looks == other.looks
        if looks_equal:
            if texts_equal:
                return []
            return [x for x, one, two in zip(count(), self.texts, other.texts, strict=False) if one != two]
        if texts_equal:
            return [x for x, one, two in zip(count(), self.looks, other.looks, strict=False) if one is not two]
        cells = zip(count(), self.texts, other.texts, self.looks, other.looks, strict=False)
        return [x for x, one, two, old, new in cells if one != two or old is not new]


def _close_cut_end(texts: list[str], new_texts: list[str], taken: int, end: int) -> None:
    """Blank a wide character whose second cell is beyond the row's end."""
    if taken < len(new_texts) and new_texts[taken] == BESIDE:
        texts[end - 1] = BLANK


def cells_of(strip: Iterable[Segment], table: LookTable, console: Console) -> tuple[list[str], list[Look]]:
    """Return what a strip has in each cell, and how that looks."""
    texts: list[str] = []
    looks: list[Look] = []
    for text, style, control in strip:
        if control or not text:
            continue
        look = table.look(style, console)
        blank = look.blank
        before = len(texts)
        if text.isascii() and text.isprintable():
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
    for start, end, width in split_graphemes(text)[0]:
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
