"""Which cells of a row changed lately, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Generic, TypeVar

from flywheel_tui.domain.record import Record
from flywheel_tui.domain.row import Row
from flywheel_tui.services.listing.field import Field
from flywheel_tui.services.listing.format import UNKNOWN

R = TypeVar("R", bound=Row)

_UNKNOWN: Final = (None, "unknown")

Polls = Callable[[R], float | None] | float | None
"""Seconds between two polls, for all rows or for one; None where a change is not marked."""


class Direction(StrEnum):
    """How a cell changed."""

    UP = "up"
    DOWN = "down"
    OTHER = "other"


class _Batch(Record, Generic[R], frozen=True):
    """Rows that changed at once and whose marks go at once: by key, as they were before and after."""

    end: datetime
    rows: dict[str, tuple[R, R]]


class Changes(Generic[R]):
    """Changes that are marked, each for one poll of the feed that told it.

    Taking a change costs the same however many fields there are: cells are compared when they are drawn.

    Args:
        fields: Whose changes are marked.
    """

    def __init__(self, fields: Sequence[Field[R]]) -> None:
        self._fields = fields
        self._batches: list[_Batch[R]] = []

    @property
    def next_end(self) -> datetime | None:
        """Return when the first mark goes, or None where there is none."""
        return min((batch.end for batch in self._batches), default=None)

    def add(
        self,
        keys: Iterable[str],
        before: Mapping[str, R],
        after: Mapping[str, R],
        now: datetime,
        polls: Polls[R],
    ) -> None:
        """Mark what differs between two versions of the rows of those keys."""
        if not self._fields or polls is None:
            return
        by_seconds: dict[float, dict[str, tuple[R, R]]] = {}
        for key in keys:
            old, new = before.get(key), after.get(key)
            if old is None or new is None:
                continue
            seconds = polls(new) if callable(polls) else polls
            if seconds:
                rows = by_seconds.get(seconds)
                if rows is None:
                    rows = by_seconds[seconds] = {}
                rows[key] = old, new
        self._batches += [_Batch(now + timedelta(seconds=seconds), rows) for seconds, rows in by_seconds.items()]

    def drop(self, keys: Set[str]) -> None:
        """Forget the changes of rows that are gone."""
        if keys:
            for batch in self._batches:
                for key in batch.rows.keys() & keys:
                    del batch.rows[key]

    def expire(self, now: datetime) -> frozenset[str]:
        """Forget marks that had their time, and return the keys of their rows."""
        over = [batch for batch in self._batches if batch.end <= now]
        if over:
            self._batches = [batch for batch in self._batches if batch.end > now]
        return frozenset(key for batch in over for key in batch.rows)

    def cells(self, key: str, now: datetime) -> dict[str, Direction]:
        """Return how the cells of a row changed, by field name; of several changes of a cell the last one counts.

        A cell that is unknown by now tells of no change.
        """
        found: dict[str, Direction] = {}
        for batch in self._batches:
            change = batch.rows.get(key)
            if change is None or batch.end <= now:
                continue
            for field in self._fields:
                direction = direction_of(field, *change, now)
                if direction is not None:
                    found[field.name] = direction
                elif field.name in found and field.value(change[1]) in _UNKNOWN:
                    del found[field.name]
        return found


def direction_of(field: Field[R], before: R, after: R, now: datetime) -> Direction | None:
    """Return how a cell changed, or None where it shows the same.

    What becomes known or unknown changed nothing upstream: its source was read for the first time, or went silent.
    """
    old, new = field.value(before), field.value(after)
    if old in _UNKNOWN or new in _UNKNOWN or (old == new and field.text is None):
        return None
    texts = field.show(before, now), field.show(after, now)
    if texts[0] == texts[1]:
        return None
    if isinstance(old, int | float) and isinstance(new, int | float) and old != new:
        return Direction.UP if new > old else Direction.DOWN
    if UNKNOWN in texts or (old == new and any(UNKNOWN in text for text in texts)):
        # No words are known, or the same value is told of a whole that became known: 3/– and then 3/40.
        return None
    return Direction.OTHER
