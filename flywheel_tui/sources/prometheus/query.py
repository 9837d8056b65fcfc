"""What a catalogue query is, and what it can be asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from flywheel_tui.sources.prometheus.promql import EVERYTHING, Selection

RATE_WINDOW_S: Final = 300
"""The window of every rate that is not "of the last hour". A rate needs two samples, and four to survive a missed
scrape: this is four times the longest scrape interval in common use (60 s), and one more."""


class Family(StrEnum):
    """Who exposes a metric; one family is scraped or missing as a whole."""

    CONTAINERS = "containers"
    KUBE_STATE = "kube_state"
    GITLAB_RUNNER = "gitlab_runner"
    ARC_LISTENER = "arc_listener"
    ARC_CONTROLLER = "arc_controller"


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What a query is asked for.

    Attributes:
        selection: Narrows the rows.
        rate_window_s: Window of rates that are not "of the last hour"; a chart whose step is longer than
            ``RATE_WINDOW_S`` takes its step, so that no sample falls between two points.
    """

    selection: Selection = EVERYTHING
    rate_window_s: int = RATE_WINDOW_S


DEFAULTS: Final = Parameters()


@dataclass(frozen=True, kw_only=True)
class CatalogueQuery:
    """One named question.

    Attributes:
        name: Stable: the ``query`` of its samples and series.
        help: What a value means, and where it comes short.
        unit: ``cores``, ``bytes``, ``jobs``, ``runners``, ``listeners``, ``seconds``, ``ratio`` or ``info``.
        labels: Labels that identify a row, in the order of the identity; empty for one row for the whole fleet.
        metrics: Names of the metrics it needs.
        families: Who exposes them; without any of them it has no rows.
        build: Makes the PromQL text.
        namespaced: Its rows belong to a namespace that a selection may name.
    """

    name: str
    help: str
    unit: str
    labels: tuple[str, ...]
    metrics: tuple[str, ...]
    families: tuple[Family, ...]
    build: Callable[[Parameters], str] = field(repr=False)
    namespaced: bool = False

    def instant(self, parameters: Parameters = DEFAULTS) -> str:
        """Return the PromQL text, for an instant as for a range."""
        return self.build(parameters)
