"""Functions about labels and about which elements there are."""

from __future__ import annotations

import re

from flywheel_tui.simulator.prometheus.evaluator.context import Context, text, vector
from flywheel_tui.simulator.prometheus.evaluator.failure import BadQuery, QueryError, Unsupported
from flywheel_tui.simulator.prometheus.evaluator.functions.call import Arguments, Function
from flywheel_tui.simulator.prometheus.evaluator.matching import compile_pattern
from flywheel_tui.simulator.prometheus.evaluator.model import METRIC_NAME, Labels, Sample, Vector, label, unique
from flywheel_tui.simulator.prometheus.evaluator.nodes import Node, Range, Select

_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_REFERENCE = re.compile(r"\$(?:\$|(\w+)|\{(\w+)\})", re.ASCII)


def with_label(sample: Sample, wanted: str, value: str) -> Sample:
    """Return the element with a label set, or removed where the value is empty."""
    if wanted == METRIC_NAME:
        return Sample(value, sample.labels, sample.value)
    labels = dict(sample.labels)
    if value:
        labels[wanted] = value
    else:
        labels.pop(wanted, None)
    return Sample(sample.name, labels, sample.value)


def labels_of_absence(node: Node) -> Labels:
    """Return the labels that absent() gives: those that the selector compares with one value, once each."""
    select = node.select if isinstance(node, Range) else node
    if not isinstance(select, Select):
        return {}
    labels: dict[str, str] = {}
    doubtful = set()
    for matcher in select.matchers:
        if matcher.name == METRIC_NAME:
            continue
        if matcher.operator == "=" and matcher.name not in labels and matcher.name not in doubtful:
            labels[matcher.name] = matcher.value
        else:
            doubtful.add(matcher.name)
    return {name: value for name, value in labels.items() if name not in doubtful and value}


def _absent(context: Context, arguments: Arguments, at: int) -> Vector:
    return [] if vector(context, arguments[0], at) else [Sample("", labels_of_absence(arguments[0]), 1.0)]


def _label_replace(context: Context, arguments: Arguments, at: int) -> Vector:
    samples = vector(context, arguments[0], at)
    target, template, source, pattern = (text(context, argument, at) for argument in arguments[1:])
    try:
        regular = compile_pattern(pattern, context.dialect.dot_matches_newline)
    except Unsupported:
        raise
    except BadQuery as error:
        raise QueryError(f"invalid regular expression in label_replace(): {pattern}") from error
    if not _LABEL_NAME.fullmatch(target):
        raise QueryError(f"invalid destination label name in label_replace(): {target}")
    replaced = []
    for sample in samples:
        found = regular.fullmatch(label(sample.name, sample.labels, source))
        replaced.append(sample if found is None else with_label(sample, target, _expand(template, found)))
    return unique(replaced)


def _expand(template: str, found: re.Match[str]) -> str:
    """Fill in `$1`, `${name}` and `$$` as Go's Regexp.Expand does: what is not there is empty."""

    def group(reference: re.Match[str]) -> str:
        name = reference[1] or reference[2]
        if name is None:
            return "$"
        if name.isdigit():
            number = int(name)
            return (found[number] or "") if number <= (found.re.groups or 0) else ""
        return (found[name] or "") if name in found.re.groupindex else ""

    return _REFERENCE.sub(group, template)


def _label_join(context: Context, arguments: Arguments, at: int) -> Vector:
    samples = vector(context, arguments[0], at)
    target, separator, *sources = (text(context, argument, at) for argument in arguments[1:])
    if not _LABEL_NAME.fullmatch(target):
        raise QueryError(f"invalid destination label name in label_join(): {target}")
    return unique([
        with_label(each, target, separator.join(label(each.name, each.labels, source) for source in sources))
        for each in samples
    ])  # fmt: skip


LABELS: dict[str, Function] = {"absent": _absent, "label_join": _label_join, "label_replace": _label_replace}
