"""Binary operators: between scalars, a vector and a scalar, and two vectors with their matching.

Source: `VectorBinop`, `VectorscalarBinop` and the set operators in Prometheus's promql/engine.go.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable

from flywheel_tui.simulator.prometheus.evaluator.arithmetic import divide, modulo, power
from flywheel_tui.simulator.prometheus.evaluator.context import Context
from flywheel_tui.simulator.prometheus.evaluator.failure import QueryError
from flywheel_tui.simulator.prometheus.evaluator.model import METRIC_NAME, Sample, Value, Vector, unique, written
from flywheel_tui.simulator.prometheus.evaluator.nodes import Binary, Match

_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": divide,
    "%": modulo,
    "^": power,
    "atan2": math.atan2,
}
_COMPARISON: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}
_Key = tuple[str, ...] | frozenset[tuple[str, str]]


def binary(context: Context, node: Binary, at: int) -> Value:
    """Evaluate a binary operation."""
    left, right = context.value(node.left, at), context.value(node.right, at)
    if isinstance(left, float) and isinstance(right, float):
        compare = _COMPARISON.get(node.operator)
        return float(compare(left, right)) if compare else _ARITHMETIC[node.operator](left, right)
    if isinstance(left, list) and isinstance(right, float):
        return _with_scalar(node, left, right, swapped=False)
    if isinstance(left, float) and isinstance(right, list):
        return _with_scalar(node, right, left, swapped=True)
    if not isinstance(left, list) or not isinstance(right, list):
        raise QueryError("binary expression must contain only scalar and instant vector types")
    signature = _signature(node.match)
    if node.operator == "and":
        present = {signature(sample) for sample in right}
        return [sample for sample in left if signature(sample) in present]
    if node.operator == "unless":
        present = {signature(sample) for sample in right}
        return [sample for sample in left if signature(sample) not in present]
    if node.operator == "or":
        present = {signature(sample) for sample in left}
        return left + [sample for sample in right if signature(sample) not in present]
    return _matched(node, left, right, signature)


def _with_scalar(node: Binary, samples: Vector, number: float, *, swapped: bool) -> Vector:
    compare = _COMPARISON.get(node.operator)
    if compare is None:
        compute = _ARITHMETIC[node.operator]
        made = [
            Sample("", one.labels, compute(number, one.value) if swapped else compute(one.value, number))
            for one in samples
        ]
        return _told_apart(samples, made)
    answers = [compare(number, one.value) if swapped else compare(one.value, number) for one in samples]
    if node.as_bool:
        made = [Sample("", one.labels, float(answer)) for one, answer in zip(samples, answers, strict=True)]
        return _told_apart(samples, made)
    return [one for one, answer in zip(samples, answers, strict=True) if answer]


def _told_apart(before: Vector, after: Vector) -> Vector:
    return unique(after) if len({sample.name for sample in before}) > 1 else after


def _signature(match: Match) -> Callable[[Sample], _Key]:
    """Return what two elements must have in common."""
    labels = tuple(sorted(set(match.labels)))
    if match.on:
        if METRIC_NAME in labels:
            return lambda one: tuple([one.name if name == METRIC_NAME else one.labels.get(name, "") for name in labels])
        return lambda one: tuple([one.labels.get(name, "") for name in labels])
    if not labels:
        return lambda one: frozenset(one.labels.items())
    ignored = frozenset(labels)
    return lambda one: frozenset([item for item in one.labels.items() if item[0] not in ignored])


def _matched(node: Binary, left: Vector, right: Vector, signature: Callable[[Sample], _Key]) -> Vector:
    match = node.match
    if not left or not right:
        return []
    many, ones = (right, left) if match.many == "right" else (left, right)
    partner: dict[_Key, Sample] = {}
    for one in ones:
        key = signature(one)
        if key in partner:
            raise QueryError(_double(match, one, partner[key]))
        partner[key] = one
    compute = _pair(node)
    made: Vector = []
    taken: dict[_Key, set[tuple[str, frozenset[tuple[str, str]]]]] = {}
    for each in many:
        key = signature(each)
        other = partner.get(key)
        if other is None:
            continue
        before, after = (other.value, each.value) if match.many == "right" else (each.value, other.value)
        value = compute(before, after)
        if value is None:
            continue
        result = _result(node, each, other, value)
        if not match.many:
            if key in taken:
                raise QueryError(
                    "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
                )
            taken[key] = set()
        else:
            identity = (result.name, frozenset(result.labels.items()))
            known = taken.setdefault(key, set())
            if identity in known:
                raise QueryError("multiple matches for labels: grouping labels must ensure unique matches")
            known.add(identity)
        made.append(result)
    return _told_apart(many, made)


def _pair(node: Binary) -> Callable[[float, float], float | None]:
    """Return what a pair of values gives: None where a comparison filters it out."""
    arithmetic = _ARITHMETIC.get(node.operator)
    if arithmetic is not None:
        return arithmetic
    compare = _COMPARISON[node.operator]
    if node.as_bool:
        return lambda before, after: float(compare(before, after))
    return lambda before, after: before if compare(before, after) else None


def _result(node: Binary, many: Sample, one: Sample, value: float) -> Sample:
    """Return the element that a pair gives: which labels it has depends on the matching."""
    match = node.match
    name = "" if node.as_bool or node.operator in _ARITHMETIC else many.name
    labels = many.labels
    if not match.many:
        if match.on:
            labels = {key: many.labels[key] for key in match.labels if key in many.labels}
            name = name if METRIC_NAME in match.labels else ""
        elif match.labels:
            labels = {key: text for key, text in many.labels.items() if key not in match.labels}
            name = "" if METRIC_NAME in match.labels else name
    if match.include:
        changed = dict(labels)
        for key in match.include:
            text = one.name if key == METRIC_NAME else one.labels.get(key, "")
            if key == METRIC_NAME:
                name = text
            elif text:
                changed[key] = text
            else:
                changed.pop(key, None)
        labels = changed
    return Sample(name, labels, value)


def _double(match: Match, one: Sample, known: Sample) -> str:
    side = "left" if match.many == "right" else "right"
    if match.on:
        common = {key: one.labels[key] for key in match.labels if key in one.labels}
    else:
        common = {key: text for key, text in one.labels.items() if key not in match.labels}
    return (
        f"found duplicate series for the match group {written('', common)} on the {side} hand-side of the operation: "
        f"[{written(one.name, one.labels)}, {written(known.name, known.labels)}];"
        "many-to-many matching not allowed: matching labels must be unique on one side"
    )
