"""Groups of a list: which ones a row belongs to, how they are ordered, and what they add up to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeVar

import msgspec

from flywheel_tui.domain.errors import UsageError
from flywheel_tui.domain.record import Record
from flywheel_tui.domain.row import Row
from flywheel_tui.services.listing.field import Field, FieldType, Kind
from flywheel_tui.services.listing.format import UNKNOWN

R = TypeVar("R", bound=Row)

GROUPING_TYPES: Final = frozenset({FieldType.TEXT, FieldType.WORDS, FieldType.FLAG})

_SCALE: Final = 1 << 20


class GroupTotals(Record, frozen=True):
    """What the rows of a group that pass the filter come to; ghosts do not count.

    Attributes:
        rows: How many there are.
        faults: How many of them are in trouble.
        sums: By field name, over the rows whose value is known; None where no row's is.
        partial: Fields whose sum lacks rows, because their value is unknown: it is at least that much.
    """

    rows: int
    faults: int
    sums: Mapping[str, float | int | None] = msgspec.field(default_factory=dict)
    partial: frozenset[str] = frozenset()


class Group(Record, frozen=True):
    """A group, as its head shows it.

    Attributes:
        name: The value that its rows have in common; ``–`` for those whose value is unknown.
        folded: Whether its rows are put away.
        totals: Also of rows that are put away.
    """

    name: str
    folded: bool
    totals: GroupTotals


Figures = tuple[float | int | None, ...]
"""What one row brings to the totals of its group: 1 where it is a fault, else 0, then the values of summed fields.

A plain tuple of numbers: there is one for each row, and the garbage collector passes it by.
"""


class Totals:
    """Totals that follow single rows, so that a change costs what the changed rows cost.

    Fractions are added up as whole multiples of 2**-20: taking away what was added leaves no rest.

    Args:
        fields: Names of the summed fields, in the order of the figures.
    """

    __slots__ = ("_fields", "_fractions", "_known", "_sums", "rows")

    def __init__(self, fields: Sequence[str]) -> None:
        self.rows = 0
        self._fields = fields
        self._known = [0] * (1 + len(fields))
        self._fractions = [0] * (1 + len(fields))
        self._sums = [0] * (1 + len(fields))

    def add(self, figures: Figures, sign: int = 1) -> None:
        """Count a row in, or out with a ``sign`` of -1."""
        self.rows += sign
        for number, value in enumerate(figures):
            if value is not None:
                self._put(number, value, sign)

    def swap(self, old: Figures, new: Figures) -> None:
        """Count a row that stays with other figures."""
        for number, (before, after) in enumerate(zip(old, new, strict=True)):
            if before is not after and before != after:
                if before is not None:
                    self._put(number, before, -1)
                if after is not None:
                    self._put(number, after, 1)

    def _put(self, number: int, value: float | int, sign: int) -> None:
        self._known[number] += sign
        if isinstance(value, float):
            self._fractions[number] += sign
            self._sums[number] += sign * round(value * _SCALE)
        else:
            self._sums[number] += sign * value * _SCALE

    def told(self) -> GroupTotals:
        """Return the totals as they are now."""
        return GroupTotals(
            rows=self.rows,
            faults=self._sums[0] // _SCALE,
            sums={name: self._sum(number) for number, name in enumerate(self._fields, 1)},
            partial=frozenset(name for number, name in enumerate(self._fields, 1) if self._known[number] < self.rows),
        )

    def _sum(self, number: int) -> float | int | None:
        if self.rows and not self._known[number]:
            return None
        scaled = self._sums[number]
        return scaled / _SCALE if self._fractions[number] else scaled // _SCALE


def group_order(name: str) -> tuple[bool, str, str]:
    """Return what to order groups by: their names, the unknown last."""
    return name == UNKNOWN, name.casefold(), name


def group_names(kind: Kind[R], name: str) -> Callable[[R, datetime], tuple[str, ...]]:
    """Return what names the groups of a row by the value of a field: one, or one for each word of several.

    Raises:
        UsageError: There is no such field, or it is not one that rows have in common.
    """
    field = kind.field(name)
    if field is None or field.type not in GROUPING_TYPES:
        possible = ", ".join(field.name for field in kind.fields if field.type in GROUPING_TYPES)
        raise UsageError(f"{kind.name} cannot be grouped by {name}.", next_step=f"There are {possible}.")
    by = field

    def names(row: R, now: datetime) -> tuple[str, ...]:
        if by.type is FieldType.WORDS:
            value = by.value(row)
            if isinstance(value, tuple):
                return tuple(dict.fromkeys(word or UNKNOWN for word in value)) or (UNKNOWN,)
        return (by.show(row, now) or UNKNOWN,)

    return names


def fields_of(kind: Kind[R], names: Iterable[str]) -> list[Field[R]]:
    """Return the fields of those names.

    Raises:
        KeyError: The kind has no such field.
    """
    found = []
    for name in names:
        field = kind.field(name)
        if field is None:
            raise KeyError(name)
        found.append(field)
    return found


def figures_of(fields: Sequence[Field[R]], fault: Callable[[R], bool]) -> Callable[[R], Figures]:
    """Return what reads the figures of a row."""

    def read(row: R) -> Figures:
        return (int(fault(row)), *[_number(field.value(row)) for field in fields])

    return read


def _number(value: object) -> float | int | None:
    """Return a value that can be added up, or None."""
    return value if isinstance(value, int | float) and abs(value) < float("inf") else None
