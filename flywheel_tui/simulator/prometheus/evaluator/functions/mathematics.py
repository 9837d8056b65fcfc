"""Functions of one value, and the ways between scalars and vectors."""

from __future__ import annotations

import math
from math import inf, nan

from flywheel_tui.simulator.prometheus.evaluator.arithmetic import divide, logarithm, safely
from flywheel_tui.simulator.prometheus.evaluator.context import Context, scalar, vector
from flywheel_tui.simulator.prometheus.evaluator.functions.call import Arguments, Function, each, nameless
from flywheel_tui.simulator.prometheus.evaluator.model import Sample, Vector


def _vector(context: Context, arguments: Arguments, at: int) -> Vector:
    return [Sample("", {}, scalar(context, arguments[0], at))]


def _scalar(context: Context, arguments: Arguments, at: int) -> float:
    samples = vector(context, arguments[0], at)
    return samples[0].value if len(samples) == 1 else nan


def _round(value: float, to: float = 1.0) -> float:
    inverse = divide(1.0, to)
    scaled = value * inverse + 0.5
    return divide(_floor(scaled), inverse)


def _floor(value: float) -> float:
    return float(math.floor(value)) if math.isfinite(value) else value


def _ceil(value: float) -> float:
    return float(math.ceil(value)) if math.isfinite(value) else value


def _sign(value: float) -> float:
    if value > 0:
        return 1.0
    return -1.0 if value < 0 else value


def _at_least(value: float, low: float) -> float:
    return nan if math.isnan(value) or math.isnan(low) else max(value, low)


def _at_most(value: float, high: float) -> float:
    return nan if math.isnan(value) or math.isnan(high) else min(value, high)


def _clamp(context: Context, arguments: Arguments, at: int) -> Vector:
    low, high = (scalar(context, argument, at) for argument in arguments[1:])
    if high < low:
        return []
    samples = vector(context, arguments[0], at)
    return nameless([Sample(one.name, one.labels, _at_least(_at_most(one.value, high), low)) for one in samples])


def _sorted(*, descending: bool) -> Function:
    def call(context: Context, arguments: Arguments, at: int) -> Vector:
        samples = vector(context, arguments[0], at)
        sign = -1 if descending else 1
        return sorted(samples, key=lambda one: inf if math.isnan(one.value) else sign * one.value)

    return call


MATHEMATICS: dict[str, Function] = {
    "abs": each(abs),
    "ceil": each(_ceil),
    "clamp": _clamp,
    "clamp_max": each(_at_most),
    "clamp_min": each(_at_least),
    "exp": each(safely(math.exp)),
    "floor": each(_floor),
    "ln": each(logarithm(math.log)),
    "log10": each(logarithm(math.log10)),
    "log2": each(logarithm(math.log2)),
    "pi": lambda _, __, ___: math.pi,
    "round": each(_round),
    "scalar": _scalar,
    "sgn": each(_sign),
    "sort": _sorted(descending=False),
    "sort_desc": _sorted(descending=True),
    "sqrt": each(safely(math.sqrt)),
    "vector": _vector,
}
