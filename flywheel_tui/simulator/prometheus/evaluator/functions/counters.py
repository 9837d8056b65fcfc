"""rate(), increase() and their relatives.

Source of the extrapolation: `extrapolatedRate` in Prometheus's promql/functions.go.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from flywheel_tui.simulator.prometheus.evaluator.arithmetic import total
from flywheel_tui.simulator.prometheus.evaluator.context import Context, Window
from flywheel_tui.simulator.prometheus.evaluator.functions.call import Arguments, Function, over
from flywheel_tui.simulator.prometheus.evaluator.model import Ends, Point, Value


def extrapolated(ends: Ends, start: int, end: int, *, counter: bool, threshold_first: bool) -> float | None:
    """Return how much a series grew over a whole range, from the samples in it.

    Args:
        ends: The samples.
        start: Where the range begins, in milliseconds.
        end: Where it ends.
        counter: Whether a fall is a reset, and zero the lowest value that there can have been.
        threshold_first: See `Dialect`.

    Returns:
        None where there are fewer than two samples.
    """
    if ends.count < 2:
        return None
    grown = ends.last - ends.first + (ends.lost if counter else 0.0)
    sampled = (ends.last_at - ends.first_at) / 1000
    between = sampled / (ends.count - 1)
    near = between * 1.1
    before, behind = (ends.first_at - start) / 1000, (end - ends.last_at) / 1000
    if threshold_first and before >= near:
        before = between / 2
    if counter and grown > 0 and ends.first >= 0:
        before = min(before, sampled * (ends.first / grown))
    if not threshold_first and before >= near:
        before = between / 2
    if behind >= near:
        behind = between / 2
    return grown * (sampled + before + behind) / sampled


def _growth(*, counter: bool, per_second: bool) -> Function:
    def call(context: Context, arguments: Arguments, at: int) -> Value:
        first = context.dialect.threshold_first

        def compute(window: Window, _: int) -> float | None:
            grown = extrapolated(window.ends(), window.start, window.end, counter=counter, threshold_first=first)
            return grown / window.seconds if per_second and grown is not None else grown

        return over(compute)(context, arguments, at)

    return call


def _latest_growth(*, counter: bool, per_second: bool) -> Function:
    def compute(window: Window, _: int) -> float | None:
        points = window.points()[-2:]
        if len(points) < 2:
            return None
        (before_at, before), (last_at, last) = points
        grown = last if counter and last < before else last - before
        return grown / ((last_at - before_at) / 1000) if per_second else grown

    return over(compute)


def _line(points: Sequence[Point], origin: int) -> tuple[float, float] | None:
    """Return slope per second and value at the origin of the line of least squares; None below two samples."""
    if len(points) < 2:
        return None
    values = [value for _, value in points]
    if all(value == values[0] for value in values):
        return 0.0, values[0]
    times = [(at - origin) / 1000 for at, _ in points]
    amount, sum_x, sum_y = len(points), total(times), total(values)
    covariance = total(x * y for x, y in zip(times, values, strict=True)) - sum_x * sum_y / amount
    spread = total(x * x for x in times) - sum_x * sum_x / amount
    slope = covariance / spread
    return slope, sum_y / amount - slope * sum_x / amount


def _derivative(window: Window, _: int) -> float | None:
    points = window.points()
    line = _line(points, points[0][0]) if points else None
    return None if line is None else line[0]


def _prediction(window: Window, at: int, ahead: float) -> float | None:
    line = _line(window.points(), at)
    return None if line is None else line[0] * ahead + line[1]


def _changes(window: Window, _: int) -> float | None:
    values = [value for _, value in window.points()]
    if not values:
        return None
    pairs = pairwise(values)
    return float(sum(before != after and not (before != before and after != after) for before, after in pairs))


def _resets(window: Window, _: int) -> float | None:
    values = [value for _, value in window.points()]
    return float(sum(after < before for before, after in pairwise(values))) if values else None


COUNTERS: dict[str, Function] = {
    "rate": _growth(counter=True, per_second=True),
    "increase": _growth(counter=True, per_second=False),
    "delta": _growth(counter=False, per_second=False),
    "irate": _latest_growth(counter=True, per_second=True),
    "idelta": _latest_growth(counter=False, per_second=False),
    "deriv": over(_derivative),
    "predict_linear": over(_prediction),
    "changes": over(_changes),
    "resets": over(_resets),
}
