"""What differs between two readings of one context, row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Generic, TypeVar

from flywheel_tui.domain.feed import Feed
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.snapshot import Change, Snapshot

R = TypeVar("R", bound=Row)


Step = tuple[Snapshot, Change]
"""A snapshot, and how the store says that it differs from the one before."""

_MOST_NAMED: Final = 0.25
_EMPTY: Final[Mapping[str, Row]] = {}


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
        steps: What the store told in between, in its order. Where the steps lead from one to the other, only the keys
            that they name are looked at.
    """

    def __init__(self, before: Sequence[Feed], after: Sequence[Feed], steps: Sequence[Step] = ()) -> None:
        self._by_type: dict[type[Row], RowChanges[Any]] = {}
        self._steps = steps
        for old, new in zip(before, after, strict=True):
            if old.tables is not new.tables:
                for kind in {**old.tables, **new.tables}:
                    rows, other = old.tables.get(kind, _EMPTY), new.tables.get(kind, _EMPTY)
                    if rows is not other:
                        self._compare(kind, rows, other, self._named(new.name, kind, rows, other))

    def of(self, kind: type[R]) -> RowChanges[R]:
        """Return what differs in the rows of a type."""
        return self._by_type.get(kind) or RowChanges()

    def kinds(self) -> frozenset[type[Row]]:
        """Return the types of rows that differ."""
        return frozenset(kind for kind, found in self._by_type.items() if found)

    def _named(
        self, feed: str, kind: type[Row], before: Mapping[str, Row], after: Mapping[str, Row]
    ) -> set[str] | None:
        """Return the keys that may differ; None where the steps do not lead from one table to the other."""
        keys: set[str] = set()
        reached = before
        for snapshot, change in self._steps:
            table = snapshot.feeds[feed].tables.get(kind, _EMPTY) if feed in snapshot.feeds else _EMPTY
            if table is reached:
                continue
            named = [found[kind] for found in (change.added, change.changed, change.removed) if kind in found]
            if feed not in change.feeds or not named:
                return None
            keys.update(*named)
            reached = table
        return keys if reached is after else None

    def _compare(
        self, kind: type[Row], before: Mapping[str, Row], after: Mapping[str, Row], named: set[str] | None
    ) -> None:
        found = self._by_type.setdefault(kind, RowChanges())
        if named is not None and len(named) > _MOST_NAMED * len(after):
            named = (
                None  # Rows in the order in which they lie in memory are reached faster than so many of them by name.
            )
        for key in after if named is None else named:
            row, known = after.get(key), before.get(key)
            if row is known:
                continue
            if row is None:
                found.removed.append(before[key])
            elif known is None:
                found.added.append(row)
            else:
                found.changed.append((known, row))
        if named is None:
            found.removed += [row for key, row in before.items() if key not in after]
