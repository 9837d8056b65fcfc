"""What the handlers share: the world's series, and the version that is played."""

from __future__ import annotations

import msgspec

from flywheel_tui.simulator.prometheus.evaluator import Dialect, Limits
from flywheel_tui.simulator.prometheus.series import Collection, GridScrapes, Scrapes
from flywheel_tui.simulator.world.world import World

INTERVAL = 15_000
"""Milliseconds between two scrapes unless told otherwise."""


class Setup(msgspec.Struct, frozen=True):
    """How the simulated Prometheus is set up.

    Attributes:
        version: The version that is played.
        interval: Milliseconds between two scrapes.
        scrapes: When targets were scraped; every `interval` since the birth of the world unless given.
        limits: How far queries may go.
    """

    version: str = "3.14.0"
    interval: int = INTERVAL
    scrapes: Scrapes | None = None
    limits: Limits = Limits()


class Server:
    """The simulated Prometheus.

    Args:
        world: The world.
        setup: How it is set up.
    """

    def __init__(self, world: World, setup: Setup) -> None:
        self.world = world
        self.setup = setup
        self.dialect = Dialect.of(setup.version)
        birth = round(world.birth * 1000)
        self.scrapes = setup.scrapes or GridScrapes(setup.interval, birth, lambda: int(world.time * 1000))
        self.series = Collection(world, self.scrapes)

    def now(self) -> int:
        """Bring the world and its series to the present and return it, in milliseconds."""
        at = round(self.world.now() * 1000)
        self.series.refresh()
        return at
