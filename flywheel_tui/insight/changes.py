"""What differs between two readings of one context, row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from flywheel_tui.domain.feed import Feed
from flywheel_tui.domain.row import Row

R = TypeVar("R", bound=Row)


class RowChanges(Generic[R]):
    """Rows of one type that came, became others, or went."""

    __slots__ = ("added", "changed", "removed")

    def __init__(self) -> None:
        self.added: list[R] = []
        self.changed: list[tuple[R, R]] = []
        self.removed: list[R] = []

    @property
    def moved(self) -> list[R]:
        """Return the rows that came or went."""
        return [*self.added, *self.removed]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


class Changes:
    """All that differs between two readings.

    Rows and tables that did not change are the same objects in both (the store sees to that), so what did not change is
    passed over by identity.

    Args:
        before: The feeds of a context.
        after: The same feeds later, in the same order.
    """

    def __init__(self, before: Sequence[Feed], after: Sequence[Feed]) -> None:
        self._by_type: dict[type[Row], RowChanges[Any]] = {}
        for old, new in zip(before, after, strict=True):
            if old.tables is not new.tables:
                for kind in {**old.tables, **new.tables}:
                    self._compare(kind, old.tables.get(kind, {}), new.tables.get(kind, {}))

    def of(self, kind: type[R]) -> RowChanges[R]:
        """Return what differs in the rows of a type."""
        return self._by_type.get(kind) or RowChanges()

    def kinds(self) -> frozenset[type[Row]]:
        """Return the types of rows that differ."""
        return frozenset(kind for kind, found in self._by_type.items() if found)

    def _compare(self, kind: type[Row], before: Mapping[str, Row], after: Mapping[str, Row]) -> None:
        if before is after:
            return
        found = self._by_type.setdefault(kind, RowChanges())
        added = len(found.added)
        for key, row in after.items():
            known = before.get(key)
            if known is None:
                found.added.append(row)
            elif known is not row:
                found.changed.append((known, row))
        if len(after) - (len(found.added) - added) < len(before):
            found.removed += [row for key, row in before.items() if key not in after]
