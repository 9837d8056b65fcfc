"""What functions, aggregations and operators see of a running evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from flywheel_tui.simulator.prometheus.evaluator.dialect import Dialect
from flywheel_tui.simulator.prometheus.evaluator.failure import QueryError
from flywheel_tui.simulator.prometheus.evaluator.model import Ends, Point, StoredSeries, Value, Vector
from flywheel_tui.simulator.prometheus.evaluator.nodes import Node, Range, Select, Subquery


class Window(msgspec.Struct, frozen=True, gc=False):
    """The samples of one series in a range.

    Attributes:
        series: Where they are.
        after: They are newer than this.
        start: Where the range begins: `after`, or one millisecond later where ranges are closed.
        end: Where the range ends.
    """

    series: StoredSeries
    after: int
    start: int
    end: int

    def points(self) -> list[Point]:
        """Return the samples, oldest first."""
        return self.series.points(self.after, self.end)

    def ends(self) -> Ends:
        """Return what a rate needs of the samples."""
        return self.series.ends(self.after, self.end)

    @property
    def seconds(self) -> float:
        """How long the range is."""
        return (self.end - self.start) / 1000


class Context(Protocol):
    """A running evaluation."""

    @property
    def dialect(self) -> Dialect:
        """Whose behaviour is played."""

    def value(self, node: Node, at: int) -> Value:
        """Evaluate a node at a time."""

    def windows(self, node: Range | Subquery, at: int) -> Sequence[Window]:
        """Return the series of a range vector."""

    def timed(self, node: Select, at: int) -> list[tuple[StoredSeries, Point]]:
        """Return the newest sample of each series that a selector matches."""

    def count(self, samples: int) -> None:
        """Note that samples are held in memory, and look at the clock.

        Raises:
            QueryError: If there are too many.
            QueryTimeout: If the time is over.
        """


def scalar(context: Context, node: Node, at: int) -> float:
    """Evaluate a node that must be a scalar."""
    value = context.value(node, at)
    if not isinstance(value, float):
        raise QueryError("expected a scalar")
    return value


def text(context: Context, node: Node, at: int) -> str:
    """Evaluate a node that must be a string."""
    value = context.value(node, at)
    if not isinstance(value, str):
        raise QueryError("expected a string")
    return value


def vector(context: Context, node: Node, at: int) -> Vector:
    """Evaluate a node that must be an instant vector."""
    value = context.value(node, at)
    if not isinstance(value, list):
        raise QueryError("expected an instant vector")
    return value


def windows(context: Context, node: Node, at: int) -> Sequence[Window]:
    """Evaluate a node that must be a range vector."""
    if not isinstance(node, (Range, Subquery)):
        raise QueryError("expected a range vector")
    return context.windows(node, at)
