"""/api/v1/series, /labels, /label/<name>/values and /metadata: what there is to be asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from starlette.responses import Response

from flywheel_tui.simulator.prometheus import parameters
from flywheel_tui.simulator.prometheus.answers import TRUNCATED, ApiError, all_labels, success
from flywheel_tui.simulator.prometheus.evaluator import Matcher, QueryError, parse_selector
from flywheel_tui.simulator.prometheus.evaluator.model import METRIC_NAME
from flywheel_tui.simulator.prometheus.parameters import Form
from flywheel_tui.simulator.prometheus.series import Series
from flywheel_tui.simulator.prometheus.server import Server

_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*", re.ASCII)
_RECENT = 600_000  # how far is looked back where no start is given: a week holds too many pods to list
_EVERYTHING: tuple[Matcher, ...] = (Matcher(METRIC_NAME, "!=", ""),)


def series(server: Server, form: Form) -> Response:
    """List the label sets that match."""
    if not form.get("match[]"):
        raise ApiError("no match[] parameter provided")
    limit = parameters.limit(form)
    seen = {
        (each.name, frozenset(each.labels.items())): all_labels(each.name, each.labels)
        for each in _matching(server, form)
    }
    return _listed([seen[key] for key in sorted(seen, key=lambda key: (key[0], sorted(key[1])))], limit)


def labels(server: Server, form: Form) -> Response:
    """List the label names."""
    limit = parameters.limit(form)
    names = {METRIC_NAME}
    for each in _matching(server, form):
        names.update(each.labels)
    return _listed(sorted(names), limit)


def label_values(server: Server, form: Form, name: str) -> Response:
    """List the values of a label."""
    if not _LABEL_NAME.fullmatch(name):
        raise ApiError(f'invalid label name: "{name}"')
    limit = parameters.limit(form)
    if name == METRIC_NAME:
        return _listed(sorted({each.name for each in _matching(server, form)}), limit)
    return _listed(sorted({each.labels[name] for each in _matching(server, form) if name in each.labels}), limit)


def metadata(server: Server, form: Form) -> Response:
    """List type and help of the metrics."""
    limit = _number(form, "limit")
    each = _number(form, "limit_per_metric")
    wanted = parameters.text(form, "metric")
    found: dict[str, list[dict[str, str]]] = {}
    for family in server.series.families:
        if not wanted or family.name == wanted:
            known = found.setdefault(family.name, [])
            entry = {"type": family.kind, "help": family.help, "unit": ""}
            if entry not in known and (each <= 0 or len(known) < each):
                known.append(entry)
    return success(dict(list(found.items())[: limit if limit >= 0 else None]))


def _matching(server: Server, form: Form) -> Iterator[Series]:
    now = server.now()
    start = parameters.time_or(form, "start", now - _RECENT)
    end = parameters.time_or(form, "end", now)
    if end < start:
        raise ApiError.parameter("end", "end timestamp must not be before start time")
    selectors = [_EVERYTHING]
    if form.get("match[]"):
        try:
            selectors = [parse_selector(each, server.dialect) for each in form["match[]"]]
        except QueryError as error:
            raise ApiError.parameter("match[]", str(error)) from error
    for selector in selectors:
        for each in server.series.select(selector, start - 1, end):
            if each.sampled(start - 1, end):
                yield each


def _number(form: Form, name: str) -> int:
    value = parameters.text(form, name)
    if not value:
        return -1
    try:
        return int(value)
    except ValueError as error:
        raise ApiError(f"{name} must be a number") from error


def _listed(found: list[str] | list[dict[str, str]], limit: int) -> Response:
    if limit and len(found) > limit:
        return success(found[:limit], [TRUNCATED])
    return success(found)
