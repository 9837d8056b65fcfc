"""The simulated world: one truth that all five upstreams report on."""

from flywheel_tui.simulator.world.build import DEFAULT_RUNNERS, DEFAULT_SEED, build_world
from flywheel_tui.simulator.world.clock import Clock
from flywheel_tui.simulator.world.scenarios import SCENARIOS
from flywheel_tui.simulator.world.world import World

__all__ = ["DEFAULT_RUNNERS", "DEFAULT_SEED", "SCENARIOS", "Clock", "World", "build_world"]
