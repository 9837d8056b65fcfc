"""When targets are scraped: the times at which samples exist. Times are whole milliseconds since 1970."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Protocol

TargetKey = tuple[str, str]
"""Job and instance."""


class Scrapes(Protocol):
    """The scrapes of all targets."""

    def latest(self, target: TargetKey, after: int, until: int) -> int | None:
        """Return the newest scrape of a target with `after` < time <= `until`, None when there is none."""

    def times(self, target: TargetKey, after: int, until: int) -> Sequence[int]:
        """Return the scrapes of a target with `after` < time <= `until`, oldest first."""

    def newest(self, after: int, until: int) -> int:
        """Return a time, not before `after`, after which the newest scrape in the window of any target lies."""


class GridScrapes:
    """All targets scraped together at every multiple of the interval.

    Args:
        interval: Milliseconds between two scrapes.
        begin: No scrape is older.
        present: Tells the present, in milliseconds: no scrape is newer.
    """

    def __init__(self, interval: int, begin: int, present: Callable[[], int]) -> None:
        self.interval = interval
        self.begin = begin
        self._present = present
        self._asked = (0, 0, 0)  # every series of a query asks for the same window
        self._answer = range(0)

    def latest(self, target: TargetKey, after: int, until: int) -> int | None:
        """Return the newest scrape of the window."""
        del target
        at = min(until, self._present())
        at -= at % self.interval
        return at if at > after and at >= self.begin else None

    def times(self, target: TargetKey, after: int, until: int) -> Sequence[int]:
        """Return the scrapes of the window."""
        del target
        asked = (after, until, self._present())
        if asked != self._asked:
            first = (max(after, self.begin - 1) // self.interval + 1) * self.interval
            self._asked, self._answer = asked, range(first, min(until, asked[2]) + 1, self.interval)
        return self._answer

    def newest(self, after: int, until: int) -> int:
        """Return the time right before the newest scrape of the window, `after` when there is none."""
        at = self.latest(("", ""), after, until)
        return after if at is None else at - 1


class RecordedScrapes:
    """The scrapes that really happened: whoever serves a target's page notes each of them here."""

    def __init__(self) -> None:
        self._times: dict[TargetKey, list[int]] = {}

    def note(self, target: TargetKey, at: int) -> None:
        """Note a scrape, not older than the target's last one (a second one in the same millisecond is the same)."""
        times = self._times.setdefault(target, [])
        if not times or times[-1] < at:
            times.append(at)

    def latest(self, target: TargetKey, after: int, until: int) -> int | None:
        """Return the newest scrape of the window."""
        times = self._times.get(target, [])
        place = bisect_right(times, until)
        return times[place - 1] if place and times[place - 1] > after else None

    def times(self, target: TargetKey, after: int, until: int) -> Sequence[int]:
        """Return the scrapes of the window."""
        times = self._times.get(target, [])
        return times[bisect_right(times, after) : bisect_right(times, until)]

    def newest(self, after: int, until: int) -> int:
        """Return `after`: each target has its own times."""
        del until
        return after
