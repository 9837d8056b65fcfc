"""Metric families: what belongs together on a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

import msgspec

from flywheel_tui.simulator.prometheus.series.series import Series
from flywheel_tui.simulator.prometheus.series.target import Target


class Family(msgspec.Struct, frozen=True):
    """A metric family. `kind` is counter, gauge or histogram."""

    name: str
    kind: str
    help: str

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its series."""
        if self.kind == "histogram":
            return f"{self.name}_bucket", f"{self.name}_sum", f"{self.name}_count"
        return (self.name,)


class Window(msgspec.Struct, frozen=True):
    """Which series are asked for.

    Attributes:
        after, until: The left-open window in which they have samples, in milliseconds.
        only: For some labels, the only values that are wanted.
    """

    after: int
    until: int
    only: Mapping[str, frozenset[str]] = msgspec.field(default_factory=dict)

    def wants(self, name: str, value: str) -> bool:
        """Return whether series with this value of the label may be wanted."""
        values = self.only.get(name)
        return values is None or value in values


class Exporter(Protocol):
    """One sort of process that exposes metrics."""

    @property
    def families(self) -> tuple[Family, ...]:
        """What it exposes."""

    def refresh(self) -> None:
        """Take note of what has changed in the world."""

    def targets(self) -> Iterable[Target]:
        """Return its processes, of the past too."""

    def series(self, name: str, window: Window) -> Iterable[Series]:
        """Return the series of a name that may have samples in the window; more than those may be returned."""

    def page(self, target: Target, name: str, at: int) -> Iterable[Series]:
        """Return the series of a name on one of its pages at a time; more than those may be returned."""
