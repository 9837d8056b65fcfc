"""The windows of charts and the grid of instants they are drawn on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

MAX_STEPS: Final = 11_000
"""Prometheus refuses ``(end - start) / step`` beyond this."""


class Window(StrEnum):
    """How far back a chart looks."""

    HOUR = "1h"
    SIX_HOURS = "6h"
    DAY = "24h"
    WEEK = "7d"

    @property
    def seconds(self) -> int:
        """Its length."""
        return _LENGTH_AND_STEP[self][0]

    @property
    def step_s(self) -> int:
        """The distance of its points: about two to a column of a wide terminal."""
        return _LENGTH_AND_STEP[self][1]


_LENGTH_AND_STEP: Final = {
    Window.HOUR: (3600, 15),
    Window.SIX_HOURS: (6 * 3600, 60),
    Window.DAY: (24 * 3600, 300),
    Window.WEEK: (7 * 24 * 3600, 1800),
}


@dataclass(frozen=True)
class Grid:
    """Evenly spaced instants, in Unix seconds, both ends included.

    Start and end are multiples of the step: every reader then asks for the same instants, which a caching frontend
    answers from memory, and a chart does not wobble from one refresh to the next.
    """

    start: int
    end: int
    step: int

    @property
    def size(self) -> int:
        """The number of points."""
        return (self.end - self.start) // self.step + 1

    def instants(self) -> tuple[datetime, ...]:
        """Return the points in time."""
        return tuple(datetime.fromtimestamp(at, UTC) for at in range(self.start, self.end + 1, self.step))

    def index(self, at: float) -> int | None:
        """Return the place of an instant, or None where it is not on the grid."""
        place, rest = divmod(round(at) - self.start, self.step)
        return place if rest == 0 and 0 <= place < self.size else None


def grid(window: Window, now: datetime) -> Grid:
    """Return the grid that ends at the last whole step before ``now``."""
    end = int(now.timestamp()) // window.step_s * window.step_s
    return Grid(start=end - window.seconds, end=end, step=window.step_s)
