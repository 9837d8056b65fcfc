"""Arithmetic as Go's floats do it: nothing raises, division by zero is an infinity or not a number."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from math import inf, nan


def divide(left: float, right: float) -> float:
    """Return the quotient."""
    if right != 0:
        return left / right
    if left == 0 or math.isnan(left) or math.isnan(right):
        return nan
    return math.copysign(inf, left) * math.copysign(1.0, right)


def modulo(left: float, right: float) -> float:
    """Return the remainder with the sign of the dividend."""
    if right == 0 or math.isinf(left):
        return nan
    return math.fmod(left, right)


def power(left: float, right: float) -> float:
    """Return the power."""
    try:
        return math.pow(left, right)
    except OverflowError:
        return -inf if left < 0 and right % 2 == 1 else inf
    except ValueError:
        if left != 0:
            return nan  # a fractional power of a negative number
        return math.copysign(inf, left) if right % 2 == 1 else inf


def safely(function: Callable[[float], float], *, overflow: float = inf) -> Callable[[float], float]:
    """Return the function with NaN outside of its domain."""

    def safe(value: float) -> float:
        try:
            return function(value)
        except OverflowError:
            return overflow
        except ValueError:
            return nan

    return safe


def logarithm(function: Callable[[float], float]) -> Callable[[float], float]:
    """Return a logarithm with minus infinity at zero and NaN below."""

    def safe(value: float) -> float:
        if value == 0:
            return -inf
        return nan if value < 0 else function(value)

    return safe


def total(values: Iterable[float]) -> float:
    """Return the sum, exactly rounded where all is finite."""
    listed = list(values)
    try:
        return math.fsum(listed)
    except (OverflowError, ValueError):
        return sum(listed)


def mean(values: Sequence[float]) -> float:
    """Return the arithmetic mean of at least one value."""
    return divide(total(values), float(len(values)))


def variance(values: Sequence[float]) -> float:
    """Return the population variance of at least one value."""
    middle = mean(values)
    return total((value - middle) ** 2 for value in values) / len(values) if math.isfinite(middle) else nan


def quantile(portion: float, values: Iterable[float]) -> float:
    """Return the quantile by linear interpolation between the nearest ranks; NaN counts as the smallest value."""
    ordered = sorted(values, key=lambda value: -inf if math.isnan(value) else value)
    if not ordered or math.isnan(portion):
        return nan
    if portion < 0:
        return -inf
    if portion > 1:
        return inf
    rank = portion * (len(ordered) - 1)
    lower = math.floor(rank)
    upper = min(len(ordered) - 1, lower + 1)
    weight = rank - lower
    return ordered[lower] * (1 - weight) + ordered[upper] * weight


def largest(values: Iterable[float]) -> float:
    """Return the largest value; NaN only where there is nothing else."""
    best = nan
    for value in values:
        if math.isnan(best) or value > best:
            best = value
    return best


def smallest(values: Iterable[float]) -> float:
    """Return the smallest value; NaN only where there is nothing else."""
    best = nan
    for value in values:
        if math.isnan(best) or value < best:
            best = value
    return best
