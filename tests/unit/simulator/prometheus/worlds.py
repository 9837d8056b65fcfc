"""Small worlds that stand still, and questions to their Prometheus."""

from __future__ import annotations

from flywheel_tui.simulator.prometheus.evaluator import Matrix, instant_query
from flywheel_tui.simulator.prometheus.evaluator.model import Value
from flywheel_tui.simulator.prometheus.server import Server, Setup
from flywheel_tui.simulator.world import Clock, build_world

EPOCH = 1_790_000_010.0
"""A time at which everything is scraped: a multiple of 15 s."""


def server(scenario: str = "calm", runners: int = 60, setup: Setup | None = None) -> Server:
    """The Prometheus of a world whose clock stands at `EPOCH`."""
    return Server(build_world(scenario, runners=runners, clock=Clock(frozen_at=EPOCH)), setup or Setup())


def ask(prometheus: Server, text: str, at: int | None = None) -> Value:
    """The value of a query at the world's present, or at a time in milliseconds."""
    now = prometheus.now()
    moment = now if at is None else at
    return instant_query(text, prometheus.series, moment, prometheus.dialect, prometheus.setup.limits)


def elements(prometheus: Server, text: str, *labels: str, at: int | None = None) -> dict[tuple[str, ...], float]:
    """The elements of an instant vector by some of their labels."""
    value = ask(prometheus, text, at)
    assert isinstance(value, list)
    found = {tuple(one.labels.get(name, "") for name in labels): one.value for one in value}
    assert len(found) == len(value), f"{labels} do not tell the elements of {text} apart"
    return found


def rows(prometheus: Server, text: str) -> list[list[float]]:
    """The values of each row of a range vector."""
    value = ask(prometheus, text)
    assert isinstance(value, Matrix)
    return [[number for _, number in row.points] for row in value.rows]
