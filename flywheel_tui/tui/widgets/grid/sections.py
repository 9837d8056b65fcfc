"""Sorted keys that take single edits, and how lines are counted over groups of them."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from itertools import compress
from typing import Final

from flywheel_tui.services.listing.order import SortKey
from flywheel_tui.tui.widgets.grid.groups import Totals

_SINGLE_EDITS: Final = 256
"""Up to so many edits are done one by one, each of which moves places in memory; more rebuild the list, which touches
every key: 5 ms of 50,000."""


class Section:
    """The rows of one group in order, or of the whole list where it is not grouped.

    Attributes:
        name: The group; None for the only section of a list that is not grouped, which has no head.
        keys: Of the rows, ascending.
        totals: Of the rows, without ghosts.
    """

    __slots__ = ("keys", "name", "totals")

    def __init__(self, name: str | None, totals: Totals) -> None:
        self.name = name
        self.keys: list[SortKey] = []
        self.totals = totals

    def edit(self, gone: list[SortKey], come: list[SortKey]) -> None:
        """Take keys out and in; those to take out must be there, those to take in must not."""
        if len(gone) + len(come) <= _SINGLE_EDITS:
            for key in gone:
                del self.keys[bisect_left(self.keys, key)]
            for key in come:
                insort(self.keys, key)
            return
        if gone:
            kept = bytearray(b"\1") * len(self.keys)
            for place in _places(self.keys, sorted(gone)):
                kept[place] = 0
            self.keys = list(compress(self.keys, kept))
        if come:
            self.keys = _merged(self.keys, sorted(come))

    def place(self, key: SortKey) -> int:
        """Return where a key stands, or would stand."""
        return bisect_left(self.keys, key)


def _merged(keys: list[SortKey], come: list[SortKey]) -> list[SortKey]:
    """Return both sorted lists as one; long stretches of the first go over as a whole."""
    merged: list[SortKey] = []
    start = 0
    for key, place in zip(come, _places(keys, come), strict=True):
        merged += keys[start:place]
        merged.append(key)
        start = place
    merged += keys[start:]
    return merged


def _places(keys: list[SortKey], wanted: list[SortKey]) -> Iterator[int]:
    """Return where sorted keys stand, or would stand, in a sorted list: each is looked for ahead of the one before."""
    place, count = 0, len(keys)
    step = 2 * count // len(wanted) + 1
    for key in wanted:
        end = place + step
        while end < count and keys[end] < key:
            place, end = end, end + 4 * step
        place = bisect_left(keys, key, place, min(end, count))
        yield place
