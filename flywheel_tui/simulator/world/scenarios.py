"""The scenarios: what is wrong in each world, from a quiet day to a bad night."""

from __future__ import annotations

from flywheel_tui.simulator.world.world import World

SCENARIOS = ("calm", "incident", "storm", "drift", "upgrade")


def apply(world: World) -> None:
    """Do to a freshly built world what its scenario asks for."""
