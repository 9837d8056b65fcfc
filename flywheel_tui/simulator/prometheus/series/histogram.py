"""The series of a classic histogram."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

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

    def made(value: Callable[[Reading], float], **more: str) -> Series:
        def shown(at: float) -> float | None:
            reading = read(at)
            return value(reading) if reading[1] else None

        labels = target.label({**own, **more})
        return Series(name, labels, target, scrapes, shown, begin=begin, end=end, counter=True, resets=resets)

    if name.endswith("_sum"):
        yield made(lambda reading: reading[2])
    elif name.endswith("_count"):
        yield made(lambda reading: float(reading[1]))
    else:
        for place, bound in enumerate(bounds):
            yield made(partial(_bucket, place), le=written_bound(bound))
        yield made(lambda reading: float(reading[1]), le="+Inf")
