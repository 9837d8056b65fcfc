"""When targets are scraped: the times at which samples exist. Times are whole milliseconds since 1970."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
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

    def written(self, target: TargetKey, stamp: int) -> int:
        """Return when the page was written that a scrape read: its samples are of that moment."""


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

    def written(self, target: TargetKey, stamp: int) -> int:
        """Return the time of the scrape: pages are written at once."""
        del target
        return stamp


class RecordedScrapes:
    """Scrapes that were noted one by one: by who serves the pages, or by who was told of them.

    A Prometheus stamps its samples with the time at which it asked; what they say is of the moment at which the page
    was written.
    """

    def __init__(self) -> None:
        self._stamps: dict[TargetKey, list[int]] = {}
        self._written: dict[TargetKey, list[int]] = {}

    def note(self, target: TargetKey, stamp: int, written: int | None = None) -> None:
        """Note a scrape, newer than the target's last one (a second one with the same stamp is the same).

        Args:
            target: Whose page was read.
            stamp: The time of its samples.
            written: When the page was written, if that was another time.
        """
        stamps = self._stamps.setdefault(target, [])
        if not stamps or stamps[-1] < stamp:
            stamps.append(stamp)
            self._written.setdefault(target, []).append(stamp if written is None else written)

    def latest(self, target: TargetKey, after: int, until: int) -> int | None:
        """Return the newest scrape of the window."""
        stamps = self._stamps.get(target, [])
        place = bisect_right(stamps, until)
        return stamps[place - 1] if place and stamps[place - 1] > after else None

    def times(self, target: TargetKey, after: int, until: int) -> Sequence[int]:
        """Return the scrapes of the window."""
        stamps = self._stamps.get(target, [])
        return stamps[bisect_right(stamps, after) : bisect_right(stamps, until)]

    def newest(self, after: int, until: int) -> int:
        """Return `after`: each target has its own times."""
        del until
        return after

    def written(self, target: TargetKey, stamp: int) -> int:
        """Return when the page was written whose samples have the stamp."""
        return self._written[target][bisect_left(self._stamps[target], stamp)]
