"""Runs a query at one instant or over a range of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import msgspec

from flywheel_tui.simulator.prometheus.evaluator import nodes
from flywheel_tui.simulator.prometheus.evaluator.aggregation import aggregate
from flywheel_tui.simulator.prometheus.evaluator.binary import binary
from flywheel_tui.simulator.prometheus.evaluator.context import Window
from flywheel_tui.simulator.prometheus.evaluator.dialect import Dialect
from flywheel_tui.simulator.prometheus.evaluator.failure import BadQuery, QueryError, QueryTimeout
from flywheel_tui.simulator.prometheus.evaluator.functions import FUNCTIONS
from flywheel_tui.simulator.prometheus.evaluator.functions.call import nameless
from flywheel_tui.simulator.prometheus.evaluator.model import (
    METRIC_NAME,
    ListedSeries,
    Matrix,
    Point,
    Row,
    Sample,
    Storage,
    StoredSeries,
    Value,
)
from flywheel_tui.simulator.prometheus.evaluator.syntax import parse


class Limits(msgspec.Struct, frozen=True):
    """How far a query may go.

    Attributes:
        lookback: How old the newest sample of a series may be, in milliseconds.
        samples: How many samples a query may hold in memory.
        seconds: How long it may take.
        subquery_step: Step of a subquery that names none: the interval at which rules are evaluated.
        timer: Tells the seconds that have passed, from any origin.
    """

    lookback: int = 300_000
    samples: int = 5_000_000
    seconds: float = 120.0
    subquery_step: int = 60_000
    timer: Callable[[], float] = time.perf_counter


def instant_query(text: str, storage: Storage, at: int, dialect: Dialect, limits: Limits) -> Value:
    """Evaluate a query at one time.

    Args:
        text: PromQL.
        storage: Where the series are.
        at: Unix milliseconds.
        dialect: Whose behaviour is played.
        limits: How far it may go.

    Raises:
        QueryError: If it is not PromQL, not supported, takes too long or fails; the class says which.
    """
    node = parse(text, dialect)
    evaluation = _Evaluation(storage, dialect, limits, at, at)
    if isinstance(node, nodes.Range | nodes.Subquery):
        windows = evaluation.windows(node, at)
        rows = [Row(each.series.name, each.series.labels, each.points()) for each in windows]
        return Matrix([row for row in rows if row.points])
    return evaluation.value(node, at)


def range_query(
    text: str, storage: Storage, start: int, end: int, step: int, dialect: Dialect, limits: Limits
) -> Matrix:
    """Evaluate a query at `start`, `start + step` … up to `end` (Unix milliseconds).

    Raises:
        QueryError: As `instant_query` does, and for an expression that is no scalar and no instant vector.
    """
    node = parse(text, dialect)
    if nodes.kind(node) not in ("scalar", "vector"):
        word = {"matrix": "range vector"}.get(nodes.kind(node), nodes.kind(node))
        raise BadQuery(f'invalid expression type "{word}" for range query, must be Scalar or instant Vector')
    evaluation = _Evaluation(storage, dialect, limits, start, end)
    rows = evaluation.rows(node, range(start, end + 1, step))
    return Matrix(sorted(rows, key=lambda row: sorted([(METRIC_NAME, row.name), *row.labels.items()])))


class _Evaluation:
    """One running query; see `Context`."""

    def __init__(self, storage: Storage, dialect: Dialect, limits: Limits, start: int, end: int) -> None:
        self.dialect = dialect
        self._storage = storage
        self._limits = limits
        self._start = start
        self._end = end
        self._deadline = limits.timer() + limits.seconds
        self._samples = 0
        self._known: dict[tuple[int, int], Value] = {}

    def count(self, samples: int) -> None:
        self._samples += samples
        if self._samples > self._limits.samples:
            raise QueryError("query processing would load too many samples into memory in query execution")
        if self._limits.timer() > self._deadline:
            raise QueryTimeout("query timed out in expression evaluation")

    def value(self, node: nodes.Node, at: int) -> Value:
        if isinstance(node, nodes.Number | nodes.Text):
            return node.value
        # Equal parts of a query are one node (see `syntax.parse`) and are evaluated once.
        key = (id(node), at)
        if key not in self._known:
            self._known[key] = self._value(node, at)
        return self._known[key]

    def _value(self, node: nodes.Node, at: int) -> Value:
        match node:
            case nodes.Number() | nodes.Text():
                return node.value
            case nodes.Select():
                return [Sample(series.name, series.labels, point[1]) for series, point in self.timed(node, at)]
            case nodes.Call():
                return FUNCTIONS[node.function](self, node.arguments, at)
            case nodes.Aggregate():
                return aggregate(self, node, at)
            case nodes.Binary():
                return binary(self, node, at)
            case nodes.Negate():
                inner = self.value(node.inner, at)
                if isinstance(inner, float):
                    return -inner
                if not isinstance(inner, list):
                    raise QueryError("unary expression only allowed on expressions of type scalar or instant vector")
                return nameless([Sample(each.name, each.labels, -each.value) for each in inner])
            case nodes.Range() | nodes.Subquery():
                raise QueryError("a range vector is only allowed as the argument of a function")

    def timed(self, node: nodes.Select, at: int) -> list[tuple[StoredSeries, Point]]:
        when = self._moment(node, at)
        after = when - self._limits.lookback - (0 if self.dialect.left_open else 1)
        found = []
        for series in self._storage.select(node.matchers, after, when, newest=True):
            point = series.latest(after, when)
            if point is not None:
                found.append((series, point))
        self.count(len(found))
        return found

    def windows(self, node: nodes.Range | nodes.Subquery, at: int) -> Sequence[Window]:
        if isinstance(node, nodes.Subquery):
            return self._inner_windows(node, at)
        end = self._moment(node.select, at)
        start = end - node.length
        after = start if self.dialect.left_open else start - 1
        made = [Window(each, after, start, end) for each in self._storage.select(node.select.matchers, after, end)]
        self.count(len(made))
        return made

    def _inner_windows(self, node: nodes.Subquery, at: int) -> Sequence[Window]:
        end = self._moment(node, at)
        start = end - node.length
        after = start if self.dialect.left_open else start - 1
        step = node.step or self._limits.subquery_step
        first = (after // step + 1) * step
        rows = self.rows(node.inner, range(first, end + 1, step))
        return [Window(ListedSeries(row.name, row.labels, row.points), after, start, end) for row in rows]

    def rows(self, node: nodes.Node, times: range) -> list[Row]:
        """Evaluate a node at each of the times and join the elements with the same labels into rows."""
        made: dict[tuple[str, frozenset[tuple[str, str]]], Row] = {}
        for at in times:
            self._known.clear()
            value = self.value(node, at)
            samples = [Sample("", {}, value)] if isinstance(value, float) else value
            if not isinstance(samples, list):
                raise QueryError("expected a scalar or an instant vector")
            for sample in samples:
                key = (sample.name, frozenset(sample.labels.items()))
                row = made.get(key)
                if row is None:
                    row = made[key] = Row(sample.name, sample.labels, [])
                row.points.append((at, sample.value))
            self.count(len(samples))
        return list(made.values())

    def _moment(self, node: nodes.Select | nodes.Subquery, at: int) -> int:
        if node.at == "start":
            at = self._start
        elif node.at == "end":
            at = self._end
        elif node.at is not None:
            at = node.at
        return at - node.offset
