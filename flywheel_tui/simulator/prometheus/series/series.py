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

    __slots__ = ("_begin", "_counter", "_end", "_resets", "_scrapes", "_value", "labels", "name", "target")

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
        times = self._times(after, until)
        return any(self._value(at / 1000) is not None for at in reversed(times))

    def latest(self, after: int, until: int) -> Point | None:
        """Return the newest sample of the window, None when there is none or the newest scrape did not find it."""
        at = self._scrapes.latest(self.target.key, after, until)
        value = None if at is None else self.value(at)
        return None if at is None or value is None else (at, value)

    def points(self, after: int, until: int) -> list[Point]:
        """Return the samples of the window, oldest first."""
        found = [(at, self._value(at / 1000)) for at in self._times(after, until)]
        return [(at, value) for at, value in found if value is not None]

    def ends(self, after: int, until: int) -> Ends:
        """Return what a rate needs of the samples of the window."""
        if not self._counter:
            return Ends.of(self.points(after, until))
        times = self._times(after, until)
        if not self._resets:
            return self._stretch(times, 0, len(times)) or Ends.of(())
        cuts = [bisect_left(times, reset) for reset in self._resets]
        stretches = [self._stretch(times, low, high) for low, high in zip([0, *cuts], [*cuts, len(times)], strict=True)]
        found = [ends for ends in stretches if ends is not None]
        if not found:
            return Ends.of(())
        lost = sum(one.last for one, other in pairwise(found) if other.first < one.last)
        first, last, count = found[0], found[-1], sum(one.count for one in found)
        return Ends(count, first.first_at, first.first, last.last_at, last.last, lost)

    def _stretch(self, times: Sequence[int], low: int, high: int) -> Ends | None:
        """Return the ends between two resets, where the series appears at most once and then stays and never falls."""
        if low >= high:
            return None
        last = self._value(times[high - 1] / 1000)
        if last is None:
            return None
        first = self._value(times[low] / 1000)
        if first is None:
            bound = high - 1
            while low < bound:
                middle = (low + bound) // 2
                if self._value(times[middle] / 1000) is None:
                    low = middle + 1
                else:
                    bound = middle
            first = self._value(times[low] / 1000)
        return Ends(high - low, times[low], last if first is None else first, times[high - 1], last, 0.0)

    def _times(self, after: int, until: int) -> Sequence[int]:
        times = self._scrapes.times(self.target.key, after, until)
        if times and self._begin <= times[0] and times[-1] < self._end:
            return times
        return times[bisect_left(times, self._begin) : bisect_left(times, self._end)]


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
