"""The shapes of functions: what they take and what they leave of the metric name."""

from __future__ import annotations

from collections.abc import Callable

from flywheel_tui.simulator.prometheus.evaluator.context import Context, Window, scalar, vector, windows
from flywheel_tui.simulator.prometheus.evaluator.model import Sample, Value, Vector, unique
from flywheel_tui.simulator.prometheus.evaluator.nodes import Node

Arguments = tuple[Node, ...]
Function = Callable[[Context, Arguments, int], Value]
"""A function: the evaluation, the arguments (not yet evaluated) and the time."""


def nameless(samples: Vector) -> Vector:
    """Return a vector whose metric names have been dropped.

    Raises:
        QueryError: If only the name told two of its elements apart.
    """
    dropped = [Sample("", sample.labels, sample.value) for sample in samples]
    return unique(dropped) if len({sample.name for sample in samples}) > 1 else dropped


def each(compute: Callable[..., float]) -> Function:
    """Return a function that changes the value of each element; further arguments are scalars."""

    def call(context: Context, arguments: Arguments, at: int) -> Vector:
        samples = vector(context, arguments[0], at)
        others = [scalar(context, argument, at) for argument in arguments[1:]]
        return nameless([Sample(one.name, one.labels, compute(one.value, *others)) for one in samples])

    return call


def over(compute: Callable[..., float | None], *, range_at: int = 0, keeps_name: bool = False) -> Function:
    """Return a function of a range vector; `compute` gets a window, the time in milliseconds and the scalars.

    Args:
        compute: Returns None where the series has no result.
        range_at: Which argument is the range vector.
        keeps_name: Whether the metric name stays.
    """

    def call(context: Context, arguments: Arguments, at: int) -> Vector:
        others = [scalar(context, node, at) for place, node in enumerate(arguments) if place != range_at]
        found: Vector = []
        names = set()
        for window in windows(context, arguments[range_at], at):
            value = compute(window, at, *others)
            if value is not None:
                series = window.series
                found.append(Sample(series.name if keeps_name else "", series.labels, value))
                names.add(series.name)
        return unique(found) if len(names) > 1 and not keeps_name else found

    return call


def of_values(compute: Callable[[list[float]], float]) -> Function:
    """Return a function of the values of a range vector."""

    def of_window(window: Window, _: int) -> float | None:
        points = window.points()
        return compute([value for _, value in points]) if points else None

    return over(of_window)
