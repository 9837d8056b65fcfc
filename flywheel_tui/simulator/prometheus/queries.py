"""/api/v1/query and /api/v1/query_range."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import msgspec
from starlette.responses import Response

from flywheel_tui.simulator.prometheus import parameters
from flywheel_tui.simulator.prometheus.answers import ApiError, query_data, success
from flywheel_tui.simulator.prometheus.evaluator import Limits, QueryError, instant_query, range_query
from flywheel_tui.simulator.prometheus.parameters import Form
from flywheel_tui.simulator.prometheus.server import Server

_MOST_POINTS = 11_000


def query(server: Server, form: Form) -> Response:
    """Answer an instant query."""
    now = server.now()
    limit = parameters.limit(form)
    at = parameters.time_or(form, "time", now)
    limits = _limits(server, form)
    with _refusing():
        value = instant_query(parameters.text(form, "query"), server.series, at, server.dialect, limits)
        return success(*query_data(value, at, limit))


def query_range(server: Server, form: Form) -> Response:
    """Answer a range query."""
    server.now()
    limit = parameters.limit(form)
    start, end = parameters.time(form, "start"), parameters.time(form, "end")
    if end < start:
        raise ApiError.parameter("end", "end timestamp must not be before start time")
    step = parameters.duration(form, "step")
    if step <= 0:
        reason = "zero or negative query resolution step widths are not accepted. Try a positive integer"
        raise ApiError.parameter("step", reason)
    if (end - start) // step > _MOST_POINTS:
        hint = "Try decreasing the query resolution (?step=XX)"
        raise ApiError(f"exceeded maximum resolution of 11,000 points per timeseries. {hint}")
    limits = _limits(server, form)
    with _refusing():
        matrix = range_query(parameters.text(form, "query"), server.series, start, end, step, server.dialect, limits)
        return success(*query_data(matrix, end, limit))


@contextlib.contextmanager
def _refusing() -> Iterator[None]:
    """Turn the failure of a query into a refusal."""
    try:
        yield
    except QueryError as error:
        raise ApiError.of(error) from error


def _limits(server: Server, form: Form) -> Limits:
    limits = server.setup.limits
    if parameters.text(form, "timeout"):
        seconds = parameters.duration(form, "timeout") / 1000
        limits = msgspec.structs.replace(limits, seconds=min(limits.seconds, seconds))
    if parameters.text(form, "lookback_delta"):
        limits = msgspec.structs.replace(limits, lookback=parameters.duration(form, "lookback_delta"))
    return limits
