"""Sorting in slices: a list of any length in order without holding up the event loop."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Generator
from itertools import chain, pairwise
from typing import Final

from flywheel_tui.services.listing.order import SortKey

_RUN: Final = 2_048
"""Keys sorted at once: about 2 ms."""


def sorted_in_slices(keys: list[SortKey]) -> Generator[None, None, list[SortKey]]:
    """Return the keys in order; yields after each bit of work.

    Runs are sorted on their own, then merged range by range: as the keys differ, the same few of them divide all runs.
    """
    if len(keys) <= _RUN:
        return sorted(keys)
    runs = []
    for start in range(0, len(keys), _RUN):
        runs.append(sorted(keys[start : start + _RUN]))
        yield
    if all(before[-1] < after[0] for before, after in pairwise(runs)):
        return list(chain.from_iterable(runs))
    # Every run gives as many samples, so the ranges between them are about as long as a run.
    samples = sorted(key for run in runs for key in run[:: max(1, _RUN // len(runs))])
    dividers = samples[len(runs) :: len(runs)]
    merged: list[SortKey] = []
    starts = [0] * len(runs)
    for divider in [*dividers, None]:
        part: list[SortKey] = []
        for number, run in enumerate(runs):
            end = len(run) if divider is None else bisect_left(run, divider, starts[number])
            part += run[starts[number] : end]
            starts[number] = end
        part.sort()
        merged += part
        yield
    return merged
