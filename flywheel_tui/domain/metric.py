"""Numbers from Prometheus."""

from __future__ import annotations

from datetime import datetime

from flywheel_tui.domain.row import Row, Value


class Sample(Row, frozen=True):
    """One value of one catalogue query at one instant.

    Attributes:
        key: ``<context>/<query>{<sorted labels>}``.
        query: Name in the catalogue, for example ``pod_cpu_cores``.
        labels: Sorted pairs.
        value: None where Prometheus answered NaN: unknown, not zero.
    """

    query: str
    labels: tuple[tuple[str, str], ...]
    value: float | None

    def label(self, name: str) -> str | None:
        """Return a label's value, or None where the sample has no such label."""
        for key, value in self.labels:
            if key == name:
                return value
        return None


class Point(Value, frozen=True):
    """One value of a series; None is a gap."""

    at: datetime
    value: float | None


class Series(Value, frozen=True):
    """A catalogue query over a window.

    Attributes:
        step_s: Distance of the points in seconds; gaps are points with None.
    """

    query: str
    labels: tuple[tuple[str, str], ...]
    step_s: int
    points: tuple[Point, ...]
