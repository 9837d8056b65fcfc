"""Builds a world: the one entrance of the package."""

from __future__ import annotations

from flywheel_tui.simulator.world import scenarios
from flywheel_tui.simulator.world.clock import Clock
from flywheel_tui.simulator.world.cluster_events import expire_events
from flywheel_tui.simulator.world.ephemeral import populate_ephemeral
from flywheel_tui.simulator.world.operations import populate_operations
from flywheel_tui.simulator.world.population import people_forges, populate_github, populate_gitlab, shares
from flywheel_tui.simulator.world.releases import populate_releases
from flywheel_tui.simulator.world.scale_sets import populate_scale_sets
from flywheel_tui.simulator.world.world import World

DEFAULT_RUNNERS = 148
DEFAULT_SEED = 7


def build_world(
    scenario: str = "calm", runners: int = DEFAULT_RUNNERS, seed: int = DEFAULT_SEED, clock: Clock | None = None
) -> World:
    """Build a world as it is at the present of its clock, with a past of a week and a day.

    Args:
        scenario: One of `scenarios.SCENARIOS`.
        runners: How many rows the console shows in all, 0 or more.
        seed: Chooses everything that chance decides.
        clock: The time of the world; the system's unless given.

    Raises:
        ValueError: If there is no such scenario, or the number of runners is negative.
    """
    if scenario not in scenarios.SCENARIOS:
        raise ValueError(f"no scenario {scenario!r}; there are {', '.join(scenarios.SCENARIOS)}")
    if runners < 0:
        raise ValueError("the number of runners is 0 or more")
    world = World(seed=seed, scenario=scenario, size=runners, clock=clock or Clock())
    gitlab, github, scale_sets = shares(runners)
    people_forges(world)
    populate_gitlab(world, gitlab)
    populate_github(world, github)
    # Slots that a change of limits may add later must not renumber the jobs.
    world.job_stride = 2 * len(world.lanes) + 40 * scale_sets + 1_000
    populate_releases(world)
    populate_scale_sets(world, scale_sets)
    populate_ephemeral(world)
    populate_operations(world)
    expire_events(world)
    scenarios.apply(world)
    world.advance_to(world.epoch)
    world.history.quiet = False
    return world
