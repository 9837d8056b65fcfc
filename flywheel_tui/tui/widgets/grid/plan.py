"""What a list is made by: its order, who is in, and its groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cached_property
from typing import Generic, TypeVar

from flywheel_tui.domain.record import Record
from flywheel_tui.domain.row import Row
from flywheel_tui.services.listing.field import Kind
from flywheel_tui.services.listing.filter import Filter
from flywheel_tui.services.listing.order import SortKey, sort_key
from flywheel_tui.tui.widgets.grid.groups import Figures, group_names

R = TypeVar("R", bound=Row)

Predicate = Callable[[R], bool]


class Ordering(Generic[R]):
    """An order, and the place of each row in it, kept until the row changes.

    Raises:
        UsageError: There is no such field.
    """

    def __init__(self, kind: Kind[R], by: Sequence[str]) -> None:
        self.by = tuple(by)
        self._make = sort_key(kind, by)
        self._keys: dict[str, SortKey] = {}

    def of(self, row: R) -> SortKey:
        """Return the place of a row."""
        key = self._keys.get(row.key)
        if key is None:
            key = self._keys[row.key] = self._make(row)
        return key

    def forget(self, keys: Iterable[str]) -> None:
        """Drop the places of rows that are others now, or gone."""
        for key in keys:
            self._keys.pop(key, None)


class Grouping(Generic[R]):
    """By what a list is grouped.

    Args:
        kind: What the rows are.
        field: Name of the field.
        summed: Names of the fields added up in each group.
        figures: Reads what a row brings to the totals.

    Raises:
        UsageError: Rows cannot be grouped by that field.
    """

    def __init__(self, kind: Kind[R], field: str, summed: Sequence[str], figures: Callable[[R], Figures]) -> None:
        self.field = field
        self.summed = summed
        self.figures = figures
        self.names = group_names(kind, field)


class Plan(Record, Generic[R], frozen=True, eq=False, dict=True):
    """What an arrangement is made by: the order, who is in, and the groups."""

    ordering: Ordering[R]
    filter: Filter[R] | None = None
    predicates: tuple[Predicate[R], ...] = ()
    grouping: Grouping[R] | None = None

    @cached_property
    def accepts(self) -> Callable[[R, datetime], bool] | None:
        """Return what tells whether a row is to be shown, or None where all are."""
        predicates, terms = self.predicates, self.filter.terms if self.filter is not None else ()
        matches = self.filter.matches if self.filter is not None else None
        if not predicates:
            return terms[0] if len(terms) == 1 else matches

        def test(row: R, now: datetime) -> bool:
            for predicate in predicates:
                if not predicate(row):
                    return False
            return matches is None or matches(row, now)

        return test
