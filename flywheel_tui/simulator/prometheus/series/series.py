"""A series: its labels, its time of life, and its value as a function of time."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Generic, TypeVar

from flywheel_tui.simulator.prometheus.evaluator import Ends
from flywheel_tui.simulator.prometheus.evaluator.model import Labels, Point
from flywheel_tui.simulator.prometheus.series.scrapes import Scrapes
from flywheel_tui.simulator.prometheus.series.target import FOREVER, Target

Value = Callable[[float], float | None]
"""The value at a time in seconds; None where the process does not show the series (yet)."""
ReadT = TypeVar("ReadT")
_REMEMBERED = 16


class Series:
    """One series. It can be asked for its samples (`StoredSeries`) and for its value at any time.

    Args:
        name: The metric name.
        labels: The labels as Prometheus stores them, those of the target included.
        target: The page that it is on.
        scrapes: When the page is read.
        value: What is read.
        begin: From when on it exists, in milliseconds.
        end: From when on it exists no more.
        counter: Whether it never falls but at `resets`, and never disappears between them once it is there. Then a rate
            is read off a few of its samples and not off all of them.
        resets: When it starts again at zero, in milliseconds, ascending.
    """

    __slots__ = ("_begin", "_counter", "_end", "_key", "_resets", "_scrapes", "_value", "labels", "name", "target")

    def __init__(
        self,
        name: str,
        labels: Labels,
        target: Target,
        scrapes: Scrapes,
        value: Value,
        *,
        begin: int = 0,
        end: int = FOREVER,
        counter: bool = False,
        resets: tuple[int, ...] = (),
    ) -> None:
        self.name = name
        self.labels = labels
        self.target = target
        self._scrapes = scrapes
        self._value = value
        self._key = target.key
        self._begin = max(begin, target.begin)
        self._end = min(end, target.end, target.down_since)
        self._counter = counter
        self._resets = resets

    def value(self, at: int) -> float | None:
        """Return the value at a time in milliseconds, None while the series is not there."""
        return self._value(at / 1000) if self._begin <= at < self._end else None

    def lives(self, after: int, until: int) -> bool:
        """Return whether its time of life meets the window."""
        return self._begin <= until and self._end > after

    def sampled(self, after: int, until: int) -> bool:
        """Return whether it has a sample in the window."""
        return any(self._read(stamp) is not None for stamp in reversed(self._stamps(after, until)))

    def latest(self, after: int, until: int) -> Point | None:
        """Return the newest sample of the window, None when there is none or the newest scrape did not find it."""
        stamp = self._scrapes.latest(self._key, after, until)
        value = None if stamp is None else self.value(self._scrapes.written(self._key, stamp))
        return None if stamp is None or value is None else (stamp, value)

    def points(self, after: int, until: int) -> list[Point]:
        """Return the samples of the window, oldest first."""
        found = [(stamp, self._read(stamp)) for stamp in self._stamps(after, until)]
        return [(stamp, value) for stamp, value in found if value is not None]

    def ends(self, after: int, until: int) -> Ends:
        """Return what a rate needs of the samples of the window."""
        if not self._counter:
            return Ends.of(self.points(after, until))
        stamps = self._stamps(after, until)
        if not self._resets:
            return self._stretch(stamps, 0, len(stamps)) or Ends.of(())
        cuts = [bisect_left(stamps, reset, key=self._written) for reset in self._resets]
        bounds = zip([0, *cuts], [*cuts, len(stamps)], strict=True)
        stretches = [self._stretch(stamps, low, high) for low, high in bounds]
        found = [ends for ends in stretches if ends is not None]
        if not found:
            return Ends.of(())
        lost = sum(one.last for one, other in pairwise(found) if other.first < one.last)
        first, last, count = found[0], found[-1], sum(one.count for one in found)
        return Ends(count, first.first_at, first.first, last.last_at, last.last, lost)

    def _stretch(self, stamps: Sequence[int], low: int, high: int) -> Ends | None:
        """Return the ends between two resets, where the series appears at most once and then stays and never falls."""
        if low >= high:
            return None
        last = self._read(stamps[high - 1])
        if last is None:
            return None
        first = self._read(stamps[low])
        if first is None:
            bound = high - 1
            while low < bound:
                middle = (low + bound) // 2
                if self._read(stamps[middle]) is None:
                    low = middle + 1
                else:
                    bound = middle
            first = self._read(stamps[low])
        return Ends(high - low, stamps[low], last if first is None else first, stamps[high - 1], last, 0.0)

    def _read(self, stamp: int) -> float | None:
        """Return what a scrape reads of a series that is there."""
        return self._value(self._scrapes.written(self._key, stamp) / 1000)

    def _written(self, stamp: int) -> int:
        return self._scrapes.written(self._key, stamp)

    def _stamps(self, after: int, until: int) -> Sequence[int]:
        """Return the scrapes of the window that find it there."""
        stamps = self._scrapes.times(self._key, after, until)
        if stamps and self._begin <= self._written(stamps[0]) and self._written(stamps[-1]) < self._end:
            return stamps
        low = bisect_left(stamps, self._begin, key=self._written)
        return stamps[low : bisect_left(stamps, self._end, key=self._written)]


class Remembered(Generic[ReadT]):
    """A function of time that remembers its latest answers: the series of a process all ask the same.

    Args:
        read: Computes the answer for a time in seconds.
    """

    __slots__ = ("_known", "_read")

    def __init__(self, read: Callable[[float], ReadT]) -> None:
        self._read = read
        self._known: dict[float, ReadT] = {}

    def __call__(self, at: float) -> ReadT:
        """Return the answer for a time in seconds."""
        known = self._known.get(at)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[at] = self._read(at)
        return known
