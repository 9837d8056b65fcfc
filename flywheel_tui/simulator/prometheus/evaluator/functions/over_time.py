"""The *_over_time functions."""

from __future__ import annotations

from math import sqrt

from flywheel_tui.simulator.prometheus.evaluator.arithmetic import largest, mean, quantile, smallest, total, variance
from flywheel_tui.simulator.prometheus.evaluator.context import Context, Window, windows
from flywheel_tui.simulator.prometheus.evaluator.functions.call import Arguments, Function, of_values, over
from flywheel_tui.simulator.prometheus.evaluator.functions.labels import labels_of_absence
from flywheel_tui.simulator.prometheus.evaluator.model import Sample, Vector


def _last(window: Window, _: int) -> float | None:
    points = window.points()
    return points[-1][1] if points else None


def _quantile(window: Window, _: int, portion: float) -> float | None:
    points = window.points()
    return quantile(portion, (value for _, value in points)) if points else None


def _absent(context: Context, arguments: Arguments, at: int) -> Vector:
    if any(window.points() for window in windows(context, arguments[0], at)):
        return []
    return [Sample("", labels_of_absence(arguments[0]), 1.0)]


OVER_TIME: dict[str, Function] = {
    "avg_over_time": of_values(mean),
    "count_over_time": of_values(lambda values: float(len(values))),
    "max_over_time": of_values(largest),
    "min_over_time": of_values(smallest),
    "present_over_time": of_values(lambda _: 1.0),
    "stddev_over_time": of_values(lambda values: sqrt(variance(values))),
    "stdvar_over_time": of_values(variance),
    "sum_over_time": of_values(total),
    "last_over_time": over(_last, keeps_name=True),
    "quantile_over_time": over(_quantile, range_at=1),
    "absent_over_time": _absent,
}
