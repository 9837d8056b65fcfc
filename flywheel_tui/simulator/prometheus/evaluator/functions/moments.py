"""Functions about times."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import isfinite, nan

from flywheel_tui.simulator.prometheus.evaluator.context import Context, vector
from flywheel_tui.simulator.prometheus.evaluator.functions.call import Arguments, Function, nameless
from flywheel_tui.simulator.prometheus.evaluator.model import Sample, Vector
from flywheel_tui.simulator.prometheus.evaluator.nodes import Select

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _part(compute: Callable[[datetime], int]) -> Function:
    def of(seconds: float) -> float:
        try:
            return float(compute(_EPOCH + timedelta(seconds=int(seconds)))) if isfinite(seconds) else nan
        except OverflowError:
            return nan

    def call(context: Context, arguments: Arguments, at: int) -> Vector:
        if not arguments:
            return [Sample("", {}, of(at / 1000))]
        return nameless([Sample(each.name, each.labels, of(each.value)) for each in vector(context, arguments[0], at)])

    return call


def _timestamp(context: Context, arguments: Arguments, at: int) -> Vector:
    argument = arguments[0]
    if isinstance(argument, Select):
        found = [Sample(series.name, series.labels, taken / 1000) for series, (taken, _) in context.timed(argument, at)]
        return nameless(found)
    return nameless([Sample(each.name, each.labels, at / 1000) for each in vector(context, argument, at)])


MOMENTS: dict[str, Function] = {
    "time": lambda _, __, at: at / 1000,
    "timestamp": _timestamp,
    "minute": _part(lambda moment: moment.minute),
    "hour": _part(lambda moment: moment.hour),
    "day_of_week": _part(lambda moment: moment.isoweekday() % 7),
    "day_of_month": _part(lambda moment: moment.day),
    "day_of_year": _part(lambda moment: moment.timetuple().tm_yday),
    "days_in_month": _part(lambda moment: calendar.monthrange(moment.year, moment.month)[1]),
    "month": _part(lambda moment: moment.month),
    "year": _part(lambda moment: moment.year),
}
