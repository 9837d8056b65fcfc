"""Which cells of a row changed lately, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

from flywheel_tui.domain.row import Row
from flywheel_tui.services.listing.field import Field

R = TypeVar("R", bound=Row)

Polls = Callable[[R], float | None] | float | None
"""Seconds between two polls, for all rows or for one; None where a change is not marked."""


class Direction(StrEnum):
    """How a cell changed."""

    UP = "up"
    DOWN = "down"
    OTHER = "other"


class _Change(NamedTuple, Generic[R]):
    before: R
    after: R
    end: datetime


class Changes(Generic[R]):
    """Changes that are marked, each for one poll of the feed that told it.

    Taking a change costs the same however many fields there are: cells are compared when they are drawn.

    Args:
        fields: Whose changes are marked.
    """

    def __init__(self, fields: Sequence[Field[R]]) -> None:
        self._fields = fields
        self._of: dict[str, list[_Change[R]]] = {}
        self._ends: dict[datetime, set[str]] = {}

    @property
    def next_end(self) -> datetime | None:
        """Return when the first mark goes, or None where there is none."""
        return min(self._ends, default=None)

    def add(
        self, keys: Iterable[str], before: Mapping[str, R], after: Mapping[str, R], now: datetime, polls: Polls[R]
    ) -> None:
        """Mark what differs between two versions of the rows of those keys."""
        if not self._fields or polls is None:
            return
        for key in keys:
            old, new = before.get(key), after.get(key)
            seconds = None if new is None else polls(new) if callable(polls) else polls
            if old is None or new is None or not seconds:
                continue
            end = now + timedelta(seconds=seconds)
            self._of.setdefault(key, []).append(_Change(old, new, end))
            self._ends.setdefault(end, set()).add(key)

    def drop(self, keys: Iterable[str]) -> None:
        """Forget the changes of rows that are gone."""
        if self._of:
            for key in keys:
                self._of.pop(key, None)

    def expire(self, now: datetime) -> set[str]:
        """Forget marks that had their time, and return the keys of their rows."""
        over = [end for end in self._ends if end <= now]
        touched: set[str] = set()
        for end in over:
            for key in self._ends.pop(end):
                left = [change for change in self._of.get(key, ()) if change.end > now]
                if len(left) < len(self._of.get(key, ())):
                    touched.add(key)
                if left:
                    self._of[key] = left
                else:
                    self._of.pop(key, None)
        return touched

    def cells(self, key: str, now: datetime) -> dict[str, Direction]:
        """Return how the cells of a row changed, by field name; of several changes of a cell the last one counts."""
        found: dict[str, Direction] = {}
        for change in self._of.get(key, ()):
            for field in self._fields:
                direction = direction_of(field, change.before, change.after, now)
                if direction is not None:
                    found[field.name] = direction
        return found


def direction_of(field: Field[R], before: R, after: R, now: datetime) -> Direction | None:
    """Return how a cell changed, or None where it shows the same."""
    old, new = field.value(before), field.value(after)
    if (old == new and field.text is None) or field.show(before, now) == field.show(after, now):
        return None
    if isinstance(old, int | float) and isinstance(new, int | float) and old != new:
        return Direction.UP if new > old else Direction.DOWN
    return Direction.OTHER
