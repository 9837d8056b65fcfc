"""Aggregation of the elements of a vector: sum by (…), topk, count_values and the rest."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from math import inf, sqrt

from flywheel_tui.simulator.prometheus.evaluator.arithmetic import largest, mean, quantile, smallest, total, variance
from flywheel_tui.simulator.prometheus.evaluator.context import Context, scalar, text, vector
from flywheel_tui.simulator.prometheus.evaluator.failure import QueryError
from flywheel_tui.simulator.prometheus.evaluator.model import METRIC_NAME, Labels, Sample, Vector
from flywheel_tui.simulator.prometheus.evaluator.nodes import Aggregate, Node
from flywheel_tui.simulator.prometheus.evaluator.number import written_number

_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")

_PLAIN: dict[str, Callable[[list[float]], float]] = {
    "sum": total,
    "avg": mean,
    "min": smallest,
    "max": largest,
    "count": lambda values: float(len(values)),
    "group": lambda _: 1.0,
    "stddev": lambda values: sqrt(variance(values)),
    "stdvar": variance,
}
OPERATORS = frozenset((*_PLAIN, "topk", "bottomk", "quantile", "count_values"))


def aggregate(context: Context, node: Aggregate, at: int) -> Vector:
    """Evaluate an aggregation."""
    samples = vector(context, node.inner, at)
    if node.operator in ("topk", "bottomk"):
        return _extremes(context, node, at, samples)
    if node.operator == "count_values":
        return _count_values(context, node, at, samples)
    compute = _PLAIN.get(node.operator)
    if compute is None:
        portion = scalar(context, _parameter(node), at)
        return [
            Sample(name, labels, quantile(portion, (one.value for one in group)))
            for name, labels, group in _groups(node, samples)
        ]
    return [
        Sample(name, labels, compute([one.value for one in group])) for name, labels, group in _groups(node, samples)
    ]


def _parameter(node: Aggregate) -> Node:
    if node.parameter is None:
        raise QueryError(f"no parameter for {node.operator}")
    return node.parameter


def _groups(node: Aggregate, samples: Vector) -> Iterator[tuple[str, Labels, Vector]]:
    """Yield metric name, labels and elements of each group."""
    if node.without:
        dropped = frozenset(node.labels)
        rest: dict[frozenset[tuple[str, str]], Vector] = {}
        for sample in samples:
            kept = frozenset([item for item in sample.labels.items() if item[0] not in dropped])
            rest.setdefault(kept, []).append(sample)
        for kept, group in rest.items():
            yield "", dict(kept), group
        return
    wanted = tuple(dict.fromkeys(node.labels))
    with_name = METRIC_NAME in wanted
    grouped: dict[tuple[str, ...], Vector] = {}
    for sample in samples:
        get = sample.labels.get
        key = tuple([get(name, "") for name in wanted])
        if with_name:
            key = (*key, sample.name)
        found = grouped.get(key)
        if found is None:
            grouped[key] = [sample]
        else:
            found.append(sample)
    for key, group in grouped.items():
        labels = {name: value for name, value in zip(wanted, key, strict=False) if value and name != METRIC_NAME}
        yield (key[-1] if with_name else ""), labels, group


def _extremes(context: Context, node: Aggregate, at: int, samples: Vector) -> Vector:
    """Evaluate topk and bottomk: the elements stay as they are; NaN is the last choice of both."""
    amount = scalar(context, _parameter(node), at)
    if math.isnan(amount) or abs(amount) >= 2**63:
        raise QueryError(f"Scalar value {written_number(amount)} overflows int64")
    keep = int(amount)
    if keep < 1:
        return []
    sign = -1.0 if node.operator == "topk" else 1.0
    chosen: Vector = []
    for _, _, group in _groups(node, samples):
        ordered = sorted(group, key=lambda one: inf if math.isnan(one.value) else sign * one.value)
        chosen += ordered[:keep]
    return chosen


def _count_values(context: Context, node: Aggregate, at: int, samples: Vector) -> Vector:
    target = text(context, _parameter(node), at)
    if not _LABEL_NAME.fullmatch(target):
        raise QueryError(f'invalid label name "{target}"')
    counted: Vector = []
    for name, labels, group in _groups(node, samples):
        counts: dict[str, int] = {}
        for one in group:
            word = written_number(one.value)
            counts[word] = counts.get(word, 0) + 1
        counted += [Sample(name, {**labels, target: word}, float(number)) for word, number in counts.items()]
    merged: dict[frozenset[tuple[str, str]], Sample] = {}
    for one in counted:
        key = frozenset((*one.labels.items(), (METRIC_NAME, one.name)))
        known = merged.get(key)
        merged[key] = one if known is None else Sample(one.name, one.labels, one.value + known.value)
    return list(merged.values())
