"""What queries are made of: samples, rows, and the storage they are read from. Times are whole Unix milliseconds."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Protocol

import msgspec

from flywheel_tui.simulator.prometheus.evaluator.failure import QueryError
from flywheel_tui.simulator.prometheus.evaluator.matching import Matcher

METRIC_NAME = "__name__"
Labels = Mapping[str, str]
"""Labels without the metric name; never with an empty value. Shared between samples: nobody changes one."""
Point = tuple[int, float]


class Sample(msgspec.Struct, frozen=True, gc=False):
    """One element of an instant vector. `name` is empty where an operation has dropped it."""

    name: str
    labels: Labels
    value: float


Vector = list[Sample]


class Row(msgspec.Struct, frozen=True):
    """One series of a result: its points in order of time."""

    name: str
    labels: Labels
    points: list[Point]


class Matrix(msgspec.Struct, frozen=True):
    """A range vector, or the answer to a range query."""

    rows: list[Row]


Value = float | str | Vector | Matrix
"""A scalar, a string, an instant vector or a range vector."""


class Ends(msgspec.Struct, frozen=True, gc=False):
    """What a rate needs to know of the samples of a counter in a window.

    Attributes:
        count: How many samples there are; the rest has no meaning when there is none.
        lost: Sum of the values right before each fall of the counter.
    """

    count: int
    first_at: int
    first: float
    last_at: int
    last: float
    lost: float

    @classmethod
    def of(cls, points: Sequence[Point]) -> Ends:
        """Read them off all the samples."""
        if not points:
            return cls(0, 0, 0.0, 0, 0.0, 0.0)
        lost = 0.0
        previous = points[0][1]
        for _, value in points:
            if value < previous:
                lost += previous
            previous = value
        return cls(len(points), points[0][0], points[0][1], points[-1][0], points[-1][1], lost)


class StoredSeries(Protocol):
    """One series of a storage. All windows are left-open: `after` < time <= `until`."""

    @property
    def name(self) -> str:
        """The metric name."""

    @property
    def labels(self) -> Labels:
        """The labels."""

    def latest(self, after: int, until: int) -> Point | None:
        """Return the newest sample of the window, None when there is none or the series had ended by then."""

    def points(self, after: int, until: int) -> list[Point]:
        """Return the samples of the window, oldest first."""

    def ends(self, after: int, until: int) -> Ends:
        """Return what a rate needs of the samples of the window."""


class ListedSeries(msgspec.Struct, frozen=True):
    """A series whose samples are all listed."""

    name: str
    labels: Labels
    listed: list[Point]

    def latest(self, after: int, until: int) -> Point | None:
        """Return the newest sample of the window."""
        found = self.points(after, until)
        return found[-1] if found else None

    def points(self, after: int, until: int) -> list[Point]:
        """Return the samples of the window, oldest first."""
        return self.listed[
            bisect_right(self.listed, after, key=itemgetter(0)) : bisect_right(self.listed, until, key=itemgetter(0))
        ]

    def ends(self, after: int, until: int) -> Ends:
        """Return what a rate needs of the samples of the window."""
        return Ends.of(self.points(after, until))


class Storage(Protocol):
    """Where series are read from."""

    def select(
        self, matchers: Sequence[Matcher], after: int, until: int, *, newest: bool = False
    ) -> Iterable[StoredSeries]:
        """Return the series that match and may have samples in the left-open window.

        With `newest`, only those that may have a sample at the newest scrape of the window.
        """


def label(name: str, labels: Labels, wanted: str) -> str:
    """Return a label's value, the metric name included; a label that is not there is empty."""
    return name if wanted == METRIC_NAME else labels.get(wanted, "")


def unique(vector: Vector) -> Vector:
    """Return the vector.

    Raises:
        QueryError: If two of its elements have the same labels.
    """
    seen = {(sample.name, frozenset(sample.labels.items())) for sample in vector}
    if len(seen) != len(vector):
        raise QueryError("vector cannot contain metrics with the same labelset")
    return vector


def written(name: str, labels: Labels) -> str:
    """Return labels as Prometheus writes them in messages: `{__name__="up", job="x"}`."""
    everything = {METRIC_NAME: name, **labels} if name else dict(labels)
    return "{" + ", ".join(f"{key}={_quoted(everything[key])}" for key in sorted(everything)) + "}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
