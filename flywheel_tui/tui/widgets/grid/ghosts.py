"""Ghosts: rows that vanished from the upstream and stay in sight for a moment."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

from flywheel_tui.domain.row import Row

R = TypeVar("R", bound=Row)

_AT_ONCE: Final = 1_000
"""Ghosts that go at once: many more would hold up the keys. The others go when the time is looked at again."""

GHOST_LIFE: Final = timedelta(seconds=5)
"""How long a vanished row stays: long enough to see what went, and for a slow hand to stop."""


class Ghosts(Generic[R]):
    """Vanished rows by key, each as it was last seen."""

    def __init__(self) -> None:
        self.rows: dict[str, R] = {}
        self._ends: dict[str, datetime] = {}
        self._queue: deque[tuple[datetime, str]] = deque()

    @property
    def next_end(self) -> datetime | None:
        """Return when the first ghost goes, or None where there is none."""
        self._skip()
        return self._queue[0][0] if self._queue else None

    def add(self, rows: Iterable[R], now: datetime) -> None:
        """Take rows in that just vanished."""
        end = now + GHOST_LIFE
        for row in rows:
            self.rows[row.key] = row
            self._ends[row.key] = end
            self._queue.append((end, row.key))

    def drop(self, keys: Iterable[str]) -> None:
        """Let ghosts go whose rows are back."""
        if self.rows:
            for key in keys:
                if self.rows.pop(key, None) is not None:
                    del self._ends[key]

    def expire(self, now: datetime) -> list[str]:
        """Let go what had its time, the first of many, and return the keys."""
        gone: list[str] = []
        while self._queue and self._queue[0][0] <= now and len(gone) < _AT_ONCE:
            end, key = self._queue.popleft()
            # The row may have come back, and vanished anew, since.
            if self._ends.get(key) == end:
                del self.rows[key], self._ends[key]
                gone.append(key)
        return gone

    def _skip(self) -> None:
        while self._queue and self._ends.get(self._queue[0][1]) != self._queue[0][0]:
            self._queue.popleft()
