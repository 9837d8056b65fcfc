"""Reads PromQL with the `promql_parser` package and refuses what the evaluator does not know."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import lru_cache

import promql_parser as promql

from flywheel_tui.simulator.prometheus.evaluator import nodes
from flywheel_tui.simulator.prometheus.evaluator.aggregation import OPERATORS as AGGREGATIONS
from flywheel_tui.simulator.prometheus.evaluator.dialect import Dialect
from flywheel_tui.simulator.prometheus.evaluator.failure import BadQuery, Unsupported
from flywheel_tui.simulator.prometheus.evaluator.functions import FUNCTIONS
from flywheel_tui.simulator.prometheus.evaluator.matching import Matcher
from flywheel_tui.simulator.prometheus.evaluator.model import METRIC_NAME

_SET_OPERATORS = frozenset(("and", "or", "unless"))
_MATCH_OPERATORS = (
    (promql.MatchOp.Equal, "="),
    (promql.MatchOp.NotEqual, "!="),
    (promql.MatchOp.Re, "=~"),
    (promql.MatchOp.NotRe, "!~"),
)  # pairs, because the parser's enumeration cannot be hashed
_TYPE_WORDS = {"matrix": "range vector", "vector": "instant vector"}


@lru_cache(maxsize=512)
def parse(text: str, dialect: Dialect) -> nodes.Node:
    """Read a query.

    Raises:
        BadQuery: If the text is not PromQL; the message is like Prometheus's, without the exact column.
        Unsupported: If it uses what this evaluator lacks.
    """
    try:
        tree = promql.parse(text)
    except ValueError as error:
        raise BadQuery(_complaint(text, str(error))) from error
    return _Reader(dialect).read(tree)


def parse_selector(text: str, dialect: Dialect) -> tuple[Matcher, ...]:
    """Read a `match[]` parameter: an instant vector selector and nothing else.

    Raises:
        BadQuery: If the text is anything else.
    """
    node = parse(text, dialect)
    if not isinstance(node, nodes.Select) or node.offset or node.at is not None:
        raise BadQuery(f"1:{len(text)}: parse error: unexpected input, a series selector alone was expected")
    return node.matchers


def _complaint(text: str, message: str) -> str:
    """Return a message of the parser in the words of the real one."""
    if message.startswith("illegal regex"):
        message = f"error parsing regexp: {message}"
    found = re.fullmatch(r"expected type (\w+) in (.*), got (\w+)", message)
    if found:
        wanted, where, got = (_TYPE_WORDS.get(word, word) for word in found.groups())
        message = f"expected type {wanted} in {where}, got {got}"
    message = re.sub(r"'([^']*)'", r'"\1"', message)
    # The parser does not say where; only the two errors of an end that came too early are at a known place.
    column = len(text) + 1 if message.startswith("un") and ("end of input" in message or "unclosed" in message) else 1
    return f"1:{column}: parse error: {message}"


class _Reader:
    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._known: dict[nodes.Node, nodes.Node] = {}

    def read(self, tree: object) -> nodes.Node:
        """Return the node of a tree: the same one for the same text, so that it is evaluated once."""
        node = self._read(tree)
        return self._known.setdefault(node, node)

    def _read(self, tree: object) -> nodes.Node:
        match tree:
            case promql.NumberLiteral():
                return nodes.Number(tree.val)
            case promql.StringLiteral():
                return nodes.Text(tree.val)
            case promql.ParenExpr():
                return self.read(tree.expr)
            case promql.VectorSelector():
                return self._select(tree)
            case promql.MatrixSelector():
                return nodes.Range(self._select(tree.vector_selector), _milliseconds(tree.range))
            case promql.SubqueryExpr():
                return nodes.Subquery(
                    inner=self.read(tree.expr),
                    length=_milliseconds(tree.range),
                    step=None if tree.step is None else _milliseconds(tree.step),
                    offset=_milliseconds(tree.offset),
                    at=_instant(tree.at),
                )
            case promql.UnaryExpr():
                return nodes.Negate(self.read(tree.expr))
            case promql.Call():
                return self._call(tree)
            case promql.AggregateExpr():
                return self._aggregate(tree)
            case promql.BinaryExpr():
                return self._binary(tree)
            case _:
                raise Unsupported(f"this simulator does not evaluate {type(tree).__name__}")

    def _select(self, tree: promql.VectorSelector) -> nodes.Select:
        if tree.matchers.or_matchers:
            raise BadQuery('1:1: parse error: unexpected identifier "or" in label matching, expected "," or "}"')
        matchers = [] if tree.name is None else [self._matcher(METRIC_NAME, "=", tree.name)]
        matchers += [self._matcher(each.name, _match_operator(each.op), each.value) for each in tree.matchers.matchers]
        return nodes.Select(tuple(matchers), _milliseconds(tree.offset), _instant(tree.at))

    def _matcher(self, name: str, operator: str, value: str) -> Matcher:
        return Matcher(name, operator, value, dot_matches_newline=self.dialect.dot_matches_newline)

    def _call(self, tree: promql.Call) -> nodes.Node:
        name = tree.func.name
        if name not in FUNCTIONS:
            raise Unsupported(f"this simulator does not evaluate the function {name}()")
        return nodes.Call(name, tuple(self.read(each) for each in tree.args))

    def _aggregate(self, tree: promql.AggregateExpr) -> nodes.Node:
        operator = str(tree.op)
        if operator not in AGGREGATIONS:
            raise Unsupported(f"this simulator does not evaluate the aggregation {operator}()")
        modifier = tree.modifier
        return nodes.Aggregate(
            operator=operator,
            inner=self.read(tree.expr),
            parameter=None if tree.param is None else self.read(tree.param),
            labels=() if modifier is None else tuple(modifier.labels),
            without=modifier is not None and modifier.type == promql.AggModifierType.Without,
        )

    def _binary(self, tree: promql.BinaryExpr) -> nodes.Node:
        operator, modifier = str(tree.op), tree.modifier
        match, as_bool = nodes.Match(), False
        if modifier is not None:
            if modifier.fill_values.lhs is not None or modifier.fill_values.rhs is not None:
                raise Unsupported("this simulator does not evaluate fill modifiers")
            matching, many = modifier.matching, ""
            if modifier.card == promql.VectorMatchCardinality.ManyToOne:
                many = "left"
            elif modifier.card == promql.VectorMatchCardinality.OneToMany:
                many = "right"
            match = nodes.Match(
                labels=() if matching is None else tuple(matching.labels),
                on=matching is not None and matching.type == promql.LabelModifierType.Include,
                many="" if operator in _SET_OPERATORS else many,
                include=tuple(modifier.group_labels or ()),
            )
            as_bool = modifier.return_bool
        return nodes.Binary(operator, self.read(tree.lhs), self.read(tree.rhs), match, as_bool)


def _match_operator(found: promql.MatchOp) -> str:
    return next(written for operator, written in _MATCH_OPERATORS if operator == found)


def _milliseconds(duration: timedelta | None) -> int:
    return 0 if duration is None else duration // timedelta(milliseconds=1)


def _instant(modifier: promql.AtModifier | None) -> nodes.Instant | None:
    if modifier is None:
        return None
    if modifier.type == promql.AtModifierType.Start:
        return "start"
    if modifier.type == promql.AtModifierType.End:
        return "end"
    if modifier.at is None:
        raise Unsupported("this simulator does not evaluate this @ modifier")
    return round(modifier.at.timestamp() * 1000)
