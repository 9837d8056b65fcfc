"""histogram_quantile() over classic buckets.

Source: `BucketQuantile` in Prometheus's promql/quantile.go.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable
from math import inf, nan

from flywheel_tui.simulator.prometheus.evaluator.context import Context, scalar, vector
from flywheel_tui.simulator.prometheus.evaluator.functions.call import Arguments, Function
from flywheel_tui.simulator.prometheus.evaluator.model import Labels, Sample, Vector, unique

_SAME = 1e-12  # counts that differ by less, relatively, differ by rounding only


def bucket_quantile(portion: float, buckets: Iterable[tuple[float, float]]) -> float:
    """Return a quantile from cumulative buckets.

    Args:
        portion: 0 to 1.
        buckets: (upper bound, count of observations up to it), in any order.

    Returns:
        NaN without observations or without a bucket for +Inf.
    """
    if math.isnan(portion):
        return nan
    if portion < 0:
        return -inf
    if portion > 1:
        return inf
    bounds, counts = _coalesced(buckets)
    if len(bounds) < 2 or bounds[-1] != inf or counts[-1] == 0:
        return nan
    rank = portion * counts[-1]
    place = bisect_left(counts, rank, hi=len(counts) - 1) if not math.isnan(rank) else len(counts) - 1
    if place == len(bounds) - 1:
        return bounds[-2]
    if place == 0 and bounds[0] <= 0:
        return bounds[0]
    low, below = (bounds[place - 1], counts[place - 1]) if place else (0.0, 0.0)
    return low + (bounds[place] - low) * ((rank - below) / (counts[place] - below))


def _coalesced(buckets: Iterable[tuple[float, float]]) -> tuple[list[float], list[float]]:
    """Return bounds and counts in order, one a bound, the counts never falling."""
    merged: dict[float, float] = {}
    for bound, count in buckets:
        merged[bound] = merged.get(bound, 0.0) + count
    bounds = sorted(merged)
    counts: list[float] = []
    for bound in bounds:
        count = merged[bound]
        if counts and (count < counts[-1] or math.isclose(count, counts[-1], rel_tol=_SAME)):
            count = counts[-1]
        counts.append(count)
    return bounds, counts


def _bound(text: str) -> float | None:
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None


def _histogram_quantile(context: Context, arguments: Arguments, at: int) -> Vector:
    portion = scalar(context, arguments[0], at)
    histograms: dict[tuple[str, frozenset[tuple[str, str]]], tuple[Labels, list[tuple[float, float]]]] = {}
    for sample in vector(context, arguments[1], at):
        bound = _bound(sample.labels.get("le", ""))
        if bound is None or math.isnan(bound):
            continue
        labels = {name: value for name, value in sample.labels.items() if name != "le"}
        key = (sample.name, frozenset(labels.items()))
        histograms.setdefault(key, (labels, []))[1].append((bound, sample.value))
    return unique([Sample("", labels, bucket_quantile(portion, found)) for labels, found in histograms.values()])


HISTOGRAMS: dict[str, Function] = {"histogram_quantile": _histogram_quantile}
