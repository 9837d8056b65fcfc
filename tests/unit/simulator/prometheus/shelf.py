"""A storage of listed samples, and short ways to ask it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flywheel_tui.simulator.prometheus.evaluator import (
    Dialect,
    Limits,
    Matcher,
    Matrix,
    StoredSeries,
    instant_query,
    range_query,
)
from flywheel_tui.simulator.prometheus.evaluator.model import METRIC_NAME, ListedSeries, Value

AT = 1_000_000
"""The time of most questions, in milliseconds."""


def listed(name: str, *values: float | None, end: int = AT, step: int = 15_000, **labels: str) -> ListedSeries:
    """A series whose last value is at `end` and the others every `step` before; None is a missing sample."""
    begin = end - step * (len(values) - 1)
    points = [(begin + place * step, value) for place, value in enumerate(values) if value is not None]
    return ListedSeries(name, labels, points)


class Shelf:
    """A storage of listed series."""

    def __init__(self, *series: ListedSeries) -> None:
        self.series = series

    def select(
        self, matchers: Sequence[Matcher], after: int, until: int, *, newest: bool = False
    ) -> Iterable[StoredSeries]:
        del after, until, newest
        return [
            each
            for each in self.series
            if all(
                matcher.matches(each.name if matcher.name == METRIC_NAME else each.labels.get(matcher.name, ""))
                for matcher in matchers
            )
        ]

    def value(self, text: str, at: int = AT, *, dialect: Dialect | None = None, limits: Limits | None = None) -> Value:
        """The value of a query."""
        return instant_query(text, self, at, dialect or Dialect(), limits or Limits())

    def vector(self, text: str, at: int = AT, *, dialect: Dialect | None = None) -> dict[str, float]:
        """The elements of an instant vector by their labels, written `name{a=x,b=y}`."""
        value = self.value(text, at, dialect=dialect)
        assert isinstance(value, list)
        found = {key(one.name, one.labels.items()): one.value for one in value}
        assert len(found) == len(value)
        return found

    def matrix(self, text: str, start: int, end: int, step: int) -> dict[str, list[tuple[int, float]]]:
        """The rows of a range query by their labels."""
        value = range_query(text, self, start, end, step, Dialect(), Limits())
        assert isinstance(value, Matrix)
        return {key(row.name, row.labels.items()): row.points for row in value.rows}


def key(name: str, labels: Iterable[tuple[str, str]]) -> str:
    return f"{name}{{{','.join(f'{label}={text}' for label, text in sorted(labels))}}}"
