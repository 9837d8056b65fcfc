"""The series of a classic histogram."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import pairwise

import msgspec

from flywheel_tui.simulator.prometheus.evaluator import Ends
from flywheel_tui.simulator.prometheus.evaluator.model import Labels
from flywheel_tui.simulator.prometheus.series.scrapes import Scrapes
from flywheel_tui.simulator.prometheus.series.series import Series
from flywheel_tui.simulator.prometheus.series.target import Target

Reading = tuple[list[int], int, float]
"""Cumulative count for each bound, count of all, sum of the observed values."""


def written_bound(bound: float) -> str:
    """Return the `le` of a bound as OpenMetrics and Prometheus 3 write it: `1.0`, `0.05`."""
    return repr(float(bound))


def _bucket(place: int, reading: Reading) -> float:
    return float(reading[0][place])


def histogram_series(
    name: str,
    own: Mapping[str, str],
    bounds: tuple[float, ...],
    read: Callable[[float], Reading],
    target: Target,
    scrapes: Scrapes,
    *,
    begin: int,
    end: int,
    resets: tuple[int, ...],
) -> Iterable[Series]:
    """Yield the series called `name` of a histogram that appears with its first value.

    Args:
        name: `…_bucket`, `…_sum` or `…_count`.
        own: Labels on the page.
        bounds: Upper bounds without +Inf.
        read: Reads the histogram at a time in seconds.
        target: The page.
        scrapes: When it is read.
        begin: Start of the life of the series.
        end: Its end.
        resets: When the process started again.
    """
    shared = _Stretches(read)

    def made(pick: Callable[[Reading], float], **more: str) -> Series:
        labels = target.label({**own, **more})
        return _Part(name, labels, target, scrapes, pick, shared, begin=begin, end=end, resets=resets)

    if name.endswith("_sum"):
        yield made(lambda reading: reading[2])
    elif name.endswith("_count"):
        yield made(lambda reading: float(reading[1]))
    else:
        for place, bound in enumerate(bounds):
            yield made(partial(_bucket, place), le=written_bound(bound))
        yield made(lambda reading: float(reading[1]), le="+Inf")


class _Stretch(msgspec.Struct, frozen=True, gc=False):
    """The scrapes between two resets that find a histogram: how many, and the first and the last of them."""

    count: int
    first_at: int
    first: Reading
    last_at: int
    last: Reading


class _Stretches:
    """What a rate needs of a histogram: read once for all its series, which appear and start again together.

    Args:
        read: Reads the histogram at a time in seconds.
    """

    __slots__ = ("_asked", "_found", "_read", "_scraped")

    def __init__(self, read: Callable[[float], Reading]) -> None:
        self._read = read
        self._asked: tuple[int, int, int | None] | None = None
        self._scraped: tuple[int, ...] = ()
        self._found: tuple[_Stretch, ...] = ()

    def value(self, pick: Callable[[Reading], float], at: float) -> float | None:
        """Return a part of the histogram at a time in seconds, None before its first value."""
        reading = self._read(at)
        return pick(reading) if reading[1] else None

    def within(self, part: _Part, after: int, until: int) -> tuple[_Stretch, ...]:
        """Return the stretches of a window; the one asked for last is remembered, and so are its scrapes."""
        asked = after, until, part.newest(after, until)  # a window that reaches into the future fills up
        if self._asked != asked:
            self._asked = asked
            stamps = part.stamps(after, until)
            scraped = (stamps[0], stamps[-1], len(stamps)) if stamps else ()
            if scraped != self._scraped:
                self._scraped = scraped
                bounds = [0, *part.cuts(stamps), len(stamps)]
                made = (self._stretch(part, stamps, low, high) for low, high in pairwise(bounds))
                self._found = tuple(stretch for stretch in made if stretch is not None)
        return self._found

    def _stretch(self, part: _Part, stamps: Sequence[int], low: int, high: int) -> _Stretch | None:
        if low >= high:
            return None
        last = self._read(part.read_at(stamps[high - 1]))
        if not last[1]:
            return None
        first = self._read(part.read_at(stamps[low]))
        if not first[1]:
            low = bisect_left(
                stamps, True, low, high - 1, key=lambda stamp: self._read(part.read_at(stamp))[1] > 0
            )  # fmt: skip
            first = self._read(part.read_at(stamps[low]))
        return _Stretch(high - low, stamps[low], first, stamps[high - 1], last)


class _Part(Series):
    """One series of a histogram."""

    __slots__ = ("_pick", "_shared")

    def __init__(
        self,
        name: str,
        labels: Labels,
        target: Target,
        scrapes: Scrapes,
        pick: Callable[[Reading], float],
        shared: _Stretches,
        *,
        begin: int,
        end: int,
        resets: tuple[int, ...],
    ) -> None:
        value = partial(shared.value, pick)
        super().__init__(name, labels, target, scrapes, value, begin=begin, end=end, counter=True, resets=resets)
        self._pick = pick
        self._shared = shared

    def ends(self, after: int, until: int) -> Ends:
        """Return what a rate needs of the samples of the window."""
        found = self._shared.within(self, after, until)
        if not found:
            return Ends.of(())
        pick = self._pick
        first, last = found[0], found[-1]
        count, lost = first.count, 0.0
        if len(found) > 1:
            count = sum(stretch.count for stretch in found)
            falls = ((pick(one.last), pick(other.first)) for one, other in pairwise(found))
            lost = sum(before for before, then in falls if then < before)
        return Ends(count, first.first_at, pick(first.first), last.last_at, pick(last.last), lost)

    def newest(self, after: int, until: int) -> int | None:
        """Return the newest scrape of the window."""
        return self._scrapes.latest(self._key, after, until)

    def stamps(self, after: int, until: int) -> Sequence[int]:
        """Return the scrapes of the window that find the process there."""
        return self._stamps(after, until)

    def cuts(self, stamps: Sequence[int]) -> list[int]:
        """Return which of the scrapes are the first after each reset."""
        return [bisect_left(stamps, reset, key=self._written) for reset in self._resets]

    def read_at(self, stamp: int) -> float:
        """Return when the page of a scrape was written, in seconds."""
        return self._written(stamp) / 1000
